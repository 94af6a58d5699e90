"""One flush at a time, harmless when repeated, nothing large or slow in it (ENGINE.md, rules 8, 9, 10, 16)."""

from __future__ import annotations

import asyncio

import pytest

from flowforge import ids, step
from flowforge.errors import LeaseLost
from flowforge.orchestrator.change import COMPLETED, Ack, Change, Lease, StepRow, UsageRow
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.models.usage import Usage
from flowforge.orchestrator.outage import ChangeRefused
from flowforge.orchestrator.worker import committer as committer_module
from flowforge.orchestrator.worker.claim import claim
from flowforge.orchestrator.worker.committer import Committer
from flowforge.orchestrator.worker.flush import Flush

USAGE = Usage("gpt-4o", "openai", 10, 5, 0, 0, None, None, None, 12, None)


@pytest.fixture
async def held(engine):
    """A committer of one generation with two leased runs."""
    from tests.engine.test_fencing import generation

    @engine.function(id="f", trigger="f")
    async def f(ctx): ...

    connection = await engine.database.connect("test")
    worker_id = await generation(connection)
    for _ in range(2):
        await engine.start("f")
    leases = [run.lease for run in await claim(connection, worker_id, ["f"], 10, 0)]
    committer = Committer(engine.database, worker_id, Bell())
    yield committer, leases
    await committer.close()
    connection.terminate()


def put(committer: Committer, lease: Lease, key: str, **options) -> asyncio.Future:
    done = asyncio.get_running_loop().create_future()
    usage = (UsageRow(ids.new_id(), key, 1, USAGE),) if options.pop("paid", False) else ()
    committer.put(Change(lease, done.set_result, StepRow(key, key, "run", COMPLETED, 4, output="1", **options), usage=usage))
    return done


@pytest.mark.parametrize("after", ["the commit", "nothing"])
async def test_a_flush_whose_answer_is_lost_is_sent_again_and_counts_once(held, engine, monkeypatch, after):
    committer, (lease, _) = held
    fetch, calls = committer_module._fetch, []

    async def lossy(connection, flush):
        calls.append(1)
        if len(calls) == 1 and after == "the commit":
            await fetch(connection, flush)
        if len(calls) == 1:
            connection.terminate()
            raise ConnectionResetError("the answer is lost")
        return await fetch(connection, flush)

    monkeypatch.setattr(committer_module, "_fetch", lossy)
    assert isinstance(await put(committer, lease, "a", paid=True), Ack)
    assert len(calls) == 2
    counted = await engine.database.pool.fetchrow(
        "select (select count(*) from flowforge.step) as steps, (select count(*) from flowforge.usage) as usages"
    )
    assert dict(counted) == {"steps": 1, "usages": 1}


async def test_the_same_key_twice_in_a_batch_is_one_row(held, engine):
    committer, (lease, _) = held
    answers = await asyncio.gather(put(committer, lease, "a"), put(committer, lease, "a"))
    assert all(isinstance(answer, Ack) for answer in answers)
    assert await engine.fetchval("select count(*) from flowforge.step") == 1


async def test_a_late_copy_never_lowers_a_steps_state(held, engine):
    committer, (lease, _) = held
    await put(committer, lease, "a")
    late = StepRow("a", "a", "run", 1, 4, due_in=60.0)
    flush = Flush(committer._worker_id, [Change(lease, print, late)])
    await engine.database.pool.fetch(flush.query.text, *flush.arguments)
    assert await engine.fetchval("select state from flowforge.step") == COMPLETED


async def test_a_change_that_postgresql_refuses_fails_alone(held, engine):
    committer, (sick, well) = held
    refused, kept = await asyncio.gather(put(committer, sick, "a", attempt=99_999), put(committer, well, "b"))
    assert isinstance(refused, ChangeRefused) and isinstance(kept, Ack)
    assert await engine.fetchval("select array_agg(key) from flowforge.step") == ["b"]


async def test_a_stale_lease_is_told_and_its_neighbours_are_written(held, engine):
    committer, (lease, other) = held
    stale = Lease(lease.tenant_id, lease.run_id, lease.fence - 1, "f")
    lost, kept = await asyncio.gather(put(committer, stale, "a"), put(committer, other, "b"))
    assert isinstance(lost, LeaseLost) and isinstance(kept, Ack)
    assert await engine.fetchval("select array_agg(key) from flowforge.step") == ["b"]


async def test_changes_of_many_runs_share_a_commit(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        for i in range(10):
            await step.run("s", lambda i=i: i)

    runs = [await engine.start("f") for _ in range(50)]
    worker = await engine.worker()
    for run_id in runs:
        await engine.end_of(run_id)
    assert worker.committer.flushes < 50 * 11 / 2
    for query in (Flush(ids.new_id(), []).query,):
        assert query.text.count(";") == 0, "a flush must be one implicit transaction"


async def test_the_engines_connections_cannot_hang_or_plan_by_size(engine):
    connection = await engine.database.connect("test")
    names = (
        "statement_timeout",
        "idle_in_transaction_session_timeout",
        "client_connection_check_interval",
        "enable_seqscan",
        "enable_hashjoin",
        "enable_mergejoin",
    )
    shown = [await connection.fetchval(f"show {name}") for name in names]
    assert shown == ["6s", "5s", "1s", "off", "off", "off"]
    connection.terminate()


async def test_a_flush_is_as_quick_on_a_large_table_as_on_a_small_one(held, engine):
    """Its plan reads indexes only: no sequential scan of a base table, whatever the table's size (rule 16)."""
    committer, leases = held
    changes = [Change(lease, print, StepRow("s", "s", "run", COMPLETED, 4, output="1", ref=ids.new_id())) for lease in leases]
    connection = await engine.database.connect("test")
    for batch in (changes, [Change(lease, print, StepRow("s", "s", "run", COMPLETED, 4, output="1")) for lease in leases]):
        flush = Flush(committer._worker_id, batch)
        plan = await connection.fetch("explain (costs off) " + flush.query.text, *flush.arguments)
        scans = [row[0].strip() for row in plan if "Seq Scan" in row[0]]
        assert not [scan for scan in scans if "flowforge" in scan or " on clock" not in scan], scans
    connection.terminate()
