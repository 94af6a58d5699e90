"""Who may ask: this machine while there is no key, whoever has the key when there is one."""

from __future__ import annotations

import pytest

from flowforge.access.tenant import find_or_create_tenant
from flowforge.api.app import create_app
from flowforge.api.caller import check_bind
from flowforge.errors import ConfigurationError
from flowforge.settings import Settings

KEY = "a-key-of-the-test-0123456789-0123456789"
EVENT = {"name": "order/created", "data": {}}


@pytest.fixture
def locked(database, bell):
    return create_app(database, settings=Settings(api_key=KEY), bell=bell)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "::1", "127.1.2.3"])
def test_without_a_key_this_machine_may_be_listened_on(host):
    check_bind(Settings(host=host, open_here=True))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.7", "example.com", "localhost.example.com", "127.0.0.1.example.com"])
def test_without_a_key_nothing_wider_is_listened_on(host):
    with pytest.raises(ConfigurationError, match="without a key") as refusal:
        check_bind(Settings(host=host, open_here=True))
    assert "FLOWFORGE_API_KEY" in (refusal.value.hint or "")


def test_with_a_key_any_address_may_be_listened_on():
    check_bind(Settings(host="0.0.0.0", api_key=KEY, open_here=True))


def test_what_is_open_to_nobody_may_listen_anywhere():
    check_bind(Settings(host="0.0.0.0"))


@pytest.mark.parametrize(
    ("key", "why"), [("x" * 31, "at least 32 characters"), ("ffk_live_" + "x" * 39, "an API key"), ("whsec_" + "x" * 40, "a signing key")]
)
def test_a_servers_own_key_that_is_no_good_one_is_refused(key, why):
    with pytest.raises(ConfigurationError, match=why) as refusal:
        check_bind(Settings(api_key=key))
    assert key not in refusal.value.message


async def test_serve_lets_nobody_in_while_there_is_no_key(database, bell, client_of):
    async with client_of(create_app(database, settings=Settings(), bell=bell)) as api:
        for headers in ({}, {"x-flowforge-tenant": "default"}, {"authorization": "Bearer "}, {"cookie": "__Host-flowforge=x"}):
            for path in ("/v1/runs", "/metrics", "/v1/me", "/v1/keys"):
                assert (await api.get(path, headers=headers)).status_code == 401
        assert (await api.get("/healthz")).status_code == 200


async def test_the_open_api_knows_its_caller_as_the_operator(api, database):
    await api.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o"})

    assert await database.pool.fetchval("select principal_kind || ' ' || principal from flowforge.audit") == "person operator"


async def test_the_open_api_answers_this_machine_only(app, client_of):
    async with client_of(app, peer="192.168.1.9") as stranger:
        answer = await stranger.get("/v1/runs")

    assert answer.status_code == 403 and "this machine only" in answer.json()["detail"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8288", "localhost.evil.example", "127.0.0.1.evil.example", "", "[::1", "10.0.0.1:8288", "a@b"]
)
async def test_the_open_api_does_not_answer_to_other_names(api, host):
    for path in ("/v1/runs", "/", "/docs", "/openapi.json"):
        answer = await api.get(path, headers={"host": host})
        assert answer.status_code == 403, answer.text


@pytest.mark.parametrize("host", ["localhost", "localhost:8288", "127.0.0.1:8288", "[::1]:8288"])
async def test_the_open_api_answers_to_the_names_of_this_machine(api, host):
    assert (await api.get("/v1/runs", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://localhost:3000"}, {"sec-fetch-site": "cross-site"}],
)
async def test_a_page_of_another_origin_does_not_write(api, headers, database):
    answer = await api.post("/events", json=EVENT, headers=headers)

    assert answer.status_code == 403
    assert await database.pool.fetchval("select count(*) from flowforge.event") == 0
    assert "access-control-allow-origin" not in (await api.get("/v1/runs", headers=headers)).headers


async def test_our_own_page_writes(api):
    headers = {"origin": "http://localhost:8288", "host": "localhost:8288", "sec-fetch-site": "same-origin"}

    assert (await api.post("/events", json=EVENT, headers=headers)).status_code == 202


async def test_tenants_do_not_see_each_other(api, publish):
    await publish({"order.ship": []})
    acme, globex = {"x-flowforge-tenant": "acme"}, {"x-flowforge-tenant": "globex"}
    run = (await api.post("/v1/functions/order.ship/runs", json={}, headers=acme)).json()["id"]
    await api.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o"}, headers=acme)

    assert (await api.get(f"/v1/runs/{run}", headers=acme)).status_code == 200
    for other in (globex, {}):
        assert (await api.get(f"/v1/runs/{run}", headers=other)).status_code == 404
        assert (await api.get(f"/v1/runs/{run}/stream", headers=other)).status_code == 404
        assert (await api.get("/v1/agents/atlas", headers=other)).json()["nearest"] == []
        assert (await api.get("/v1/runs", headers=other)).json()["data"] == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Basic {KEY}"},
        {"authorization": "Bearer"},
        {"authorization": f"Bearer {KEY}x"},
    ],
)
async def test_with_a_key_every_request_needs_it(locked, client_of, headers):
    async with client_of(locked) as client:
        for method, path in (("get", "/v1/runs"), ("post", "/events"), ("get", "/v1/runs/x/stream"), ("get", "/v1/no-such-route")):
            answer = await client.request(method, path, headers=headers)
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.headers["content-type"] == "application/problem+json"


async def test_the_key_opens_the_api_from_anywhere(locked, client_of):
    async with client_of(
        locked, peer="203.0.113.7", base_url="http://flowforge.example", headers={"authorization": f"Bearer {KEY}"}
    ) as client:
        assert (await client.get("/v1/runs")).status_code == 200
        assert (await client.post("/events", json=EVENT)).status_code == 202


async def test_the_servers_own_key_acts_in_any_tenant_that_there_is(locked, client_of, database):
    async with client_of(locked, headers={"authorization": f"Bearer {KEY}"}) as client:
        nowhere = await client.get("/v1/me", headers={"x-flowforge-tenant": "acme"})
        assert (nowhere.status_code, nowhere.json()["detail"]) == (422, "there is no tenant 'acme'")
        await find_or_create_tenant(database.pool, "acme")
        assert (await client.get("/v1/me", headers={"x-flowforge-tenant": "acme"})).json()["tenant"] == "acme"
        assert (await client.get("/v1/me")).json()["tenant"] == "default"


async def test_an_unwanted_body_is_not_read_before_the_key_is_checked(locked, client_of):
    async def body():
        raise AssertionError("the body was read")
        yield b""

    async with client_of(locked) as client:
        assert (await client.post("/events", content=body())).status_code == 401


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/", "/docs", "/openapi.json"])
async def test_probes_and_pages_need_no_key(locked, client_of, path):
    async with client_of(locked) as client:
        assert (await client.get(path)).status_code == 200


def test_the_key_is_not_shown():
    assert KEY not in repr(Settings(api_key=KEY))
