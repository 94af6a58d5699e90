"""Flow control, one control at a time, on a real worker."""

import asyncio
import json

import pytest

from flowforge import step
from flowforge.errors import RegistrationError
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.flow.control import Batch, CancelOn, Concurrency, Debounce, Idempotency, Limit, Rate, Singleton, Throttle
from flowforge.orchestrator.pause import pause
from flowforge.orchestrator.publish import publish_functions


async def runs_of(engine, state=None):
    rows = await engine.database.pool.fetch(
        "select r.run_id, r.state, r.error, r.output from flowforge.run r where $1::text is null or r.state = $1 order by r.run_id", state
    )
    return list(rows)


async def ended(engine, count, *states, seconds=10):
    """Until so many runs have ended in these states."""
    async with asyncio.timeout(seconds):
        while True:
            rows = [row for row in await runs_of(engine) if row["state"] in states]
            if len(rows) >= count:
                return rows
            await asyncio.sleep(0.01)


def gauge():
    """A body that notes how many of it run at once, by key."""
    now: dict = {}
    most: dict = {}

    async def body(key="", seconds=0.02):
        now[key] = now.get(key, 0) + 1
        most[key] = max(most.get(key, 0), now[key])
        await asyncio.sleep(seconds)
        now[key] -= 1

    return body, most


# ── concurrency ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_no_more_runs_than_the_limit_are_leased_at_once(engine):
    release, running, most = asyncio.Event(), set(), []

    async def body(n):
        running.add(n)
        most.append(len(running))
        await release.wait()
        running.discard(n)

    @engine.function(trigger="e", concurrency=3)
    async def function(ctx):
        await step.run("s", body, ctx.event.data)

    await engine.worker()
    await engine.worker()
    for n in range(12):
        await engine.send("e", n)
    async with asyncio.timeout(10):
        while len(running) < 3:
            await asyncio.sleep(0.01)
    release.set()
    await ended(engine, 12, "completed")
    assert max(most) == 3


async def test_every_value_of_the_key_has_a_limit_of_its_own(engine):
    body, most = gauge()

    @engine.function(trigger="e", concurrency=[Concurrency(limit=1, key="event.data.customer"), 3])
    async def function(ctx):
        await asyncio.gather(step.run("s", body, ctx.event.data["customer"]), step.run("all", body, "all"))

    await engine.worker()
    for n in range(24):
        await engine.send("e", {"customer": f"c{n % 4}"})
    await ended(engine, 24, "completed")
    assert most.pop("all") <= 3 and most == {"c0": 1, "c1": 1, "c2": 1, "c3": 1}


async def test_a_shared_limit_holds_for_all_functions_that_list_it(engine):
    release, running, most = asyncio.Event(), set(), []
    shared = Limit(name="stripe", concurrency=2)

    async def body(who):
        running.add(who)
        most.append(len(running))
        await release.wait()
        running.discard(who)

    @engine.function(id="a", trigger="a", concurrency=shared)
    async def a(ctx):
        await step.run("s", body, ctx.run_id)

    @engine.function(id="b", trigger="b", concurrency=[5, shared])
    async def b(ctx):
        await step.run("s", body, ctx.run_id)

    await engine.worker()
    for _ in range(6):
        await engine.send("a")
        await engine.send("b")
    async with asyncio.timeout(10):
        while len(running) < 2:
            await asyncio.sleep(0.01)
    release.set()
    await ended(engine, 12, "completed")
    assert max(most) == 2


def test_two_functions_cannot_disagree_about_a_shared_limit(engine):
    @engine.function(id="a", concurrency=Limit(name="stripe", concurrency=2))
    async def a(ctx): ...

    with pytest.raises(RegistrationError, match="disagree about the limit stripe"):

        @engine.function(id="b", concurrency=Limit(name="stripe", concurrency=3))
        async def b(ctx): ...


async def test_another_app_cannot_change_a_shared_limit(engine):
    @engine.function(id="a", concurrency=Limit(name="stripe", concurrency=2))
    async def a(ctx): ...

    await publish_functions(engine.database.pool, engine.registry, app="one")
    engine.registry.clear()

    @engine.function(id="b", concurrency=Limit(name="stripe", concurrency=3))
    async def b(ctx): ...

    with pytest.raises(RegistrationError, match="belongs to one, which says 2"):
        await publish_functions(engine.database.pool, engine.registry, app="other")


