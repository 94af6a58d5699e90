"""Agents that give work to others: the child card, the wait for its end, what reads as the result, and the bounds."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from flowforge.agents.agent import update_agent
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.column import move
from flowforge.board.comment import comment
from flowforge.board.creation import NewTask, create_task
from flowforge.board.person import create_person
from flowforge.board.task import list_tasks
from flowforge.orchestrator.run import cancel_run
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, Tokens, ToolCall

Part = Callable[[Asked], Reply]


def calls(tool: str, **arguments: Any) -> Part:
    """Calls the tool once, and answers with its result."""

    def script(asked: Asked) -> Reply:
        result = asked.result_of(tool)
        return Reply(tool_calls=(ToolCall(tool, arguments),)) if result is None else Reply(text=str(result))

    return script


def says(text: str) -> Part:
    return lambda asked: Reply(text=text)


@pytest.fixture
def cast(provider: ScriptedProvider) -> Callable[..., None]:
    """Each agent by the model that it has: `cast(atlas=…, maya=…)`."""

    def set_parts(**parts: Part) -> None:
        provider.answer_with(lambda asked: parts[asked.model.removeprefix("openai/")](asked))

    return set_parts


async def hire(shop, name: str, **definition: Any) -> None:
    await shop.hire(name, model=f"openai/{name}", tools=definition.pop("tools", ()), **definition)


async def card_of(shop, title: str):
    async def look():
        page = await list_tasks(shop.database, shop.mira.tenant_id)
        return next((task for task in page.data if task.title == title), None)

    return await shop.eventually(look, f"the card {title!r}")


async def test_a_child_card_is_made_done_and_its_result_read(shop, cast):
    cast(atlas=calls("delegate", to="maya", title="Find it", description="The order."), maya=says("It is ORD-1."))
    await hire(shop, "maya")
    await hire(shop, "atlas", delegates_to=("maya",))
    key = await shop.give("Refund")
    async with shop.worker():
        run = await shop.ended(key)

    child = await card_of(shop, "Find it")
    assert (child.parent, child.assignee.name, child.column, child.created_by) == (key, "maya", "Review", "atlas")
    assert json.loads(run.output["result"].replace("'", '"').replace("None", "null")) == {
        "task": child.key,
        "title": "Find it",
        "state": "handed in",
        "by": "maya",
        "column": "Review",
        "result": "It is ORD-1.",
    }
    agents = await shop.agent("maya")
    told = [frame for frame in await shop.frames("run", run.run_id) if frame.name == "agent.delegated"]
    assert [(frame.data["from_task"], frame.data["task"], frame.data["to"]) for frame in told] == [(key, child.key, "maya")]
    for kind, stream in (("task", child.task_id), ("agent", agents.agent_id), ("agent", (await shop.agent()).agent_id)):
        assert "agent.delegated" in [frame.name for frame in await shop.frames(kind, stream)]


@pytest.mark.thorough
async def test_a_person_does_a_part_of_it_and_what_they_say_is_the_result(shop, cast):
    await create_person(shop.database, shop.mira, "mira")
    cast(atlas=calls("delegate", to="mira", title="Sign it"))
    await hire(shop, "atlas", delegates_to=("atlas",))
    key = await shop.give("Contract")
    async with shop.worker():
        await shop.state(key, "waiting")
        child = await card_of(shop, "Sign it")
        await comment(shop.database, shop.mira, child.key, "Signed.", bell=shop.bell)
        await move(shop.database, shop.mira, child.key, "Done", bell=shop.bell)
        run = await shop.ended(key)

    assert "'state': 'done'" in said(run)
    assert "Signed." in said(run)


def said(run) -> str:
    return str(run.output["result"]).replace('"', "'").replace("':'", "': '")


ENDS: dict[str, Any] = {
    "taken away": lambda shop, child: assign(shop.database, shop.mira, child, None, bell=shop.bell),
    "handed to a person": lambda shop, child: assign(shop.database, shop.mira, child, AssigneeName("user", "mira"), bell=shop.bell),
    "done": lambda shop, child: move(shop.database, shop.mira, child, "Done", bell=shop.bell),
    "cancelled": lambda shop, child: cancel_child(shop, child, force=False),
    "cancelled by force": lambda shop, child: cancel_child(shop, child, force=True),
}


async def cancel_child(shop, child: str, *, force: bool) -> None:
    run = await shop.run_of(child)
    await cancel_run(shop.database, shop.mira.tenant_id, run.run_id, by="mira", force=force, bell=shop.bell)


@pytest.mark.thorough
@pytest.mark.parametrize("end", sorted(ENDS))
async def test_however_the_work_ends_the_parent_goes_on_and_reads_how(shop, cast, end: str):
    await create_person(shop.database, shop.mira, "mira")
    cast(atlas=calls("delegate", to="maya", title="Find it"), maya=calls("ask_human", question="Where?"))
    await hire(shop, "maya", tools=("ask_human",))
    await hire(shop, "atlas", delegates_to=("maya",))
    key = await shop.give("Refund")
    async with shop.worker():
        await shop.state(key, "waiting")
        child = await card_of(shop, "Find it")
        await shop.state(child.key, "waiting")
        await ENDS[end](shop, child.key)
        run = await shop.ended(key)

    assert f"'state': '{end.removesuffix(' by force')}'" in said(run)


@pytest.mark.thorough
async def test_a_child_that_fails_reads_so_as_the_result(shop, cast, provider: ScriptedProvider):
    cast(atlas=calls("delegate", to="maya", title="Find it"))
    await shop.hire("maya", model="openai/fault-unauthorized", tools=())
    await hire(shop, "atlas", delegates_to=("maya",))
    key = await shop.give("Refund")
    async with shop.worker():
        run = await shop.ended(key)

    assert "'state': 'failed'" in said(run)
    assert "refused the key" in said(run)


async def test_a_parent_that_is_cancelled_takes_back_what_it_gave_away_unless_that_is_to_go_on(shop, cast):
    def parts(asked: Asked) -> Reply:
        if asked.result_of("delegate") is None:
            kept = {"to": "maya", "title": "Kept", "wait": False, "on_cancel": "keep"}
            return Reply(tool_calls=(ToolCall("delegate", kept), ToolCall("delegate", {"to": "maya", "title": "Part"})))
        return Reply(text="done")

    cast(atlas=parts, maya=calls("ask_human", question="Where?"))
    await hire(shop, "maya", tools=("ask_human",))
    await hire(shop, "atlas", delegates_to=("maya",))
    key = await shop.give("Refund")
    async with shop.worker():
        part, kept = await card_of(shop, "Part"), await card_of(shop, "Kept")
        await shop.state(part.key, "waiting")
        await shop.state(kept.key, "waiting")
        await shop.take_away(key)
        assert (await shop.ended(key)).state == "cancelled"
        assert (await shop.ended(part.key)).state == "cancelled"

    assert (await shop.run_of(kept.key)).state == "waiting"
    assert (await shop.task(part.key)).assignee is None
    assert [one.text for one in (await shop.task(part.key)).comments][-1].startswith("Taken back")


@pytest.mark.thorough
async def test_a_run_that_is_cancelled_by_itself_says_so_on_its_card(shop, cast):
    cast(maya=calls("ask_human", question="Where?"))
    await hire(shop, "maya", tools=("ask_human",))
    key = await shop.give("Find it", agent="maya")
    async with shop.worker():
        run = await shop.state(key, "waiting")
        await cancel_run(shop.database, shop.mira.tenant_id, run.run_id, by="mira", bell=shop.bell)
        await shop.ended(key)

    assert (await shop.task(key)).comments[-1].text == "I was stopped: the run was cancelled."


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("to", "refused"),
    [("maya", "you give no work to maya"), ("atlas", "atlas is you"), ("mia", "maya")],
    ids=["not named", "itself", "unknown"],
)
async def test_work_is_given_only_to_those_whom_the_definition_names(shop, cast, to: str, refused: str):
    cast(atlas=calls("delegate", to=to, title="Find it"), maya=says("no"))
    for name in ("zoe", "maya"):
        await hire(shop, name)
    await hire(shop, "atlas", delegates_to=("zoe",))
    key = await shop.give("Refund")
    async with shop.worker():
        run = await shop.ended(key)

    assert refused in said(run)
    assert len((await list_tasks(shop.database, shop.mira.tenant_id)).data) == 1


@pytest.mark.thorough
async def test_work_never_comes_back_to_an_agent_that_has_given_it_away(shop, cast):
    cast(atlas=calls("delegate", to="maya", title="Find it"), maya=calls("delegate", to="atlas", title="You find it"))
    await hire(shop, "maya")
    await hire(shop, "atlas", delegates_to=("maya",))
    await update_agent(shop.database, shop.mira, "maya", {"delegates_to": ["atlas"]})
    key = await shop.give("Refund")
    async with shop.worker():
        run = await shop.ended(key)

    assert "atlas has given away the work that this is a part of (atlas)" in said(run)
    assert len((await list_tasks(shop.database, shop.mira.tenant_id)).data) == 2


@pytest.mark.thorough
async def test_two_cards_do_not_wait_for_each_other_even_when_they_begin_at_once(shop, cast):
    first, second = [await create_task(shop.database, shop.mira, NewTask(title)) for title in ("One", "Two")]
    cast(atlas=calls("await_tasks", tasks=[second.key]), maya=calls("await_tasks", tasks=[first.key]))
    await hire(shop, "atlas", tools=("await_tasks",))
    await hire(shop, "maya", tools=("await_tasks",))
    for task, agent in ((first, "atlas"), (second, "maya")):
        await assign(shop.database, shop.mira, task.key, AssigneeName("agent", agent), bell=shop.bell)
    async with shop.worker():
        runs = [await shop.ended(task.key) for task in (first, second)]

    refused = [run for run in runs if "'state'" not in said(run)]
    assert len(refused) == 1
    assert "neither would ever go on" in said(refused[0])
    [other] = [run for run in runs if run not in refused]
    assert "'state': 'handed in'" in said(other)


@pytest.mark.thorough
async def test_a_result_is_read_that_was_there_before_the_wait(shop, cast):
    def parts(asked: Asked) -> Reply:
        if asked.result_of("delegate") is None:
            return Reply(tool_calls=(ToolCall("delegate", {"to": "maya", "title": "Find it", "wait": False}),))
        if asked.result_of("ask_human") is None:
            return Reply(tool_calls=(ToolCall("ask_human", {"question": "Go on?"}),))
        if asked.result_of("await_tasks") is None:
            return Reply(tool_calls=(ToolCall("await_tasks", {"tasks": ["ff-2"]}),))
        return Reply(text=str(asked.result_of("await_tasks")))

    cast(atlas=parts, maya=says("It is ORD-1."))
    await hire(shop, "maya")
    await hire(shop, "atlas", delegates_to=("maya",), tools=("ask_human",))
    key = await shop.give("Refund")
    async with shop.worker():
        await card_of(shop, "Find it")
        await shop.ended("FF-2")
        await shop.state(key, "waiting")
        await comment(shop.database, shop.mira, key, "@atlas yes", bell=shop.bell)
        run = await shop.ended(key)

    assert "It is ORD-1." in said(run)
    assert await shop.database.pool.fetchval("select count(*) from flowforge.task_wait") == 0


@pytest.mark.thorough
async def test_the_work_begins_again_before_the_parent_looks_and_it_waits_on(shop, cast):
    cast(atlas=calls("delegate", to="maya", title="Find it"), maya=calls("ask_human", question="Where?"))
    await hire(shop, "maya", tools=("ask_human",))
    await hire(shop, "atlas", delegates_to=("maya",))
    key = await shop.give("Refund")
    async with shop.worker():
        child = await card_of(shop, "Find it")
        await shop.state(child.key, "waiting")
        await shop.state(key, "waiting")
    await assign(shop.database, shop.mira, child.key, None)  # its end is told, and nobody looks yet
    await assign(shop.database, shop.mira, child.key, AssigneeName("agent", "maya"))
    async with shop.worker():
        await shop.state(child.key, "waiting")
        await shop.state(key, "waiting")
        await move(shop.database, shop.mira, child.key, "Done", bell=shop.bell)
        run = await shop.ended(key)

    assert "'state': 'done'" in said(run)


@pytest.mark.thorough
async def test_what_a_tree_may_cost_bounds_all_that_is_given_away(shop, cast):
    dear = Tokens(1_000_000, 1)  # two and a half dollars
    gives = Reply(tool_calls=(ToolCall("delegate", {"to": "maya", "title": "Find it"}),), tokens=dear)
    cast(**{"gpt-4o": lambda asked: gives if asked.result_of("delegate") is None else Reply(text="done")})
    await hire(shop, "maya")
    await shop.hire("atlas", delegates_to=("maya",), limits={"money": "1"}, tools=())
    key = await shop.give("Refund")
    async with shop.worker():
        run = await shop.ended(key)

    assert run.state == "failed" and "limit of 1 USD" in run.error["message"]
    assert len((await list_tasks(shop.database, shop.mira.tenant_id)).data) == 1, "work was given away that nobody may pay for"


@pytest.mark.thorough
async def test_a_run_makes_so_many_cards_and_no_more(shop, cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("flowforge.agents.loop_tool.Bounds.__init__.__defaults__", (8, 2, 200))

    def parts(asked: Asked) -> Reply:
        done = [turn.text for turn in asked.messages if turn.role == "tool"]
        if len(done) == 3:
            return Reply(text=done[-1])
        return Reply(tool_calls=(ToolCall("create_task", {"title": f"Part {len(done)}"}),))

    cast(atlas=parts)
    await hire(shop, "atlas", tools=("create_task",), approval={"create_task": False})
    key = await shop.give("Plan")
    async with shop.worker():
        run = await shop.ended(key)

    assert "you have made 2 cards in this run" in said(run)
    assert [task.title for task in (await list_tasks(shop.database, shop.mira.tenant_id)).data] == ["Plan", "Part 0", "Part 1"]


@pytest.mark.thorough
async def test_a_card_is_handed_off_with_its_thread(shop, cast):
    heard: list[str] = []

    def listens(asked: Asked) -> Reply:
        heard.append(asked.last_user)
        return Reply(text="Paid.")

    cast(atlas=calls("hand_off", to="maya", note="ORD-1 is the one. Pay it."), maya=listens)
    await hire(shop, "maya")
    await hire(shop, "atlas", tools=("hand_off",), delegates_to=("maya",))
    agent = await shop.agent()
    key = await shop.give("Refund")
    async with shop.worker():

        async def is_done() -> bool:
            return (await shop.task(key)).column == "Review"

        await shop.eventually(is_done, "the second agent's result")

    task = await shop.task(key)
    assert task.assignee.name == "maya"
    assert agent.name in {one.author for one in task.comments}
    assert next(one.text for one in task.comments) == "Handed over to maya.\n\nORD-1 is the one. Pay it."
    assert len(heard) == 1


async def test_a_tool_that_comes_with_the_right_to_give_work_can_be_made_to_ask(shop, cast):
    cast(atlas=calls("delegate", to="maya", title="Find it"), maya=says("It is ORD-1."))
    await hire(shop, "maya")
    await hire(shop, "atlas", delegates_to=("maya",), approval={"delegate": True})
    key = await shop.give("Refund")
    async with shop.worker():
        [approval] = await shop.asked()
        await shop.decide(approval, False, reason="Do it yourself.")
        run = await shop.ended(key)

    assert (approval.tool, approval.arguments) == ("delegate", {"to": "maya", "title": "Find it"})
    assert "Do it yourself." in said(run)
    assert len((await list_tasks(shop.database, shop.mira.tenant_id)).data) == 1
