"""The walk of one tenant's admin through every route, against things of another tenant.

A foreign id and a missing one must give the same answer, byte for byte, by the same statements; a list must show nothing foreign; and
every statement behind the caller's recognition must have run under the tenants' role.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from fastapi import FastAPI

from flowforge import ids
from flowforge.access.permission import OF_THE_DEPLOYMENT, OPERATIONS
from flowforge.db.database import Database
from flowforge.db.queries import load_queries
from flowforge.orchestrator.hints import NOTIFY

OURS, THEIRS = "acme", "globex"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ENDLESS_SECONDS = 10  # an answer that is still not whole is a stream
NOBODY = "nobody"  # as long as theirs: answers differ by nothing else
MARK = THEIRS  # stands in the name or the content of every thing of theirs
WHOLE = {"readyz", "receive_webhook"}  # asked before anybody is known, and of nobody's tenant
UNHEARD = {query.text for query in load_queries("flowforge.access")} | {NOTIFY}  # who is calling; hints, which hold no row

OF_THE_DRIVER = ("typeinfo_tree", "current_setting('jit')")  # it asks for the types of a statement when it first meets them

# A path parameter, and what it names; by operation where the same word names different things.
NAMED: dict[str, str] = {
    "run_id": "run", "event_id": "event", "bulk_id": "bulk", "agent": "agent", "key": "task", "approval_id": "approval",
    "budget": "budget", "delete_alert_channel.name": "channel", "delete_alert_rule.name": "rule", "delete_price.model": "model",
    "receive_webhook.name": "hook",
}  # fmt: skip
SHARED = {"function_id", "set_price.model"}  # what workers have published, for all tenants; a name that anybody may choose

# What a request may name elsewhere than in its path: (method, path, body), with {thing} for what is asked about.
ELSEWHERE: dict[str, tuple[tuple[str, str, Any], ...]] = {
    "assign_task": (
        ("PUT", "/v1/tasks/{own_task}/assignee", {"agent": "{agent}"}),
        ("PUT", "/v1/tasks/{own_task}/assignee", {"user": "{person}"}),
    ),
    "create_task": (("POST", "/v1/tasks", {"title": "t", "assignee": {"agent": "{agent}"}}),),
    "create_budget": tuple(
        ("POST", "/v1/budgets", {"name": "b", "scope": scope, "subject": f"{{{scope}}}", "amount": "1"})
        for scope in ("agent", "task", "run")
    ),
    "create_alert_rule": (("POST", "/v1/alert_rules", {"name": "r", "kind": "stalled_queue", "window": "5m", "channels": ["{channel}"]}),),
    "get_usage": tuple(("GET", f"/v1/usage?group_by=model&{name}={{{name}}}", None) for name in ("agent", "task", "run")),
    "list_tasks": (("GET", "/v1/tasks?assignee={agent}", None),),
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
class Things:
    """One of everything, by the ways in which it may be named."""

    theirs: dict[str, list[str]]
    own: dict[str, str]

    def pairs(self, thing: str) -> Iterator[tuple[str, str]]:
        """What they have, and what nobody has, alike in form."""
        for name in self.theirs[thing]:
            yield name, _missing(name)


def _missing(name: str) -> str:
    if name.startswith("FF-"):
        return "FF-9"
    if MARK in name:
        return name.replace(THEIRS, NOBODY)
    prefix, _, digits = name.rpartition("_")
    return f"{prefix}_{uuid4().hex[: len(digits)]}" if prefix else uuid4().hex[: len(digits)]


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
            told = re.sub(r'"request_id": ?"\w+"|"\d{4}-\d\d-\d\dT[\d:.]+Z"', "", answer.text).replace(given, "…")
            headers = {key: value for key, value in answer.headers.items() if key not in ("x-request-id", "content-length")}
            answers.append((answer.status_code, told, headers, [statement.text for statement in statements]))
        if answers[0] != answers[1]:
            self.wrong.append(f"{name}: {foreign} (theirs) and {missing} (nobody's) differ: {answers[0]} and {answers[1]}")

    async def _ask(self, name: str, method: str, path: str, body: Any) -> tuple[httpx.Response, list[Statement]]:
        self.listener.take()
        body = json.loads(json.dumps(body).replace("{own_task}", self.things.own["task"]))
        path = path.replace("{own_task}", self.things.own["task"])
        try:
            async with asyncio.timeout(ENDLESS_SECONDS):
                answer = await self.http.request(method, path, json=body) if body is not None else await self.http.request(method, path)
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
    "create_task": {"title": "own"},
    "update_task": {"title": "own"},
    "assign_task": {"agent": None},
    "move_task": {"column": "Doing"},
    "create_comment": {"text": "own"},
    "create_user": {"name": "own-person"},
    "decide_approval": {"approved": True},
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
}


def _replaced(body: Any, thing: str) -> Any:
    return json.loads(json.dumps(body).replace(f"{{{thing}}}", "{thing}"))


def _filled(body: Any, given: str) -> Any:
    return json.loads(json.dumps(body).replace("{thing}", given))


async def make_things(http: httpx.AsyncClient, database: Database, theirs: dict[str, str], ours: dict[str, str]) -> Things:
    """One of everything for them, a task for us; `theirs` and `ours` are the headers of their admin and of ours."""

    async def post(path: str, body: Any, headers: dict[str, str] = theirs) -> dict[str, Any]:
        answer = await http.post(path, json=body, headers=headers)
        assert answer.is_success, f"{path}: {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    agent = await post("/v1/agents", {"name": f"{MARK}-agent", "model": f"{MARK}/model", "instructions": MARK})
    for _ in range(5):  # FF-5: ours are FF-1 and FF-2
        task = await post("/v1/tasks", {"title": MARK})
    person = await post("/v1/users", {"name": f"{MARK}-person"})
    await post(f"/v1/tasks/{task['id']}/comments", {"text": MARK})
    sent = (await post("/v1/events", {"name": "order/created", "id": f"{MARK}-o-1", "data": {"of": MARK}}))["data"][0]
    run = sent["runs"][0]
    budget = await post("/v1/budgets", {"name": f"{MARK}-budget", "scope": "tenant", "amount": "5"})
    await post("/v1/alert_channels", {"name": f"{MARK}-channel", "settings": {"kind": "webhook", "url": f"https://{MARK}.example.com/"}})
    await post("/v1/alert_rules", {"name": f"{MARK}-rule", "kind": "stalled_queue", "window": "5m", "channels": [f"{MARK}-channel"]})
    assert (await http.put(f"/v1/prices/{MARK}/model", json={"input": "1", "output": "1"}, headers=theirs)).is_success
    tenant_id = await database.pool.fetchval("select tenant_id from flowforge.tenant where name = $1", THEIRS)
    approval, bulk, event = await _insert(database, tenant_id, UUID(run.removeprefix("run_")))
    own = await post("/v1/tasks", {"title": "own"}, ours)
    return Things(
        theirs={
            "agent": [agent["id"], f"{MARK}-agent"],
            "task": [task["id"], "FF-5"],
            "run": [run, run[-12:]],
            "event": [event, f"{MARK}-o-1"],
            "person": [person["id"], f"{MARK}-person"],
            "budget": [budget["id"], f"{MARK}-budget"],
            "approval": [approval],
            "bulk": [bulk],
            "channel": [f"{MARK}-channel"],
            "rule": [f"{MARK}-rule"],
            "model": [f"{MARK}/model"],
            "hook": [f"{MARK}-hook"],
        },
        own={"task": own["id"]},
    )


async def _insert(database: Database, tenant_id: UUID, run_id: UUID) -> tuple[str, str, str]:
    """What no route makes at once: an approval, an act on many runs, an alert, a webhook, a call's usage."""
    approval, bulk = ids.new_id(), ids.new_id()
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
    return ids.show("apr", approval), ids.show("cmd", bulk), ids.show("evt", event)
