"""What happens is told, by name, to those who listen, and to nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from flowforge.board.column import move
from flowforge.board.creation import NewTask, create_task
from flowforge.db.database import Database
from flowforge.errors import InvalidInput
from flowforge.orchestrator.notice import give_notice
from flowforge.orchestrator.run import cancel_run
from flowforge.webhooks.event_name import EVENT_NAMES, check_patterns, listens
from flowforge.webhooks.payload import PAYLOAD_BYTES_MAX, make_payload
from tests.engine.conftest import Engine


@pytest.fixture
async def engine(database: Database, tenant_id: UUID) -> AsyncIterator[Engine]:
    engine = Engine(database, tenant_id)
    yield engine
    for worker in list(engine.workers):
        await engine.stop(worker)


async def test_ends_of_runs_are_told_with_what_they_are(engine, hooks, receiver):
    await hooks.endpoint(receiver.url, "run.*")

    @engine.function(trigger="order/paid")
    async def book(ctx):
        return {"booked": True}

    @engine.function(trigger="order/lost", retries=0)
    async def lose(ctx):
        raise ValueError("no such order")

    done = await engine.do("order/paid", {})
    failed = await engine.do("order/lost", {})
    await hooks.round()

    told = {request.json["type"]: request.json["data"] for request in receiver.requests}
    assert told.keys() == {"run.completed", "run.failed"}
    assert told["run.completed"]["run"] == f"run_{done.run_id.hex}" and told["run.completed"]["error"] is None
    assert told["run.failed"]["error"] == {"type": "ValueError", "message": "no such order"}, "and no line of code"
    assert told["run.failed"]["url"] == f"/v1/runs/run_{failed.run_id.hex}"
    assert "booked" not in str(told), "an output is read from the API"


async def test_a_run_that_is_cancelled_before_a_worker_has_it_is_told_once(engine, hooks, receiver):
    await hooks.endpoint(receiver.url, "run.cancelled")

    @engine.function(trigger="order/paid")
    async def book(ctx): ...

    run_id = await engine.start("order/paid")
    await cancel_run(hooks.database, hooks.tenant_id, run_id, by="mira")
    await cancel_run(hooks.database, hooks.tenant_id, run_id, by="mira")
    await hooks.round()
    assert [request.json["type"] for request in receiver.requests] == ["run.cancelled"]


async def test_changes_of_the_board_are_told(hooks, receiver):
    await hooks.endpoint(receiver.url, "task.moved", "task.created")
    task = await create_task(hooks.database, hooks.principal, NewTask(title="Refund"))
    await move(hooks.database, hooks.principal, task.key, "Review")
    await hooks.round()
    told = {request.json["type"]: request.json["data"] for request in receiver.requests}
    assert told.keys() == {"task.created", "task.moved"} and told["task.moved"]["task"] == task.key


async def test_nothing_is_written_where_nobody_listens(hooks, receiver):
    count = "select count(*) from flowforge.webhook_notice"
    await hooks.happen("run.failed")
    assert await hooks.database.pool.fetchval(count) == 0
    await hooks.endpoint(receiver.url, "run.completed", "task.*")
    await hooks.happen("run.failed")
    assert await hooks.database.pool.fetchval(count) == 0
    await hooks.happen("task.moved")
    assert await hooks.database.pool.fetchval(count) == 1


async def test_what_is_rolled_back_is_not_told(hooks, receiver):
    await hooks.endpoint(receiver.url)
    async with hooks.database.pool.acquire() as connection:
        act = connection.transaction()
        await act.start()
        await give_notice(connection, hooks.tenant_id, "run.failed", {})
        await act.rollback()
    await hooks.round()
    assert receiver.requests == []


async def test_a_tenant_hears_nothing_of_another(hooks, receiver):
    await hooks.endpoint(receiver.url)
    other = UUID(int=7)
    await hooks.database.pool.execute("insert into flowforge.tenant (tenant_id, name) values ($1, 'other')", other)
    for database in (hooks.database, hooks.database.for_tenant(other)):  # by the statement's own condition, and by the policies below it
        await give_notice(database.pool, other, "run.failed", {"run": "theirs"})
    assert await hooks.database.pool.fetchval("select count(*) from flowforge.webhook_notice") == 0
    await hooks.round()
    assert receiver.requests == []


@pytest.mark.parametrize(("pattern", "nearest"), [("run.complete", "run.completed"), ("runs.*", "run.*"), ("zzz", "known are")])
def test_a_pattern_that_names_nothing_is_refused_with_the_nearest(pattern, nearest):
    with pytest.raises(InvalidInput) as refused:
        check_patterns(["run.failed", pattern])
    assert refused.value.pointer == "/events/1" and nearest in str(refused.value.hint)


def test_patterns_cover_names_families_and_everything():
    assert [name for name in EVENT_NAMES if listens(["run.*", "task.moved"], name)] == [
        "run.cancelled", "run.completed", "run.failed", "run.skipped", "task.moved",
    ]  # fmt: skip
    assert all(listens(["*"], name) for name in EVENT_NAMES)


def test_a_payload_that_is_too_long_keeps_its_ids_and_says_so(moment):
    body = make_payload("run.failed", moment, {"run": "run_1", "error": {"message": "x" * 100_000}, "attempt": 2})
    assert len(body) < PAYLOAD_BYTES_MAX
    assert '"data":{"run":"run_1","attempt":2,"url":"/v1/runs/run_1","truncated":true}' in body