async def test_a_run_that_sleeps_or_waits_holds_no_slot(engine):
    order = []

    @engine.function(trigger="e", concurrency=1)
    async def function(ctx):
        n = ctx.event.data["n"]
        await step.run("begin", lambda: order.append(f"begin {n}"))
        if n == 1:
            await step.wait_for_event("go", event="go")
        await step.run("end", lambda: order.append(f"end {n}"))

    await engine.worker()
    first = await engine.start("e", {"n": 1})
    await engine.state(first, "waiting")
    second = await engine.start("e", {"n": 2})
    await engine.end_of(second)
    await engine.send("go")
    await engine.end_of(first)
    assert order == ["begin 1", "begin 2", "end 2", "end 1"]


@pytest.mark.thorough
async def test_the_slot_of_a_dead_worker_comes_back(engine):
    @engine.function(id="f", trigger="e", concurrency=1)
    async def function(ctx):
        return await step.run("s", lambda: "done")

    dead = await engine.generation("f")
    run_id = await engine.start("e")
    other = await engine.start("e")
    pool = engine.database.pool
    limit_id = await pool.fetchval("select limit_id from flowforge.flow_limit")
    await pool.execute("update flowforge.owner set state = 'l', worker_id = $1, fence = 1 where run_id = $2", dead, run_id)
    await pool.execute("insert into flowforge.slot values ($1, $2, $3, 1)", limit_id, engine.tenant_id, run_id)
    await engine.worker(poll_seconds=0.05)
    await asyncio.sleep(0.3)
    assert (await engine.run(other)).state == "queued"
    await pool.execute("update flowforge.worker set alive = false where worker_id = $1", dead)
    assert (await engine.end_of(run_id)).output == "done" and (await engine.end_of(other)).output == "done"


async def test_a_child_counts_against_the_limits_of_its_function(engine):
    body, most = gauge()

    @engine.function(id="child", concurrency=2)
    async def child(ctx):
        await step.run("s", body)

    @engine.function(trigger="e")
    async def parent(ctx):
        await asyncio.gather(*(step.invoke("c", child) for _ in range(8)))

    await engine.worker()
    run = await engine.do("e")
    assert run.state == "completed" and most[""] <= 2


# ── rate, throttle ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_over_the_rate_is_skipped_and_visible(engine):
    @engine.function(trigger="e", rate="3/h")
    async def function(ctx): ...

    await engine.worker()
    sent = [await engine.send("e") for _ in range(5)]
    await ended(engine, 3, "completed")
    skipped = await ended(engine, 2, "skipped")
    assert json.loads(skipped[0]["error"]) == {"type": "RateLimited", "message": "over the rate of 3 in 1 h"}
    assert [len(one.run_ids) for one in sent] == [1] * 5
    assert (await engine.run(sent[4].run_ids[0])).state == "skipped"


async def test_a_rate_refills_with_time_and_has_a_burst(engine):
    @engine.function(trigger="e", rate=Rate(limit=2, period="1h", burst=1, key="event.data.k"))
    async def function(ctx): ...

    await engine.worker()
    for key in ("a", "a", "b"):
        await engine.send("e", {"k": key})
    await ended(engine, 1, "skipped")
    await engine.later("31m")
    await engine.send("e", {"k": "a"})
    await ended(engine, 3, "completed")
    assert len(await runs_of(engine, "skipped")) == 1


async def test_a_throttle_delays_starts_and_loses_none(engine):
    started = []

    @engine.function(trigger="e", throttle="10s")
    async def function(ctx):
        started.append(ctx.event.data)

    await engine.worker(poll_seconds=0.05)
    for n in range(3):
        await engine.send("e", n)
    await ended(engine, 1, "completed")
    await asyncio.sleep(0.2)
    assert started == [0]
    for so_far in (2, 3):
        await engine.later("10s")
        await ended(engine, so_far, "completed")
    assert started == [0, 1, 2]


async def test_a_throttle_lets_a_burst_through(engine):
    @engine.function(trigger="e", throttle=Throttle(limit=1, period="1h", burst=3))
    async def function(ctx): ...

    await engine.worker(poll_seconds=0.05)
    for _ in range(5):
        await engine.send("e")
    await ended(engine, 3, "completed")
    await asyncio.sleep(0.2)
    assert len(await runs_of(engine, "completed")) == 3


async def test_a_throttle_spares_those_that_have_started(engine):
    @engine.function(trigger="e", throttle="1h")
    async def function(ctx):
        await step.wait_for_event("go", event="go")
        return "done"

    await engine.worker()
    run_id = await engine.start("e")
    await engine.state(run_id, "waiting")
    await engine.send("go")
    assert (await engine.end_of(run_id)).output == "done"


