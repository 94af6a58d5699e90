"""What a tool does stands in the audit log as the same act does over HTTP: once, by the same caller, in the same words; repeats do not."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from flowforge import ids
from flowforge.agents.bare_run import register_bare_run
from flowforge.api.mcp.catalogue import TOOLS
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.run import start_run
from flowforge.skills.tool import ToolRegistry
from tests.api.test_every_act_is_audited import ask, fail
from tests.mcp.speaking import call

ENTRIES = "select principal_kind, principal, action, target_kind, detail from flowforge.audit order by created_at, entry_id"
MADE_ANEW = re.compile(r"(run|tsk|evt|apr|qst|cmt|msg|agt)_[0-9a-f]{32}|[0-9a-f]{32}|FF-\d+|[0-9a-f]{64}|\d{4}-\d\d-\d\dT[\d:.]+Z")

# By tool: the same act over HTTP on one twin, and by the tool on the other.
ACTS = {
    "create_task": (("POST", "/v1/tasks", {"title": "t"}), {"title": "t"}),
    "update_task": (("PATCH", "/v1/tasks/{task1}", {"title": "u"}), {"key": "{task2}", "title": "u"}),
    "move_task": (("PUT", "/v1/tasks/{task1}/column", {"column": "Doing"}), {"key": "{task2}", "column": "Doing"}),
    "assign_task": (("PUT", "/v1/tasks/{task1}/assignee", {"user": "jonas"}), {"key": "{task2}", "user": "jonas"}),
    "comment_on_task": (("POST", "/v1/tasks/{task1}/comments", {"text": "well"}), {"key": "{task2}", "text": "well"}),
    "send_event": (("POST", "/v1/events", {"name": "order/created"}), {"name": "order/created"}),
    "cancel_run": (("POST", "/v1/runs/{run1}/cancellation", None), {"run_id": "{run2}"}),
    "replay_run": (("POST", "/v1/runs/{failed1}/replays", {}), {"run_id": "{failed2}"}),
    "decide_approval": (("POST", "/v1/approvals/{apr1}/decision", {"approved": True}), {"approval_id": "{apr2}", "approved": True}),
    "answer_question": (("POST", "/v1/questions/{qst1}/answer", {"answer": "yes"}), {"question": "{qst2}", "answer": "yes"}),
    "message_agent": (("POST", "/v1/agents/desk/messages", {"text": "hi"}), {"agent": "desk", "text": "hi"}),
    "run_agent": (("POST", "/v1/agents/desk/runs", {"prompt": "look"}), {"agent": "desk", "prompt": "look"}),
}


@pytest.fixture
async def http(server):
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
async def twins(http, database, tenant_id):
    """Two of everything that can be acted on."""
    registry = Registry()
    registry.function(id="order.ship")(_nothing)
    register_bare_run(registry, ToolRegistry())
    await publish_functions(database.pool, registry, app="tests")
    names = {}
    await http.post("/v1/users", json={"name": "jonas"})
    desk = ids.parse("agt", (await http.post("/v1/agents", json={"name": "desk", "model": "gpt-4o"})).json()["id"])
    working = await start_run(database, tenant_id, "order.ship", "{}")
    await database.pool.execute("update flowforge.run set agent_id = $2 where run_id = $1", working, desk)
    for n in ("1", "2"):
        names[f"task{n}"] = (await http.post("/v1/tasks", json={"title": "t"})).json()["key"]
        run, failed, asking, questioning = [await start_run(database, tenant_id, "order.ship", "{}") for _ in range(4)]
        await fail(database, failed)
        await ask(database, tenant_id, asking, "ask")
        question = ids.new_id()
        await database.pool.execute(
            "insert into flowforge.question (tenant_id, question_id, run_id, step_key, question) values ($1, $2, $3, 'q', 'Well?')",
            tenant_id, question, questioning,
        )  # fmt: skip
        names |= {f"run{n}": run.hex, f"failed{n}": failed.hex, f"qst{n}": ids.show("qst", question)}
    names |= {f"apr{n}": one["id"] for n, one in enumerate((await http.get("/v1/approvals")).json()["data"], 1)}
    return names


async def _nothing(ctx) -> None: ...


def filled(value, names):
    return json.loads(re.sub(r"\{(\w+\d)\}", lambda found: names[found[1]], json.dumps(value)))


async def test_an_act_by_a_tool_is_the_same_act(http, database, twins):
    assert ACTS.keys() == {tool.name for tool in TOOLS.values() if not tool.reads}

    seen = 0

    async def new_entries():
        nonlocal seen
        entries = [tuple(row) for row in await database.pool.fetch(ENTRIES)][seen:]
        seen += len(entries)
        return [(*rest, MADE_ANEW.sub("…", detail)) for *rest, detail in entries]

    await new_entries()
    for name, (asked, arguments) in ACTS.items():
        method, path, body = filled(asked, twins)
        answer = await http.request(method, path, json=body)
        assert answer.is_success, (name, answer.text)
        over_http = await new_entries()
        result = await call(http, name, {**filled(arguments, twins), "idempotency_key": name}, **{"x-request-id": f"asked-{name}"})
        assert not result.get("isError"), (name, result)
        assert await new_entries() == over_http != [], name
        assert await database.pool.fetchval("select count(*) from flowforge.audit where request_id = $1", f"asked-{name}") == 1
        again = await call(http, name, {**filled(arguments, twins), "idempotency_key": name})
        assert again["structuredContent"] == result["structuredContent"] and await new_entries() == [], name
        refused = await call(http, name, {**filled(arguments, twins), "novelty": 1})
        assert refused["isError"] and await new_entries() == [], name
