"""The walk of one tenant's admin through every route, against things of another tenant.

A foreign id and a missing one must give the same answer, byte for byte, by the same statements; a list must show nothing foreign; and
every statement behind the caller's recognition must have run under the tenants' role.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
from fastapi import FastAPI

from flowforge.access.permission import OF_THE_DEPLOYMENT, OPERATIONS
from flowforge.db.queries import load_queries
from flowforge.orchestrator.hints import NOTIFY
from tests.access.things import MARK, Things

ENDLESS_SECONDS = 10  # an answer that is still not whole is a stream

# Operations with statements on the whole database, and why; each of these statements names the tenant, or the account, by itself.
WHOLE: Mapping[str, str] = {
    **dict.fromkeys(("readyz", "receive_webhook", "sign_in", "accept_invitation"), "asked before anybody is known, of nobody's tenant"),
    **dict.fromkeys(("list_people", "get_person", "update_person", "remove_person", "create_invitation"), "an account is the deployment's"),
    **dict.fromkeys(("get_session", "list_sessions", "end_session", "switch_tenant"), "so is a session, which goes from tenant to tenant"),
    "list_model_limits": "paces are of all keys of providers; it takes the tenant's own and the deployment's",
    **dict.fromkeys(("list_shared_skills", "import_skill"), "what others share is theirs; it asks for what names this tenant"),
    "confirm_erasure": "no tenant's role may change the log of audit; what is erased is of the act that was confirmed",
    "export_audit": "its last head is signed with the deployment's key",
}  # fmt: skip
SIGNED_IN = {"get_session", "list_sessions", "end_session", "switch_tenant"}  # our admin asks these with a session, all else without
ACCESS = load_queries("flowforge.access")
# Who is calling, and how often; the deployment's pepper of keys; hints, which hold no row.
UNHEARD = {
    getattr(ACCESS, name).text
    for name in ("find_tenant", "create_tenant", "inactive_tenants", "check_key", "note_use", "find_session", "touch_session")
} | {ACCESS.find_pepper.text, ACCESS.keep_pepper.text, NOTIFY}  # fmt: skip

OF_THE_DRIVER = ("typeinfo_tree", "current_setting('jit')")  # it asks for the types of a statement when it first meets them

MADE_ANEW = re.compile(r'"request_id": ?"\w+"|"\d{4}-\d\d-\d\dT[\d:.]+Z"|"id": ?"inv_\w+"|/inv_\w+$|token=[\w-]+')

# A path parameter, and what it names; by operation where the same word names different things.
NAMED: dict[str, str] = {
    "run_id": "run", "event_id": "event", "bulk_id": "bulk", "agent": "agent", "trigger": "trigger", "approval_id": "approval",
    "note": "note",
    "budget": "budget", "delete_alert_channel.name": "channel", "test_alert_channel.name": "channel",
    "delete_alert_rule.name": "rule", "delete_price.model": "model",
    "receive_webhook.name": "hook", "person": "member", "invitation": "invitation", "session": "session", "secret": "secret",
    "tool": "tool", "decide_mcp_tool.tool": "mcp_tool", "server": "server",
    "erasure_id": "erasure", "entry": "entry", "endpoint": "endpoint", "delivery": "delivery",
    "skill": "skill", "share": "share",
    **{f"{verb}_key.key": "api_key" for verb in ("get", "update", "rotate", "revoke")}, "key": "task",
    "policy": "policy", "grant": "grant", "delegation": "approval_delegation",
    "board": "board", "on": "task",
    "comment": "comment", "attachment": "attachment", "filter": "filter", "watch_task.person": "person", "unwatch_task.person": "person",
    "team": "team", "question": "question",
}  # fmt: skip
# What workers have published, for all tenants; a name that anybody may choose; a number.
SHARED = {"get_agent_revision.revision", "function_id", "set_price.model", "retire_secret_version.version"}
SHARED |= {f"{verb}_column.column" for verb in ("update", "delete")} | {f"{verb}_label.label" for verb in ("set", "delete")}
SHARED |= {f"{verb}_checklist_item.item" for verb in ("update", "delete")}

# What a request may name elsewhere than in its path: (method, path, body), with {thing} for what is asked about.
ELSEWHERE: dict[str, tuple[tuple[str, str, Any], ...]] = {
    "assign_task": (
        ("PUT", "/v1/tasks/{own_task}/assignee", {"agent": "{agent}"}),
        ("PUT", "/v1/tasks/{own_task}/assignee", {"user": "{person}"}),
    ),
    "create_task": (
        ("POST", "/v1/tasks", {"title": "t", "assignee": {"agent": "{agent}"}}),
        ("POST", "/v1/tasks", {"title": "t", "board": "{board}"}),
        ("POST", "/v1/tasks", {"title": "t", "parent": "{task}"}),
        ("POST", "/v1/tasks", {"title": "t", "depends_on": ["{task}"]}),
        ("POST", "/v1/tasks", {"title": "t", "owner": "{person}"}),
        ("POST", "/v1/tasks", {"title": "t", "assignee": {"team": "{team}"}}),
    ),
    "create_comment": (("POST", "/v1/tasks/{own_task}/comments", {"text": "own", "reply_to": "{comment}"}),),
    "get_comment": (("GET", "/v1/tasks/{own_task}/comments/{comment}", None),),
    "update_comment": (("PATCH", "/v1/tasks/{own_task}/comments/{comment}", {"text": "own"}),),
    "delete_comment": (("DELETE", "/v1/tasks/{own_task}/comments/{comment}", None),),
    "watch_task": (("PUT", "/v1/tasks/{own_task}/watchers/{person}", None),),
    "unwatch_task": (("DELETE", "/v1/tasks/{own_task}/watchers/{person}", None),),
    "create_attachment": (("POST", "/v1/tasks/{own_task}/attachments", {"name": "own", "run": "{run}", "blob": "0" * 32}),),
    "delete_attachment": (("DELETE", "/v1/tasks/{own_task}/attachments/{attachment}", None),),
    "create_filter": (("POST", "/v1/filters", {"name": "own-filter", "query": {"assignee": "{agent}"}, "shared": True}),),
    "create_team": (("POST", "/v1/teams", {"name": "t", "lead": "{agent}", "members": ["own-other"]}),),
    "list_ids": tuple(("GET", f"/v1/ids?ending={{{thing}}}", None) for thing in ("run", "approval", "event")),
    "list_questions": (("GET", "/v1/questions?task={task}", None),),
    "create_budget": tuple(
        ("POST", "/v1/budgets", {"name": "b", "scope": scope, "subject": f"{{{scope}}}", "amount": "1"})
        for scope in ("agent", "task", "run")
    ),
    "create_alert_rule": (("POST", "/v1/alert_rules", {"name": "r", "kind": "stalled_queue", "window": "5m", "channels": ["{channel}"]}),),
    "get_usage": tuple(("GET", f"/v1/usage?group_by=model&{name}={{{name}}}", None) for name in ("agent", "task", "run")),
    "list_approvals": tuple(("GET", f"/v1/approvals?{name}={{{name}}}", None) for name in ("agent", "task", "run")),
    "list_grants": (("GET", "/v1/grants?task={task}", None),),
    "decide_approvals": (("POST", "/v1/approvals/bulk", {"decisions": [{"id": "{approval}", "approved": True}]}),),
    "create_approval_delegation": (("POST", "/v1/approval_delegations", {"to": "{person}", "until": "2099-01-01T00:00:00Z"}),),
    "list_tasks": tuple(
        ("GET", f"/v1/tasks?{name}={{{thing}}}", None)
        for name, thing in (("assignee", "agent"), ("parent", "task"), ("board", "board"), ("filter", "filter"))
    ),
    "update_task": tuple(
        ("PATCH", "/v1/tasks/{own_task}", {name: f"{{{thing}}}"}) for name, thing in (("parent", "task"), ("owner", "person"))
    ),
    "move_task": (("PUT", "/v1/tasks/{own_task}/column", {"column": "Backlog", "before": "{task}"}),),
    "add_dependency": (("PUT", "/v1/tasks/{own_task}/dependencies/{task}", None),),
    "remove_dependency": (("DELETE", "/v1/tasks/{own_task}/dependencies/{task}", None),),
    "act_on_tasks": (("POST", "/v1/tasks/bulk", {"action": "archive", "keys": ["{task}"]}),),
    "create_key": (("POST", "/v1/keys", {"name": "k", "scopes": ["tasks:read"], "agent": "{agent}"}),),
    "set_secret": (("POST", "/v1/secrets", {"name": "s", "value": "v", "scope": "agent", "subject": "{agent}"}),),
    "list_webhook_deliveries": (("GET", "/v1/webhook_deliveries?endpoint={endpoint}", None),),
    "tell_agent": (("POST", "/v1/agents/own-agent/messages", {"text": "t", "task": "{task}"}),),
    "create_note": (("POST", "/v1/agents/own-agent/memory", {"title": "t", "text": "t", "task": "{task}"}),),
    "list_notes": (("GET", "/v1/agents/own-agent/memory?task={task}", None), ("GET", "/v1/agents/{agent}/memory?q=t", None)),
    "list_audit": (("GET", "/v1/audit?target={run}", None), ("GET", "/v1/audit?text={member}", None)),
    "create_invitation": (("POST", "/v1/invitations", {"email": "{address}", "role": "viewer"}),),
    "import_skill": (("POST", "/v1/skill_imports", {"shared": "{share}"}),),
    "share_skill": (("POST", "/v1/skills/{skill}/shares", {"with": None}),),
    "switch_tenant": (("PUT", "/v1/session/tenant", {"tenant": "{tenant}"}),),
}


@dataclass
class Statement:
    """One statement as the database got it."""

    text: str
    confined: bool


@dataclass
class Listener:
    """Hears every statement of the pools, and knows under which role each ran."""

    heard: list[Statement] = field(default_factory=list)

    def follow(self, connection: asyncpg.Connection) -> None:
        confined = False

        def hear(record: Any) -> None:
            nonlocal confined
            text = record.query
            if text.startswith("begin"):
                confined = "set local role flowforge_tenant" in text
            if text not in UNHEARD and not any(part in text for part in OF_THE_DRIVER):
                self.heard.append(Statement(re.sub(r"'[0-9a-f-]{36}'", "'…'", text), confined))
            if text in ("commit", "rollback"):
                confined = False

        connection.add_query_logger(hear)

    def take(self) -> list[Statement]:
        taken, self.heard = self.heard, []
        return taken


@dataclass
class Walk:
    """Goes through every operation and keeps what is wrong."""

    app: FastAPI
    http: httpx.AsyncClient  # our admin
    things: Things
    listener: Listener
    wrong: list[str] = field(default_factory=list)
    walked: set[str] = field(default_factory=set)

    async def through(self, *only: str) -> list[str]:
        """What is wrong with the operations of those names, or with all."""
        for path, operations in self.app.openapi()["paths"].items():
            for method, operation in operations.items():
                name = operation["operationId"]
                if not only or name in only:
                    await self._look(name, method.upper(), path, operation)
                    self.walked.add(name)
        return self.wrong

    async def _look(self, name: str, method: str, path: str, operation: dict[str, Any]) -> None:
        parameters = re.findall(r"\{(\w+)\}", path)
        if OPERATIONS.get(name) in OF_THE_DEPLOYMENT:
            answer, statements = await self._ask(name, method, path, _example(operation))
            if answer.status_code != 403 or statements:
                self.wrong.append(f"{name}: the operator's, and answered {answer.status_code} after {len(statements)} statements")
            return
        for parameter in parameters:
            if parameter not in SHARED and f"{name}.{parameter}" not in SHARED:
                await self._compare(name, method, path, parameter, operation)
        if not set(parameters) - SHARED:
            own = path.replace("{function_id}", "order.ship").replace("{model}", "own/model").replace("{model:path}", "own/model")
            own = f"{own}?after=nobodys" if own.endswith("/stream") else own  # one that opens does not end
            answer, _ = await self._ask(name, method, own, _example(operation))
            self._holds_nothing_of_theirs(name, answer)
        for asked in ELSEWHERE.get(name, ()):
            await self._compare_elsewhere(name, *asked)

    async def _compare(self, name: str, method: str, path: str, parameter: str, operation: dict[str, Any]) -> None:
        thing = NAMED.get(f"{name}.{parameter}") or NAMED.get(parameter)
        if thing is None:
            self.wrong.append(f"{name}: nobody said what {parameter} names; add it to NAMED")
            return
        for foreign, missing in self.things.pairs(thing):
            await self._same(name, method, path.replace(f"{{{parameter}}}", "{thing}"), _example(operation), foreign, missing)

    async def _compare_elsewhere(self, name: str, method: str, path: str, body: Any) -> None:
        text = json.dumps([path, body])
        [thing] = [found for found in re.findall(r"\{(\w+)\}", text) if found != "own_task"]
        for foreign, missing in self.things.pairs(thing):
            await self._same(name, method, path.replace(f"{{{thing}}}", "{thing}"), _replaced(body, thing), foreign, missing)

    async def _same(self, name: str, method: str, path: str, body: Any, foreign: str, missing: str) -> None:
        answers = []
        for given in (foreign, missing):
            answer, statements = await self._ask(name, method, path.replace("{thing}", given), _filled(body, given))
            self._holds_nothing_of_theirs(name, answer, besides=given)
            told = MADE_ANEW.sub("", answer.text).replace(given, "…")
            left_out = ("x-request-id", "content-length")
            headers = {key: MADE_ANEW.sub("", value) for key, value in answer.headers.items() if key not in left_out}
            answers.append((answer.status_code, told, headers, [statement.text for statement in statements]))
        if answers[0] != answers[1]:
            self.wrong.append(f"{name}: {foreign} (theirs) and {missing} (nobody's) differ: {answers[0]} and {answers[1]}")

    async def _ask(self, name: str, method: str, path: str, body: Any) -> tuple[httpx.Response, list[Statement]]:
        self.listener.take()
        body = json.loads(json.dumps(body).replace("{own_task}", self.things.own["task"]))
        path = path.replace("{own_task}", self.things.own["task"])
        given = ({} if body is None else {"json": body}) | ({"headers": self.things.session} if name in SIGNED_IN else {})
        try:
            async with asyncio.timeout(ENDLESS_SECONDS):
                answer = await self.http.request(method, path, **given)
        except TimeoutError:
            self.wrong.append(f"{name}: {path} does not end: a stream was opened")
            answer = httpx.Response(200)
        statements = self.listener.take()
        if answer.status_code >= 500:
            self.wrong.append(f"{name}: {answer.status_code} {answer.text}")
        if name not in WHOLE and (loose := [statement.text for statement in statements if not statement.confined]):
            self.wrong.append(f"{name}: not under the tenants' role: {loose}")
        return answer, statements

    def _holds_nothing_of_theirs(self, name: str, answer: httpx.Response, besides: str = "") -> None:
        text = answer.text.replace(besides, "") if besides else answer.text
        bare = {found.rpartition("_")[2] for names in self.things.theirs.values() for found in names if len(found) > 30}
        if MARK in text or any(digits in text for digits in bare):
            self.wrong.append(f"{name}: shows something of theirs: {text[:500]}")


def _example(operation: dict[str, Any]) -> Any:
    return BODIES.get(operation["operationId"], {} if "requestBody" in operation else None)


BODIES: dict[str, Any] = {
    "send_events": {"name": "order/created"},
    "send_events_v1": {"name": "order/created"},
    "act_on_runs": {"action": "cancel", "filter": {}, "options": {}, "dry_run": True},
    "move_run": {"version": None},
    "signal_run": {"signal": "s", "data": 1},
    "create_agent": {"name": "own-agent", "model": "own/model"},
    "update_agent": {"instructions": "i"},
    "run_agent": {"prompt": "t"},
    "tell_agent": {"text": "t"},
    "tell_run": {"text": "t"},
    "create_note": {"title": "t", "text": "t"},
    "update_note": {"text": "t"},
    "roll_back_agent": {"revision": 1},
    "create_agent_trigger": {"event": "order/created", "title": "own"},
    "create_skill": {"files": {"SKILL.md": "---\nname: own-skill\ndescription: d\n---\nOwn."}},
    "import_skill": {"shared": "skl_0"},
    "deprecate_skill": {"reason": "own"},
    "share_skill": {"with": None},
    "create_team": {"name": "own-team", "lead": "own-agent", "members": ["own-other"]},
    "update_team": {"instructions": "i"},
    "roll_back_team": {"revision": 1},
    "answer_question": {"answer": "yes"},
    "create_task": {"title": "own"},
    "update_task": {"title": "own"},
    "assign_task": {"agent": None},
    "move_task": {"column": "Doing"},
    "create_comment": {"text": "own"},
    "act_on_tasks": {"action": "archive", "keys": []},
    "create_checklist_item": {"text": "own"},
    "update_checklist_item": {"done": True},
    "create_board": {"name": "own", "prefix": "OWN"},
    "update_board": {"name": "own"},
    "create_column": {"name": "own"},
    "update_column": {"category": "todo"},
    "set_label": {"colour": "red"},
    "import_tasks": {"tasks": [{"title": "own"}]},
    "update_comment": {"text": "own"},
    "create_attachment": {"name": "own", "url": "https://own.example.com/"},
    "create_filter": {"name": "own-filter", "query": {}, "shared": True},
    "update_filter": {"query": {"column": "Doing"}},
    **{
        f"{act}_inbox": {"up_to": 1, "until": "2999-01-01T00:00:00Z"} if act == "snooze" else {"up_to": 1}
        for act in ("read", "archive", "snooze")
    },
    "set_inbox_settings": {"digest": "daily"},
    "create_user": {"name": "own-person"},
    "decide_approval": {"approved": True},
    "decide_approvals": {"decisions": [{"id": "apr_0123456789abcdef", "approved": True}]},
    "create_policy": {"name": "own-policy", "rules": [{"action": "allow"}]},
    "update_policy": {"rules": []},
    "create_approval_delegation": {"to": "own-person", "until": "2099-01-01T00:00:00Z"},
    "create_alert_channel": {"name": "own-channel", "settings": {"kind": "webhook", "url": "https://example.com/"}},
    "create_alert_rule": {"name": "own-rule", "kind": "stalled_queue", "window": "5m", "channels": ["own-channel"]},
    "set_price": {"input": "1", "output": "1"},
    "create_budget": {"name": "own-budget", "scope": "tenant", "amount": "5"},
    "update_budget": {"amount": "6"},
    "raise_budget": {"amount": "1"},
    "set_limit": {"capacity": 1},
    "set_model_limit": {"requests_per_minute": 1},
    "create_tenant": {"name": "own-tenant"},
    "rename_tenant": {"name": "own-tenant"},
    "set_retention": {"runs": "60d"},
    "create_key": {"name": "own-key", "scopes": ["runs:read"]},
    "set_secret": {"name": "own-secret", "value": "v"},
    "create_webhook_endpoint": {"url": "https://own.example.com/", "events": ["*"]},
    "create_erasure": {"match": [{"value": MARK}]},
    "export_subject": {"match": [{"value": MARK}]},
    "update_person": {"role": "viewer"},
    "create_invitation": {"email": "own@example.com", "role": "viewer"},
    "accept_invitation": {"token": "none", "name": "own", "password": "seven grey herons at dawn"},
    "sign_in": {"email": "nobody@example.com", "password": "seven grey herons at dawn"},
    "set_rate_limits": {"requests_per_minute": 60},
    "create_tool": {"name": "own_tool", "description": "own", "effect": "read", "url": "https://own.example.com/"},
    "update_tool": {"description": "own"},
    "test_tool": {"arguments": {}},
    "import_tools": {"source": "own", "document": {"openapi": "3.1.0", "paths": {}}, "server": "https://own.example.com"},
    "create_mcp_server": {"name": "own-server", "transport": {"kind": "http", "url": "https://own.example.com/mcp"}},
    "update_mcp_server": {"description": "own"},
    "decide_mcp_tool": {"effect": "read"},
    "set_web_access": {"allow": ["own.example.com"]},
}


def _replaced(body: Any, thing: str) -> Any:
    return json.loads(json.dumps(body).replace(f"{{{thing}}}", "{thing}"))


def _filled(body: Any, given: str) -> Any:
    return json.loads(json.dumps(body).replace("{thing}", given))
