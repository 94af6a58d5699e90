"""A write that is sent again under its Idempotency-Key is answered again, not done again."""

from __future__ import annotations

import asyncio

import pytest

KEY = {"idempotency-key": "k-1"}
EVENT = {"name": "order/created", "data": {"n": 1}}


async def count(database, table: str) -> int:
    return await database.pool.fetchval(f"select count(*) from flowforge.{table}")


async def age(database, interval: str) -> None:
    await database.pool.execute("update flowforge.clock set skew = skew + $1::text::interval", interval)


async def test_a_repeat_gets_the_first_answer(api, database):
    first = await api.post("/events", json=EVENT, headers=KEY)
    again = await api.post("/events", json=EVENT, headers=KEY)

    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["idempotency-replayed"] == "true" and "idempotency-replayed" not in first.headers
    assert await count(database, "event") == 1


async def test_the_headers_of_the_answer_come_again_too(api, publish):
    await publish({"order.ship": []})
    first = await api.post("/v1/functions/order.ship/runs", json={}, headers=KEY)
    again = await api.post("/v1/functions/order.ship/runs", json={}, headers=KEY)

    assert again.headers["location"] == first.headers["location"] and again.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("path", "body"), [("/events", {"name": "order/created", "data": {"n": 2}}), ("/v1/events", EVENT), ("/events?x=1", EVENT)]
)
async def test_the_key_of_another_request_is_refused(api, database, path, body):
    await api.post("/events", json=EVENT, headers=KEY)

    answer = await api.post(path, json=body, headers=KEY)

    assert answer.status_code == 409 and "another request" in answer.json()["detail"]
    assert await count(database, "event") == 1


async def test_twenty_at_once_are_done_once(api, database):
    answers = await asyncio.gather(*(api.post("/events", json=EVENT, headers=KEY) for _ in range(20)))

    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.text for answer in answers if answer.status_code == 202}) == 1
    assert all(a.headers["retry-after"] == "1" and "still being answered" in a.json()["detail"] for a in answers if a.status_code == 409)
    assert await count(database, "event") == 1


async def test_a_refused_request_frees_its_key(api):
    assert (await api.post("/v1/agents", json={"name": "atlas"}, headers=KEY)).status_code == 422
    assert (await api.post("/v1/functions/no.such/runs", json={}, headers=KEY)).status_code == 404
    assert (await api.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o"}, headers=KEY)).status_code == 201


async def test_after_24_hours_the_key_is_new(api, database):
    await api.post("/events", json=EVENT, headers=KEY)
    await age(database, "24 hours 1 second")

    answer = await api.post("/events", json={**EVENT, "data": {}}, headers=KEY)

    assert answer.status_code == 202 and "idempotency-replayed" not in answer.headers
    assert await count(database, "event") == 2


async def test_old_keys_are_dropped(api, database):
    for n in range(5):
        await api.post("/events", json=EVENT, headers={"idempotency-key": f"old-{n}"})
    await age(database, "25 hours")
    await api.post("/events", json=EVENT, headers=KEY)

    assert await count(database, "idempotent_request") == 1


async def test_tenants_have_keys_of_their_own(api, database):
    await api.post("/events", json=EVENT, headers=KEY)
    await api.post("/events", json=EVENT, headers={**KEY, "x-flowforge-tenant": "acme"})

    assert await count(database, "event") == 2


@pytest.mark.parametrize("route", ["/events", "/v1/functions/order.ship/runs"])
async def test_a_server_that_died_before_it_kept_its_answer_does_nothing_twice(api, database, publish, route):
    """The write is done, the answer is not kept: the repeat waits a minute, then finds what was made."""
    await publish({"order.ship": ["order/created"]})
    body = EVENT if route == "/events" else {"input": {}}
    first = await api.post(route, json=body, headers=KEY)
    await database.pool.execute("update flowforge.idempotent_request set status = null, response = null")

    assert (await api.post(route, json=body, headers=KEY)).status_code == 409
    await age(database, "61 seconds")
    again = await api.post(route, json=body, headers=KEY)

    assert again.status_code == 202 and again.json() == first.json()
    assert await count(database, "run") == 1


async def test_an_answer_that_could_not_be_kept_is_settled_by_the_repeat(api, database, publish, monkeypatch):
    from flowforge.api.idempotency import Idempotency

    async def lost(*_: object) -> None:
        raise ConnectionResetError("the server closed the connection")

    await publish({"order.ship": ["order/created"]})
    with monkeypatch.context() as patch:
        patch.setattr(Idempotency, "_settle", lost)
        first = await api.post("/events", json=EVENT, headers=KEY)
    again = await api.post("/events", json=EVENT, headers=KEY)

    assert first.status_code == 503 and "is not known" in first.json()["detail"]
    assert again.status_code == 202 and len(again.json()["data"][0]["runs"]) == 1
    assert await count(database, "run") == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
async def test_a_key_has_a_form(api, key):
    assert (await api.post("/events", json=EVENT, headers={"idempotency-key": key})).status_code == 422


async def test_a_read_ignores_the_key(api):
    assert (await api.get("/v1/runs", headers=KEY)).status_code == 200
    assert (await api.get("/v1/runs?limit=1", headers=KEY)).status_code == 200


async def test_a_copy_of_the_database_checks_no_guess_at_what_a_body_said(app, api, database):
    """The same requests to a deployment with another pepper leave other digests; without any, a password is in none."""

    async def kept(password: str) -> str:
        body = {"name": "stripe", "value": password}
        assert (await api.post("/v1/secrets", json=body, headers=KEY)).status_code == 201
        found = await database.pool.fetchval("select fingerprint from flowforge.idempotent_request")
        await database.pool.execute("delete from flowforge.idempotent_request")
        return found

    first, again, other = await kept("sk-1"), await kept("sk-1"), await kept("sk-2")
    assert first == again != other
    app.state.keys._pepper = b"x" * 32
    assert await kept("sk-1") != first
    app.state.keys._pepper = app.state.keys.vault = None
    assert await kept("sk-1") == await kept("sk-2") not in (first, other)
