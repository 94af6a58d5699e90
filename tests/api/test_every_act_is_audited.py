"""Every operation that changes something leaves exactly one audit entry when it succeeds, none when it is refused or repeated.

A new operation needs a recipe in acts.py: how it succeeds, and how it is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from argon2 import PasswordHasher

from flowforge import ids, webhook
from flowforge.access.account import add_account
from flowforge.access.membership import add_member
from flowforge.access.password import Passwords
from flowforge.agents.bare_run import register_bare_run
from flowforge.agents.tool_run import register_tool_runs
from flowforge.api.app import create_app
from flowforge.audit.signing import Signer
from flowforge.board.approve_step import look
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.run import start_run
from flowforge.orchestrator.waits import PendingWait
from flowforge.settings import Settings
from flowforge.skills.tool import ToolRegistry
from tests.api.acts import NEVER_REFUSED, RECIPES
from tests.api.declared import Declared
from tests.api.people.conftest import PASSWORD, Browser

# The end of a tenant's deletion comes by itself, while other acts are asked for; its beginning is the act.
ENTRIES = "select count(*) from flowforge.audit where action <> 'tenant.delete'"


@pytest.fixture
def settings():
    return Settings(body_limit_bytes=64 * 1024, open_here=True, rate_limits=False, secrets={"GITHUB_WEBHOOK_SECRET": "gh"})


@pytest.fixture
def passwords():
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def app(database, settings, bell, vault, passwords):
    app = create_app(database, settings=settings, bell=bell, vault=vault, passwords=passwords)
    app.state.audit_signer = Signer(vault)
    return app


@pytest.fixture
async def callers(app, api):
    """Who acts, by the name that recipes have for them."""
    async with Browser(app) as mira, Browser(app) as elsewhere, Browser(app) as stranger:
        yield {"operator": api, "mira": mira, "mira elsewhere": elsewhere, "stranger": stranger}


@pytest.fixture
async def world(api, database, tenant_id, people):
    """What the recipes act on: runs, one of them failed, one that waits for an approval, a limit, people; by name."""
    registry = Registry()
    for function_id, options in {"order.ship": {"concurrency": 5}, "order.other": {}, "hook": {"trigger": webhook("github")}}.items():

        async def handler(ctx: Any) -> None: ...

        registry.function(id=function_id, **options)(handler)
    register_tool_runs(registry, ToolRegistry())
    register_bare_run(registry, ToolRegistry())
    await publish_functions(database.pool, registry, app="tests")
    await database.pool.execute(
        "with s as (insert into flowforge.mcp_server values ($1, gen_random_uuid(), 'other', 1, $2, null, now(), now(), now()) returning *)"
        " insert into flowforge.mcp_tool (tenant_id, server_id, tool, name, description, parameters, hints, hash, listed_at)"
        " select tenant_id, server_id, 'look', 'other__look', '', '{}', '{}', 'x', now() from s",
        tenant_id, json.dumps({"name": "other", "transport": {"kind": "http", "url": "https://mcp.example.com/mcp"}}),
    )  # fmt: skip
    runs = [await start_run(database, tenant_id, name, "{}") for name in ("order.ship", "order.ship", "order.ship", "order.other")]
    await fail(database, runs[2])
    for key in ("ask", "ask another"):
        await ask(database, tenant_id, runs[3], key)
    desk = ids.parse("agt", (await api.post("/v1/agents", json={"name": "desk", "model": "gpt-4o"})).json()["id"])
    await database.pool.execute("update flowforge.run set agent_id = $2 where run_id = $1", runs[3], desk)
    approval, other = (await api.get("/v1/approvals")).json()["data"]
    grant = await database.pool.fetchval(
        "insert into flowforge.approval_grant"
        " (tenant_id, grant_id, approval_id, task_id, tool, scope, hash, tainted, granted_by, created_at)"
        " values ($1, $2, $2, $2, 'note', 'call', '', false, 'mira', now()) returning grant_id",
        tenant_id,
        ids.new_id(),
    )
    await database.pool.execute(
        "insert into flowforge.person (tenant_id, person_id, name, role) values ($1, $2, 'lena', 'admin')", tenant_id, ids.new_id()
    )
    (limit, *_) = (await api.get("/v1/limits")).json()["data"]
    seen = await api.post("/v1/runs/bulk", json={"action": "pause", "filter": {"function": "order.other"}, "dry_run": True})
    assert seen.status_code == 200, seen.text
    names = {"first": runs[0].hex, "second": runs[1].hex, "failed": runs[2].hex, "approval": approval["id"], "limit": limit["limit"]}
    names |= {"other_approval": other["id"], "grant": ids.show("grt", grant), "asking": runs[3].hex}
    question = ids.new_id()
    await database.pool.execute(
        "insert into flowforge.question (tenant_id, question_id, run_id, step_key, question) values ($1, $2, $3, 'q', 'Well?')",
        tenant_id, question, runs[1],
    )  # fmt: skip
    names["question"] = ids.show("qst", question)
    maya = await api.post("/v1/agents", json={"name": "maya", "model": "gpt-4o"})
    assert maya.is_success, maya.text
    looked = await api.post("/v1/erasures", json={"match": [{"value": "somebody@example.org"}]})
    for path, body in (("/v1/tenants", {"name": "leaving"}), ("/v1/tenants/leaving/suspension", {})):
        answer = await api.request("PUT" if "suspension" in path else "POST", path, json=body)
        assert answer.is_success, answer.text
    return {**names, **people, "confirm": seen.json()["confirm"], "unconfirmed": looked.json()["id"]}


@pytest.fixture
async def people(app, api, callers, database, tenant_id, passwords):
    """mira, an admin who is signed in at three places, noor, and somebody who is invited."""
    async with database.pool.acquire() as connection:
        for name, role in (("mira", "admin"), ("noor", "member")):
            account = await add_account(connection, f"{name}@example.com", name, await passwords.hash(PASSWORD))
            person_id = await add_member(connection, tenant_id, account, name, role)
    async with Browser(app) as third:
        await third.sign_in("mira@example.com")
        (session,) = (await third.get("/v1/sessions")).json()["data"]
    assert (await callers["mira elsewhere"].sign_in("mira@example.com")).status_code == 201
    invited = await api.post("/v1/invitations", json={"email": "kim@example.com"})
    return {"noor": ids.show("usr", person_id), "session": session["id"], "invitation": invited.json()["id"]}


async def fail(database, run_id):
    await database.pool.execute("delete from flowforge.owner where run_id = $1", run_id)
    error = json.dumps({"type": "CarrierDown", "message": "no answer", "step": None})
    await database.pool.execute(
        "with failed as (update flowforge.run set state = 'failed', error = $2, ended_at = now(), end_seq = 9 where run_id = $1"
        " returning *) insert into flowforge.failure select tenant_id, run_id, function_id, ended_at from failed",
        run_id, error,
    )  # fmt: skip


async def ask(database, tenant_id, run_id, key):
    question = {"tool": "refund", "arguments": {}, "schema": {}, "effect": "money", "reversible": False, "reason": None}
    await look(database, [PendingWait(tenant_id, run_id, key, "ask", "approve", None, json.dumps(question), None, None, None, None)])
    await database.pool.execute("update flowforge.owner set state = 'p', parked_for = 'w' where run_id = $1", run_id)


def unsafe_operations(document):
    paths = document["paths"]
    return {
        operation["operationId"]: method
        for methods in paths.values()
        for method, operation in methods.items()
        if method not in ("get", "head")
    }


def test_every_operation_that_changes_something_has_a_recipe(document):
    assert RECIPES.keys() == unsafe_operations(document).keys()
    for name, recipe in RECIPES.items():
        assert name in NEVER_REFUSED or recipe.refused_path or recipe.refused_body is not None, name


async def test_one_entry_for_each_success_none_for_a_refusal_none_for_a_repeat(callers, database, world, document):
    methods, declared, undeclared = unsafe_operations(document), Declared(document), []

    async def ask_for(name, path, body, key=None):
        """The answer, and how many entries it left."""
        before = await database.pool.fetchval(ENTRIES)
        headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
        content = b"" if body is None else json.dumps(filled(body, world)).encode()
        if name == "receive_webhook":
            headers["x-hub-signature-256"] = "sha256=" + hmac.new(b"gh", content, hashlib.sha256).hexdigest()
            headers |= {"x-github-event": "ping", "x-github-delivery": "delivery-1"}
        by = callers[RECIPES[name].by]
        answer = await by.request(methods[name], path.format(**world), content=content, headers=headers)
        if isinstance(by, Browser):
            by.know(answer)
        undeclared.extend(declared.wrong(name, answer))
        return answer, await database.pool.fetchval(ENTRIES) - before

    for name, recipe in RECIPES.items():
        done, entries = await ask_for(name, recipe.path, recipe.body, name if recipe.repeats else None)
        assert (done.is_success, entries) == (True, recipe.entries), f"{name}: {entries} entries, {done.status_code} {done.text}"
        world |= {kept: read(done.json()) for kept, read in recipe.keeps.items()}
        if recipe.again != "another act":
            again, entries = await ask_for(name, recipe.path, recipe.body, name if recipe.repeats else None)
            assert again.is_client_error if recipe.again == "refused" else again.status_code == done.status_code, f"{name}: {again.text}"
            assert entries == 0, f"{name}, repeated: {entries} entries, {again.text}"
        if name in NEVER_REFUSED:
            continue
        refused, entries = await ask_for(name, recipe.refused_path or recipe.path, recipe.refused_body)
        assert (refused.is_client_error, entries) == (True, 0), f"{name}, refused: {entries} entries, {refused.status_code} {refused.text}"
    assert undeclared == [], "\n".join(undeclared)


def filled(body, world):
    if isinstance(body, dict):
        return {name: filled(value, world) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(value, world) for value in body]
    return world[body[1:-1]] if isinstance(body, str) and body.startswith("{") else body
