"""`POST /events`: one or a list, all or none, once per id."""

from __future__ import annotations

import json

import pytest

EVENT = {"name": "order/created", "data": {"order_id": "ORD-9218"}}


async def test_an_event_that_nothing_listens_to_is_accepted_without_runs(api):
    answer = await api.post("/events", json=EVENT)

    assert answer.status_code == 202
    [event] = answer.json()["data"]
    assert event.keys() == {"id", "name", "runs", "duplicate"}
    assert event["id"].startswith("evt_") and event["name"] == "order/created" and event["runs"] == [] and event["duplicate"] is False


@pytest.mark.parametrize("path", ["/events", "/v1/events"])
async def test_an_event_starts_a_run_of_each_function_that_it_triggers(api, publish, path):
    await publish({"order.ship": ["order/created"], "order.watch": ["order/*"], "mail.send": ["mail/asked"]})

    [event] = (await api.post(path, json=EVENT)).json()["data"]

    runs = [(await api.get(f"/v1/runs/{run}")).json() for run in event["runs"]]
    assert sorted(run["function"] for run in runs) == ["order.ship", "order.watch"]
    assert {run["trigger"] for run in runs} == {"order/created"} and runs[0]["input"] == EVENT["data"]


async def test_the_same_id_is_the_same_event_with_the_same_runs(api, publish):
    await publish({"order.ship": ["order/created"]})

    first = (await api.post("/events", json={**EVENT, "id": "ord-1"})).json()["data"][0]
    again = (await api.post("/events", json={**EVENT, "id": "ord-1"})).json()["data"][0]

    assert first == {"id": "ord-1", "name": "order/created", "runs": first["runs"], "duplicate": False} and len(first["runs"]) == 1
    assert again == {**first, "duplicate": True}


async def test_what_was_sent_is_one_act_in_the_audit_log_and_what_was_known_is_none(api, database):
    events = [{**EVENT, "id": "ord-1"}, {**EVENT, "id": "ord-2"}, {"name": "mail/asked"}]
    [first, *_] = (await api.post("/events", json=events)).json()["data"]
    await api.post("/events", json=events[:2])

    entries = await database.pool.fetch("select principal, action, detail from flowforge.audit")
    detail = {"count": 3, "names": ["mail/asked", "order/created"]}
    assert [(e["principal"], e["action"], json.loads(e["detail"])) for e in entries] == [("operator", "event.send", detail)]
    assert first["duplicate"] is False


async def test_an_event_that_is_sent_again_after_a_lost_answer_is_no_second_act(api, database):
    headers = {"Idempotency-Key": "once"}
    first = await api.post("/events", json=EVENT, headers=headers)
    await database.pool.execute("update flowforge.idempotent_request set status = 0")
    again = await api.post("/events", json=EVENT, headers=headers)

    assert first.json() == again.json()
    assert await database.pool.fetchval("select count(*) from flowforge.audit") == 1


async def test_a_list_is_answered_in_its_order(api):
    answer = await api.post("/events", json=[{"name": f"n/{i}", "data": {}, "id": f"id-{i}"} for i in range(1000)])

    assert [event["id"] for event in answer.json()["data"]] == [f"id-{i}" for i in range(1000)]


async def test_a_list_with_one_bad_event_stores_none(api, database):
    answer = await api.post("/events", json=[EVENT, {"name": "with space", "data": {}}])

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/1/name"
    assert await database.pool.fetchval("select count(*) from flowforge.event") == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"data": {}}, "/name"),
        ({"name": 7, "data": {}}, "/name"),
        ({"name": "", "data": {}}, "/name"),
        ({"name": "order/*", "data": {}}, "/name"),
        ({"name": "board/task.assigned", "data": {}}, "/name"),
        ([{"name": "a"}, {"name": "flowforge/invoke"}], "/1/name"),
        ({"name": "a", "data": []}, "/data"),
        ({"name": "a", "data": {}, "id": ""}, "/id"),
        ({"name": "a", "data": {}, "id": 3}, "/id"),
        ({"name": "a", "data": {}, "nmae": "b"}, "/nmae"),
        ([{"name": "a", "data": {}}, {"data": {}}], "/1/name"),
        ([{"name": "a", "data": {}}, 5], "/1"),
        ([], ""),
        ([{"name": "a"}] * 1001, ""),
        (None, ""),
        ("order/created", ""),
    ],
)
async def test_a_wrong_event_is_refused_with_a_pointer_to_the_field(api, body, pointer):
    answer = await api.post("/events", json=body)

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer, answer.json()


async def test_a_request_without_a_body_is_refused(api):
    answer = await api.post("/events")

    assert answer.status_code == 422 and answer.json()["detail"] == "the body: is required"
