"""A server is killed between an act that gives access and its commit: neither the act nor its entry is there; repeated, both are."""

from __future__ import annotations

import base64

import httpx
import pytest

from flowforge.audit import log as audit
from tests.crash.test_audit import killed, serve, settled

__all__ = ["serve"]

KEY = "a planted key of an operator, long enough"
PERSON = "01968f3a-c8b1-7c02-a3f0-8241a2f70004"
ACTS = {
    "key.create": ("POST", "/v1/keys", {"name": "ci", "scopes": ["runs:read"]}, "select count(*) from flowforge.api_key"),
    "secret.set": ("POST", "/v1/secrets", {"name": "stripe", "value": "a planted value"}, "select count(*) from flowforge.secret_version"),
    "person.change": (
        "PATCH",
        f"/v1/people/usr_{PERSON.replace('-', '')}",
        {"role": "admin"},
        "select count(*) from flowforge.person where role = 'admin'",
    ),
}


@pytest.mark.thorough
@pytest.mark.parametrize("action", ACTS)
async def test_an_act_that_gives_access_and_its_entry_are_both_there_or_neither(serve, database, tenant_id, monkeypatch, action):
    monkeypatch.setenv("FLOWFORGE_API_KEY", KEY)
    monkeypatch.setenv("FLOWFORGE_SECRETS_KEY", base64.b64encode(bytes(32)).decode())
    await database.pool.execute(
        "insert into flowforge.account (account_id, email, name, operator) values ($1, 'noor@example.com', 'noor', false)", PERSON
    )
    await database.pool.execute(
        "insert into flowforge.person (tenant_id, person_id, name, account_id, role) values ($1, $2, 'noor', $2, 'viewer')",
        tenant_id,
        PERSON,
    )
    method, path, body, count = ACTS[action]
    headers = {"authorization": f"Bearer {KEY}", "idempotency-key": "once"}

    process, url = serve("audit.appended")
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
        with pytest.raises(httpx.TransportError):
            await client.request(method, path, json=body)
    await killed(process)
    await settled(database)
    assert await database.pool.fetchval(count) == 0 and await audit.read(database.pool, tenant_id) == []

    await database.pool.execute("update flowforge.clock set skew = interval '2 minutes'")  # the claim of who died is over
    _, url = serve("")
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
        answers = [await client.request(method, path, json=body) for _ in range(2)]
    assert [answer.is_success for answer in answers] == [True, True], [answer.text for answer in answers]
    assert await database.pool.fetchval(count) == 1
    assert [entry.action for entry in await audit.read(database.pool, tenant_id)] == [action]
