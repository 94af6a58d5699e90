"""The trace of a request is kept for what the request starts."""

from __future__ import annotations

import pytest

ORIGIN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize("path", ["/events", "/v1/events"])
async def test_an_events_run_finds_the_trace_of_the_request(api, database, publish, path):
    await publish({"order.ship": ["order/created"]})
    events = [{"name": "order/created"}, {"name": "order/created"}]
    assert (await api.post(path, json=events, headers={"traceparent": ORIGIN})).status_code == 202

    rows = await database.pool.fetch(
        "select o.traceparent from flowforge.run r join flowforge.trace_origin o on o.tenant_id = r.tenant_id and o.subject_id = r.event_id"
    )
    assert [row["traceparent"] for row in rows] == [ORIGIN, ORIGIN]


async def test_a_run_that_is_started_by_name_finds_it_too(api, database, publish):
    await publish({"order.ship": []})
    answer = await api.post("/v1/functions/order.ship/runs", json={}, headers={"traceparent": ORIGIN})
    row = await database.pool.fetchrow("select subject_id, traceparent from flowforge.trace_origin")
    assert (f"run_{row['subject_id'].hex}", row["traceparent"]) == (answer.json()["id"], ORIGIN)


@pytest.mark.parametrize("wrong", ["", "00-x", ORIGIN.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32)])
async def test_a_wrong_one_is_ignored(api, database, publish, wrong):
    await publish({"order.ship": ["order/created"]})
    assert (await api.post("/events", json={"name": "order/created"}, headers={"traceparent": wrong})).status_code == 202
    assert await database.pool.fetchval("select count(*) from flowforge.trace_origin") == 0
