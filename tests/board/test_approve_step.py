"""`step.approve` on real workers: asked once, answered once, told once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from flowforge.access.principal import Principal
from flowforge.board.approval import Approval, Decision, list_approvals
from flowforge.board.approve_step import approve
from flowforge.board.assignee import AssigneeName
from flowforge.board.column import move
from flowforge.board.creation import NewTask, create_task
from flowforge.board.decision import decide
from flowforge.db.database import Database
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.run import RunView, find_run, list_steps
from flowforge.orchestrator.steps import EngineSteps
from flowforge.orchestrator.stream import read_page
from flowforge.orchestrator.trigger import read_triggers
from flowforge.orchestrator.worker import Worker

step = EngineSteps()

REFUND = {"order": "ORD-9218", "amount": 420}


async def pending(database: Database, tenant_id: UUID) -> tuple[Approval, ...]:
    return (await list_approvals(database, tenant_id, state="pending")).data


async def ended(database: Database, tenant_id: UUID, run_id: UUID) -> RunView | None:
    view = await find_run(database.pool, tenant_id, run_id.hex)
    return view if view.ended_at else None


async def parked(database: Database) -> bool:
    return await database.pool.fetchval("select count(*) = count(*) filter (where state = 'p') from flowforge.owner")


async def start(database: Database, tenant_id: UUID, worker: Worker) -> UUID:
    (event,) = await send_events(database, tenant_id, [NewEvent("order/returned", REFUND)], bell=worker.bell)
    return event.run_ids[0]


async def test_a_run_waits_for_a_person_and_goes_on_with_the_edited_arguments(database, mira, tenant_id, registry, workers, eventually):
    paid: list[Any] = []

    @registry.function(trigger="order/returned")
    async def refund(ctx):
        decision = await approve("refund", arguments=ctx.event.data, effect="money", reason="it is money")
        assert isinstance(decision, Decision)
        await step.run("pay back", paid.append, decision.arguments)
        return [decision.approved, decision.decided_by, decision.edited_args]

    worker = await workers()
    run_id = await start(database, tenant_id, worker)
    (approval,) = await eventually(lambda: pending(database, tenant_id))
    await eventually(lambda: parked(database))
    assert (approval.tool, approval.arguments, approval.run_id) == ("refund", REFUND, run_id) and paid == []

    edited = {"order": "ORD-9218", "amount": 300}
    await decide(database, mira, approval.id, approved=True, edited_args=edited, bell=worker.bell)
    view = await eventually(lambda: ended(database, tenant_id, run_id))
    assert (view.state, view.output, paid) == ("completed", [True, "mira", edited], [edited])
    names = [frame.name for frame in await read_page(database.pool, tenant_id, "run", run_id, 0)]
    assert names.count("approval.requested") == names.count("approval.decided") == 1
    assert names.index("approval.requested") < names.index("run.suspended") < names.index("approval.decided")


async def test_a_denial_is_an_answer_like_any_other(database, mira, tenant_id, registry, workers, eventually):
    @registry.function(trigger="order/returned")
    async def refund(ctx):
        decision = await approve("refund", tool="issue_refund", arguments=ctx.event.data)
        return [decision.approved, decision.reason, decision.arguments]

    worker = await workers()
    run_id = await start(database, tenant_id, worker)
    (approval,) = await eventually(lambda: pending(database, tenant_id))
    await decide(database, mira, approval.id, approved=False, reason="too much", bell=worker.bell)

    assert (await eventually(lambda: ended(database, tenant_id, run_id))).output == [False, "too much", REFUND]


async def test_an_approval_that_nobody_decides_in_time_reads_as_denied(database, tenant_id, registry, workers, eventually):
    @registry.function(trigger="order/returned")
    async def refund(ctx):
        decision = await approve("refund", arguments=ctx.event.data, expires="150ms")
        return [decision.approved, decision.expired, decision.decided_by]

    run_id = await start(database, tenant_id, await workers())
    view = await eventually(lambda: ended(database, tenant_id, run_id))

    assert (view.state, view.output) == ("completed", [False, True, None])
    (approval,) = (await list_approvals(database, tenant_id)).data
    assert approval.state == "expired"
    names = [frame.name for frame in await read_page(database.pool, tenant_id, "run", run_id, 0)]
    assert names.count("approval.expired") == 1


async def test_questions_asked_together_get_each_their_own_answer(database, mira, tenant_id, registry, workers, eventually):
    @registry.function(trigger="order/returned")
    async def refund(ctx):
        asked = [approve("refund", arguments={"amount": n}) for n in range(3)]
        return [(decision.approved, decision.arguments["amount"]) for decision in await asyncio.gather(*asked)]

    worker = await workers()
    run_id = await start(database, tenant_id, worker)

    async def three() -> Any:
        found = await pending(database, tenant_id)
        return found if len(found) == 3 else None

    for approval in reversed(await eventually(three)):
        amount = approval.arguments["amount"]
        await decide(
            database, mira, approval.id, approved=amount != 1, edited_args={"amount": 20} if amount == 2 else None, bell=worker.bell
        )

    assert (await eventually(lambda: ended(database, tenant_id, run_id))).output == [[True, 0], [False, 1], [True, 20]]
    names = [frame.name for frame in await read_page(database.pool, tenant_id, "run", run_id, 0)]
    assert names.count("approval.requested") == names.count("approval.decided") == 3


async def test_a_decision_made_while_no_worker_lives_is_found_by_the_next(database, mira, tenant_id, registry, workers, eventually):
    """Two questions in a row, and another worker for each answer."""

    @registry.function(trigger="order/returned")
    async def refund(ctx):
        first = await approve("refund", arguments={"amount": 1})
        second = await approve("refund", arguments={"amount": 2})
        return [first.decided_by, second.approved]

    worker = await workers()
    run_id = await start(database, tenant_id, worker)
    for approved in (True, False):
        (approval,) = await eventually(lambda: pending(database, tenant_id))
        await eventually(lambda: parked(database))
        await worker.stop()
        await decide(database, mira, approval.id, approved=approved)
        worker = await workers()

    assert (await eventually(lambda: ended(database, tenant_id, run_id))).output == ["mira", False]
    assert [(found.kind, found.state) for found in await list_steps(database.pool, tenant_id, run_id)] == [("approve", "completed")] * 2


async def test_the_streams_of_agent_and_task_are_told_each_thing_once(database, mira, atlas, tenant_id, registry, workers, eventually):
    async def work(ctx: Any) -> None:
        await approve("refund", arguments={"amount": 1})

    labels = {"agent_id": "agent_id", "task_id": "task_id"}
    registry.add(Function("flowforge.agent", work, read_triggers("board/task.assigned"), builtin=True, labels=labels))
    worker = await workers()
    task = await create_task(database, mira, NewTask("one", assignee=AssigneeName("agent", "atlas")), bell=worker.bell)
    (approval,) = await eventually(lambda: pending(database, tenant_id))
    assert (approval.agent, approval.task) == ("atlas", "FF-1")
    await eventually(lambda: parked(database))
    await decide(database, mira, approval.id, approved=True, bell=worker.bell)
    assert await eventually(lambda: ended(database, tenant_id, approval.run_id))

    for kind, stream_id in (("run", approval.run_id), ("task", task.task_id), ("agent", atlas.id)):
        frames = await read_page(database.pool, tenant_id, kind, stream_id, 0)
        names = [frame.name for frame in frames]
        assert names.count("approval.requested") == names.count("approval.decided") == 1, (kind, names)
        assert [frame.seq for frame in frames] == sorted({frame.seq for frame in frames})
        about = [frame.data["approval"] for frame in frames if frame.name.startswith("approval.")]
        assert about == [approval.id] * 2


@pytest.mark.parametrize(
    "wrong", [{"schema": {"type": "no such type"}}, {"arguments": {"when": object()}}, {"expires": "soon"}, {"require": {"count": 0}}]
)
async def test_a_question_that_cannot_be_asked_fails_the_run_at_once(database, tenant_id, registry, workers, eventually, wrong):
    @registry.function(trigger="order/returned")
    async def refund(ctx):
        await approve("refund", **wrong)

    run_id = await start(database, tenant_id, await workers())

    assert (await eventually(lambda: ended(database, tenant_id, run_id))).state == "failed"
    assert await pending(database, tenant_id) == ()


async def test_arguments_of_a_megabyte_are_asked_for_and_come_back_whole(database, mira, tenant_id, registry, workers, eventually):
    @registry.function(trigger="order/returned")
    async def write(ctx):
        return len((await approve("write", arguments={"text": "x" * 1_000_000})).arguments["text"])

    worker = await workers()
    run_id = await start(database, tenant_id, worker)
    (approval,) = await eventually(lambda: pending(database, tenant_id))
    await decide(database, mira, approval.id, approved=True, bell=worker.bell)

    assert (await eventually(lambda: ended(database, tenant_id, run_id))).output == 1_000_000


async def test_a_card_taken_from_its_agent_closes_its_question(database, mira: Principal, atlas, tenant_id, registry, workers, eventually):
    async def work(ctx: Any) -> None:
        await approve("refund", arguments={"amount": 1})

    labels = {"agent_id": "agent_id", "task_id": "task_id"}
    registry.add(Function("flowforge.agent", work, read_triggers("board/task.assigned"), builtin=True, labels=labels))
    worker = await workers()
    await create_task(database, mira, NewTask("one", assignee=AssigneeName("agent", "atlas")), bell=worker.bell)
    (approval,) = await eventually(lambda: pending(database, tenant_id))

    await move(database, mira, "FF-1", "Backlog", bell=worker.bell)
    assert (await eventually(lambda: ended(database, tenant_id, approval.run_id))).state == "cancelled"
    assert await pending(database, tenant_id) == ()


async def test_a_question_in_words_that_cannot_be_stored_is_asked_in_mended_ones(database, tenant_id, registry, workers, eventually):
    @registry.function(trigger="order/returned")
    async def refund(ctx):
        return (await approve("refund", arguments={"amount": 1}, reason="I will\x00refund \ud83d")).approved

    await start(database, tenant_id, await workers())
    (asked,) = await eventually(lambda: pending(database, tenant_id))
    assert asked.reason == "I will\ufffdrefund \ufffd"


@pytest.mark.parametrize(
    "wrong", [{"tool": "two\nlines"}, {"tool": "nul\x00"}, {"effect": "money\x00"}, {"reversible": "yes"}], ids=lambda wrong: str(wrong)
)
async def test_a_question_that_cannot_be_asked_fails_where_it_is_asked(database, tenant_id, registry, workers, eventually, wrong):
    @registry.function(trigger="order/returned")
    async def refund(ctx):
        await approve("refund", arguments={"amount": 1}, **wrong)

    run_id = await start(database, tenant_id, await workers())
    assert (await eventually(lambda: ended(database, tenant_id, run_id))).error["type"] == "InvalidInput"


async def test_a_function_says_who_decides(database, mira, tenant_id, registry, workers, eventually):
    @registry.function(trigger="order/returned")
    async def refund(ctx):
        return (await approve("refund", arguments={"amount": 1}, require={"count": 2, "expires": "1h"})).decided_by

    worker = await workers()
    run_id = await start(database, tenant_id, worker)
    (asked,) = await eventually(lambda: pending(database, tenant_id))
    assert (asked.needed, asked.expires_at - asked.created_at < timedelta(hours=1, seconds=5)) == (2, True)
    await decide(database, mira, asked.id, approved=True, bell=worker.bell)
    await decide(database, Principal(tenant_id, "person", "jonas"), asked.id, approved=True, bell=worker.bell)
    assert (await eventually(lambda: ended(database, tenant_id, run_id))).output == "jonas"
