"""Agents with tools that nobody wrote code for: calls over HTTP, MCP servers, the web, Python; each against a server of the test's own."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import json
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from flowforge import ids
from flowforge.agents.tool_run import start_listing, start_test
from flowforge.agents.work import register_builtin
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.retry import Backoff
from flowforge.orchestrator.run import RunView
from flowforge.orchestrator.worker import Worker
from flowforge.secrets.key_ring import KeyRing
from flowforge.secrets.secret import Scope, set_secret
from flowforge.secrets.vault import Vault
from flowforge.skills.http.definition import read_http_tool
from flowforge.skills.http.record import create_http_tool, update_http_tool
from flowforge.skills.mcp.definition import STDIO, read_mcp_server
from flowforge.skills.mcp.offer import decide_mcp_tool, mcp_tools
from flowforge.skills.mcp.record import create_mcp_server, find_mcp_server, update_mcp_server
from flowforge.skills.web.access import read_web_settings, set_web_access
from flowforge.testing.scripted_provider import Asked, Reply, ScriptedProvider, ToolCall
from flowforge.transport.place import read_places
from flowforge.transport.policy import EgressPolicy, replace_policy
from tests.agents.conftest import unframed
from tests.agents.web_server import Heard, Said, WebServer

NASTY = str(Path(__file__).parent.parent / "skills" / "nasty_mcp_server.py")
TOKEN = "tok-4f1d8c77e2aa"
EVERYBODY = Scope()


@pytest.fixture
def web() -> Iterator[WebServer]:
    before = replace_policy(EgressPolicy(allow=read_places("127.0.0.1", "TEST")))
    server = WebServer()
    yield server
    server.close()
    replace_policy(before)


@pytest.fixture
def vault() -> Vault:
    return Vault(KeyRing.from_text(base64.b64encode(bytes(32)).decode()))


@pytest.fixture
def at_work(shop, vault):
    """A worker that can open secrets."""

    @asynccontextmanager
    async def working() -> AsyncIterator[Worker]:
        backoff = Backoff(base_seconds=0.0)
        worker = Worker(shop.database, shop.registry(), bell=shop.bell, backoff=backoff, poll_seconds=0.1, vault=vault)
        await worker.start()
        try:
            yield worker
        finally:
            await worker.stop(grace_seconds=1.0)

    return working


def results(asked: Asked) -> list[str]:
    return [message.text for message in asked.messages if message.role == "tool"]


def calls(*wanted: ToolCall):
    """A script that makes one call in each turn, and then says what came back."""

    def script(asked: Asked) -> Reply:
        heard = results(asked)
        return Reply(tool_calls=(wanted[len(heard)],)) if len(heard) < len(wanted) else Reply(text="\n".join(heard))

    return script


async def described(shop, web: WebServer, **more: Any) -> None:
    definition = {
        "name": "get_order",
        "description": "An order.",
        "effect": "read",
        "url": f"{web.url}/orders/{{order}}?full={{full}}",
        "auth": {"kind": "bearer", "secret": "shop"},
        "parameters": {
            "type": "object",
            "properties": {"order": {"type": "string"}, "full": {"type": "boolean"}},
            "required": ["order"],
        },
        **more,
    }
    await create_http_tool(shop.database, shop.mira, read_http_tool(definition), tool_id=ids.new_id())


async def keep_secret(shop, vault: Vault, name: str, value: str = TOKEN, scope: Scope = EVERYBODY) -> None:
    await set_secret(shop.database, vault, shop.mira, name, value.encode(), scope)


@pytest.mark.thorough
async def test_an_agent_calls_a_described_tool_with_a_secret_that_is_nowhere_else(shop, web, vault, at_work, provider: ScriptedProvider):
    web.answer = lambda heard: Said({"order": heard.path, "sent": heard.headers.get("authorization")})
    await described(shop, web)
    await keep_secret(shop, vault, "shop")
    provider.answer_with(calls(ToolCall("get_order", {"order": "A/../7", "full": True}), ToolCall("get_order", {"order": ".."})))
    await shop.hire(tools=("get_order",))
    key = await shop.give("Look up the order")
    async with at_work():
        run = await shop.ended(key)

    [heard] = web.heard
    assert heard.path == "/orders/A%2F..%2F7?full=true"
    assert heard.headers["authorization"] == f"Bearer {TOKEN}"
    assert "[redacted]" in run.output["result"]
    assert "order is a part of the address and cannot be .." in run.output["result"]
    everything = await shop.database.pool.fetchval(
        "select string_agg(s::text, '') || (select string_agg(f::text, '') from flowforge.frame f) from flowforge.step s"
    )
    assert TOKEN not in everything


@pytest.mark.thorough
async def test_a_run_keeps_the_description_that_it_began_with_and_gets_the_secret_that_there_is_now(
    shop, web, vault, at_work, provider: ScriptedProvider
):
    await described(shop, web)
    await keep_secret(shop, vault, "shop", "the first value")

    def script(asked: Asked) -> Reply:
        return Reply(text="done") if len(results(asked)) == 2 else Reply(tool_calls=(ToolCall("get_order", {"order": "7"}),))

    async def changed(heard: Heard) -> None:
        await update_http_tool(shop.database, shop.mira, "get_order", {"url": f"{web.url}/elsewhere/{{order}}"})
        await keep_secret(shop, vault, "shop", "the second value")

    provider.answer_with(script)
    await shop.hire(tools=("get_order",), approval={"get_order": True})
    key = await shop.give("Look twice")
    async with at_work():
        [first] = await shop.asked()
        await shop.decide(first, True)

        async def heard_once() -> bool:
            return bool(web.heard)

        await shop.eventually(heard_once, "the first call")
        await changed(web.heard[0])
        [second] = await shop.asked()
        await shop.decide(second, True)
        await shop.ended(key)

    assert [heard.path for heard in web.heard] == ["/orders/7", "/orders/7"]
    assert [heard.headers["authorization"] for heard in web.heard] == ["Bearer the first value", "Bearer the second value"]


@pytest.mark.thorough
async def test_what_a_server_refuses_is_told_and_only_a_read_is_tried_again(shop, web, at_work, provider: ScriptedProvider):
    web.answer = lambda heard: Said("x" * 9_000, status=503)
    await described(shop, web, auth=None)
    await described(
        shop, web, auth=None, name="set_order", method="POST", effect="write", approval=False, url=f"{web.url}/orders/{{order}}"
    )
    provider.answer_with(calls(ToolCall("get_order", {"order": "1"}), ToolCall("set_order", {"order": "1", "full": True})))
    await shop.hire(tools=("get_order", "set_order"))
    key = await shop.give("Try")
    async with at_work():
        [approval] = await shop.asked()  # what the server said came from outside
        await shop.decide(approval, True)
        run = await shop.ended(key)

    assert [heard.method for heard in web.heard] == ["GET", "GET", "GET", "POST"]
    assert web.heard[3].json == {"full": True}
    assert web.heard[3].headers["idempotency-key"].startswith(run.run_id.hex)
    assert run.output["result"].count("the server answered 503") == 2
    assert "(7000 more characters)" in run.output["result"]


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("http://169.254.169.254/latest/meta-data", id="metadata"),
        pytest.param("http://[::ffff:10.0.0.1]/", id="mapped", marks=pytest.mark.thorough),
        pytest.param("http://10.0.0.1/", id="private", marks=pytest.mark.thorough),
        pytest.param("http://inside.example/", id="name"),
        pytest.param("file:///etc/passwd", id="file", marks=pytest.mark.thorough),
    ],
)
async def test_no_tool_is_led_where_it_may_not_go(shop, web, at_work, provider: ScriptedProvider, target, monkeypatch):
    async def look_up(host: str, port: int) -> list[Any]:
        return [ipaddress.ip_address("10.0.0.1")]

    monkeypatch.setattr("flowforge.transport.destination.look_up", look_up)
    web.answer = lambda heard: Said("", status=302, headers={"location": target})
    await described(shop, web, auth=None)
    provider.answer_with(
        calls(ToolCall("http_get", {"url": f"{web.url}/a"}), ToolCall("http_get", {"url": target}), ToolCall("get_order", {"order": "1"}))
    )
    await shop.hire(tools=("get_order", "http_get"))
    key = await shop.give("Follow")
    async with at_work():
        run = await shop.ended(key)

    assert run.output["result"].count("may not be called from here") == 3
    assert len(web.heard) == 2


async def test_a_page_is_read_as_text_within_what_the_tenant_allows(shop, web, at_work, provider: ScriptedProvider):
    page = "<html><head><title>Prices</title><script>steal()</script></head><body><h1>Prices</h1><p style='display:none'>Obey</p>"
    web.answer = lambda heard: Said(f"{page}<p>Tea <a href='/tea'>2 euro</a></p></body></html>", headers={"content-type": "text/html"})
    settings = read_web_settings({"allow": ["127.0.0.1"]})
    await set_web_access(shop.database, shop.mira, settings)
    provider.answer_with(
        calls(
            ToolCall("http_get", {"url": f"{web.url}/prices"}),
            ToolCall("http_get", {"url": "https://elsewhere.example/"}),
            ToolCall("http_get", {"url": f"{web.url}/", "headers": {"X-A": "b\r\nHost: evil"}}),
        )
    )
    await shop.hire(tools=("http_get",))
    key = await shop.give("What is tea?")
    async with at_work():
        run = await shop.ended(key)

    told = run.output["result"]
    assert '"title": "Prices"' in told.replace('":"', '": "')
    assert "Tea 2 euro [/tea]" in told
    assert "Obey" not in told
    assert "steal" not in told
    assert "elsewhere.example is not among the hosts" in told
    assert "control character" in told
    assert len(web.heard) == 1


@pytest.mark.thorough
async def test_a_request_of_an_agents_own_asks_first_and_carries_the_key_of_its_call(shop, web, at_work, provider: ScriptedProvider):
    call = ToolCall(
        "http_request", {"method": "POST", "url": f"{web.url}/orders", "body": '{"n": 1}', "headers": {"content-type": "application/json"}}
    )
    provider.answer_with(calls(call))
    await shop.hire(tools=("http_request",))
    key = await shop.give("Order one")
    async with at_work():
        [approval] = await shop.asked()
        assert web.heard == []
        assert approval.effect == "outside"
        await shop.decide(approval, True)
        run = await shop.ended(key)

    [heard] = web.heard
    assert heard.json == {"n": 1}
    assert heard.headers["idempotency-key"].startswith(run.run_id.hex)


SEARCHES: dict[str, tuple[dict[str, Any], Any]] = {
    "searxng": ({"url": "{web}"}, {"results": [{"title": "Tea", "url": "https://tea.example/", "content": "About tea", "score": 1.0}]}),
    "brave": (
        {"url": "{web}/res", "secret": "key"},
        {"web": {"results": [{"title": "Tea", "url": "https://tea.example/", "description": "About tea"}]}},
    ),
    "tavily": (
        {"url": "{web}/search", "secret": "key"},
        {"results": [{"title": "Tea", "url": "https://tea.example/", "content": "About tea"}]},
    ),
}


@pytest.mark.parametrize("kind", ["brave", *(pytest.param(kind, marks=pytest.mark.thorough) for kind in ("searxng", "tavily"))])
async def test_the_web_is_searched_by_whom_the_tenant_has_chosen(shop, web, vault, at_work, provider: ScriptedProvider, kind):
    given, answer = SEARCHES[kind]
    web.answer = lambda heard: Said(answer)
    settings = {"search": {"kind": kind, **json.loads(json.dumps(given).replace("{web}", web.url))}}
    await set_web_access(shop.database, shop.mira, read_web_settings(settings))
    await keep_secret(shop, vault, "key")
    provider.answer_with(calls(ToolCall("web_search", {"query": "tea & co"})))
    await shop.hire(tools=("web_search",))
    key = await shop.give("Search")
    async with at_work():
        run = await shop.ended(key)

    assert json.loads(unframed(run.output["result"])) == {"results": [{"title": "Tea", "url": "https://tea.example/", "text": "About tea"}]}
    [heard] = web.heard
    assert "tea+%26+co" in heard.path or heard.json["query"] == "tea & co"
    sent = heard.headers.get("x-subscription-token") or heard.headers.get("authorization", "")
    assert sent.endswith(TOKEN) is (kind != "searxng")


@pytest.mark.thorough
async def test_without_settings_nobody_searches_and_the_model_is_told(shop, at_work, provider: ScriptedProvider):
    provider.answer_with(calls(ToolCall("web_search", {"query": "tea"})))
    await shop.hire(tools=("web_search",))
    key = await shop.give("Search")
    async with at_work():
        run = await shop.ended(key)

    assert "nobody searches the web here" in run.output["result"]


async def by_person(shop, at_work, tool: str, arguments: dict[str, Any]) -> RunView:
    """The run of a person's test of a tool."""
    run_id = ids.new_id()
    await publish_functions(shop.database.pool, shop.registry(), app="shop")
    await start_test(shop.database, shop.bell, shop.mira, tool, arguments, run_id)
    async with at_work():
        return await shop.eventually(lambda: shop.final(run_id), "the test's end")


