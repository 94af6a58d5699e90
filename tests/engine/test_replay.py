"""Replays: what is reused, what runs again, and that a new run appears whole or not at all."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import timedelta

import pytest

from flowforge import step
from flowforge.access.principal import Principal
from flowforge.errors import Conflict, NotFound
from flowforge.orchestrator.fork import Wish, plan_replay, replay_run
from flowforge.orchestrator.registry import Registry

FIVE = ["a", "b", "c", "d", "e"]


@pytest.fixture
def operator(tenant_id):
    return Principal(tenant_id, "person", "mira")


@pytest.fixture
def replay(engine, operator):
    async def again(run_id, **wish):
        plan = await replay_run(engine.database, operator, run_id, Wish(**wish), bell=engine.workers[0].bell)
        return plan, await engine.end_of(plan.run_id)

    return again


@pytest.fixture
def five(engine):
    """A function of five steps, and how often each body ran."""
    calls = Counter()

    async def body(name, before):
        calls[name] += 1
        return f"{before}{name}"

    @engine.function(trigger="five", id="five")
    async def function(ctx):
        value = str(ctx.event.data)
        for name in FIVE:
            value = await step.run(name, body, name, value)
        return value

    return calls


async def test_a_run_is_run_again_from_a_step_with_what_came_before(engine, five, replay, operator):
    first = await engine.do("five", "x")
    plan, again = await replay(first.run_id, from_step="c")

    assert [s.key for s in plan.reused] == ["a", "b"] and [s.key for s in plan.again] == ["c", "d", "e"]
    assert five == {"a": 1, "b": 1, "c": 2, "d": 2, "e": 2}
    assert (again.output, again.state) == ("xabcde", "completed")
    assert (again.origin, again.origin_step, again.input, again.trigger) == (first.id, "c", "x", "five")
    steps = await engine.steps(again.run_id)
    assert [s.reused for s in steps.values()] == [True, True, False, False, False]
    entry = await engine.database.pool.fetchrow("select principal, target, detail from flowforge.audit where action = 'run.replay'")
    assert (entry["principal"], entry["target"]) == ("mira", again.id)
    assert json.loads(entry["detail"]) == {"origin": first.id, "from": "c", "reused": 2, "edited": False}


async def test_without_a_step_everything_runs_again_and_a_plan_changes_nothing(engine, five, replay):
    first = await engine.do("five", "x")
    plan = await plan_replay(engine.database.pool, engine.tenant_id, first.run_id, Wish())
    assert plan.reused == () and [s.key for s in plan.again] == FIVE and plan.run_id is None
    assert await engine.fetchval("select count(*) from flowforge.run") == 1

    _, again = await replay(first.run_id, input='"y"')
    assert (again.output, again.input) == ("yabcde", "y")
    assert set(five.values()) == {2}


async def test_an_edited_input_goes_with_reused_steps_and_the_plan_says_what_that_means(engine, five, replay):
    first = await engine.do("five", "x")
    plan, again = await replay(first.run_id, from_step="e", input='"y"')
    assert "the reused steps keep what they gave for the old input" in plan.warnings
    assert (again.state, again.output, again.input) == ("completed", "xabcde", "y")


async def test_what_began_before_the_step_had_its_result_is_reused_and_what_followed_is_not(engine, replay):
    calls = Counter()
    gate = asyncio.Event()

    async def body(name, *_):
        calls[name] += 1
        if name == "slow":
            await gate.wait()
        return name

    async def left():
        pick = await step.run("pick", body, "pick")
        gate.set()
        return await step.run("pack", body, "pack", pick)

    async def right():
        return await step.run("slow", body, "slow")

    @engine.function(trigger="legs")
    async def function(ctx):
        got = await asyncio.gather(left(), right(), step.wait_for_event("paid", event="paid"))
        return [*got[:2], got[2].data]

    await engine.worker()
    run_id = await engine.start("legs")
    await engine.state(run_id, "waiting")
    await engine.send("paid", 7)
    first = await engine.end_of(run_id)
    pick = next(key for key in (await engine.steps(run_id)) if key.endswith("pick"))
    plan, again = await replay(run_id, from_step="pick")  # by its name: it stands in a branch

    assert plan.from_step == pick
    assert {s.name for s in plan.reused} == {"paid"}  # it had begun (its frame says so), though it ended last
    assert again.output == first.output
    assert calls == {"pick": 2, "pack": 2, "slow": 2}


async def test_sends_children_sleeps_and_caught_failures_are_reused_and_not_done_again(engine, replay):
    made = Counter()

    @engine.function(id="child")
    async def child(ctx):
        made["child"] += 1
        return "c" * ctx.input

    @engine.function(trigger="told")
    async def told(ctx):
        made["told"] += 1

    async def fail():
        made["fail"] += 1
        raise ValueError("no")

    async def last():
        made["last"] += 1
        return made["last"]

    @engine.function(trigger="all")
    async def function(ctx):
        big = await step.invoke("child", child, 300_000)  # lies in a blob
        await step.send_event("tell", "told", {})
        await step.sleep("nap", "50ms")
        try:
            await step.options(retries=0).run("fail", fail)
        except Exception as error:
            caught = str(error)
        return [len(big), caught, await step.run("last", last)]

    first = await engine.do("all")
    plan, again = await replay(first.run_id, from_step="last")

    assert first.output == [300_000, "step 'fail' failed: no", 1] and again.output == [300_000, "step 'fail' failed: no", 2]
    assert made == {"child": 1, "told": 1, "fail": 1, "last": 2}
    assert plan.warnings == ()
    all_of_it = await plan_replay(engine.database.pool, engine.tenant_id, first.run_id, Wish())
    assert set(all_of_it.warnings) == {"child starts its child run again", "tell sends its event again"}


async def test_a_failed_run_goes_on_from_where_it_failed(engine, replay):
    calls = Counter()
    broken = True

    async def body(name):
        calls[name] += 1
        if name == "bad" and broken:
            raise ValueError("broken")
        return name

    @engine.function(trigger="fails", retries=0)
    async def function(ctx):
        return [await step.run(name, body, name) for name in ("good", "bad", "after")]

    first = await engine.do("fails")
    assert first.state == "failed"
    broken = False
    plan, again = await replay(first.run_id, from_failure=True)
    assert plan.from_step == "bad" and [s.key for s in plan.reused] == ["good"]
    assert again.output == ["good", "bad", "after"] and calls == {"good": 1, "bad": 2, "after": 1}


async def test_a_run_whose_own_code_failed_keeps_all_that_was_recorded(engine, five, replay):
    broken = True

    @engine.function(trigger="own")
    async def function(ctx):
        value = await step.run("one", asyncio.sleep, 0, 1)
        if broken:
            raise RuntimeError("a bug")
        return value

    first = await engine.do("own")
    broken = False
    plan, again = await replay(first.run_id, from_failure=True)
    assert (plan.from_step, [s.key for s in plan.reused], again.output) == (None, ["one"], 1)


async def test_a_replay_runs_under_the_code_of_now_and_reused_results_stand(engine, replay):
    async def one(version):
        return version

    @engine.function(trigger="versioned", id="versioned", version="1")
    async def old(ctx):
        return [await step.run("who", one, 1), await step.run("last", one, 1)]

    first = await engine.do("versioned")
    await engine.stop(engine.workers[0])
    engine.registry = Registry()

    @engine.registry.function(trigger="versioned", id="versioned", version="2")
    async def new(ctx):
        return [await step.run("who", one, 2), await step.run("last", one, 2)]

    await engine.worker()
    plan, again = await replay(first.run_id, from_step="last")
    assert again.output == [1, 2] and again.version == "2"
    assert "it was recorded by version 1 and runs under 2" in plan.warnings


async def test_a_replay_waits_for_a_worker_like_any_run(engine, five, replay, operator):
    first = await engine.do("five", "x")
    await engine.stop(engine.workers[0])
    plan = await replay_run(engine.database, operator, first.run_id, Wish(from_step="d"))
    await engine.worker()
    assert (await engine.end_of(plan.run_id)).output == "xabcde"
    assert five["c"] == 1


async def test_the_same_id_makes_one_run_and_one_entry(engine, five, operator):
    first = await engine.do("five", "x")
    for _ in range(2):
        await replay_run(engine.database, operator, first.run_id, Wish(from_step="b"), new_id=engine.tenant_id)
    assert await engine.fetchval("select count(*) from flowforge.run") == 2
    assert await engine.fetchval("select count(*) from flowforge.audit where action = 'run.replay'") == 1


async def test_a_replay_keeps_the_moment_of_its_event(engine, replay):
    @engine.function(trigger="when")
    async def function(ctx):
        return await step.run("at", str, ctx.event.received_at.isoformat())

    first = await engine.do("when")
    await engine.advance(timedelta(days=1).total_seconds())
    _, again = await replay(first.run_id, from_step="at")
    assert again.output == first.output


async def test_what_cannot_be_replayed_is_refused_with_a_reason(engine, five, operator):
    @engine.function(trigger="waits")
    async def waits(ctx):
        await step.sleep("long", "1h")

    first = await engine.do("five", "x")
    open_run = await engine.start("waits")
    await engine.state(open_run, "sleeping")
    with pytest.raises(Conflict, match="has not ended"):
        await replay_run(engine.database, operator, open_run, Wish())
    with pytest.raises(NotFound, match="no step 'f'"):
        await replay_run(engine.database, operator, first.run_id, Wish(from_step="f"))
    with pytest.raises(NotFound):
        await replay_run(engine.database, operator, operator.tenant_id, Wish())


async def test_the_stream_of_a_replay_tells_reused_steps_as_memoized(engine, five, replay):
    from flowforge.orchestrator.stream import read_page

    first = await engine.do("five", "x")
    _, again = await replay(first.run_id, from_step="d")
    frames = await read_page(engine.database.pool, engine.tenant_id, "run", again.run_id, 0)
    told = [(f.data["step"], f.data["memoized"]) for f in frames if f.name == "step.completed"]
    assert told == [("a", True), ("b", True), ("c", True), ("d", False), ("e", False)]
    assert [f.seq for f in frames] == sorted({f.seq for f in frames})


async def test_a_reused_wait_does_not_take_the_place_of_another_step_in_the_stream(engine, replay):
    from flowforge.orchestrator.stream import read_page

    @engine.function(trigger="go")
    async def function(ctx):
        await step.run("one", str, 1)
        await asyncio.gather(step.sleep("nap", "10ms"), step.sleep("doze", "10ms"))  # they end side by side
        await step.run("two", str, 2)
        return await step.run("three", str, 3)

    first = await engine.do("go")
    _, again = await replay(first.run_id, from_step="three")
    frames = await read_page(engine.database.pool, engine.tenant_id, "run", again.run_id, 0)
    told = [f"{f.name.removeprefix('step.')} {f.data['name']}" for f in frames if f.name.startswith("step.")]
    assert sorted(told) == sorted(f"{what} {name}" for name in ("one", "nap", "doze", "two", "three") for what in ("started", "completed"))


async def test_an_event_that_is_sent_again_is_answered_with_its_own_run_not_with_replays(engine, five, replay):
    await engine.worker()
    first = (await engine.send("five", "x", key="order-1")).run_ids
    await engine.end_of(first[0])
    await replay(first[0], from_step="b")
    again = await engine.send("five", "x", key="order-1")
    assert again.duplicate and again.run_ids == first
