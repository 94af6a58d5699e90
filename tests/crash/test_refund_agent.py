"""SIGKILL at every crash point that an agent's run comes by: the refund is made once, and the story ends right.

The agent looks an order up, asks to refund it, and hands its report in; the provider is scripted and spoken to by LiteLLM over
real HTTP. A worker is killed at one point of this, once, and a clean one goes on. The order of what happens is always the same, so
a crash point's occurrences have names.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from flowforge.access.principal import Principal
from flowforge.agents.agent import create_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.work import register_builtin
from flowforge.board.approval import Approval, list_approvals
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.creation import NewTask, create_task
from flowforge.board.decision import decide
from flowforge.board.task import get_task
from flowforge.crash import POINTS
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.run import RunView, list_runs
from flowforge.orchestrator.stream import read_page
from flowforge.skills.publish import publish
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.scripts import atlas

BODIES = ("begin", "turn 1", "lookup_order", "turn 2", "issue_refund", "turn 3", "hand in")
CHECKPOINTS = ("begin", "turn 1", "lookup_order", "turn 2", "approval", "issue_refund", "turn 3", "hand in")
FLUSHES = ("begin", "turn 1", "lookup_order", "turn 2", "wait", "approval", "attempting", "issue_refund", "turn 3", "hand in")
ONCE = ("the run",)

OF_A_WORKER = {
    "claim.before_commit": ONCE,
    "claim.after_commit": ONCE,
    "body.before": BODIES,
    "model.answered": ("turn 1", "turn 2", "turn 3"),
    "body.after": BODIES,
    "checkpoint.before_commit": CHECKPOINTS,
    "checkpoint.sent_unread": FLUSHES,
    "checkpoint.after_commit": CHECKPOINTS,
    "approval.asked": ONCE,
    "run.before_suspend": ONCE,
    "run.after_suspend": ONCE,
    "run.before_seal": ONCE,
    "run.after_seal": ONCE,
}
PROVED_BELOW = {"event.after_insert", "timer.fired"}  # of the process that assigns the card; of a run that waits for its provider
UNREACHABLE = {"invoke.child_made", "queue.stored", "cron.fired"}  # an agent invokes no function; no queue and no schedule starts it
UNREACHABLE |= {
    "webhook.sent",
    "alert.sent",
    "gate.before_commit",
    "gate.after_commit",
    "dispatch.before_commit",
}  # and its function has no flow control
PROVED_BELOW |= {"model.reserved"}  # where a budget applies, see test_model_call.py
UNREACHABLE |= {"replay.before_commit", "bulk.batch", "retention.batch", "erasure.batch"}  # and it operates nothing
PROVED_BELOW |= {"audit.appended"}  # of a server, see test_audit.py
PROVED_BELOW |= {"snapshot.before", "snapshot.after", "messages.taken"}  # of a longer conversation, see test_long_agent.py
UNREACHABLE |= {"audit.merged", "answer.unsent"}  # nor does it keep the log, or answer requests

# Where it is not known whether the refund was made, so a person is asked. (A flush that was sent may have arrived, or not.)
UNCERTAIN = {("body.before", "issue_refund"), ("body.after", "issue_refund"), ("checkpoint.before_commit", "issue_refund")}
OPEN = {("checkpoint.sent_unread", "attempting"), ("checkpoint.sent_unread", "issue_refund")}

KILLS = [(point, place, nth) for point, places in OF_A_WORKER.items() for nth, place in enumerate(places, 1)]


@dataclass(frozen=True)
class Kill:
    """What stood in the books when a worker was dead, and how the run ended all the same."""

    run: RunView
    begun: int
    stored: int
    uncertain: bool


class Shop:
    """One card with the agent, a person who answers what is asked, and the books of what really happened."""

    def __init__(self, crashes: Any, nursery: Any, provider: ScriptedProvider, bell: Bell) -> None:
        self.crashes, self.nursery, self.provider, self.bell = crashes, nursery, provider, bell
        self.database, self.pool, self.tenant_id = crashes.database, crashes.database.pool, crashes.tenant_id
        self.mira = Principal(self.tenant_id, "person", "mira")
        self.ledger = crashes.log.parent / "ledger"
        self.questions: list[Approval] = []

    async def open(self) -> None:
        """Make the agent and the card; what a worker offers is published before there is one."""
        tools, registry = ToolRegistry(), Registry()
        tools.tool(effect="read")(lookup_order)
        tools.tool(effect="money")(issue_refund)
        register_builtin(registry, tools)
        await publish(self.pool, "shop", tools)
        await publish_functions(self.pool, registry, app="shop")
        definition = AgentDefinition(name="atlas", model="gpt-4o", tools=("lookup_order", "issue_refund"))
        await create_agent(self.database, self.mira, definition)
        await create_task(self.database, self.mira, NewTask("Refund ORD-9218", "The customer wants $420 back."))

    async def give(self) -> None:
        await assign(self.database, self.mira, "FF-1", AssigneeName("agent", "atlas"))

    def birth(self, does: str, crash_at: str = "") -> Any:
        directory, environment = str(self.crashes.log.parent), self.provider.environment()
        return self.nursery.birth(does, url=self.crashes.url, directory=directory, crash_at=crash_at, environment=environment)

    async def answer(self, *, looks_first: bool = False) -> None:
        """Decide whatever is asked as soon as it is. Who looks first repeats no refund that stands in the bank's ledger."""
        while True:
            for approval in (await list_approvals(self.database, self.tenant_id, state="pending")).data:
                happened = looks_first and "may have run" in approval.reason and self.ledger.exists()
                reason = "The bank's statement has it." if happened else None
                self.questions.append(approval)
                await decide(self.database, self.mira, approval.id, approved=not happened, reason=reason, bell=self.bell)
            await asyncio.sleep(0.02)

    async def run(self) -> RunView | None:
        runs, _ = await list_runs(self.pool, self.tenant_id)
        assert len(runs) <= 1
        return runs[0] if runs else None

    async def end(self) -> RunView:
        async with asyncio.timeout(30):
            while (run := await self.run()) is None:
                await asyncio.sleep(0.02)
        ended: RunView = await self.crashes.end_of(run.run_id)
        return ended

    async def attempting(self) -> set[str]:
        """The steps of which nobody knows whether they took effect: begun, with an effect, not checkpointed."""
        rows = await self.pool.fetch("select key from flowforge.step where state = 0 and kind = 'tool'")
        return {row["key"] for row in rows}