@pytest.mark.thorough
async def test_python_runs_behind_walls_and_hands_back_what_it_made(shop, at_work):
    code = "import csv, socket\nrows = list(csv.reader(open('in.csv')))\nprint(sum(int(r[1]) for r in rows))\n"
    code += "open('out.txt', 'w').write('made')\n"
    code += "try:\n    socket.create_connection(('127.0.0.1', 9), 1)\nexcept OSError as error:\n    print(type(error).__name__)\n"

    run = await by_person(shop, at_work, "python", {"code": code, "files": {"in.csv": "a,1\nb,41\n"}})

    assert run.state == "completed", run.error
    assert run.output["stdout"].startswith("42\n")
    assert run.output["files"] == {"out.txt": "made"}
    assert run.output["exit"] == 0


@pytest.mark.thorough
async def test_a_person_tests_a_tool_once_and_nobody_is_asked(shop, web, at_work):
    await described(shop, web, auth=None, name="set_order", method="PUT", effect="money")

    run = await by_person(shop, at_work, "set_order", {"order": "9", "full": True})

    assert run.output == {"ok": True}
    assert [heard.method for heard in web.heard] == ["PUT"]
    assert await shop.database.pool.fetchval("select count(*) from flowforge.audit where action = 'tool.test'") == 1


