"""What a test key begins is for test, with all that comes of it; and a test key sees nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from flowforge import ids, step
from flowforge.ids import DEFAULT_TENANT, new_id
from flowforge.orchestrator.event import NewEvent, send_events, store_events
from flowforge.orchestrator.flow.intake import parted
from flowforge.orchestrator.hints import Bell
from flowforge.testing.harness import Forge


@pytest.fixture
async def forge(database) -> AsyncIterator[Forge]:
    forge = Forge(database, Bell())

    @forge.function(id="order.ship", trigger="order/created")
    async def ship(ctx):
        await step.send_event("tell", "order/shipped", {"n": ctx.event.data["n"]})
        return [ctx.test, await step.invoke("bill", "order.bill", {})]

    @forge.function(id="order.bill")
    async def bill(ctx):
        return ctx.test

    @forge.function(id="order.note", trigger="order/shipped")
    async def note(ctx):
        return ctx.test

    @forge.function(id="order.wait", trigger="order/opened")
    async def wait(ctx):
        event = await step.wait_for_event("paid", event="order/paid", timeout="1h")
        return event.data["by"]

    @forge.function(id="order.quiet", trigger="order/typed", debounce="1h")
    async def quiet(ctx): ...

    yield forge
    await forge.close()


@pytest.fixture
async def live(caller, make_key) -> AsyncIterator[httpx.AsyncClient]:
    async with caller(await make_key("*")) as client:
        yield client


@pytest.fixture
async def test(caller, make_key, forge) -> AsyncIterator[httpx.AsyncClient]:
    await forge.work_until_idle()  # which publishes the functions
    async with caller(await make_key("*", test=True)) as client:
        yield client


async def send(client, name, *, id=None, **data) -> list[str]:
    answer = await client.post("/v1/events", json={"name": name, "data": data, **({"id": id} if id else {})})
    assert answer.status_code == 202, answer.text
    return answer.json()["data"][0]["runs"]


async def listed(client, path) -> list[dict]:
    return (await client.get(path)).json()["data"]


async def test_all_that_comes_of_a_test_event_is_for_test_and_of_a_live_one_live(forge, live, test):
    (of_test,), (of_live,) = await send(test, "order/created", n=1), await send(live, "order/created", n=2)
    await forge.work_until_idle()

    runs = {run["id"]: run for run in await listed(live, "/v1/runs")}
    assert (runs[of_test]["output"], runs[of_live]["output"]) == ([True, True], [False, False])
    assert sorted((run["function"], run["test"]) for run in runs.values()) == [
        (function, test) for function in ("order.bill", "order.note", "order.ship") for test in (False, True)
    ]
    assert all(run["output"] == run["test"] for run in runs.values() if run["function"] != "order.ship")
    assert len(await listed(live, "/v1/runs?test=true")) == len(await listed(live, "/v1/runs?test=false")) == 3
    assert [event["test"] for event in await listed(live, "/v1/events?name=order/shipped&test=true")] == [True]
    assert {run["id"] for run in await listed(test, "/v1/runs")} == {run["id"] for run in runs.values() if run["test"]}
    assert {event["test"] for event in await listed(test, "/v1/events")} == {True}
    assert await listed(test, "/v1/runs?test=false") == []


async def test_a_live_run_is_not_found_with_a_test_key(forge, live, test, database):
    (of_live,) = await send(live, "order/created", id="live-1", n=2)
    await forge.work_until_idle()
    nobodys = ids.show("run", new_id())
    asked = [
        ("GET", "", None), ("GET", "/steps", None), ("GET", "/stream", None), ("GET", "/history", None), ("DELETE", "", None),
        ("POST", "/cancellation", {}), ("POST", "/signals", {"signal": "go"}), ("POST", "/replays", {}), ("PUT", "/pause", {}),
        ("PUT", "/dismissal", None),
    ]  # fmt: skip
    for method, what, body in asked:
        for of in (of_live, of_live[-8:]):
            answer = await test.request(method, f"/v1/runs/{of}{what}", json=body)
            unknown = await test.request(method, f"/v1/runs/{nobodys}{what}", json=body)
            assert answer.status_code == unknown.status_code == 404, (method, what, answer.text, unknown.text)
    event = (await listed(live, "/v1/events?name=order/created"))[0]
    for name in ("live-1", event["event_id"], event["event_id"][-8:]):
        assert (await test.get(f"/v1/events/{name}")).status_code == 404
    assert (await live.get(f"/v1/runs/{of_live}")).json()["state"] == "completed"


async def test_a_test_event_is_never_taken_for_a_live_one_of_the_same_id(forge, live, test):
    of_test, of_live = await send(test, "order/created", id="ORD-1", n=1), await send(live, "order/created", id="ORD-1", n=1)

    assert of_test != of_live
    assert await send(test, "order/created", id="ORD-1", n=1) == of_test
    assert (await test.get("/v1/events/ORD-1")).json()["test"] is True
    assert (await live.get("/v1/events/ORD-1")).json()["test"] is False


async def test_a_live_run_hears_live_events_and_a_test_run_test_events(forge, live, test):
    (waits_live,), (waits_test,) = await send(live, "order/opened"), await send(test, "order/opened")
    await forge.work_until_idle()
    await send(test, "order/paid", by="a test")
    await forge.work_until_idle()
    states = {run["id"]: run["state"] for run in await listed(live, "/v1/runs")}
    assert states == {waits_live: "waiting", waits_test: "completed"}

    (looks_back,) = await send(live, "order/opened")
    await send(test, "order/paid", by="a test")  # before that run has begun to wait: it looks back
    await forge.work_until_idle()
    assert (await live.get(f"/v1/runs/{looks_back}")).json()["state"] == "waiting"
    await send(live, "order/paid", by="a customer")
    await forge.work_until_idle()
    assert {(await live.get(f"/v1/runs/{run}")).json()["output"] for run in (waits_live, looks_back)} == {"a customer"}


async def test_flow_control_counts_test_and_live_events_apart(forge, live, test):
    (of_test,), (of_live,) = await send(test, "order/typed"), await send(live, "order/typed")

    assert of_test != of_live
    assert parted("x", test=True) != parted("x", test=False) == "x"


async def test_what_a_crash_left_undispatched_stays_for_test(forge, test, database):
    new = NewEvent("order/shipped", {}, event_id=new_id(), test=True)
    await store_events(database.pool, DEFAULT_TENANT, [new])
    await database.pool.execute("update flowforge.dispatch set created_at = now() - interval '1 minute'")
    await forge.work_until_idle()
    from flowforge.orchestrator.event import dispatch_leftovers

    await dispatch_leftovers(database)
    assert await database.pool.fetch("select test from flowforge.run") == [(True,)]


async def test_runs_that_a_test_key_starts_and_replays_are_for_test(forge, live, test):
    started = (await test.post("/v1/functions/order.bill/runs", json={})).json()["id"]
    await forge.work_until_idle()
    replayed = await test.post(f"/v1/runs/{started}/replays", json={})
    assert replayed.status_code < 300, replayed.text
    await forge.work_until_idle()

    assert [(run["test"], run["output"]) for run in await listed(live, "/v1/runs")] == [(True, True), (True, True)]


async def test_an_act_on_many_runs_meets_test_runs_only(forge, live, test):
    await send(live, "order/opened")
    await send(test, "order/opened")
    preview = (await test.post("/v1/runs/bulk", json={"action": "cancel", "dry_run": True})).json()
    assert preview["count"] == 1
    done = await test.post("/v1/runs/bulk", json={"action": "cancel", "confirm": preview["confirm"]})
    assert done.status_code == 202, done.text

    assert {(run["test"], run["state"]) for run in await listed(live, "/v1/runs")} == {(True, "cancelled"), (False, "queued")}
    everything = (await live.post("/v1/runs/bulk", json={"action": "cancel", "dry_run": True})).json()
    await live.post("/v1/runs/bulk", json={"action": "cancel", "confirm": everything["confirm"]})
    assert len(await listed(live, "/v1/runs/bulk")) == 2 and len(await listed(test, "/v1/runs/bulk")) == 1


async def test_the_database_itself_refuses_a_live_row_in_a_test_keys_view(forge, test, database):
    import asyncpg

    view = database.for_tenant(DEFAULT_TENANT, test=True)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await send_events(view, DEFAULT_TENANT, [NewEvent("order/shipped", {})])
    assert await database.pool.fetchval("select count(*) from flowforge.event") == 0


async def test_usage_is_told_of_test_runs_only(forge, live, test, database):
    (of_test,), (of_live,) = await send(test, "order/shipped"), await send(live, "order/shipped")
    for run in (of_test, of_live):
        await database.pool.execute(
            "insert into flowforge.usage (tenant_id, usage_id, run_id, step_key, function_id, model, provider, input_tokens, output_tokens,"
            " cost, latency_ms) values ($1, $2, $3, 'x', 'order.note', 'gpt-4o', 'openai', 10, 5, 0.5, 1)",
            DEFAULT_TENANT, new_id(), ids.parse("run", run),
        )  # fmt: skip

    calls = [(await client.get("/v1/usage?group_by=model")).json()["totals"]["calls"] for client in (live, test)]
    assert calls == [2, 1]