def lookup_order(order_id: str) -> None: ...


def issue_refund(order_id: str, amount: float) -> None: ...


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with ScriptedProvider(atlas) as running:
        yield running


@pytest.fixture
async def shop(crashes: Any, nursery: Any, provider: ScriptedProvider) -> AsyncIterator[Shop]:
    bell = Bell()
    await bell.open(crashes.database)
    shop = Shop(crashes, nursery, provider, bell)
    await shop.open()
    yield shop
    for child in nursery.children.values():
        child.kill()
    await bell.close()


def test_every_crash_point_is_proved_or_named_as_out_of_reach():
    assert OF_A_WORKER.keys() | PROVED_BELOW | UNREACHABLE == POINTS


def marks_of(point: str, place: str) -> tuple[pytest.MarkDecorator, ...]:
    """Two kills around the refund are in every run of the tests, the others around it in every thorough one; the rest takes minutes."""
    if place != "issue_refund":
        return (pytest.mark.thorough, pytest.mark.long)
    return () if point in {"body.after", "checkpoint.before_commit"} else (pytest.mark.thorough,)


@pytest.mark.parametrize(
    ("point", "place", "nth"), [pytest.param(*kill, id=f"{kill[0]} {kill[1]}", marks=marks_of(kill[0], kill[1])) for kill in KILLS]
)
async def test_a_refund_survives_a_kill_at(point, place, nth, shop):
    await shop.give()
    kill = await outlive(shop, f"{point}:{nth}", slow_to_answer="suspend" in point)

    happened = {"body.before": kill.begun + 1, "body.after": kill.begun}
    happened |= {"checkpoint.before_commit": kill.stored + 1, "checkpoint.after_commit": kill.stored}
    assert happened.get(point, nth) == nth, "the kill fell elsewhere"
    assert kill.uncertain == ((point, place) in UNCERTAIN) or (point, place) in OPEN


@pytest.mark.parametrize("point", ["body.before", pytest.param("body.after", marks=pytest.mark.thorough)])
async def test_a_person_who_looks_into_the_ledger_repeats_no_refund(point, shop):
    await shop.give()
    kill = await outlive(shop, f"{point}:{BODIES.index('issue_refund') + 1}", looks_first=True)

    assert ("The bank's statement has it." in kill.run.output["result"]) == (point == "body.after")


