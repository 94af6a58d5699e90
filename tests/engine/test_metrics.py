"""What the engine counts, and that what is counted stays small whatever users name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from flowforge import metrics
from flowforge.clock import SYSTEM_CLOCK
from flowforge.errors import NonRetryable
from flowforge.metrics import Counter, Histogram, watching_the_loop
from flowforge.orchestrator.backlog import read_backlog
from flowforge.orchestrator.change import COMPLETED, Change, Lease, StepRow, UsageRow
from flowforge.orchestrator.models.usage import Usage
from flowforge.orchestrator.worker.tally import tally
from flowforge.steps import step

Counted = Callable[..., float]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """What a counter has counted in this test. Other tests of this process have used up the names that it tells apart."""
    for family in metrics.FAMILIES.values():
        if isinstance(family, Counter):
            monkeypatch.setattr(family, "values", {})
            monkeypatch.setattr(family, "_seen", tuple(set() for _ in family.labels))
            monkeypatch.setattr(family, "_known", set())

    def grown(family: Counter, *labels: str) -> float:
        return family.values.get(labels, 0.0)

    return grown


def completed(kind: str) -> int:
    found = metrics.STEP_SECONDS.values.get((kind,))
    return sum(found.counts) if found else 0


@pytest.fixture
def a_family_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "FAMILIES", {})


# ── bounds ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("a_family_of_its_own")
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_label_that_anybody_may_name_cannot_grow_without_end(place):
    counter, histogram = Counter("c", "", ("a", "b", "c")), Histogram("h", "", ("a", "b", "c"))

    for n in range(10_000):
        labels = tuple(str(n) if at == place else "same" for at in range(3))
        counter.add(*labels)
        histogram.add(0.1, *labels)

    assert len(counter.values) == len(histogram.values) == metrics.MAX_VALUES + 1
    assert sum(counter.values.values()) == 10_000
    assert sum(sum(found.counts) for found in histogram.values.values()) == 10_000


@pytest.mark.usefixtures("a_family_of_its_own")
def test_labels_that_multiply_are_bounded_together():
    counter = Counter("c", "", ("a", "b"))

    for n in range(100):
        for m in range(100):
            counter.add(str(n), str(m))

    assert len(counter.values) <= metrics.MAX_SERIES + 1
    assert counter.values[metrics.OTHER, metrics.OTHER] == 10_000 - metrics.MAX_SERIES


def test_every_family_is_bounded_and_named_as_prometheus_wants_it():
    assert len(metrics.FAMILIES) > 15
    for family in metrics.series():
        assert family.name.startswith("flowforge_") and not family.name.endswith("_total") and family.help.endswith(".")
        assert not {"run", "step", "event", "tenant", "path"}.intersection(family.labels), f"{family.name}: without number by nature"


# ── counting ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_steps_runs_and_commits_are_counted_once_they_are_stored(engine, counted):
    @engine.function(trigger="a/b", id="metrics.two_steps")
    async def two_steps(ctx: Any) -> None:
        await step.run("x", lambda: 1)
        await step.run("y", lambda: 2)

    steps = completed("run")
    await engine.do("a/b")

    assert completed("run") - steps == 2
    assert counted(metrics.RUNS_ENDED, "metrics.two_steps", "completed") == 1
    assert counted(metrics.COMMITS) >= 2
    assert counted(metrics.CLAIMED) == 1


async def test_retries_and_failures_are_counted(engine, counted):
    @engine.function(trigger="a/b", id="metrics.fails", retries=2)
    async def fails(ctx: Any) -> None:
        def refuse() -> None:
            if ctx.event.data["once"]:
                raise NonRetryable("no")
            raise ValueError("no")

        await step.run("x", refuse)

    await engine.do("a/b", {"once": False})
    assert (counted(metrics.STEP_RETRIES, "run"), counted(metrics.STEPS_FAILED, "run")) == (2, 1)

    await engine.do("a/b", {"once": True})
    assert (counted(metrics.STEP_RETRIES, "run"), counted(metrics.STEPS_FAILED, "run")) == (2, 2)
    assert counted(metrics.RUNS_ENDED, "metrics.fails", "failed") == 2


def test_tokens_and_cost_are_counted_by_model_and_not_for_a_lost_lease(tenant_id, counted):
    used = Usage("gpt-4o", "openai", 100, 20, cached_tokens=40, cost=Decimal("0.0021"))
    unpriced = Usage("local", "ollama", 5, 7)
    lease, lost = Lease(tenant_id, tenant_id, 1), Lease(tenant_id, tenant_id, 2)
    row = StepRow("k", "k", "ai", COMPLETED, 3)
    rows = tuple(UsageRow(tenant_id, "k", 1, usage) for usage in (used, unpriced))

    tally([Change(lease, print, row, usage=rows), Change(lost, print, row, usage=rows)], {lost}, 0.001)

    assert counted(metrics.TOKENS, "gpt-4o", "input") == 100
    assert counted(metrics.TOKENS, "gpt-4o", "cached") == 40
    assert counted(metrics.TOKENS, "local", "output") == 7
    assert counted(metrics.COST, "gpt-4o") == pytest.approx(0.0021)
    assert counted(metrics.COST, "local") == 0
    assert counted(metrics.MODEL_CALLS, "local", "unknown") == counted(metrics.MODEL_CALLS, "gpt-4o", "known") == 1


async def test_a_worker_tells_how_long_it_has_held_its_oldest_lease(engine):
    gate, there = asyncio.Event(), asyncio.Event()

    @engine.function(trigger="a/b")
    async def held(ctx: Any) -> None:
        async def wait() -> None:
            there.set()
            await gate.wait()

        await step.run("x", wait)

    worker = await engine.worker()
    run = await engine.start("a/b")
    await there.wait()
    assert metrics.ACTIVE_RUNS.read() == 1
    assert 0 < metrics.OLDEST_LEASE.read() < 30
    assert metrics.BEAT_AGE.read() < 30

    gate.set()
    await engine.end_of(run)
    await engine.stop(worker)
    assert metrics.ACTIVE_RUNS.read() is None


async def test_a_loop_that_was_blocked_says_for_how_long(monkeypatch):
    monkeypatch.setattr(metrics, "LAG_SECONDS", 0.01)
    loop = asyncio.get_running_loop()
    async with watching_the_loop(SYSTEM_CLOCK):
        await asyncio.sleep(0)
        until = loop.time() + 0.1
        while loop.time() < until:
            pass
        async with asyncio.timeout(5):
            while not (lag := metrics.LOOP_LAG.read()):
                await asyncio.sleep(0.01)
    assert lag >= 0.08
    assert metrics.LOOP_LAG.read() is None


# ── the backlog ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_backlog_counts_open_work_by_function_and_reason(engine):
    @engine.function(trigger="a/b", id="metrics.sleeper")
    async def sleeper(ctx: Any) -> None:
        await step.sleep("x", "1h")

    worker = await engine.worker()
    run = await engine.start("a/b")
    await engine.state(run, "sleeping")
    await engine.stop(worker)
    for _ in range(3):
        await engine.start("a/b")
    await engine.advance(60)

    found = await read_backlog(engine.database.pool)

    assert found.ready == {"metrics.sleeper": 3}
    assert found.parked == {"sleeping": 1}
    assert 60 <= found.oldest_ready < 90
    assert (found.leased, found.undispatched, found.oldest_undispatched) == (0, 0, None)


async def test_a_long_queue_is_counted_up_to_a_bound(engine):
    @engine.function(trigger="a/b")
    async def nothing(ctx: Any) -> None: ...

    for _ in range(5):
        await engine.start("a/b")

    assert sum((await read_backlog(engine.database.pool, count_max=3)).ready.values()) == 3


async def test_the_backlog_never_reads_what_has_ended(database, tenant_id):
    """In its plan every table is reached by an index, and `run` only by its key, for one row."""
    await database.pool.execute(
        "insert into flowforge.owner (tenant_id, run_id, function_id, state, parked_for, vt)"
        " select $1, gen_random_uuid(), 'f', case when n % 10 = 0 then 'r' else 'p' end, case when n % 10 > 0 then 's' end, n"
        "   from generate_series(1, 20000) n",
        tenant_id,
    )
    await database.pool.execute(
        "insert into flowforge.run (tenant_id, run_id, function_id, state, event_name, input, received_at, created_at)"
        " select $1, gen_random_uuid(), 'f', 'completed', 'a/b', '{}', now(), now() from generate_series(1, 5000)",
        tenant_id,
    )
    await database.pool.execute("analyze flowforge.owner")
    await database.pool.execute("analyze flowforge.run")
    from flowforge.orchestrator.backlog import sql

    async with database.pool.acquire() as connection, connection.transaction():
        await connection.execute("set local enable_seqscan = off")  # the tables of workers and dispatches have a row or none here
        plan = "\n".join(row[0] for row in await connection.fetch("explain " + sql.backlog.text.replace("$1", "100000")))

    assert "Seq Scan" not in plan
    assert plan.count(" on run ") == 1 and "Index Scan using run_pkey on run r" in plan
    assert "owner_ready" in plan and "owner_parked" in plan and "owner_leased" in plan