# ── debounce, batch ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_debounce_runs_once_with_the_last_event(engine):
    seen = []

    @engine.function(trigger="e", debounce="10s")
    async def function(ctx):
        seen.append(ctx.event.data)

    await engine.worker(poll_seconds=0.05)
    runs = {(await engine.send("e", n)).run_ids for n in range(3)}
    await engine.later("9s")
    runs.add((await engine.send("e", 3)).run_ids)
    await engine.later("9s")
    assert seen == [] and len(runs) == 1
    await engine.later("1s")
    await ended(engine, 1, "completed")
    assert seen == [3]
    fates = await engine.database.pool.fetch("select fate, detail from flowforge.event_fate order by event_id")
    assert [fate["fate"] for fate in fates] == ["joined"] * 3


async def test_a_debounce_has_a_cap_and_keys(engine):
    seen = []

    @engine.function(trigger="e", debounce=Debounce(period="10s", cap="15s", key="event.data.k"))
    async def function(ctx):
        seen.append(ctx.event.data)

    await engine.worker(poll_seconds=0.05)
    await engine.send("e", {"k": "b", "n": 0})
    await engine.send("e", {"k": "a", "n": 1})
    await engine.later("9s")
    await engine.send("e", {"k": "a", "n": 2})
    await engine.later("2s")
    await ended(engine, 1, "completed")
    assert seen == [{"k": "b", "n": 0}]
    await engine.later("4s")
    await ended(engine, 2, "completed")
    assert seen[1] == {"k": "a", "n": 2}


async def test_a_batch_runs_when_it_is_full_or_its_time_has_come(engine):
    batches = []

    @engine.function(trigger="e", batch=Batch(size=3, timeout="10s"))
    async def function(ctx):
        batches.append([event.data for event in ctx.events])
        assert ctx.event == ctx.events[0]

    await engine.worker(poll_seconds=0.05)
    for n in range(4):
        await engine.send("e", n)
    await ended(engine, 1, "completed")
    assert batches == [[0, 1, 2]]
    await engine.later("10s")
    await ended(engine, 2, "completed")
    assert batches[1] == [3]


async def test_events_that_come_together_fill_several_batches(engine):
    batches = []

    @engine.function(trigger="e", batch=Batch(size=4, timeout="10s", key="event.data.k"))
    async def function(ctx):
        batches.append(sorted(event.data["n"] for event in ctx.events))

    await publish_functions(engine.database.pool, engine.registry, app="app")
    await send_events(engine.database, engine.tenant_id, [NewEvent("e", {"k": n % 2, "n": n}) for n in range(20)])
    await engine.worker(poll_seconds=0.05)
    await ended(engine, 4, "completed")
    await engine.later("10s")
    await ended(engine, 6, "completed")
    assert sorted(n for batch in batches for n in batch) == list(range(20))
    assert all(len({n % 2 for n in batch}) == 1 for batch in batches) and sorted(map(len, batches)) == [2, 2, 4, 4, 4, 4]


# ── singleton, idempotency, priority ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_singleton_skips_while_one_has_not_ended(engine):
    @engine.function(trigger="e", singleton=Singleton(key="event.data.k"))
    async def function(ctx):
        await step.wait_for_event("go", event="go", match="data.k")

    await engine.worker()
    first = await engine.start("e", {"k": 1})
    await engine.state(first, "waiting")
    skipped = await engine.start("e", {"k": 1})
    other = await engine.start("e", {"k": 2})
    assert (await engine.run(skipped)).state == "skipped"
    await engine.state(other, "waiting")
    await engine.send("go", {"k": 1})
    await engine.end_of(first)
    again = await engine.start("e", {"k": 1})
    await engine.state(again, "waiting")


@pytest.mark.thorough
async def test_a_singleton_cancels_the_older(engine):
    at_once = []

    @engine.function(trigger="e", singleton="cancel")
    async def function(ctx):
        at_once.append(ctx.event.data)
        await step.wait_for_event("go", event="go")
        return ctx.event.data

    await engine.worker()
    first = await engine.start("e", 1)
    await engine.state(first, "waiting")
    second = await engine.start("e", 2)
    third = await engine.start("e", 3)
    for older in (first, second):
        assert (await engine.end_of(older)).state == "cancelled"
    await engine.state(third, "waiting")
    await engine.send("go")
    assert (await engine.end_of(third)).output == 3


@pytest.mark.thorough
async def test_one_run_for_each_key_within_the_window(engine):
    @engine.function(trigger="e", idempotency=Idempotency(key="event.data.order", window="1h"))
    async def function(ctx): ...

    await engine.worker()
    sent = [await engine.send("e", {"order": order}) for order in (1, 1, 2)]
    await ended(engine, 2, "completed")
    assert [len(one.run_ids) for one in sent] == [1, 0, 1]
    fate = await engine.database.pool.fetchrow("select fate, run_id from flowforge.event_fate")
    assert (fate["fate"], fate["run_id"]) == ("duplicate", sent[0].run_ids[0])
    await engine.later("61m")
    await engine.send("e", {"order": 1})
    await ended(engine, 3, "completed")


