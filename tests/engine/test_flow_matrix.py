"""Every pair of flow controls: it works, both of them keeping what each promises, or it is refused by name when it is registered.

All pairs live through the same hour: five events with one key (the last two also have one idempotency key) come before a worker does;
their runs take a step, nap for five minutes and end; after two minutes an event comes that cancels. Afterwards each control's promise
is checked over what is recorded, and that no event was lost on the way.
"""

import asyncio
import itertools
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from flowforge import step
from flowforge.errors import RegistrationError, StepError
from flowforge.orchestrator.flow.combine import REFUSED
from flowforge.orchestrator.flow.control import (
    Batch,
    CancelOn,
    Concurrency,
    Debounce,
    FlowControl,
    Idempotency,
    Limit,
    Rate,
    Singleton,
    Throttle,
)

CONTROLS: dict[str, Any] = {
    "concurrency": Concurrency(limit=1, key="event.data.k"),
    "rate": Rate(limit=3, period="24h", key="event.data.k"),
    "throttle": Throttle(limit=1, period="10m", key="event.data.k"),
    "debounce": Debounce(period="1m", key="event.data.k"),
    "batch": Batch(size=2, timeout="1m", key="event.data.k"),
    "priority": "event.data.n >= 2 ? 1 : 0",
    "singleton": Singleton(key="event.data.k"),
    "idempotency": Idempotency(key="event.data.id"),
    "cancel_on": CancelOn("stop", match="data.k"),
    "step_limits": {"run": Limit(name="matrix", concurrency=1)},
    "start_timeout": "15m",
    "timeout": "3m",
    "retries": 0,
}
PAIRS = list(itertools.combinations(CONTROLS, 2))
IDS = [f"{one}-{other}" for one, other in PAIRS]


def together(one: str, other: str) -> dict[str, Any]:
    asked = {one: CONTROLS[one], other: CONTROLS[other]}
    if set(asked) == {"batch", "priority"}:
        asked["priority"] = 1  # an expression would see only the batch's first event
    return asked


def test_the_matrix_holds_every_control():
    assert {*FlowControl.__dataclass_fields__, "retries"} == set(CONTROLS)


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=IDS)
def test_a_pair_is_taken_or_refused_by_name(engine, one, other):
    def register():
        @engine.function(trigger="e", **together(one, other))
        async def function(ctx): ...

    if frozenset({one, other}) not in REFUSED:
        register()
        return
    with pytest.raises(RegistrationError) as refused:
        register()
    assert f"{one}=" in refused.value.message and f"{other}=" in refused.value.message and refused.value.hint


def test_a_batch_and_a_limit_with_other_keys_are_refused_by_name(engine):
    for name, control in {
        "concurrency": Concurrency(limit=1, key="event.data.other"),
        "throttle": Throttle(period="1s", key="event.data.other"),
        "priority": "event.data.n",
    }.items():
        with pytest.raises(RegistrationError, match=f"batch= and {name}.*different keys"):

            @engine.function(trigger="e", batch=CONTROLS["batch"], **{name: control})
            async def function(ctx): ...


@dataclass
class Ran:
    """A run, as it was recorded."""

    numbers: list[int]
    state: str
    error: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime

    @property
    def happened(self) -> bool:
        return self.state != "skipped"


@dataclass
class Hour:
    runs: list[Ran]
    most: int
    tries: dict[Any, int]

    @property
    def started(self) -> list[Ran]:
        return sorted((run for run in self.runs if run.started_at), key=lambda run: run.started_at)


def at_most_one_at_once(hour):
    assert hour.most == 1


def three_are_let_through(hour):
    assert sum(len(run.numbers) for run in hour.runs if run.happened) <= 3
    assert all(run.error in {"RateLimited", "Singleton"} for run in hour.runs if not run.happened)


def starts_are_ten_minutes_apart(hour):
    starts = [run.started_at for run in hour.started]
    assert all(later - earlier >= timedelta(minutes=10) for earlier, later in itertools.pairwise(starts))


def one_run_with_the_last_event(hour):
    (run,) = [run for run in hour.runs if run.happened]
    taken = {0, 1, 2, 3, 4} - {n for one in hour.runs if not one.happened for n in one.numbers}
    assert run.numbers == [max(taken)] or run.numbers == [3]  # four has the idempotency key of three


def batches_of_two(hour):
    assert all(1 <= len(run.numbers) <= 2 for run in hour.runs)


def the_high_go_first(hour):
    numbers = [run.numbers[0] for run in hour.started]
    assert numbers == sorted(numbers, key=lambda n: n < 2) or any(len(run.numbers) > 1 for run in hour.runs)


def one_goes_on_at_a_time(hour):
    lives = sorted((run.created_at, run.ended_at) for run in hour.runs if run.happened)
    assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(lives))
    assert all(run.error in {"RateLimited", "Singleton"} for run in hour.runs if not run.happened)