@pytest.mark.thorough
async def test_a_refund_survives_a_kill_when_the_timer_of_a_retry_fires(shop):
    shop.provider.fail_next("rate_limited", retry_after=0.5)
    await shop.give()
    await outlive(shop, "timer.fired:1", refused=1)


@pytest.mark.thorough
async def test_a_card_is_worked_on_once_though_the_process_that_gave_it_was_killed(shop):
    giver = shop.birth("give", "event.after_insert:1")
    await shop.crashes.died(giver)
    assert await shop.run() is None
    shop.birth("work")
    answering = asyncio.create_task(shop.answer())
    run = await shop.end()
    answering.cancel()
    await check_the_story(shop, run)


async def outlive(shop: Shop, crash_at: str, *, looks_first: bool = False, slow_to_answer: bool = False, refused: int = 0) -> Kill:
    """Kill a worker there, let a clean one go on, and check the books. A person who is quick leaves a run no time to suspend."""
    first = shop.birth("work", crash_at)
    if slow_to_answer:
        await shop.crashes.died(first)
    answering = asyncio.create_task(shop.answer(looks_first=looks_first))
    await shop.crashes.died(first)
    stored, uncertain = await shop.crashes.checkpointed(), await shop.attempting()
    begun_before = shop.crashes.begun()
    second = shop.birth("work")
    run = await shop.end()
    answering.cancel()
    await check_the_story(shop, run)

    in_flight = {attempt for attempt in begun_before if attempt[:2] not in stored}
    assert len(in_flight) <= 1
    assert set(begun_before) == set(shop.crashes.begun(first.pid))
    assert not {attempt[:2] for attempt in shop.crashes.begun(second.pid)} & stored, "a completed step ran again"
    repeated = {attempt: n for attempt, n in shop.crashes.begun().items() if n > 1}
    assert repeated.keys() <= in_flight and all(n == 2 for n in repeated.values()), "more was repeated than was in flight"

    doubted = [approval for approval in shop.questions if "may have run" in approval.reason]
    assert len(doubted) == len(uncertain), "exactly what may have happened is asked about"
    asked_again = sum(key.startswith("turn:") for _, key, _ in in_flight)
    assert len(shop.provider.requests) - 3 - refused <= asked_again, "a model was asked again that had answered"
    return Kill(run, len(begun_before), len(stored), bool(uncertain))


async def check_the_story(shop: Shop, run: RunView) -> None:
    """What must hold however it came about."""
    assert run.state == "completed", run.error
    task = await get_task(shop.database, shop.tenant_id, "FF-1")
    assert (task.column, [(said.author, said.text) for said in task.comments]) == ("Review", [("atlas", run.output["result"])])
    [(key, order, amount)] = [line.split("\t") for line in shop.ledger.read_text().splitlines()]
    assert (key.partition(":issue_refund:")[0], order, float(amount)) == (run.run_id.hex, "ORD-9218", 420)
    asked = Counter(json.dumps(request.body["messages"]) for request in shop.provider.requests)
    assert len(asked) == 3 and max(asked.values()) <= 2
    assert [approval.tool for approval in shop.questions if "may have run" not in approval.reason] == ["issue_refund"]
    assert await shop.pool.fetchval("select count(*) from flowforge.owner") == 0
    acts = Counter(row["action"] for row in await shop.pool.fetch("select action from flowforge.audit"))
    assert acts["approval.ask"] == acts["approval.decide"] == len(shop.questions)
    await check_the_streams(shop, run)


async def check_the_streams(shop: Shop, run: RunView) -> None:
    """Each frame once, none missing, the end last."""
    [agent_id] = await shop.pool.fetchrow("select agent_id from flowforge.agent")
    [task_id] = await shop.pool.fetchrow("select task_id from flowforge.task")
    for kind, stream_id in (("agent", agent_id), ("task", task_id)):
        numbers = [frame.seq for frame in await read_page(shop.pool, shop.tenant_id, kind, UUID(str(stream_id)), 0)]
        assert numbers == list(range(1, len(numbers) + 1))
    frames = await read_page(shop.pool, shop.tenant_id, "run", run.run_id, 0)
    assert [frame.name for frame in frames].count("run.completed") == 1 and frames[-1].name == "run.completed"
