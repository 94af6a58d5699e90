"""What a flush may write, for whom, and what sending it twice changes: nothing (ENGINE.md, rules 3, 8, 9, 10)."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from flowforge import ids, step
from flowforge.db.queries import load_queries
from flowforge.orchestrator.change import (
    COMPLETED,
    FAILED,
    WAITING,
    Ack,
    Change,
    Child,
    End,
    EventWait,
    FrameRow,
    Lease,
    Park,
    StepRow,
    UsageRow,
)
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.models.usage import Usage
from flowforge.orchestrator.outage import ChangeRefused
from flowforge.orchestrator.run import cancel_run, list_runs
from flowforge.orchestrator.stream import open_stream
from flowforge.orchestrator.worker import committer as committer_module
from flowforge.orchestrator.worker import worker as worker_module
from flowforge.orchestrator.worker.claim import claim
from flowforge.orchestrator.worker.committer import Committer
from flowforge.orchestrator.worker.flush import Flush

sql = load_queries("flowforge.orchestrator")
USAGE = Usage("gpt-4o", "openai", 10, 5, 0, 0, None, None, None, 12, None)


@dataclass
class Held:
    """Two leased runs of one generation, labelled with an agent, and a committer."""

    engine: Any
    worker_id: UUID
    sick: Lease
    well: Lease
    now: Any
    committer: Committer

    async def flush(self, *changes: Change) -> str:
        """Send one flush; which statement it was."""
        flush = Flush(self.worker_id, changes)
        await self.engine.database.pool.fetch(flush.query.text, *flush.arguments)
        return flush.query.name

    async def stored(self, run_id: UUID) -> dict[str, list[str]]:
        """All that the database knows of a run, as text."""
        queries = {
            "run": "select t::text from flowforge.run t where $1 in (run_id, parent_run_id)",
            "frame": "select t::text from flowforge.frame t where stream_id = $1",
            "dispatch": "select t::text from flowforge.dispatch t where subject_id = $1",
        } | {table: f"select t::text from flowforge.{table} t where run_id = $1" for table in ("owner", "step", "wait", "usage")}
        return {table: [row[0] for row in await self.engine.database.pool.fetch(query, run_id)] for table, query in queries.items()}

    def put(self, change: Change) -> asyncio.Future[Any]:
        done = asyncio.get_running_loop().create_future()
        change.settle = done.set_result
        self.committer.put(change)
        return done


@pytest.fixture
async def held(engine):
    @engine.function(id="f", trigger="f")
    async def f(ctx): ...

    worker_id, agent_id = await engine.generation("f"), ids.new_id()
    await open_stream(engine.database.pool, engine.tenant_id, agent_id)
    for _ in range(2):
        await engine.start("f")
    await engine.database.pool.execute("update flowforge.run set agent_id = $1", agent_id)
    sick, well = [run.lease for run in await claim(engine.database.pool, worker_id, ["f"], 10, 0)]
    now = await engine.fetchval("select now()")
    committer = Committer(engine.database, worker_id, Bell())
    yield Held(engine, worker_id, sick, well, now, committer)
    await committer.close()


def row(key: str = "s", state: int = COMPLETED, **options: Any) -> StepRow:
    return StepRow(key, key, "run", state, 4, **({"output": "1"} if state == COMPLETED else {}) | options)


def writes(lease: Lease, now: Any) -> dict[str, Change]:
    """One change of every kind."""
    return {
        "a step": Change(lease, print, row()),
        "a step that waits": Change(lease, print, row("w", WAITING, due_in=60.0)),
        "a wait": Change(lease, print, row("w", WAITING), waits=[EventWait("w", "paid", "", "", now)]),
        "the end of a wait": Change(lease, print, unwait="old"),
        "a child": Change(lease, print, child=Child(ids.new_id(), "f", "c", "null", 1)),
        "usage": Change(lease, print, usage=(UsageRow(ids.new_id(), "s", 1, USAGE),)),
        "a frame": Change(lease, print, frames=[FrameRow(9, "log", "{}")]),
        "a suspension": Change(lease, print, park=Park("w")),
        "a release": Change(lease, print, park=Park(None)),
        "an end": Change(lease, print, end=End("failed", None, "{}", 5, True, 1, now)),
        "an end with waits": Change(lease, print, end=End("failed", None, "{}", 5, True, 1, now), leaves_waits=True),
    }


@pytest.mark.parametrize("what", list(writes(Lease(ids.new_id(), ids.new_id(), 1), None)))
async def test_a_flush_writes_only_for_runs_that_it_holds(held, what):
    for lease in (held.sick, held.well):  # a wait that is open and not yet looked at
        await held.flush(Change(lease, print, row("old", WAITING), waits=[EventWait("old", "x", "", "", held.now)]))
    stale = replace(held.sick, fence=held.sick.fence - 1)
    before = [await held.stored(lease.run_id) for lease in (held.sick, held.well)]
    counter = await held.engine.fetchval("select last_seq from flowforge.stream")
    await held.flush(writes(stale, held.now)[what], writes(held.well, held.now)[what])
    after = [await held.stored(lease.run_id) for lease in (held.sick, held.well)]
    assert after[0] == before[0], "a stale change was written"
    assert after[1] != before[1], "its neighbour's was not"
    assert await held.engine.fetchval("select last_seq from flowforge.stream") - counter == (what == "a frame")


async def test_a_lone_stale_step_is_not_written(held):
    stale = replace(held.sick, fence=held.sick.fence - 1)
    assert await held.flush(Change(stale, print, row())) == "flush_step"
    assert (await held.stored(held.sick.run_id))["step"] == []


@pytest.mark.parametrize("what", ["an end", "an end with waits"])
async def test_a_run_that_has_ended_is_not_ended_again(held, what):
    ended = "update flowforge.run set state = 'completed', output = '1' returning run_id"
    await held.engine.database.pool.execute(ended)
    await held.flush(writes(held.well, held.now)[what])
    assert (await held.engine.run(held.well.run_id)).state == "completed"
    await held.flush(Change(held.sick, print, park=Park("w")))
    await cancel_run(held.engine.database, held.engine.tenant_id, held.sick.run_id, by="operator")
    assert (await held.engine.run(held.sick.run_id)).state == "completed"


# ── sent again ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_whatever_is_sent_twice_is_written_once(held):
    kinds = ("a step", "a wait", "a child", "usage", "a frame")
    changes = [change for what, change in writes(held.well, held.now).items() if what in kinds]
    everything = [*changes, Change(held.well, print, row("t", failures="[]"))]
    assert await held.flush(*everything) == "flush"
    before = await held.stored(held.well.run_id)
    counted = "select sum(last_seq) from flowforge.stream"
    counter = await held.engine.fetchval(counted)
    assert all(before[table] for table in ("step", "wait", "usage", "frame", "run")) and counter == 1
    await held.flush(*everything)
    after = await held.stored(held.well.run_id)
    assert {table: len(rows) for table, rows in after.items()} == {table: len(rows) for table, rows in before.items()}
    assert after["run"] == before["run"] and after["frame"] == before["frame"] and after["usage"] == before["usage"]
    assert await held.engine.fetchval(counted) == counter


@pytest.mark.parametrize("late", ["flush_step", "flush_steps", "flush"])
async def test_a_late_copy_lowers_no_steps_state(held, late):
    await held.flush(Change(held.well, print, row(state=FAILED, error="{}")))
    others = {"flush_step": [], "flush_steps": [row("other")], "flush": [row("other", ref=ids.new_id())]}
    assert await held.flush(*(Change(held.well, print, each) for each in [row(), *others[late]])) == late
    assert await held.engine.fetchval("select state from flowforge.step where key = 's'") == FAILED


@pytest.mark.parametrize("ref", [None, ids.new_id()], ids=["flush_steps", "flush"])
async def test_the_same_key_twice_in_a_flush_is_one_row_and_the_later_one_counts(held, ref):
    twice = [Change(held.well, print, row(output=output, ref=ref), frames=[FrameRow(9, "log", "{}")] if ref else []) for output in "12"]
    assert await held.flush(*twice) == ("flush" if ref else "flush_steps")
    assert await held.engine.fetchval("select array_agg(output) from flowforge.step") == ["2"]


async def test_a_finish_is_never_written_without_its_checkpoint(held):
    """The unit of bisection is a run: what PostgreSQL refuses takes the run's end with it, and nobody else's."""
    refused = held.put(Change(held.sick, print, row(attempt=99_999)))
    end = held.put(Change(held.sick, print, end=End("completed", "1", None, 5, False, 1, held.now)))
    kept = held.put(Change(held.well, print, row()))
    assert isinstance(await refused, ChangeRefused) and isinstance(await end, ChangeRefused) and isinstance(await kept, Ack)
    assert (await held.engine.run(held.sick.run_id)).state == "running"
    assert (await held.stored(held.well.run_id))["step"] != []


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.DeadlockDetectedError("40P01"),
        asyncpg.SerializationError("40001"),
        asyncpg.TooManyConnectionsError("53300"),
        asyncpg.DiskFullError("53100"),
        asyncpg.LockNotAvailableError("55P03"),
        asyncpg.AdminShutdownError("57P01"),
        asyncpg.QueryCanceledError("57014"),
        asyncpg.ReadOnlySQLTransactionError("25006"),
        asyncpg.InterfaceError("closed"),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_may_succeed_later_is_sent_again_and_never_reported_as_failed(held, monkeypatch, error):
    fetch, errors = committer_module._fetch, [error, error]

    async def troubled(connection, flush):
        if errors:
            raise errors.pop()
        return await fetch(connection, flush)

    monkeypatch.setattr(committer_module, "_fetch", troubled)
    assert isinstance(await held.put(Change(held.well, print, row())), Ack)


# ── nothing large, nothing slow, nothing half-way ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("number", "letters"), [(1300, 1), (20, 1_000_000)])
async def test_a_flush_has_bounds(held, monkeypatch, number, letters):
    fetch, flushes = committer_module._fetch, []

    async def watched(connection, flush):
        flushes.append((len(flush.changes), sum(change.size for change in flush.changes)))
        return await fetch(connection, flush)

    monkeypatch.setattr(committer_module, "_fetch", watched)
    output = '"' + "x" * letters + '"'
    await asyncio.gather(*(held.put(Change(held.well, print, row(f"s{n}", output=output))) for n in range(number)))
    assert len(flushes) > 2 and sum(changes for changes, _ in flushes) == number
    assert max(changes for changes, _ in flushes) <= 512
    assert max(size for _, size in flushes) <= 4 * 1024 * 1024 + letters + 1000


async def test_a_flush_is_one_statement_of_its_own(held):
    async def write() -> None:
        await held.put(Change(held.well, print, row()))
        await held.put(writes(held.well, held.now)["a wait"])

    await write()  # the first time asyncpg asks for types as well
    sent = []
    held.committer._connection.add_query_logger(lambda record: sent.append(record.query))
    await write()
    assert len(sent) == 2, "more went over the wire than the flushes themselves"


async def test_the_next_flush_starts_when_the_last_has_returned(held, monkeypatch):
    fetch, under_way = committer_module._fetch, []

    async def watched(connection, flush):
        assert not under_way, "two flushes at once"
        under_way.append(flush)
        rows = await fetch(connection, flush)
        under_way.pop()
        return rows

    monkeypatch.setattr(committer_module, "_fetch", watched)
    answers = []
    for n in range(10):
        answers.append(held.put(Change(held.well, print, row(f"s{n}"))))
        await asyncio.sleep(0)
    assert all(isinstance(answer, Ack) for answer in await asyncio.gather(*answers))
    assert held.committer.flushes < 10


def test_no_flush_notifies():
    assert not [query.name for query in sql if query.name.startswith("flush") and "notify" in query.text.lower()]


async def test_a_large_output_is_stored_before_the_checkpoint_that_names_it(engine, monkeypatch):
    @engine.function(trigger="f")
    async def function(ctx):
        return len(await step.run("big", lambda: "x" * 300_000))

    worker = await engine.worker()
    write, asked, gate = worker.write_blob, asyncio.Event(), asyncio.Event()

    async def slow(*args):
        asked.set()
        await gate.wait()
        await write(*args)

    monkeypatch.setattr(worker, "write_blob", slow)
    run_id = await engine.start("f")
    await asyncio.wait_for(asked.wait(), 5)
    await asyncio.sleep(0.1)
    assert await engine.fetchval("select count(*) from flowforge.step where state = 2") == 0
    gate.set()
    assert (await engine.end_of(run_id)).output == 300_000
    assert await engine.fetchval("select count(*) from flowforge.step where blob_id is not null and output is null") == 1


async def test_large_results_of_runs_and_waits_travel_apart_from_the_flush(engine, monkeypatch):
    """Whatever may be large: a run's output, an event that is waited for, a child's result."""
    large, sizes = "x" * 300_000, []
    write = Flush.__init__

    def measured(flush, worker_id, changes):
        sizes.extend(change.size for change in changes)
        write(flush, worker_id, changes)

    @engine.function(id="child")
    async def child(ctx):
        return large

    @engine.function(trigger="f")
    async def function(ctx):
        made = await step.invoke("child", "child")
        told = await step.wait_for_event("told", event="told")
        again = await step.invoke("again", "child")
        return [made == told.data["text"] == again, large]

    monkeypatch.setattr(Flush, "__init__", measured)
    await engine.worker()
    run_id = await engine.start("f")
    await engine.send("told", {"text": large})
    ended = await engine.end_of(run_id)

    assert ended.output == [True, large]
    assert max(sizes) < 10_000
    assert (await engine.steps(run_id))["child"].output == large
    listed, _ = await list_runs(engine.database.pool, engine.tenant_id)
    assert {run.output for run in listed} == {None}


class Refused:
    async def execute(self, *args, **options):
        raise asyncpg.ProgramLimitExceededError("invalid memory alloc request size")


async def test_an_output_that_postgresql_never_takes_fails_its_step_at_once(engine, monkeypatch, instead):

    @engine.function(trigger="f")
    async def function(ctx):
        return await step.run("big", lambda: "x" * 300_000)

    monkeypatch.setattr(worker_module, "sql", instead(write_blob=Refused()))
    ended = await engine.do("f")

    assert ended.state == "failed" and "refuses to store" in ended.error["message"]


async def test_a_step_costs_one_statement(engine, monkeypatch):
    """Local chaining: no read, no queue, one durable write for each step of a run in a row."""
    sent = []
    execute = asyncpg.Connection._execute

    async def counted(self, query, *args, **options):
        sent.append(self.get_settings().application_name)
        return await execute(self, query, *args, **options)

    @engine.function(trigger="f")
    async def function(ctx):
        before = len(sent)
        for n in range(100):
            await step.run("s", lambda n=n: n)
        return Counter(sent[before:])

    monkeypatch.setattr(asyncpg.Connection, "_execute", counted)
    by = (await engine.do("f")).output
    assert 100 <= by["ff:commit"] < 110
    assert by.get("ff:claim", 0) <= 2, "a run in a row does not go back to the queue"
