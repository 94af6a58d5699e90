"""Every operation that changes something leaves exactly one audit entry when it succeeds, none when it is refused or repeated.

A new operation needs a recipe here: how it succeeds, and how it is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from flowforge import webhook
from flowforge.api.app import create_app
from flowforge.audit.signing import Signer
from flowforge.board.approve_step import look
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.run import start_run
from flowforge.orchestrator.waits import PendingWait
from flowforge.secrets.key_ring import KeyEncryptionKey, KeyRing
from flowforge.secrets.vault import Vault
from flowforge.settings import Settings

NOBODY = {"name": " "}
CHANNEL = {"name": "on-call", "settings": {"kind": "webhook", "url": "https://hooks.example.com/x", "secret_env": "FLOWFORGE_ALERT_X"}}
RULE = {"name": "orders-fail", "kind": "failed_runs", "channels": ["on-call"]}
BUDGET = {"name": "daily", "scope": "tenant", "amount": "5"}


@dataclass(frozen=True)
class Recipe:
    """A request that succeeds, where the ones before it in the table have, and one that is refused. Paths hold names of the world."""

    path: str
    body: Any = None
    refused_path: str | None = None
    refused_body: Any = None
    repeats: bool = True  # with an Idempotency-Key, answered again


# By operation id, in an order in which each finds what it needs.
RECIPES: Mapping[str, Recipe] = {
    "send_events": Recipe("/events", {"name": "order/created", "data": {}}, None, {"name": ""}),
    "send_events_v1": Recipe("/v1/events", [{"name": "order/created"}, {"name": "order/paid"}], None, {"name": "a b"}),
    "receive_webhook": Recipe("/hooks/github", {"zen": "Keep it simple."}, "/hooks/nobody", {}, repeats=False),
    "start_run": Recipe("/v1/functions/order.ship/runs", {"input": {}}, "/v1/functions/order.sh/runs", {"input": {}}),
    "pause_run": Recipe("/v1/runs/{first}/pause", {"reason": "wait"}, "/v1/runs/none/pause", {}),
    "resume_run": Recipe("/v1/runs/{first}/pause", None, "/v1/runs/{first}/pause"),
    "move_run": Recipe("/v1/runs/{first}/version", {"version": "v2"}, None, {}),
    "signal_run": Recipe("/v1/runs/{first}/signals", {"signal": "go"}, None, {"signal": ""}),
    "cancel_run": Recipe("/v1/runs/{first}/cancellation", None, "/v1/runs/none/cancellation"),
    "replay_run": Recipe("/v1/runs/{failed}/replays", {}, None, {"from_step": "fly"}),
    "dismiss_run": Recipe("/v1/runs/{failed}/dismissal", None, "/v1/runs/{second}/dismissal"),
    "undismiss_run": Recipe("/v1/runs/{failed}/dismissal", None, "/v1/runs/none/dismissal"),
    "delete_run": Recipe("/v1/runs/{first}", None, "/v1/runs/{second}"),
    "act_on_runs": Recipe(
        "/v1/runs/bulk",
        {"action": "pause", "filter": {"function": "order.other"}, "confirm": "{confirm}"},
        None,
        {"action": "pause", "filter": {}},
    ),
    "set_limit": Recipe("/v1/limits/{limit}", {"capacity": 3}, "/v1/limits/none", {"capacity": 3}),
    "reset_limit": Recipe("/v1/limits/{limit}", None, "/v1/limits/none"),
    "pause_function": Recipe("/v1/functions/order.ship/pause", {}, "/v1/functions/order.sh/pause", {}),
    "resume_function": Recipe("/v1/functions/order.ship/pause", None, "/v1/functions/order.sh/pause"),
    "pause_tenant": Recipe("/v1/tenant/pause", {}, None, {"why": "x"}),
    "resume_tenant": Recipe("/v1/tenant/pause", None),
    "create_agent": Recipe("/v1/agents", {"name": "atlas", "model": "gpt-4o"}, None, {"name": "", "model": "gpt-4o"}),
    "update_agent": Recipe("/v1/agents/atlas", {"instructions": "Be brief."}, "/v1/agents/atlsa", {}),
    "create_user": Recipe("/v1/users", {"name": "jonas"}, None, NOBODY),
    "create_task": Recipe("/v1/tasks", {"title": "Refund"}, None, {"title": "", "column": "none"}),
    "update_task": Recipe("/v1/tasks/FF-1", {"title": "Refund in full"}, "/v1/tasks/FF-99", {"title": "x"}),
    "assign_task": Recipe("/v1/tasks/FF-1/assignee", {"user": "jonas"}, None, {"user": "nobody here"}),
    "move_task": Recipe("/v1/tasks/FF-1/column", {"column": "Doing"}, None, {"column": "Doin"}),
    "create_comment": Recipe("/v1/tasks/FF-1/comments", {"text": "hello"}, None, {"text": ""}),
    "decide_approval": Recipe("/v1/approvals/{approval}/decision", {"approved": True}, None, {"approved": "yes"}),
    "create_alert_channel": Recipe("/v1/alert_channels", CHANNEL, None, NOBODY),
    "create_alert_rule": Recipe("/v1/alert_rules", RULE, None, {**RULE, "name": "other", "channels": ["nobody"]}),
    "delete_alert_rule": Recipe("/v1/alert_rules/orders-fail", None, "/v1/alert_rules/none"),
    "delete_alert_channel": Recipe("/v1/alert_channels/on-call", None, "/v1/alert_channels/none"),
    "set_price": Recipe("/v1/prices/my/model", {"input": "1"}, None, {"input": "much"}),
    "delete_price": Recipe("/v1/prices/my/model", None, "/v1/prices/my/other"),
    "create_budget": Recipe("/v1/budgets", BUDGET, None, {**BUDGET, "name": "other", "amount": "much"}),
    "update_budget": Recipe("/v1/budgets/daily", {"amount": "7"}, None, {"amount": None}),
    "raise_budget": Recipe("/v1/budgets/daily/raises", {"amount": "1"}, None, {"amount": "much"}),
    "delete_budget": Recipe("/v1/budgets/daily", None, "/v1/budgets/none"),
    "set_model_limit": Recipe("/v1/model_limits/gpt-4o", {"requests_per_minute": 60}, None, {"requests_per_minute": -1}),
    "delete_model_limit": Recipe("/v1/model_limits/gpt-4o", None, "/v1/model_limits/none"),
    "set_retention": Recipe("/v1/retention", {"runs": "90d"}, None, {"runs": "soon"}),
    "rotate_audit_key": Recipe("/v1/audit/keys", None, None),
}  # fmt: skip
NEVER_REFUSED = {"rotate_audit_key", "resume_tenant"}  # they take nothing that could be wrong


@pytest.fixture
def settings():
    return Settings(body_limit_bytes=64 * 1024, secrets={"GITHUB_WEBHOOK_SECRET": "gh"})


@pytest.fixture
def app(database, settings, bell):
    app = create_app(database, settings=settings, bell=bell)
    app.state.audit_signer = Signer(Vault(KeyRing((KeyEncryptionKey(b"k" * 32),))))
    return app


@pytest.fixture
async def world(api, database, tenant_id):
    """What the recipes act on: runs, one of them failed, one that waits for an approval, a limit; by name."""
    registry = Registry()
    for function_id, options in {"order.ship": {"concurrency": 5}, "order.other": {}, "hook": {"trigger": webhook("github")}}.items():

        async def handler(ctx: Any) -> None: ...

        registry.function(id=function_id, **options)(handler)
    await publish_functions(database.pool, registry, app="tests")
    runs = [await start_run(database, tenant_id, name, "{}") for name in ("order.ship", "order.ship", "order.ship", "order.other")]
    await fail(database, runs[2])
    await ask(database, tenant_id, runs[3])
    (approval,) = (await api.get("/v1/approvals")).json()["data"]
    (limit, *_) = (await api.get("/v1/limits")).json()["data"]
    seen = await api.post("/v1/runs/bulk", json={"action": "pause", "filter": {"function": "order.other"}, "dry_run": True})
    assert seen.status_code == 200, seen.text
    names = {"first": runs[0].hex, "second": runs[1].hex, "failed": runs[2].hex, "approval": approval["id"], "limit": limit["limit"]}
    return {**names, "confirm": seen.json()["confirm"]}


async def fail(database, run_id):
    await database.pool.execute("delete from flowforge.owner where run_id = $1", run_id)
    error = json.dumps({"type": "CarrierDown", "message": "no answer", "step": None})
    await database.pool.execute(
        "with failed as (update flowforge.run set state = 'failed', error = $2, ended_at = now(), end_seq = 9 where run_id = $1"
        " returning *) insert into flowforge.failure select tenant_id, run_id, function_id, ended_at from failed",
        run_id, error,
    )  # fmt: skip


async def ask(database, tenant_id, run_id):
    question = {"tool": "refund", "arguments": {}, "schema": {}, "effect": "money", "reversible": False, "reason": None}
    await look(database, [PendingWait(tenant_id, run_id, "ask", "ask", "approve", None, json.dumps(question), None, None, None, None)])
    await database.pool.execute("update flowforge.owner set state = 'p', parked_for = 'w' where run_id = $1", run_id)


def unsafe_operations(app):
    paths = app.openapi()["paths"]
    return {
        operation["operationId"]: method
        for methods in paths.values()
        for method, operation in methods.items()
        if method not in ("get", "head")
    }


def test_every_operation_that_changes_something_has_a_recipe(app):
    assert RECIPES.keys() == unsafe_operations(app).keys()
    for name, recipe in RECIPES.items():
        assert name in NEVER_REFUSED or recipe.refused_path or recipe.refused_body is not None, name


async def test_one_entry_for_each_success_none_for_a_refusal_none_for_a_repeat(api, app, database, world):
    methods = unsafe_operations(app)

    async def ask_for(name, path, body, key=None):
        """The answer, and how many entries it left."""
        before = await database.pool.fetchval("select count(*) from flowforge.audit")
        headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
        content = b"" if body is None else json.dumps(filled(body, world)).encode()
        headers["x-hub-signature-256"] = "sha256=" + hmac.new(b"gh", content, hashlib.sha256).hexdigest()
        headers |= {"x-github-event": "ping", "x-github-delivery": "delivery-1"} if name == "receive_webhook" else {}
        answer = await api.request(methods[name], path.format(**world), content=content, headers=headers)
        return answer, await database.pool.fetchval("select count(*) from flowforge.audit") - before

    for name, recipe in RECIPES.items():
        done, entries = await ask_for(name, recipe.path, recipe.body, name if recipe.repeats else None)
        assert (done.is_success, entries) == (True, 1), f"{name}: {entries} entries, {done.status_code} {done.text}"
        again, entries = await ask_for(name, recipe.path, recipe.body, name if recipe.repeats else None)
        assert (again.status_code, entries) == (done.status_code, 0), f"{name}, repeated: {entries} entries, {again.text}"
        if name in NEVER_REFUSED:
            continue
        refused, entries = await ask_for(name, recipe.refused_path or recipe.path, recipe.refused_body)
        assert (refused.is_client_error, entries) == (True, 0), f"{name}, refused: {entries} entries, {refused.status_code} {refused.text}"


def filled(body, world):
    if isinstance(body, dict):
        return {name: filled(value, world) for name, value in body.items()}
    return world["confirm"] if body == "{confirm}" else body