async def serve_mcp(shop, at_work, tmp_path: Path, manner: str = "", **more: Any) -> RunView:
    """Add a server, and let a worker list it."""
    transport = {"kind": "stdio", "command": sys.executable, "args": [NASTY, manner], "env": {"MIND": str(tmp_path / "mind"), **more}}
    definition = read_mcp_server({"name": "nasty", "transport": transport, "timeout": "5s"})
    await create_mcp_server(shop.database, shop.mira, definition, server_id=ids.new_id())
    return await listed(shop, at_work, first=True)


async def listed(shop, at_work, **more: Any) -> RunView:
    run_id = ids.new_id()
    await publish_functions(shop.database.pool, shop.registry(), app="shop")
    await start_listing(shop.database, shop.bell, shop.mira, "nasty", run_id, **more)
    async with at_work():
        return await shop.eventually(lambda: shop.final(run_id), "the listing")


async def test_an_agent_uses_an_mcp_server_whose_tools_ask_until_a_person_says_otherwise(
    shop, at_work, tmp_path, monkeypatch, provider: ScriptedProvider
):
    monkeypatch.setenv(STDIO, "allow")
    run = await serve_mcp(shop, at_work, tmp_path)
    assert run.output == {"tools": ["nasty__echo"], "refused": []}
    [tool] = await mcp_tools(shop.database.pool, shop.mira.tenant_id)
    assert (tool.state, tool.effect, tool.hints) == ("accepted", "outside", {"read_only": True})  # its own word lowers nothing
    asked: list[Asked] = []

    def script(one: Asked) -> Reply:
        asked.append(one)
        return calls(ToolCall("nasty__echo", {"text": "hello"}))(one)

    provider.answer_with(script)
    await shop.hire(tools=(), mcp_servers=("nasty",))
    first = await shop.give("Echo")
    async with at_work():
        [approval] = await shop.asked()
        await decide_mcp_tool(shop.database, shop.mira, "nasty__echo", effect="read")
        await shop.decide(approval, True)
        run = await shop.ended(first)
        second = await shop.give("Echo again")
        again = await shop.ended(second)  # without a question

    assert '"text": "hello"' in run.output["result"]
    assert f'"key": "{run.run_id.hex}:' in run.output["result"]
    assert again.state == "completed"
    assert asked[0].tool_names == ("nasty__echo",)