async def test_what_has_priority_goes_first_within_its_tenant(engine):
    order = []

    @engine.function(trigger="e", priority="event.data.plan == 'pro' ? 2 : (event.data.plan == 'free' ? -1 : 0)")
    async def function(ctx):
        order.append(ctx.event.data["plan"])

    for plan in ("free", "team", "free", "pro", "team", "pro"):
        await engine.send("e", {"plan": plan})
    await engine.worker(concurrency=1)
    await ended(engine, 6, "completed")
    assert order == ["pro", "pro", "team", "team", "free", "free"]


# ── cancel_on, timeouts ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.thorough
async def test_an_event_cancels_the_run_that_it_matches(engine):
    @engine.function(trigger="order/created", cancel_on=CancelOn("order/cancelled", match="data.id"))
    async def function(ctx):
        await step.wait_for_event("paid", event="order/paid", match="data.id")

    await engine.worker()
    one, two = [await engine.start("order/created", {"id": n}) for n in (1, 2)]
    for run_id in (one, two):
        await engine.state(run_id, "waiting")
    await engine.send("order/cancelled", {"id": 1})
    run = await engine.end_of(one)
    assert run.state == "cancelled" and run.error == {"type": "Cancelled", "message": "the event order/cancelled cancelled it"}
    await engine.send("order/paid", {"id": 2})
    assert (await engine.end_of(two)).state == "completed"
    assert await engine.fetchval("select count(*) from flowforge.wait") == 0


@pytest.mark.thorough
async def test_an_event_cancels_a_run_that_is_queued_still(engine):
    @engine.function(trigger="e", cancel_on=CancelOn("stop", timeout="1h"), concurrency=1)
    async def function(ctx):
        await step.run("s", asyncio.sleep, 60)

    await engine.worker(grace_seconds=0.1)
    first = await engine.start("e")
    await engine.state(first, "running")
    second = await engine.start("e")
    await engine.send("stop")
    for run_id in (first, second):
        assert (await engine.end_of(run_id)).state == "cancelled"


async def test_a_condition_says_which_event_cancels(engine):
    @engine.function(trigger="e", cancel_on=CancelOn("price", if_="async.data.price > event.data.limit"))
    async def function(ctx):
        await step.wait_for_event("go", event="go")

    await engine.worker()
    run_id = await engine.start("e", {"limit": 10})
    await engine.state(run_id, "waiting")
    await engine.send("price", {"price": 9})
    await engine.send("price", {"cost": 99})  # no such field: it says nothing about the price
    await asyncio.sleep(0.2)
    assert (await engine.run(run_id)).state == "waiting"
    await engine.send("price", {"price": 11})
    assert (await engine.end_of(run_id)).state == "cancelled"


async def test_an_event_that_comes_after_the_time_for_it_cancels_nothing(engine):
    @engine.function(trigger="e", cancel_on=CancelOn("stop", timeout="1h"))
    async def function(ctx):
        await step.wait_for_event("go", event="go")

    await engine.worker()
    run_id = await engine.start("e")
    await engine.state(run_id, "waiting")
    await engine.later("61m")
    await engine.send("stop")
    await engine.send("go")
    assert (await engine.end_of(run_id)).state == "completed"


@pytest.mark.thorough
async def test_what_cancels_and_limits_a_debounced_run_follows_from_its_last_event(engine):
    @engine.function(
        trigger="e", debounce="10s", cancel_on=CancelOn("stop", match="data.k"), concurrency=Concurrency(limit=1, key="event.data.k")
    )
    async def function(ctx): ...

    run_id = await engine.start("e", {"k": "old"})
    await engine.send("e", {"k": "new"})
    rules = "select l.key from flowforge.owner o join flowforge.flow_limit l on l.limit_id = any(o.limits) where o.run_id = $1"
    assert await engine.database.pool.fetchval(rules, run_id) == '"new"'
    await engine.worker(poll_seconds=0.05)
    await engine.send("stop", {"k": "old"})
    assert (await engine.run(run_id)).state == "queued"
    await engine.send("stop", {"k": "new"})
    assert (await engine.end_of(run_id)).state == "cancelled"


