"""The tools of MCP are doors like any other: with each role, with narrow keys, with an agent's, against a foreign tenant's things."""

from __future__ import annotations

import pytest

from flowforge import ids
from flowforge.access.permission import ANY_CALLER, OF_AN_AGENT, OPERATIONS, ROLE_NAMES, ROLES
from flowforge.access.principal import Principal
from flowforge.access.session import csrf_token
from flowforge.access.tenant import find_or_create_tenant
from flowforge.agents.agent import create_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.api import caller as callers
from flowforge.api.mcp.catalogue import TOOLS
from flowforge.ids import DEFAULT_TENANT
from tests.access.test_foreign import _everything
from tests.access.things import THEIRS
from tests.mcp.speaking import OverMcp, call, listed, post

NAMES = {"key", "run_id", "approval_id", "question", "agent"}
GIVEN = {"title": "t", "q": "q", "column": "Todo", "text": "t", "name": "order/created", "approved": True, "answer": "yes", "prompt": "p"}


def somehow(tool):
    """Arguments that name what nobody has, and are otherwise good."""
    return {name: "nobodys-name" if name in NAMES else GIVEN[name] for name in tool.schema["required"]}


def allowed(permissions, *, person=False):
    """The tools that the table gives to a caller with these permissions."""
    return {
        tool.name
        for tool in TOOLS.values()
        if (OPERATIONS[tool.operation] == ANY_CALLER or OPERATIONS[tool.operation] in permissions) and (person or not tool.for_people)
    }


@pytest.mark.parametrize("role", ROLE_NAMES)
async def test_a_key_with_the_rights_of_a_role_finds_and_may_call_exactly_the_tools_of_that_role(caller, make_key, role):
    async with caller(await make_key(*sorted(ROLES[role] - {"deployment:control"}))) as http:
        assert await listed(http) == allowed(ROLES[role])
        for tool in TOOLS.values():
            result = await call(http, tool.name, somehow(tool))
            refused = result.get("isError", False) and result["structuredContent"]["status"] == 403
            assert refused == (tool.name not in allowed(ROLES[role])), (tool.name, result)


async def test_a_key_with_one_permission_finds_the_tools_of_that_permission_only(caller, make_key):
    for permission in sorted({OPERATIONS[tool.operation] for tool in TOOLS.values()} - {ANY_CALLER}):
        async with caller(await make_key(permission)) as http:
            assert await listed(http) == allowed({permission}) != set(), permission


async def test_what_is_behind_the_list_refuses_too(caller, make_key, monkeypatch):
    """The list only spares a reader what is refused anyway: the route decides."""
    monkeypatch.setattr("flowforge.api.mcp.tool.Tool.may_be_called_by", lambda *_: True)
    async with caller(await make_key("retention:read")) as http:
        for tool in TOOLS.values():
            result = await call(http, tool.name, somehow(tool))
            assert result["isError"], tool.name
            assert result["structuredContent"]["status"] == (404 if tool.for_people else 403), (tool.name, result)


async def test_an_agents_key_decides_nothing(caller, make_key, database, operator):
    agent = await create_agent(database, operator, AgentDefinition(name="atlas", model="gpt-4o"))
    async with caller(await make_key("*", agent_id=agent.agent_id)) as http:
        found = await listed(http)
        assert found == allowed(OF_AN_AGENT)
        assert not {"decide_approval", "cancel_run", "message_agent"} & found and {"create_task", "run_agent"} <= found
        refused = await call(http, "decide_approval", {"approval_id": "apr_0", "approved": True})
        assert refused["structuredContent"]["status"] == 403


async def test_a_test_key_has_no_board_and_runs_no_agents(caller, make_key):
    async with caller(await make_key("*", test=True)) as http:
        found = await listed(http)
        assert {"send_event", "list_runs", "get_run", "replay_run"} <= found
        assert not {"list_tasks", "create_task", "list_agents", "decide_approval"} & found
        refused = await call(http, "run_agent", {"agent": "atlas", "prompt": "look"})
        assert refused["structuredContent"]["status"] == 403


async def test_nobody_and_a_foreign_tenants_key_get_nothing(caller, make_key, database):
    async with caller(None) as stranger:
        answer = await post(stranger, "tools/list")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    acme = await find_or_create_tenant(database.pool, "acme")
    async with caller(await make_key()) as ours, caller(await make_key(tenant_id=acme.tenant_id)) as foreign:
        made = (await call(ours, "create_task", {"title": "ours alone"}))["structuredContent"]
        assert (await call(foreign, "list_tasks", {}))["structuredContent"]["data"] == []
        assert (await call(foreign, "get_task", {"key": made["id"]}))["structuredContent"]["status"] == 404
        seen = await post(foreign, "resources/list")
        assert seen.json()["result"]["resources"] == []


async def test_a_page_of_another_origin_gets_nothing_whatever_key_it_holds(caller, make_key):
    async with caller(await make_key()) as http:
        assert (await post(http, "tools/list", origin="http://flowforge.example")).status_code == 200
        for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
            answer = await post(http, "tools/list", **headers)
            assert (answer.status_code, answer.json()["detail"]) == (403, "a page of another origin may not write here"), headers


async def test_a_session_of_a_browser_does_not_open_it(caller, closed, monkeypatch):
    async def signed_in(*_, **__):
        return Principal(DEFAULT_TENANT, "person", "mira", ids.new_id(), permissions=ROLES["admin"])

    monkeypatch.setattr(callers, "find_session", signed_in)
    async with caller(None) as http:
        cookie = {"cookie": "__Host-flowforge=a-session"}
        assert (await http.get("/v1/me", headers=cookie)).json()["name"] == "mira"
        answer = await post(http, "tools/list", **cookie, **{"x-flowforge-csrf": csrf_token("a-session")})
        assert answer.status_code == 401 and "/mcp needs the header" in answer.json()["detail"]


@pytest.mark.thorough
async def test_no_tool_tells_a_foreign_thing_from_one_that_nobody_has_and_none_shows_or_changes_it(walk, database):
    theirs = (await find_or_create_tenant(database.pool, THEIRS)).tenant_id
    before = await _everything(database, theirs)
    walk.http = over = OverMcp(walk.http)

    wrong = await walk.through(*{tool.operation for tool in TOOLS.values()})

    assert wrong == [], "\n".join(wrong)
    assert over.called == TOOLS.keys() - {"search_tasks"}
    assert await _everything(database, theirs) == before