def one_run_for_each_id(hour):
    ids = [min(n, 3) for run in hour.runs if run.happened for n in run.numbers]
    assert len(ids) == len(set(ids))


def whoever_had_begun_is_cancelled(hour):
    assert hour.runs and all(run.state in {"cancelled", "skipped"} for run in hour.runs)


def nobody_starts_late(hour):
    assert all(run.started_at - run.created_at <= timedelta(minutes=16) for run in hour.started)
    assert all(run.error == "StartTimeout" for run in hour.runs if run.happened and run.started_at is None and run.error != "Cancelled")


def nobody_lives_on(hour):
    assert all(run.state in {"cancelled", "skipped"} for run in hour.runs)
    assert any(run.error in {"RunTimeout", "Cancelled"} for run in hour.runs)


def every_step_is_tried_once(hour):
    assert hour.tries and set(hour.tries.values()) == {1}


PROMISES = {
    "concurrency": at_most_one_at_once,
    "rate": three_are_let_through,
    "throttle": starts_are_ten_minutes_apart,
    "debounce": one_run_with_the_last_event,
    "batch": batches_of_two,
    "priority": the_high_go_first,
    "singleton": one_goes_on_at_a_time,
    "idempotency": one_run_for_each_id,
    "cancel_on": whoever_had_begun_is_cancelled,
    "step_limits": at_most_one_at_once,
    "start_timeout": nobody_starts_late,
    "timeout": nobody_lives_on,
    "retries": every_step_is_tried_once,
}


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(*pair, marks=() if place % 12 == 0 else pytest.mark.long)
        for place, pair in enumerate(pair for pair in PAIRS if frozenset(pair) not in REFUSED)
    ],
)
async def test_both_keep_what_they_promise(engine, one, other):
    running: set[int] = set()
    most, tries = [0], {}

    async def body(first):
        running.add(first)
        most[0] = max(most[0], len(running))
        tries[first] = tries.get(first, 0) + 1
        await asyncio.sleep(0.02)
        running.discard(first)

    async def fails(first):
        tries[f"fails {first}"] = tries.get(f"fails {first}", 0) + 1
        raise RuntimeError("no")

    @engine.function(trigger="e", **together(one, other))
    async def function(ctx):
        await step.run("s", body, ctx.events[0].data["n"])
        with suppress(StepError):
            await step.options(retries=None if "retries" in (one, other) else 0).run("fails", fails, ctx.events[0].data["n"])
        await step.sleep("nap", "5m")

    sent = [await engine.send("e", {"k": 1, "n": n, "id": min(n, 3)}) for n in range(5)]
    await engine.worker(poll_seconds=0.02, concurrency=1 if "priority" in (one, other) else 200, linger_seconds=0.0)
    await settled(engine)
    for minutes in (1.1, 1.1):
        await engine.later(f"{minutes}m")
        await settled(engine)
    if "cancel_on" in (one, other):
        await engine.send("stop", {"k": 1})
        await settled(engine)
    for _ in range(12):
        await engine.later("5m1s")
        await settled(engine)

    hour = await history(engine, most[0], tries)
    PROMISES[one](hour)
    PROMISES[other](hour)
    await nothing_is_lost(engine, sent, hour)


async def settled(engine, seconds=10):
    """Nothing is leased, ready or to be dispatched, a few looks in a row; who stands at a gate may stay there."""
    quiet = 0
    async with asyncio.timeout(seconds):
        while quiet < 4:
            busy = await engine.fetchval(
                "select exists (select from flowforge.owner where state in ('l', 'r') or least(due, deadline) <= flowforge.now())"
                " or exists (select from flowforge.dispatch) or exists (select from flowforge.mark where due <= flowforge.now())"
            )
            quiet = 0 if busy else quiet + 1
            await asyncio.sleep(0.01)


async def history(engine, most, tries) -> Hour:
    rows = await engine.database.pool.fetch("select * from flowforge.run order by run_id")
    runs = []
    for row in rows:
        data = json.loads(row["input"])
        numbers = [event["data"]["n"] for event in data] if row["batch"] else [data["n"]]
        error = json.loads(row["error"])["type"] if row["error"] else None
        assert row["state"] != "open", f"{numbers} has not ended"
        runs.append(Ran(numbers, row["state"], error, row["created_at"], row["started_at"], row["ended_at"]))
    return Hour(runs, most, tries)


async def nothing_is_lost(engine, sent, hour):
    """Every event is in a run, or its fate says why not."""
    fates = {row["event_id"] for row in await engine.database.pool.fetch("select event_id from flowforge.event_fate where fate <> 'noted'")}
    numbers = [n for run in hour.runs for n in run.numbers]
    assert len(numbers) == len(set(numbers))
    for n, event in enumerate(sent):
        assert n in numbers or event.event_id in fates, f"event {n} is gone"
