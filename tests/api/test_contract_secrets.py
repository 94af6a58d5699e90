"""Secrets over HTTP: set, shown without their values, retired, deleted."""

from __future__ import annotations

import base64

import pytest

from flowforge.access.permission import ROLES
from flowforge.api.app import create_app
from flowforge.secrets.key_ring import KeyRing, new_key
from flowforge.secrets.vault import Vault

VALUE = "plain-looking-value"
SECRET = {"name": "stripe", "value": VALUE}


@pytest.fixture
def app(database, settings, bell):
    return create_app(database, settings=settings, bell=bell, vault=Vault(KeyRing.from_text(new_key())))


async def test_a_secret_is_set_shown_rotated_retired_and_deleted(api):
    made = await api.post("/v1/secrets", json=SECRET)
    assert (made.status_code, made.json()["current"], made.json()["scope"], made.json()["subject"]) == (201, 1, "tenant", None)
    again = await api.post("/v1/secrets", json=SECRET | {"value": base64.b64encode(b"\xff" * 40).decode(), "encoding": "base64"})
    assert (again.json()["id"], again.json()["current"]) == (made.json()["id"], 2)
    listed = await api.get("/v1/secrets")
    assert listed.json() == {"data": [again.json()], "next_cursor": None}
    shown = await api.get("/v1/secrets/stripe")
    retired = await api.post("/v1/secrets/stripe/versions/2/retirement")
    assert (retired.status_code, retired.json()["current"]) == (200, 1)
    assert not any(VALUE in answer.text for answer in (made, again, listed, shown, retired))
    assert (await api.delete("/v1/secrets/stripe")).status_code == 204
    assert (await api.get("/v1/secrets/stripe")).status_code == 404


async def test_a_repeated_request_sets_one_version_and_keeps_no_value(api, database):
    for _ in range(2):
        made = await api.post("/v1/secrets", json=SECRET, headers={"idempotency-key": "one"})
    assert made.json()["current"] == 1
    assert VALUE not in str(await database.pool.fetch("select * from flowforge.idempotent_request"))


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": "a b"}, "/name"),
        ({"value": ""}, "/value"),
        ({"value": 5}, "/value"),
        ({"value": "x" * 90_000}, "/value"),
        ({"value": "no base64!", "encoding": "base64"}, "/value"),
        ({"encoding": "hex"}, "/encoding"),
        ({"scope": "function"}, "/subject"),
        ({"scope": "tenant", "subject": "order.pay"}, "/subject"),
        ({"scope": "agent", "subject": "nobody"}, "/subject"),
        ({"scope": "tool", "subject": "\x00"}, "/subject"),
        ({"scope": "world"}, "/scope"),
        ({"versoin": 1}, "/versoin"),
    ],
)
async def test_what_does_not_fit_is_pointed_at_and_not_repeated(app, client_of, database, bell, change, pointer):
    from flowforge.settings import Settings

    roomy = create_app(database, settings=Settings(open_here=True), bell=bell, vault=app.state.vault)
    async with client_of(roomy) as api:
        refused = await api.post("/v1/secrets", json=SECRET | change)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    assert VALUE not in refused.text and "no base64!" not in refused.text


async def test_an_agents_secret_is_kept_by_its_id_and_shown_by_its_name(api):
    await api.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o"})
    made = await api.post("/v1/secrets", json=SECRET | {"scope": "agent", "subject": "atlas"})
    assert (made.status_code, made.json()["subject"]) == (201, "atlas")


async def test_without_a_key_it_is_said_what_is_missing(database, settings, bell, client_of):
    async with client_of(create_app(database, settings=settings, bell=bell)) as api:
        refused = await api.post("/v1/secrets", json=SECRET)
        assert (refused.status_code, refused.json()["detail"]) == (409, "there is no key to seal secrets with")
        assert "make-key" in refused.json()["hint"]
        assert (await api.get("/v1/secrets")).json()["data"] == []


@pytest.mark.parametrize("path", ["/v1/secrets/none", "/v1/secrets/none/versions/1/retirement", "/v1/secrets/stripe/versions/9/retirement"])
async def test_what_is_not_there_is_404(api, path):
    await api.post("/v1/secrets", json=SECRET)
    answer = await (api.post(path) if path.endswith("retirement") else api.get(path))
    assert answer.status_code == 404


async def test_another_tenants_secrets_are_not_there(api):
    made = (await api.post("/v1/secrets", json=SECRET)).json()
    foreign = {"x-flowforge-tenant": "rival"}
    for name in ("stripe", made["id"]):
        assert (await api.get(f"/v1/secrets/{name}", headers=foreign)).status_code == 404
        assert (await api.delete(f"/v1/secrets/{name}", headers=foreign)).status_code == 404
    assert (await api.get("/v1/secrets", headers=foreign)).json()["data"] == []


def test_who_may_only_look_may_set_nothing():
    assert "secrets:write" in ROLES["admin"]
    assert not any("secrets:write" in ROLES[role] for role in ("viewer", "member", "approver"))