async def test_an_older_event_does_not_take_the_place_of_a_later_one(engine):
    """Dispatchers overtake each other: what was stored first may be dispatched last."""

    @engine.function(trigger="e", debounce="10s")
    async def function(ctx): ...

    run_id = await engine.start("e", "later")
    await engine.database.pool.execute("update flowforge.run set received_at = received_at + interval '1 min' where run_id = $1", run_id)
    await engine.send("e", "earlier")
    assert (await engine.run(run_id)).input == "later"


async def test_a_cancelled_run_passes_a_pause(engine):
    @engine.function(id="f", trigger="e", timeout="1h")
    async def function(ctx):
        await step.run("begun", lambda: None)
        await step.sleep("nap", "10m")

    await engine.worker(poll_seconds=0.05)
    run_id = await engine.start("e")
    await engine.state(run_id, "sleeping")
    await pause(engine.database, engine.operator, function="f")
    await engine.later("11m")
    async with asyncio.timeout(10):
        while not await engine.fetchval("select exists (select from flowforge.owner where state = 'g')"):
            await asyncio.sleep(0.01)
    await engine.later("50m")  # its deadline
    assert (await engine.end_of(run_id)).error["type"] == "RunTimeout"


async def test_a_run_that_does_not_start_in_time_is_cancelled(engine):
    @engine.function(trigger="e", start_timeout="10m", concurrency=1)
    async def function(ctx):
        await step.wait_for_event("go", event="go") if ctx.event.data == 1 else None

    run_id = await engine.start("e")
    other = await engine.worker(registry=type(engine.registry)())
    await engine.later("11m")
    run = await engine.end_of(run_id)
    assert (run.state, run.error["type"]) == ("cancelled", "StartTimeout")
    await engine.stop(other)


@pytest.mark.thorough
async def test_a_run_that_does_not_finish_in_time_is_cancelled(engine):
    @engine.function(trigger="e", timeout="1h")
    async def function(ctx):
        await step.wait_for_event("go", event="go")

    await engine.worker()
    run_id = await engine.start("e")
    await engine.state(run_id, "waiting")
    await engine.later("59m")
    assert (await engine.run(run_id)).state == "waiting"
    await engine.later("2m")
    run = await engine.end_of(run_id)
    assert (run.state, run.error["type"]) == ("cancelled", "RunTimeout")


# ── what expressions cannot say ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "control",
    [
        {"idempotency": "event.data.nope"},
        {"rate": Rate(limit=1, period="1h", key="event.data.nope")},
        {"debounce": Debounce(period="1h", key="event.data.nope")},
        {"batch": Batch(size=2, timeout="1h", key="event.data.nope")},
        {"singleton": Singleton(key="event.data.nope")},
        {"concurrency": Concurrency(limit=1, key="event.data.nope")},
        {"throttle": Throttle(period="1h", key="event.data.nope")},
        {"priority": "event.data.nope"},
    ],
    ids=lambda control: next(iter(control)),
)
async def test_a_key_without_a_value_never_loses_an_event(engine, control):
    @engine.function(trigger="e", **control)
    async def function(ctx): ...

    await engine.worker()
    for n in range(2):
        await engine.send("e", {"n": n})
    await ended(engine, 2, "completed")


async def test_the_decorator_line_of_the_front_page_works_word_for_word(engine):
    @engine.function(
        trigger="e",
        concurrency=5,
        rate="60/min",
        throttle="10s",
        debounce="2s",
    )
    async def function(ctx):
        return "ran"

    await engine.worker(poll_seconds=0.05)
    run_id = await engine.start("e")
    await engine.later("2s")
    assert (await engine.end_of(run_id)).output == "ran"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"concurrency": 0}, "whole number"),
        ({"concurrency": [1, 2, 3, 4, 5]}, "4 concurrency limits"),
        ({"rate": "60"}, "no rate"),
        ({"rate": "0/min"}, "whole number"),
        ({"throttle": "soon"}, "cannot read"),
        ({"debounce": "1ms"}, "between 10ms and a year"),
        ({"batch": 5}, "batch=5 cannot be read"),
        ({"priority": 3}, "from -2"),
        ({"priority": "event.data..x"}, "not a CEL expression"),
        ({"singleton": "both"}, "skip or cancel"),
        ({"cancel_on": "order/cancelled"}, "which runs"),
        ({"idempotency": "order.id"}, "may name event"),
        ({"concurency": 5}, "did you mean concurrency"),
        ({"timeout": 0}, "longer than nothing"),
    ],
)
def test_what_cannot_be_read_is_refused_when_it_is_registered(engine, arguments, message):
    with pytest.raises(RegistrationError, match=message):

        @engine.function(**arguments)
        async def function(ctx): ...
