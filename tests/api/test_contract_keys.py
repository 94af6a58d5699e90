"""API keys over HTTP: made, shown, rotated, revoked; and one answer for everything that is no key."""

from __future__ import annotations

import json

import pytest

from flowforge.access.key_check import KEYS_CHANGED
from flowforge.access.key_value import make_value
from flowforge.access.tenant import find_or_create_tenant
from flowforge.api.app import create_app
from flowforge.orchestrator.hints import Bell


def bearer(value: str) -> dict[str, str]:
    return {"authorization": f"Bearer {value}"}


async def make(api, **body):
    answer = await api.post("/v1/keys", json={"name": "ci", "scopes": ["runs:read", "keys:*"], **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_key_is_made_listed_and_shown_without_its_value(api):
    made = await make(api, expires_in="90d")
    value = made.pop("value")

    assert (made["name"], made["kind"], made["scopes"], made["ends_in"]) == ("ci", "live", ["runs:read", "keys:*"], [value[-4:]])
    assert made["created_by"] == {"kind": "person", "name": "operator"} and made["expires_at"] is not None
    for answer in (await api.get("/v1/keys"), await api.get("/v1/keys/ci"), await api.get(f"/v1/keys/{made['id'][-8:]}")):
        assert value not in answer.text and made in (answer.json().get("data") or [answer.json()])


async def test_a_key_may_what_its_scopes_say_and_nothing_else(api, publish):
    value = (await make(api))["value"]

    assert (await api.get("/v1/runs", headers=bearer(value))).status_code == 200
    refused = await api.get("/v1/agents", headers=bearer(value))
    assert (refused.status_code, refused.json()["detail"]) == (403, "this needs the permission agents:read")
    me = (await api.get("/v1/me", headers=bearer(value))).json()
    assert (me["kind"], me["name"], me["tenant"], me["scopes"]) == ("key", "ci", "default", ["runs:read", "keys:*"])
    assert me["permissions"] == ["keys:read", "keys:write", "runs:read"]
    assert me["csrf_token"] is None


async def test_whoever_may_not_is_told_so_before_what_they_sent_is_read(api):
    value = (await make(api))["value"]

    async def body():
        raise AssertionError("the body was read")
        yield b""

    for headers in ({}, {"content-type": "text/plain"}, {"idempotency-key": "x"}):
        assert (await api.post("/v1/agents", content=body(), headers=bearer(value) | headers)).status_code == 403


async def test_everything_that_is_no_key_gets_the_same_answer(api, database):
    acme = await find_or_create_tenant(database.pool, "acme")
    revoked, expired, good = [(await make(api, name=name))["value"] for name in ("revoked", "expired", "good")]
    await api.delete("/v1/keys/revoked")
    await database.pool.execute("update flowforge.api_key set expires_at = flowforge.now() where name = 'expired'")
    answers = [
        await api.get("/v1/runs", headers=headers)
        for headers in (
            bearer(make_value(test=False)),
            bearer("ffk_live_malformed"),
            bearer(good[:-1] + ("a" if good[-1] != "a" else "b")),
            bearer(revoked),
            bearer(expired),
            bearer(good) | {"x-flowforge-tenant": acme.name},
            bearer(good) | {"x-flowforge-tenant": "nobody's"},
        )
    ]

    told = [{**answer.json(), "request_id": ""} for answer in answers]
    assert [answer.status_code for answer in answers] == [401] * len(answers)
    assert all(one == told[0] for one in told)
    assert told[0]["detail"] == "the key in the header Authorization: Bearer <key> does not hold"
    assert (await api.get("/v1/runs", headers=bearer(good))).status_code == 200


async def test_a_repeated_request_makes_no_second_key_and_shows_no_value_again(api, database):
    headers = {"idempotency-key": "k-1"}
    body = {"name": "ci", "scopes": ["runs:*"]}
    first, again = [(await api.post("/v1/keys", json=body, headers=headers)).json() for _ in range(2)]

    assert again == {**first, "value": None}
    kept = await database.pool.fetchval("select to_json(r)::text from flowforge.idempotent_request r")
    assert first["value"] not in kept and first["value"][9:40] not in kept

    await database.pool.execute("delete from flowforge.idempotent_request")
    rotated = [(await api.post("/v1/keys/ci/rotation", json={}, headers=headers)).json() for _ in range(2)]
    assert rotated[1] == {**rotated[0], "value": None} and len(rotated[0]["ends_in"]) == 2


async def test_a_rotated_key_has_two_values_for_a_while(api):
    first = (await make(api))["value"]
    second = (await api.post("/v1/keys/ci/rotation", json={"grace": "1h"})).json()["value"]
    for value in (first, second):
        assert (await api.get("/v1/me", headers=bearer(value))).json()["name"] == "ci"
    third = await api.post("/v1/keys/ci/rotation", json={})
    assert third.status_code == 409 and "--end-old" in third.json()["hint"]

    assert (await api.post("/v1/keys/ci/rotation", json={"end_old": True, "grace": "0s"})).status_code == 201
    assert [(await api.get("/v1/me", headers=bearer(value))).status_code for value in (first, second)] == [401, 401]


async def test_a_revoked_key_is_dead_at_once_here(api):
    value = (await make(api))["value"]
    assert (await api.get("/v1/me", headers=bearer(value))).status_code == 200
    assert (await api.delete("/v1/keys/ci")).status_code == 204

    assert (await api.get("/v1/me", headers=bearer(value))).status_code == 401
    assert (await api.get("/v1/keys")).json()["data"] == []
    assert [key["active"] for key in (await api.get("/v1/keys?revoked=true")).json()["data"]] == [False]


async def test_a_key_that_another_server_revokes_is_dead_here_when_the_bell_rings(api, client_of, database, settings, vault):
    value = (await make(api))["value"]
    bell = Bell()  # which hears nothing from elsewhere: no news of the making comes in between
    async with client_of(create_app(database, settings=settings, bell=bell, vault=vault)) as here:
        assert (await here.get("/v1/me", headers=bearer(value))).status_code == 200
        await database.pool.execute("update flowforge.api_key set revoked_at = flowforge.now()")

        assert (await here.get("/v1/me", headers=bearer(value))).status_code == 200
        bell.ring(KEYS_CHANGED, elsewhere=False)
        assert (await here.get("/v1/me", headers=bearer(value))).status_code == 401


async def test_an_agents_key_acts_as_the_agent(api, database):
    await api.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o"})
    value = (await make(api, scopes=["tasks:*"], agent="atlas"))["value"]
    assert (await api.post("/v1/tasks", json={"title": "Refund ORD-9218"}, headers=bearer(value))).status_code == 201

    assert await database.pool.fetchval(
        "select principal_kind || ' ' || principal from flowforge.audit where action like 'task.create%'"
    ) == ("agent atlas")
    me = (await api.get("/v1/me", headers=bearer(value))).json()
    assert (me["kind"], me["name"], me["permissions"]) == ("agent", "atlas", ["tasks:read", "tasks:write"])


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        ({"scopes": ["run:read"]}, "/scopes/0", "did you mean runs:read"),
        ({"scopes": []}, "/scopes", "at least 1 item"),
        ({"agent": "atlas"}, "/agent", "there is no agent 'atlas'"),
        ({"expires_in": "soon"}, "/expires_in", "cannot read 'soon'"),
        ({"expires_in": "0s"}, "/expires_in", "more than nothing"),
        ({"name": "ffk_live_x"}, "/name", "not a name for one"),
        ({"kind": "root"}, "/kind", "input should be 'live' or 'test'"),
    ],
)
async def test_what_cannot_be_a_key_names_the_field(api, body, pointer, said):
    answer = await api.post("/v1/keys", json={"name": "ci", "scopes": ["runs:read"], **body})

    assert answer.status_code == 422 and said in answer.json()["detail"]
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_nobody_rescopes_or_makes_a_key_beyond_what_they_may(api):
    value = (await make(api))["value"]
    for method, path, body in (
        ("POST", "/v1/keys", {"name": "more", "scopes": ["runs:start"]}),
        ("PATCH", "/v1/keys/ci", {"scopes": ["*", "runs:start"]}),
    ):
        answer = await api.request(method, path, json=body, headers=bearer(value))
        assert answer.status_code == 422 and "cannot have runs:start" in answer.json()["detail"]
    await make(api, name="strong", scopes=["*"])
    answer = await api.post("/v1/keys/strong/rotation", json={}, headers=bearer(value))
    assert answer.status_code == 403 and "may do more than you" in answer.json()["detail"]


async def test_a_signing_key_is_refused_by_name(locked, client_of):
    async with client_of(locked) as client:
        answer = await client.get("/v1/runs", headers=bearer("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    assert answer.status_code == 401 and "a signing key (whsec_…)" in answer.json()["detail"]


@pytest.fixture
def locked(database, bell, vault):
    from flowforge.api.app import create_app
    from flowforge.settings import Settings

    return create_app(database, settings=Settings(), bell=bell, vault=vault)


async def test_without_a_vault_making_a_key_says_what_is_missing(database, bell, client_of, settings):
    from flowforge.api.app import create_app

    async with client_of(create_app(database, settings=settings, bell=bell)) as api:
        answer = await api.post("/v1/keys", json={"name": "ci", "scopes": ["runs:read"]})
    assert answer.status_code == 409 and "FLOWFORGE_SECRETS_KEY" in json.dumps(answer.json())
