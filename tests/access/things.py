"""One of everything that a tenant can have, made for the tenant that nobody else may see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx

from flowforge import ids
from flowforge.access.account import add_account
from flowforge.access.membership import add_member
from flowforge.access.session import Lifetime, Visitor, csrf_token, start_session
from flowforge.db.database import Database

OURS, THEIRS = "acme", "globex"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
NOBODY = "nobody"  # as long as theirs: answers differ by nothing else
MARK = THEIRS  # stands in the name or the content of every thing of theirs


@dataclass
class Things:
    """One of everything, by the ways in which it may be named."""

    theirs: dict[str, list[str]]
    own: dict[str, str]
    session: dict[str, str]  # our admin's, as headers; they are signed in

    def pairs(self, thing: str) -> Iterator[tuple[str, str]]:
        """What they have, and what nobody has, alike in form."""
        for name in self.theirs[thing]:
            yield name, _missing(name)


def _missing(name: str) -> str:
    if name.startswith("FF-"):
        return "FF-9"
    if "@" in name:
        return f"none{name[name.index('@') :]}"
    if MARK in name:
        return name.replace(THEIRS, NOBODY)
    prefix, _, digits = name.rpartition("_")
    return f"{prefix}_{uuid4().hex[: len(digits)]}" if prefix else uuid4().hex[: len(digits)]


async def make_things(http: httpx.AsyncClient, database: Database, theirs: dict[str, str], ours: dict[str, str]) -> Things:
    """One of everything for them, a task for us; `theirs` and `ours` are the headers of their admin and of ours."""

    async def post(path: str, body: Any, headers: dict[str, str] = theirs) -> dict[str, Any]:
        answer = await http.post(path, json=body, headers=headers)
        assert answer.is_success, f"{path}: {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    agent = await post("/v1/agents", {"name": f"{MARK}-agent", "model": f"{MARK}/model", "instructions": MARK})
    trigger = await post(f"/v1/agents/{agent['id']}/triggers", {"event": f"{MARK}/never", "title": MARK})
    member_agent = await post("/v1/agents", {"name": f"{MARK}-member", "model": f"{MARK}/model"})
    team = await post("/v1/teams", {"name": f"{MARK}-team", "lead": agent["name"], "members": [member_agent["name"]], "instructions": MARK})
    for _ in range(5):  # FF-5: ours are FF-1 and FF-2
        task = await post("/v1/tasks", {"title": MARK})
    board = await post("/v1/boards", {"name": f"{MARK}-board", "prefix": "ZZ", "columns": [{"name": MARK}]})
    person = await post("/v1/users", {"name": f"{MARK}-person"})
    comment = (await post(f"/v1/tasks/{task['id']}/comments", {"text": f"{MARK} @{MARK}-person @{MARK}-agent"}))["id"]
    attached = {"name": MARK, "url": f"https://{MARK}.example.com/"}
    attachment = (await post(f"/v1/tasks/{task['id']}/attachments", attached))["id"]
    saved = (await post("/v1/filters", {"name": f"{MARK}-filter", "query": {"assignee": f"{MARK}-agent"}, "shared": True}))["id"]
    sent = (await post("/v1/events", {"name": "order/created", "id": f"{MARK}-o-1", "data": {"of": MARK}}))["data"][0]
    run = sent["runs"][0]
    budget = await post("/v1/budgets", {"name": f"{MARK}-budget", "scope": "tenant", "amount": "5"})
    await post("/v1/alert_channels", {"name": f"{MARK}-channel", "settings": {"kind": "webhook", "url": f"https://{MARK}.example.com/"}})
    await post("/v1/alert_rules", {"name": f"{MARK}-rule", "kind": "stalled_queue", "window": "5m", "channels": [f"{MARK}-channel"]})
    assert (await http.put(f"/v1/prices/{MARK}/model", json={"input": "1", "output": "1"}, headers=theirs)).is_success
    tenant_id = await database.pool.fetchval("select tenant_id from flowforge.tenant where name = $1", THEIRS)
    own = await post("/v1/tasks", {"title": "own"}, ours)
    await post("/v1/keys", {"name": f"{MARK}-key", "scopes": ["runs:read"]})
    key = (await http.get(f"/v1/keys/{MARK}-key", headers=theirs)).json()["id"]
    secret = (await post("/v1/secrets", {"name": f"{MARK}-secret", "value": MARK}))["id"]
    described = {"name": f"{MARK}_tool", "description": MARK, "effect": "read", "url": f"https://{MARK}.example.com/"}
    tool = (await post("/v1/tools", described))["name"]
    place = {"kind": "http", "url": f"https://{MARK}.example.com/mcp"}
    server = (await post("/v1/mcp_servers", {"name": f"{MARK}-server", "transport": place}))["definition"]["name"]
    await database.pool.execute(
        "insert into flowforge.mcp_tool (tenant_id, server_id, tool, name, description, parameters, hints, hash, listed_at)"
        " select tenant_id, server_id, $1, $2, $1, '{}', '{}', $1, now() from flowforge.mcp_server where name = $3",
        MARK, f"{MARK}__tool", server,
    )  # fmt: skip
    erasure = (await post("/v1/erasures", {"match": [{"value": MARK}]}))["id"]
    invitation = (await post("/v1/invitations", {"email": f"new@{MARK}.example.com", "role": "viewer"}))["id"]
    endpoint = (await post("/v1/webhook_endpoints", {"url": f"https://{MARK}.example.com/", "events": ["*"], "description": MARK}))["id"]
    delivery = (await post(f"/v1/webhook_endpoints/{endpoint}/pings", None))["id"]
    note = (await post(f"/v1/agents/{agent['id']}/memory", {"title": MARK, "text": MARK, "tags": [MARK]}))["id"]
    entry = (await http.get("/v1/audit?limit=1", headers=theirs)).json()["data"][0]["id"]
    ours_id = await database.pool.fetchval("select tenant_id from flowforge.tenant where name = $1", OURS)
    taught = f"---\nname: {MARK}-skill\ndescription: {MARK}\n---\n{MARK}"
    await post("/v1/skills", {"files": {"SKILL.md": taught}})
    share = (await post(f"/v1/skills/{MARK}-skill/shares", {"with": ids.show("tnt", tenant_id)}))["id"]
    member, session, _ = await _sign_in(database, tenant_id, "boss@example.net", f"{MARK}-boss")
    _, _, token = await _sign_in(database, ours_id, "ada@example.net", "ada")
    await post("/v1/policies", {"name": f"{MARK}-policy", "rules": [{"action": "deny", "tool": MARK, "reason": MARK}]})
    approval, bulk, event, grant, delegation, question = await _insert(database, tenant_id, UUID(run.removeprefix("run_")))
    return Things(
        theirs={
            "agent": [agent["id"], f"{MARK}-agent"],
            "trigger": [trigger["id"]],
            "task": [task["id"], "FF-5"],
            "board": [board["id"], f"{MARK}-board"],
            "team": [team["id"], f"{MARK}-team"],
            "question": [question, question[-12:]],
            "run": [run, run[-12:]],
            "event": [event, f"{MARK}-o-1"],
            "comment": [comment],
            "attachment": [attachment],
            "filter": [saved, f"{MARK}-filter"],
            "person": [person["id"], f"{MARK}-person"],
            "budget": [budget["id"], f"{MARK}-budget"],
            "approval": [approval],
            "policy": [f"{MARK}-policy"],
            "grant": [grant],
            "approval_delegation": [delegation],
            "bulk": [bulk],
            "channel": [f"{MARK}-channel"],
            "rule": [f"{MARK}-rule"],
            "model": [f"{MARK}/model"],
            "hook": [f"{MARK}-hook"],
            "api_key": [key, key[-12:], f"{MARK}-key"],
            "secret": [secret, f"{MARK}-secret"],
            "erasure": [erasure],
            "tool": [tool],
            "server": [server],
            "mcp_tool": [f"{MARK}__tool"],
            "invitation": [invitation],
            "endpoint": [endpoint, endpoint[-12:]],
            "delivery": [delivery, delivery[-12:]],
            "note": [note, note[-12:]],
            "entry": [entry, entry[-12:]],
            "member": [member],
            "address": ["boss@example.net"],
            "session": [session],
            "skill": [f"{MARK}-skill"],
            "share": [share],
            "tenant": [THEIRS, ids.show("tnt", tenant_id)],
        },
        own={"task": own["id"]},
        session={"cookie": f"__Host-flowforge={token}", "x-flowforge-csrf": csrf_token(token)},
    )


async def _sign_in(database: Database, tenant_id: UUID, address: str, name: str) -> tuple[str, str, str]:
    """An admin of that tenant, signed in: their id, their session's, and its token."""
    async with database.pool.acquire() as connection, connection.transaction():
        account = await add_account(connection, address, name, None)
        person_id = await add_member(connection, tenant_id, account, name, "admin")
        token = await start_session(connection, account.account_id, tenant_id, Visitor("203.0.113.7", name), Lifetime())
        session_id = await connection.fetchval("select session_id from flowforge.session where account_id = $1", account.account_id)
    return ids.show("usr", person_id), ids.show("ses", session_id), token


