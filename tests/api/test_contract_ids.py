"""`GET /v1/ids`: what an ending of an id names, for who types one."""

from __future__ import annotations


async def found(api, ending):
    answer = await api.get("/v1/ids", params={"ending": ending})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_an_ending_a_label_and_a_whole_id_name_a_run_and_an_event(api, publish):
    await publish({"order.ship": ["order/created"]})
    sent = (await api.post("/v1/events", json={"name": "order/created", "data": {}})).json()["data"][0]
    [run] = sent["runs"]
    label = f"{run[-8:-4]}_{run[-4:]}"

    for text in (run, run[-12:], label, f" {label.upper()} "):
        assert await found(api, text) == [{"kind": "run", "id": run, "label": label, "name": "order.ship"}]
    [event] = await found(api, sent["id"])
    assert (event["kind"], event["id"], event["name"]) == ("event", sent["id"], "order/created")


async def test_what_is_no_id_or_nobodys_names_nothing(api, publish):
    await publish({"order.ship": ["order/created"]})
    await api.post("/v1/events", json={"name": "order/created", "data": {}})

    for text in ("nothing", "run_", "tsk_01968f3ac8b17c02a3f08241a2f70001", "ffffffff", "%%%%", "____", "----"):
        assert await found(api, text) == []
    assert (await api.get("/v1/ids", params={"ending": "abc"})).status_code == 422