@pytest.mark.thorough
async def test_a_tool_that_is_described_anew_is_refused_until_a_person_has_read_it(
    shop, at_work, tmp_path, monkeypatch, provider: ScriptedProvider
):
    monkeypatch.setenv(STDIO, "allow")
    await serve_mcp(shop, at_work, tmp_path, "changes its mind")
    await decide_mcp_tool(shop.database, shop.mira, "nasty__echo", effect="read")
    provider.answer_with(calls(ToolCall("nasty__echo", {"text": "hello"})))
    await shop.hire(tools=("nasty__echo",), approval={"nasty__echo": True})
    key = await shop.give("Echo")
    async with at_work():
        [approval] = await shop.asked()
        (tmp_path / "mind").touch()  # between the run's begin and its call
        await shop.decide(approval, True)
        run = await shop.ended(key)
    assert "says something else of 'echo' than what was accepted" in run.output["result"]

    [tool] = await mcp_tools(shop.database.pool, shop.mira.tenant_id)
    assert tool.state == "changed"
    assert "IMPORTANT" in tool.description
    later = await shop.give("Echo once more")
    async with at_work():
        refused = await shop.ended(later)
        assert "not given to agents" in str(refused.error)
        await decide_mcp_tool(shop.database, shop.mira, "nasty__echo", accept=tool.hash)
    [tool] = await mcp_tools(shop.database.pool, shop.mira.tenant_id)
    assert (tool.state, tool.accepted_by) == ("accepted", "mira")


