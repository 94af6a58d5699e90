"""Too many requests, events or streams: 429, with the truth about when to come again, and only for whoever sent them."""

from __future__ import annotations

import re
import time

import pytest

from flowforge.access.rate_lease import Leases
from flowforge.api.address_limit import AddressLimit
from flowforge.api.app import create_app
from flowforge.api.problem import refuse
from flowforge.clock import SystemClock
from flowforge.db.database import Database
from flowforge.settings import Settings

EVENT = {"name": "order/created", "data": {}}


@pytest.fixture
def slow(database, bell):
    """An app whose tenants may send 60 requests (10 at once) and 60 events a minute, and have one stream open."""
    limits = Settings(open_here=True, rate_limits=True, requests_per_minute=60, events_per_minute=60, streams_per_tenant=1)
    return create_app(database, settings=limits, bell=bell)


@pytest.fixture
async def slow_api(slow, client_of):
    async with client_of(slow) as client:
        yield client


@pytest.fixture
async def slowest_api(database, bell, client_of):
    """Of an app that takes one request a minute."""
    app = create_app(database, settings=Settings(open_here=True, rate_limits=True, requests_per_minute=1), bell=bell)
    async with client_of(app) as client:
        client.app = app
        yield client


async def drained(client, **more) -> object:
    for _ in range(50):
        answer = await client.get("/v1/runs", **more)
        if answer.status_code == 429:
            return answer
    raise AssertionError("nothing was refused")


async def test_who_asks_too_fast_is_told_when_to_come_again(slow_api, database):
    first = await slow_api.get("/v1/runs")
    refused = await drained(slow_api)

    assert first.headers["ratelimit-policy"] == '"requests";q=60;w=60'
    assert first.headers["ratelimit"] == '"requests";r=9;t=1'
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"].endswith("#problem-too-many") and refused.json()["detail"] == "the tenant may send 60 requests a minute"
    assert refused.headers["retry-after"] == "1" and re.fullmatch(r'"requests";r=0;t=1', refused.headers["ratelimit"])
    await database.pool.execute("update flowforge.clock set skew = skew + interval '1 second'")
    slow_api._transport.app.state.rates.leases = Leases()  # another server, which has not been told no
    assert (await slow_api.get("/v1/runs")).status_code == 200
    assert (await slow_api.get("/v1/runs")).status_code == 429


