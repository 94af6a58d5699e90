"""The audit log over HTTP: searched, proved, exported, followed."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.audit.keeper import bring_up_to_date, keep_up
from flowforge.audit.proof_file import compare_heads, verify_inclusion
from flowforge.audit.signed_heads import newest_heads
from flowforge.audit.signing import Signer
from flowforge.audit.verification import verify_export
from flowforge.ids import new_id
from flowforge.secrets.key_ring import KeyEncryptionKey, KeyRing
from flowforge.secrets.vault import Vault


@pytest.fixture
def signer(app):
    app.state.audit_signer = Signer(Vault(KeyRing((KeyEncryptionKey(b"k" * 32),))))
    return app.state.audit_signer


async def made(api, *names):
    for name in names:
        assert (await api.post("/v1/users", json={"name": name})).status_code == 201


async def test_what_was_done_is_found_at_once_and_has_its_request(api):
    answer = await api.post("/v1/users", json={"name": "jonas"}, headers={"x-request-id": "request-1"})
    assert answer.status_code == 201

    [entry] = (await api.get("/v1/audit")).json()["data"]
    assert (entry["principal"], entry["action"], entry["target"], entry["request_id"], entry["position"]) == (
        {"kind": "person", "name": "operator", "id": None}, "user.create", {"kind": "user", "name": "jonas"}, "request-1", None,
    )  # fmt: skip


async def test_entries_come_in_pages_and_by_what_is_asked_for(api):
    await made(api, "ada", "jonas", "mira")
    page = (await api.get("/v1/audit", params={"limit": 2})).json()
    rest = (await api.get("/v1/audit", params={"limit": 2, "cursor": page["next_cursor"]})).json()

    assert [entry["target"]["name"] for entry in page["data"] + rest["data"]] == ["mira", "jonas", "ada"]
    assert rest["next_cursor"] is None
    for params, count in [({"target": "ada"}, 1), ({"action": "user."}, 3), ({"text": "JON"}, 1), ({"principal": "nobody"}, 0)]:
        assert len((await api.get("/v1/audit", params=params)).json()["data"]) == count, params
    at = page["data"][1]["at"]
    assert len((await api.get("/v1/audit", params={"since": "2020-01-01T00:00:00Z", "until": at})).json()["data"]) >= 2


@pytest.mark.parametrize(
    "params",
    [{"cursor": "x"}, {"since": "yesterday"}, {"since": "2026-01-01T00:00:00"}, {"text": ""}, {"limit": 0},
     {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}],
)  # fmt: skip
async def test_what_does_not_fit_is_refused(api, params):
    assert (await api.get("/v1/audit", params=params)).status_code == 422


async def test_an_entry_has_its_proof_once_a_head_covers_it(api, database, tenant_id, signer):
    await made(api, "ada", "jonas")
    [entry, _] = (await api.get("/v1/audit")).json()["data"]
    assert (await api.get(f"/v1/audit/{entry['id']}")).json()["proof"] is None

    await bring_up_to_date(database, tenant_id, signer)

    found = (await api.get(f"/v1/audit/{entry['id'][-8:]}")).json()
    proved, head = verify_inclusion(found["proof"])
    assert (proved.texts["target"], proved.position, head.size, found["position"]) == ("jonas", 1, 2, 1)
    assert (await api.get("/v1/audit/aud_00000000000000000000000000000001")).status_code == 404


async def test_an_export_verifies_and_is_an_entry_of_its_own(api, signer):
    await made(api, "ada", "jonas")
    answer = await api.get("/v1/audit/export")

    found = verify_export(answer.content.splitlines(keepends=True))
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert (found.entries, found.heads) == (3, 1)
    assert json.loads(answer.content.splitlines()[-3])["leaf"].startswith('{"action":"audit.export"')


async def test_heads_keys_and_their_consistency_are_read(api, database, tenant_id, signer):
    for name in ("ada", "jonas"):
        await made(api, name)
        await bring_up_to_date(database, tenant_id, signer)
    rotated = (await api.post("/v1/audit/keys")).json()

    page = (await api.get("/v1/audit/heads", params={"limit": 1})).json()
    rest = (await api.get("/v1/audit/heads", params={"limit": 1, "cursor": page["next_cursor"]})).json()
    new, old = await newest_heads(database.pool, tenant_id, limit=2)
    assert [*page["data"], *rest["data"]] == [new.as_json(), old.as_json()]
    proof = (await api.get("/v1/audit/consistency", params={"first": 1, "second": 2})).json()
    compare_heads(old, new, proof)
    first, second = (await api.get("/v1/audit/keys")).json()["data"]
    assert (second["id"], first["valid_until"], second["valid_until"]) == (rotated["id"], second["valid_from"], None)
    assert (await api.get("/v1/audit/consistency", params={"first": 1, "second": 3})).status_code == 404
    assert (await api.get("/v1/audit/heads", params={"cursor": "-1"})).status_code == 422
    assert (await api.get("/v1/audit/anchors")).json() == {"data": [], "next_cursor": None}


async def test_a_server_without_a_vault_changes_no_key_and_exports_what_is_signed(api):
    assert (await api.post("/v1/audit/keys")).status_code == 409
    lines = (await api.get("/v1/audit/export")).content.splitlines()
    assert [json.loads(line)["type"] for line in lines] == ["export", "end"]


async def test_a_tenants_log_is_its_own(api, database, signer):
    stranger = Principal(new_id(), "person", "stranger")
    entry_id = await audit.append(database.pool, stranger, "user.create", "user", "hidden")
    await made(api, "ada")
    await keep_up(database, signer)

    assert (await api.get(f"/v1/audit/{entry_id.hex}")).status_code == 404
    for path in ("/v1/audit", "/v1/audit/heads", "/v1/audit/export"):
        text = (await api.get(path)).text
        assert "hidden" not in text and str(stranger.tenant_id) not in text


async def test_the_stream_gives_entries_by_position_and_goes_on_where_a_client_was_cut(server, reader, database, tenant_id, until):
    async with httpx.AsyncClient(base_url=server.url) as client:
        await made(client, "ada", "jonas")
        await keep_up(database)
        await reader.follow(server.url, "/v1/audit/stream", frames=2)
        await made(client, "mira")
        await keep_up(database)
        await asyncio.wait_for(reader.follow(server.url, "/v1/audit/stream", frames=1), 20)

    assert [(frame.id, frame.name, frame.data["target"]["name"]) for frame in reader.frames] == [
        ("1", "audit.entry", "ada"), ("2", "audit.entry", "jonas"), ("3", "audit.entry", "mira"),
    ]  # fmt: skip
    assert [event.name for event in reader.events if event.id is None] == ["hello", "hello"]