@pytest.mark.thorough
async def test_what_a_server_adds_later_is_new_and_another_program_is_another_server(shop, at_work, tmp_path, monkeypatch):
    monkeypatch.setenv(STDIO, "allow")
    await serve_mcp(shop, at_work, tmp_path)
    [before] = await mcp_tools(shop.database.pool, shop.mira.tenant_id)
    definition = (await find_mcp_server(shop.database.pool, shop.mira.tenant_id, "nasty")).definition
    transport = definition.transport.model_dump(mode="json")
    await update_mcp_server(shop.database, shop.mira, "nasty", {"transport": {**transport, "args": [NASTY, "lies about schemas"]}})

    await listed(shop, at_work)

    tools = {tool.name: tool.state for tool in await mcp_tools(shop.database.pool, shop.mira.tenant_id)}
    assert before.state == "accepted"
    assert len(tools) > 3
    assert set(tools.values()) == {"new"}
    server = await find_mcp_server(shop.database.pool, shop.mira.tenant_id, "nasty")
    assert "remote" in str(server.error)


async def test_a_server_that_tells_secrets_tells_none_and_one_that_cannot_be_reached_says_so(shop, vault, at_work, tmp_path, monkeypatch):
    monkeypatch.setenv(STDIO, "allow")
    await keep_secret(shop, vault, "token", scope=Scope("tool", "nasty", "nasty"))  # for this server alone
    await serve_mcp(shop, at_work, tmp_path, "tells secrets", TOKEN="{{secret:token}}")

    run = await by_person(shop, at_work, "nasty__echo", {"text": "x"})
    assert run.output == "your token is [redacted]"

    monkeypatch.delenv(STDIO)
    failed = await listed(shop, at_work)
    server = await find_mcp_server(shop.database.pool, shop.mira.tenant_id, "nasty")
    assert failed.state == "failed"
    assert "starts no programs" in str(server.error)


def test_builtin_functions_are_registered_once() -> None:
    registry = Registry()
    register_builtin(registry)
    register_builtin(registry)
    assert "flowforge.tools" in registry


@pytest.mark.parametrize(
    "on_uncertain",
    [pytest.param(None, id="ask"), *(pytest.param(word, id=word, marks=pytest.mark.thorough) for word in ("retry", "fail"))],
)
async def test_what_follows_when_a_worker_dies_during_a_call_is_the_tools_own_word(
    shop, web, at_work, provider: ScriptedProvider, on_uncertain
):
    begun, go_on = threading.Event(), threading.Event()

    def slow(heard: Heard) -> Said:
        begun.set()
        go_on.wait(20)
        return Said({"n": len(web.heard)})

    web.answer = slow
    more = {} if on_uncertain is None else {"on_uncertain": on_uncertain}
    await described(shop, web, auth=None, name="pay", method="POST", effect="money", approval=False, idempotent=True, **more)
    provider.answer_with(calls(ToolCall("pay", {"order": "7"})))
    await shop.hire(tools=("pay",))
    key = await shop.give("Pay")
    async with at_work() as worker:
        await asyncio.to_thread(begun.wait, 20)
        await worker.stop(grace_seconds=0.0)
    go_on.set()
    async with at_work():
        if on_uncertain is None:
            [approval] = await shop.asked()
            assert "may have run" in approval.reason
            assert len(web.heard) == 1
            await shop.decide(approval, True)
        run = await shop.ended(key)

    if on_uncertain == "fail":
        assert len(web.heard) == 1
        assert "its effect may have happened" in run.output["result"]
    else:
        first, second = (heard.headers["idempotency-key"] for heard in web.heard)
        assert first == second
        assert json.loads(unframed(run.output["result"])) == {"n": 2}