async def test_a_refused_request_asks_the_database_nothing(slowest_api, monkeypatch):
    refused = await drained(slowest_api)
    assert 55 <= int(refused.headers["retry-after"]) <= 60

    def no_database(*_):
        raise AssertionError("the database was asked")

    for name in ("fetch", "fetchrow", "fetchval", "execute", "acquire"):
        monkeypatch.setattr(type(slowest_api.app.state.database.pool), name, no_database)
    assert (await slowest_api.get("/v1/runs")).status_code == 429
    assert (await slowest_api.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o"})).status_code == 429


async def test_one_tenants_flood_is_not_anothers(slow_api):
    acme, globex = {"x-flowforge-tenant": "acme"}, {"x-flowforge-tenant": "globex"}
    await drained(slow_api, headers=acme)

    assert [(await slow_api.get("/v1/runs", headers=globex)).status_code for _ in range(5)] == [200] * 5
    assert (await drained(slow_api, headers=acme)).status_code == 429


async def test_two_servers_count_together(database, bell, client_of, slow, slow_api):
    other = create_app(database, settings=slow.state.settings, bell=bell)
    begun = time.monotonic()
    async with client_of(other) as other_api:
        answers = [(await client.get("/v1/runs")).status_code for _ in range(15) for client in (slow_api, other_api)]

    assert 10 <= answers.count(200) <= 12 + time.monotonic() - begun and set(answers) == {200, 429}


@pytest.mark.thorough
async def test_probes_and_pages_are_never_refused(slow_api):
    await drained(slow_api)

    assert [(await slow_api.get(path)).status_code for path in ("/healthz", "/readyz", "/docs", "/openapi.json", "/")] == [200] * 5


async def test_events_have_a_rate_of_their_own(slow_api, database):
    ten = [EVENT] * 10
    accepted = await slow_api.post("/events", json=ten)
    refused = await slow_api.post("/events", json=ten)

    assert (accepted.status_code, refused.status_code) == (202, 429)
    assert refused.json()["detail"] == "the tenant may send 60 events a minute"
    assert 9 <= int(refused.headers["retry-after"]) <= 10 and refused.headers["ratelimit-policy"] == '"events";q=60;w=60'
    assert await database.pool.fetchval("select count(*) from flowforge.event") == 10
    assert (await slow_api.get("/v1/runs")).status_code == 200


async def test_a_refused_stream_is_a_429_and_a_place_becomes_free(slow, slow_api, fake_run, reader):
    count = slow.state.stream_count
    assert await count.open(fake_run.tenant_id, 1)

    refused = await slow_api.get(f"/v1/runs/{fake_run.run_id.hex}/stream")
    assert refused.status_code == 429 and "live streams" in refused.json()["detail"] and refused.headers["retry-after"] == "10"
    await count.close(fake_run.tenant_id)
    await fake_run.end()
    assert (await slow_api.get(f"/v1/runs/{fake_run.run_id.hex}/stream")).status_code == 200
    assert await count.open(fake_run.tenant_id, 1)  # the one before has left its place


async def test_the_open_api_of_one_machine_is_not_counted(api):
    answer = await api.get("/v1/runs")

    assert "ratelimit" not in answer.headers and (await api.get("/v1/rate_limits")).json()["counted"] is False


async def test_who_shows_a_key_is_counted(database, bell, client_of):
    app = create_app(database, settings=Settings(api_key="the-key-of-a-test"), bell=bell)
    async with client_of(app, headers={"authorization": "Bearer the-key-of-a-test"}) as client:
        answer = await client.get("/v1/runs")

    assert answer.headers["ratelimit-policy"] == '"requests";q=6000;w=60'


async def test_an_operator_sets_and_resets_the_limits_of_a_tenant(slow_api):
    set_to = await slow_api.put("/v1/rate_limits/default", json={"requests_per_minute": 600, "streams": 7})
    shown = await slow_api.get("/v1/rate_limits")

    assert set_to.status_code == 200
    assert shown.json() == {"requests_per_minute": 600, "events_per_minute": 60, "streams": 7, "key_share": 0.8, "counted": True}
    assert (await slow_api.delete("/v1/rate_limits/default")).status_code == 204
    assert (await slow_api.get("/v1/rate_limits")).json()["requests_per_minute"] == 60
    assert (await slow_api.delete("/v1/rate_limits/default")).status_code == 404
    assert (await slow_api.put("/v1/rate_limits/nobody", json={})).status_code == 404
    assert (await slow_api.put("/v1/rate_limits/default", json={"streams": 0})).status_code == 422


async def test_who_goes_on_after_a_refusal_is_answered_late(slowest_api):
    slept = []

    class Clock(SystemClock):
        async def sleep(self, seconds: float) -> None:
            slept.append(seconds)

    slowest_api.app.state.rates.clock = Clock()
    await drained(slowest_api)
    for _ in range(25):
        assert (await slowest_api.get("/v1/runs")).status_code == 429

    assert slept == [1.0] * 6


async def test_without_a_database_nothing_is_said_of_rates(slow, slow_api, database_url):
    slow.state.rates.database = away = await Database.open(database_url)
    await away.close()

    assert (await slow_api.get("/v1/runs")).status_code == 200


class Hand(SystemClock):
    seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def door():
    """An AddressLimit of two failures a minute, before somebody who knows one key; it tells what passed and what did not."""
    looked_up = []

    async def resolver(scope, receive, send):
        looked_up.append(scope["client"][0])
        if (b"authorization", b"Bearer good") not in scope["headers"]:
            raise refuse("unauthorized", "a key is needed")
        scope["state"]["caller"] = "somebody"

    clock = Hand()
    layer = AddressLimit(resolver, clock, per_minute=2)

    async def ask(key="bad", address="192.0.2.1") -> int:
        headers = [(b"authorization", b"Bearer " + key.encode())] if key else []
        try:
            await layer({"type": "http", "client": (address, 1), "headers": headers, "state": {}}, None, None)
        except Exception as refusal:
            return refusal.problem.status
        return 200

    return ask, clock, looked_up


async def test_an_address_that_fails_too_often_is_not_looked_up_any_more(door):
    ask, clock, looked_up = door

    assert [await ask(key) for key in ("bad", "worse", "", "bad", "good")] == [401, 401, 401, 429, 429]
    assert len(looked_up) == 3
    assert await ask(address="192.0.2.2") == 401
    clock.seconds += 31
    assert [await ask(), await ask()] == [401, 429]


async def test_a_good_key_is_let_through_whoever_else_is_at_its_address(door):
    ask, *_ = door
    assert await ask("good") == 200
    for _ in range(5):
        await ask()

    assert (await ask(), await ask("good")) == (429, 200)


async def test_an_ipv6_client_cannot_change_its_address_to_begin_anew(door):
    ask, *_ = door
    assert [await ask(address=f"2001:db8::{n}") for n in range(1, 5)] == [401, 401, 401, 429]
    assert await ask(address="2001:db8:0:1::1") == 401
