"""`GET /v1/events` and `GET /v1/events/{id}`: what came, what it started, and why a function did not run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import BaseModel

import flowforge
from flowforge import Context
from flowforge.orchestrator.flow.read import read_flow
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.trigger import read_triggers


class Order(BaseModel):
    order_id: str


async def send(api, name, id=None, **data):
    body = {"name": name, "data": data} | ({"id": id} if id else {})
    return (await api.post("/v1/events", json=body)).json()["data"][0]


async def listed(api, **params):
    answer = await api.get("/v1/events", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_event_shows_its_payload_its_runs_and_an_answer_for_each_function(api, publish):
    await publish({"order.ship": ["order/*"], "order.review": flowforge.on("order/created", if_="event.data.total > 1000")})
    sent = await send(api, "order/created", id="ord/1", total=420)
    shown = (await api.get("/v1/events/ord%2F1")).json()

    assert shown.keys() == {"id", "event_id", "name", "data", "received_at", "runs", "functions", "reason", "test"}
    assert (shown["id"], shown["name"], shown["data"], shown["reason"]) == ("ord/1", "order/created", {"total": 420}, None)
    [run] = shown["runs"]
    assert (run["id"], run["function"], run["state"]) == (sent["runs"][0], "order.ship", "queued")
    assert shown["functions"] == [
        {
            "function": "order.review",
            "outcome": "filtered",
            "reason": "the filter event.data.total > 1000 is false",
            "trigger": "order/created if event.data.total > 1000",
            "runs": [],
        },
        {"function": "order.ship", "outcome": "ran", "reason": None, "trigger": "order/*", "runs": sent["runs"]},
    ]


async def test_one_function_can_be_asked_for(api, publish):
    await publish({"order.ship": ["order/created"], "mail.send": ["mail/asked"]})
    sent = await send(api, "order/created")

    [answer] = (await api.get(f"/v1/events/{sent['id']}", params={"function": "mail.send"})).json()["functions"]
    assert (answer["outcome"], answer["reason"]) == ("other_name", "it listens to mail/asked, not to order/created")
    assert (await api.get(f"/v1/events/{sent['id']}", params={"function": "mail.sent"})).status_code == 404


async def test_an_event_is_found_by_its_id_the_senders_id_and_an_ending(api, publish):
    sent = await send(api, "order/created", id="ord-1")
    event_id = (await api.get("/v1/events/ord-1")).json()["event_id"]

    for text in (event_id, event_id.removeprefix("evt_"), event_id[-12:]):
        assert (await api.get(f"/v1/events/{text}")).json()["id"] == sent["id"] == "ord-1"
    for text in ("evt_00000000000070008000000000000000", "nothing", "ffff"):
        assert (await api.get(f"/v1/events/{text}")).status_code == 404


async def test_a_duplicate_shows_the_original(api, publish):
    await publish({"order.ship": ["order/created"]})
    first = await send(api, "order/created", id="ord-1", total=1)
    again = await send(api, "order/created", id="ord-1", total=2)

    shown = (await api.get("/v1/events/ord-1")).json()
    assert again["duplicate"] and shown["data"] == {"total": 1} and [run["id"] for run in shown["runs"]] == first["runs"]
    assert len((await listed(api))["data"]) == 1


async def test_events_are_listed_newest_first_and_paged(api, publish):
    await publish({"order.ship": ["order/created"]})
    sent = [await send(api, name, id=f"e-{n}") for n, name in enumerate(["order/created", "mail/sent", "order/paid", "order/created"])]

    page = await listed(api, limit=3)
    rest = await listed(api, limit=3, cursor=page["next_cursor"])
    assert [event["id"] for event in page["data"] + rest["data"]] == ["e-3", "e-2", "e-1", "e-0"]
    assert rest["next_cursor"] is None
    assert page["data"][0].keys() == {"id", "event_id", "name", "received_at", "runs", "test"}
    assert page["data"][0]["runs"] == sent[3]["runs"]


@pytest.mark.parametrize(
    ("name", "ids"), [("order/created", ["e-3", "e-0"]), ("order/*", ["e-3", "e-2", "e-0"]), ("*", 5), ("order_*", []), ("x%", [])]
)
async def test_events_are_listed_by_name(api, name, ids):
    for n, sent in enumerate(["order/created", "mail/sent", "order/paid", "order/created", "a%b"]):
        await send(api, sent, id=f"e-{n}")

    found, cursor = [], None
    while True:
        page = await listed(api, name=name, limit=1, **({"cursor": cursor} if cursor else {}))
        found += [event["id"] for event in page["data"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert (len(found) if isinstance(ids, int) else found) == ids


async def test_events_are_listed_since_a_time(api, database):
    await send(api, "a", id="old")
    await database.pool.execute("update flowforge.event set received_at = received_at - interval '2 hours'")
    await send(api, "a", id="new")
    an_hour_ago = datetime.now(UTC).replace(microsecond=0).timestamp() - 3600
    since = datetime.fromtimestamp(an_hour_ago, UTC).isoformat()

    assert [event["id"] for event in (await listed(api, since=since))["data"]] == ["new"]
    assert [event["id"] for event in (await listed(api, since=since, name="a"))["data"]] == ["new"]
    assert (await api.get("/v1/events", params={"since": "2026-11-22T09:00:00"})).status_code == 422  # whose midnight?
    assert (await api.get("/v1/events", params={"cursor": "xyz"})).status_code == 422


async def test_functions_show_their_triggers_in_words_and_their_schedules(api, publish):
    await publish(
        {
            "nightly": flowforge.cron("0 3 * * *", tz="Europe/Oslo", overlap="skip"),
            "order.review": flowforge.on("order/created", if_="event.data.total > 1000"),
        }
    )
    nightly, review = (await api.get("/v1/functions")).json()["data"]
    assert nightly["triggers"] == ["cron 0 3 * * * Europe/Oslo"]
    [schedule] = nightly["schedules"]
    assert schedule.keys() == {"cron", "zone", "catch_up", "overlap", "next_at", "last_fired_at", "waiting"}
    assert (schedule["cron"], schedule["zone"], schedule["overlap"], schedule["last_fired_at"]) == (
        "0 3 * * *",
        "Europe/Oslo",
        "skip",
        None,
    )
    assert datetime.fromisoformat(schedule["next_at"]) > datetime.now(UTC)
    assert (review["triggers"], review["schedules"]) == (["order/created if event.data.total > 1000"], [])


async def test_functions_show_their_flow_control_and_the_type_of_their_data(api, database):
    async def ship(ctx: Context[Order]) -> None: ...
    async def mail(ctx: Context) -> None: ...

    registry = Registry()
    registry.add(Function("order.ship", ship, read_triggers("order/created"), flow=read_flow(concurrency=5, throttle="10s")))
    registry.add(Function("mail.send", mail))
    await publish_functions(database.pool, registry, app="shop/app.py")

    mailing, shipping = (await api.get("/v1/functions")).json()["data"]
    assert (mailing["flow"], mailing["input_schema"], mailing["app"]) == ({}, None, "shop/app.py")
    assert shipping["flow"]["concurrency"] == [{"limit": 5, "scope": "function"}]
    assert shipping["flow"]["throttle"] == {"limit": 1, "period": "10s", "burst": 1}
    assert shipping["input_schema"]["properties"]["order_id"]["type"] == "string"
    assert shipping["input_schema"]["required"] == ["order_id"]
