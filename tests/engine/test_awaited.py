"""Waiting for events with conditions, for any of several, for all of several."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from flowforge import StepTimeout, awaited, step
from flowforge.orchestrator import condition
from flowforge.orchestrator.run import cancel_run


async def waiting(engine, run_id):
    return await engine.state(run_id, "waiting")


@pytest.mark.parametrize("when", ["before", "while it waits on its worker", "after it left"])
async def test_a_condition_over_both_events_decides(engine, when):
    gate = asyncio.Event()

    @engine.function(trigger="order")
    async def function(ctx):
        await step.run("gate", gate.wait)
        return (await step.wait_for_event("paid", event="paid", if_="async.data.total >= event.data.total", timeout="1d")).data

    await engine.worker()
    run_id = await engine.start("order", {"total": 100})
    if when != "before":
        gate.set()
    if when == "after it left":
        await waiting(engine, run_id)
    for total in (99, "many", None, 100, 200):
        await engine.send("paid", {"total": total} if total is not None else {})
    gate.set()
    assert (await engine.end_of(run_id)).output == {"total": 100}


async def test_a_wait_without_a_condition_does_not_open_the_one_beside_it(engine):
    @engine.function(trigger="order")
    async def function(ctx):
        plain = step.wait_for_event("any", event="paid")
        big = step.wait_for_event("big", event="paid", if_="async.data.total > 5")
        return [event.data["total"] for event in await asyncio.gather(plain, big)]

    await engine.worker()
    run_id = await engine.start("order")
    await waiting(engine, run_id)
    await engine.send("paid", {"total": 1})
    await engine.send("paid", {"total": 9})
    assert (await engine.end_of(run_id)).output == [1, 9]


async def test_match_and_condition_must_both_hold(engine):
    @engine.function(trigger="order")
    async def function(ctx):
        return (await step.wait_for_event("paid", event="paid", match="data.id", if_="async.data.total > 5")).data

    await engine.worker()
    run_id = await engine.start("order", {"id": 1})
    await waiting(engine, run_id)
    for data in ({"id": 2, "total": 9}, {"id": 1, "total": 1}, {"id": 1, "total": 7}):
        await engine.send("paid", data)
    assert (await engine.end_of(run_id)).output == {"id": 1, "total": 7}


async def test_a_condition_without_a_value_is_shown_on_the_runs_stream(engine):
    gate = asyncio.Event()

    @engine.function(trigger="order")
    async def function(ctx):
        await step.run("gate", gate.wait)
        await step.wait_for_event("paid", event="paid", if_="async.data.totl > 5")

    await engine.worker()
    run_id = await engine.start("order")
    await engine.send("paid", {"total": 7})
    gate.set()
    await waiting(engine, run_id)
    said = await engine.fetchval("select data from flowforge.frame where stream_id = $1 and name = 'log'", run_id)
    assert "there is no 'totl'" in said or "totl" in said


@pytest.mark.parametrize("text", ["async.data.total >", "order.total > 5", ""])
async def test_a_condition_that_is_none_is_refused_where_it_stands(engine, text):
    @engine.function(trigger="order")
    async def function(ctx):
        await step.wait_for_event("paid", event="paid", if_=text)

    run = await engine.do("order")
    assert (run.state, run.error["type"]) == ("failed", "InvalidInput")


async def test_any_of_several_events_is_enough(engine):
    @engine.function(trigger="order")
    async def function(ctx):
        first = await step.wait_for_event("end", event=["paid", awaited("void", if_="async.data.final")], match="data.id")
        second = await step.wait_for_event("end", event=["paid", "void"])
        return [[first.name, first.data["n"]], [second.name, second.data["n"]]]

    await engine.worker()
    run_id = await engine.start("order", {"id": 1})
    await waiting(engine, run_id)
    await engine.send("paid", {"id": 2, "n": 0})
    await engine.send("void", {"id": 1, "n": 1, "final": False})
    await engine.send("void", {"id": 1, "n": 2, "final": True})
    run = await engine.end_of(run_id)
    assert run.output == [["void", 2], ["paid", 0]], "the second wait looks back, past what the first one took"


async def test_of_several_that_came_before_the_earliest_counts(engine):
    gate = asyncio.Event()

    @engine.function(trigger="order")
    async def function(ctx):
        await step.run("gate", gate.wait)
        return (await step.wait_for_event("end", event=["a", "b"])).name

    await engine.worker()
    run_id = await engine.start("order")
    await engine.send("b")
    await engine.send("a")
    gate.set()
    assert (await engine.end_of(run_id)).output == "b"


@pytest.mark.parametrize("early", [0, 1, 2, 3])
async def test_all_of_several_events_must_come_in_whatever_order(engine, early):
    gate = asyncio.Event()

    @engine.function(trigger="order")
    async def function(ctx):
        await step.run("gate", gate.wait)
        wanted = [awaited("invoice", match="data.id"), awaited("parcel", if_="async.data.kg > 1"), "label"]
        events = await step.wait_for_events("papers", all_of=wanted, timeout="3d")
        later = await step.wait_for_event("another label", event="label")
        return [event.data["n"] for event in [*events, later]]

    await engine.worker()
    run_id = await engine.start("order", {"id": 1})
    events = [("parcel", {"kg": 2, "n": 2}), ("label", {"n": 3}), ("invoice", {"id": 1, "n": 1})]
    for name, data in events[:early]:
        await engine.send(name, data)
    gate.set()
    if early < 3:
        await waiting(engine, run_id)
    await engine.send("invoice", {"id": 2, "n": 9})
    for name, data in events[early:]:
        assert (await engine.run(run_id)).state not in ("completed", "failed")
        await engine.send(name, data)
        await asyncio.sleep(0.1)  # it may be woken for each of them, and leave again
    async with asyncio.timeout(5):
        while not await engine.fetchval("select exists (select from flowforge.step where key = 'another label')"):
            await asyncio.sleep(0.01)
    await engine.send("label", {"n": 4})
    assert (await engine.end_of(run_id)).output == [1, 2, 3, 4]
    assert await engine.fetchval("select count(*) from flowforge.wait") == 0


async def test_all_of_several_times_out_when_one_is_missing(engine):
    @engine.function(trigger="order")
    async def function(ctx):
        try:
            await step.wait_for_events("papers", all_of=["a", "b"], timeout="1h")
        except StepTimeout as error:
            return error.reason

    await engine.worker()
    run_id = await engine.start("order")
    await waiting(engine, run_id)
    await engine.send("a")
    await engine.advance(3601)
    assert (await engine.end_of(run_id)).output == "nothing came within 1 h"


@pytest.mark.parametrize(("wanted", "why"), [([], "waits for 0 events"), (["a", "a"], "lists the same"), (["a b"], "an event's name")])
async def test_a_list_that_makes_no_sense_is_refused(engine, wanted, why):
    @engine.function(trigger="order")
    async def function(ctx):
        await step.wait_for_events("papers", all_of=wanted)

    run = await engine.do("order")
    assert run.state == "failed" and why in run.error["message"]


async def test_since_counts_what_came_before_the_run(engine):
    @engine.function(trigger="order")
    async def function(ctx):
        since = ctx.event.received_at - timedelta(hours=1)
        return (await step.wait_for_event("paid", event="paid", if_="async.data.n == 1", since=since)).data["n"]

    await engine.worker()
    await engine.send("paid", {"n": 1})
    assert (await engine.do("order")).output == 1


async def test_an_event_asks_its_conditional_waits_in_pages_and_no_others(engine, monkeypatch):
    @engine.function(trigger="order")
    async def function(ctx):
        return (await step.wait_for_event("paid", event="paid", match="data.shop", if_="async.data.n == event.data.n")).data["n"]

    asked = []
    holds = condition.holds
    monkeypatch.setattr(condition, "holds", lambda *facts: asked.append(facts[1]["data"]["n"]) or holds(*facts))
    monkeypatch.setattr(condition, "PAGE", 3)
    await engine.worker()
    here = [await engine.start("order", {"shop": "here", "n": n}) for n in range(7)]
    there = await engine.start("order", {"shop": "there", "n": 6})
    for run_id in (*here, there):
        await waiting(engine, run_id)
    await engine.send("paid", {"shop": "here", "n": 6})
    assert (await engine.end_of(here[6])).output == 6
    assert sorted(asked) == list(range(7)), "it asked twice, or asked those of another shop"
    assert (await engine.run(there)).state == "waiting"
    await cancel_run(engine.database, engine.tenant_id, there, by="mira", force=True)