async def _insert(database: Database, tenant_id: UUID, run_id: UUID) -> tuple[str, str, str, str, str, str]:
    """What no route makes at once: an approval, an act on many runs, an alert, a webhook, a call's usage."""
    approval, bulk, grant, delegation, question = (ids.new_id() for _ in range(5))
    event = await database.pool.fetchval("select event_id from flowforge.event where tenant_id = $1 and name = 'order/created'", tenant_id)
    for table, row in (
        (
            "approval",
            {
                "approval_id": approval,
                "run_id": run_id,
                "step_key": "k",
                "tool": MARK,
                "arguments": "{}",
                "arguments_hash": "",
                "effect": "money",
            },
        ),
        ("question", {"question_id": question, "run_id": run_id, "step_key": "q", "question": MARK}),
        (
            "approval_grant",
            {
                "grant_id": grant,
                "approval_id": approval,
                "task_id": ids.new_id(),
                "tool": MARK,
                "scope": "call",
                "hash": "",
                "tainted": False,
                "granted_by": MARK,
                "created_at": NOW,
            },
        ),
        (
            "approval_delegation",
            {
                "delegation_id": delegation,
                "from_name": MARK,
                "to_name": MARK,
                "expires_at": NOW.replace(year=2099),
                "created_by": MARK,
                "created_at": NOW,
            },
        ),
        (
            "bulk",
            {
                "bulk_id": bulk,
                "action": "cancel",
                "filter": "{}",
                "principal_kind": "person",
                "principal": MARK,
                "as_of": NOW,
                "expected": 1,
                "created_at": NOW,
            },
        ),
        (
            "alert",
            {
                "alert_id": ids.new_id(),
                "rule_id": ids.new_id(),
                "rule_name": MARK,
                "kind": "stalled_queue",
                "subject": MARK,
                "summary": MARK,
                "value": 1.0,
                "opened_at": NOW,
                "last_seen_at": NOW,
                "quiet_until": NOW,
            },
        ),
        ("webhook", {"name": f"{MARK}-hook", "app": "a", "scheme": "none"}),
        (
            "usage",
            {
                "usage_id": ids.new_id(),
                "run_id": run_id,
                "step_key": "k",
                "function_id": "order.ship",
                "model": f"{MARK}/model",
                "provider": MARK,
                "input_tokens": 1,
                "output_tokens": 1,
                "latency_ms": 1,
            },
        ),
    ):
        row = {"tenant_id": tenant_id, **row}
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await database.pool.execute(f"insert into flowforge.{table} ({', '.join(row)}) values ({places})", *row.values())
    shown = ids.show("apr", approval), ids.show("cmd", bulk), ids.show("evt", event)
    return (*shown, ids.show("grt", grant), ids.show("dlg", delegation), ids.show("qst", question))
