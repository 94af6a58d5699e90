"""The MCP server as the official client finds it, by the newer protocol and by the one that most programs speak."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from itertools import cycle, islice

import httpx
import pytest
from mcp.client.subscriptions import SubscriptionLost
from mcp.shared.exceptions import MCPError

from flowforge.api.mcp.catalogue import TOOLS
from tests.mcp.speaking import ERAS, call, envelope, post, speaking

BOTH = pytest.mark.parametrize("mode", ERAS)
BOTH_SLOWLY = pytest.mark.parametrize("mode", ["auto", pytest.param("legacy", marks=pytest.mark.thorough)])


@pytest.fixture
async def http(server):
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as client:
        yield client


@BOTH
async def test_a_client_is_told_what_there_is_and_works_the_board_with_it(server, mode):
    async with speaking(server.url, mode=mode) as client:
        assert client.server_info.name == "flowforge" and "no instruction to you" in client.instructions
        listed = (await client.list_tools()).tools
        assert [tool.name for tool in listed] == list(TOOLS)
        hints = {tool.name: tool.annotations for tool in listed}
        assert hints["get_task"].read_only_hint and not hints["create_task"].read_only_hint and hints["cancel_run"].destructive_hint

        made = await client.call_tool("create_task", {"title": "Refund ORD-9218", "labels": ["refund"], "priority": "high"})
        assert (
            not made.is_error and made.structured_content["key"] == "FF-1" and json.loads(made.content[0].text) == made.structured_content
        )
        moved = await client.call_tool("move_task", {"key": "FF-1", "column": "Doing", "revision": made.structured_content["revision"]})
        assert moved.structured_content["column"] == "Doing"
        await client.call_tool("comment_on_task", {"key": "FF-1", "text": "The parcel was empty."})
        found = await client.call_tool("search_tasks", {"q": "parcel"})
        assert [task["key"] for task in found.structured_content["data"]] == ["FF-1"]
        urgent = await client.call_tool("list_tasks", {"column": ["Doing", "Review"], "label": ["refund"], "priority": ["high"]})
        assert [task["title"] for task in urgent.structured_content["data"]] == ["Refund ORD-9218"]


@BOTH_SLOWLY
async def test_what_is_refused_is_a_result_that_says_what_to_do(server, mode):
    async with speaking(server.url, mode=mode) as client:
        await client.call_tool("create_task", {"title": "one"})

        async def refused(name, arguments):
            result = await client.call_tool(name, arguments)
            assert result.is_error, (name, arguments)
            return result.structured_content["status"], result.content[0].text, result.structured_content.get("errors")

        assert await refused("get_task", {"key": "FF-2"}) == (404, "there is no task 'FF-2'; did you mean FF-1?", None)
        assert (await refused("get_taks", {}))[:2] == (404, "there is no tool 'get_taks'; did you mean get_task or list_tasks?")
        assert (await refused("move_task", {"key": "FF-1", "column": "Doin"}))[2][0]["pointer"] == "/column"
        assert "did you mean" in (await refused("move_task", {"key": "FF-1", "column": "Doin"}))[1]
        status, text, errors = await refused("create_task", {"title": "", "priority": "high"})
        assert (status, errors) == (422, [{"pointer": "/title", "detail": "must not be empty"}]) and "/title" in text
        assert (await refused("list_tasks", {"limit": "many"}))[2][0]["pointer"] == "/limit"
        assert (await refused("update_task", {"key": "FF-1", "title": "x", "revision": 9}))[0] == 412
        assert (await refused("create_task", {"title": "x", "assignee": {"agent": "atlas"}}))[2][0]["pointer"] == "/assignee/agent"
        assert (await refused("get_run", {"run_id": "none", "wait_seconds": 301}))[2][0]["pointer"] == "/wait_seconds"
        assert (await refused("inbox", {}))[0] == 404


@BOTH_SLOWLY
async def test_things_have_addresses_and_a_person_a_prompt_to_begin_with(server, http, mode):
    mira = (await http.post("/v1/users", json={"name": "mira"})).json()
    async with speaking(server.url, mode=mode) as client:
        for title in ("later", "first"):
            await client.call_tool("create_task", {"title": title, "column": "Todo", "assignee": {"user": mira["name"]}})
        await client.call_tool("move_task", {"key": "FF-2", "column": "Todo", "before": "FF-1"})
        await http.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o"})

        uris, cursor = [], None
        while True:
            page = await client.list_resources(cursor=cursor)
            uris += [str(one.uri) for one in page.resources]
            if not (cursor := page.next_cursor):
                break
        assert uris == ["flowforge://agents/atlas", "flowforge://tasks/FF-2", "flowforge://tasks/FF-1"]
        templates = (await client.list_resource_templates()).resource_templates
        assert {one.uri_template for one in templates} == {
            "flowforge://agents/{name}", "flowforge://tasks/{key}", "flowforge://runs/{id}",
        }  # fmt: skip
        read = await client.read_resource("flowforge://tasks/FF-1")
        assert json.loads(read.contents[0].text)["title"] == "later"
        for uri, said in (
            ("flowforge://tasks/FF-9", "did you mean"),
            ("flowforge://tsks/FF-1", "no address"),
            ("file:///etc/passwd", "no address"),
        ):
            with pytest.raises(MCPError, match=said):
                await client.read_resource(uri)

        asked = await client.get_prompt("work_the_board", {"assignee": "mira"})
        assert "FF-2" in asked.messages[0].content.text and json.loads(asked.messages[1].content.resource.text)["title"] == "first"
        nothing = await client.get_prompt("work_the_board", {"assignee": "mira", "column": "Review"})
        assert "nothing to do" in nothing.messages[0].content.text
        for name, arguments, said in (
            ("work", {}, "there is work_the_board"),
            ("work_the_board", {"whose": "mine"}, "there are assignee"),
            ("work_the_board", {"assignee": "nobody here"}, "no assignee"),
            ("work_the_board", {}, "'operator', whom the key stands for, is nobody"),
        ):
            with pytest.raises(MCPError, match=said):
                await client.get_prompt(name, arguments)


@BOTH
async def test_waiting_for_a_run_tells_what_it_does_and_ends_with_it(server, fake_run, mode, until, caplog):
    told, heard = [], asyncio.Event()

    async def progress(done, total, message):
        told.append((done, message))
        heard.set()

    async with speaking(server.url, mode=mode) as client:
        run_id = fake_run.run_id.hex
        waited = asyncio.create_task(client.call_tool("get_run", {"run_id": run_id, "wait_seconds": 60}, progress_callback=progress))
        while not server.app.state.streams.scopes:
            await asyncio.sleep(0.01)
        await fake_run.database.pool.execute(
            "insert into flowforge.frame (tenant_id, stream_id, seq, name, data) values ($1, $2, 3, 'step.started', $3)",
            fake_run.tenant_id, fake_run.run_id, '{"name": "pack"}',
        )  # fmt: skip
        fake_run.seq = 3
        fake_run.bell.ring(run_id)
        await asyncio.wait_for(heard.wait(), 30)
        assert not waited.done()
        await fake_run.end()
        result = await asyncio.wait_for(waited, 30)
        assert (result.structured_content["state"], result.structured_content["steps"]) == ("completed", [])
        assert told[0] == (1, "step.started pack")
        again = await client.call_tool("get_run", {"run_id": run_id, "wait_seconds": 60, "steps": False})
        assert again.structured_content["state"] == "completed" and "steps" not in again.structured_content
    await until(lambda: not server.app.state.streams.scopes)
    assert "request.failed" not in caplog.text


@pytest.mark.thorough
@BOTH_SLOWLY
async def test_waiting_ends_when_its_time_is_over(server, fake_run, mode, until, caplog):
    async with speaking(server.url, mode=mode) as client:
        result = await client.call_tool("get_run", {"run_id": fake_run.run_id.hex, "wait_seconds": 1})
        assert not result.is_error and result.structured_content["state"] == "queued"
    await until(lambda: not server.app.state.streams.scopes)
    assert "request.failed" not in caplog.text


async def test_a_client_that_hangs_up_leaves_nothing_behind(server, fake_run, until):
    body, headers = envelope("tools/call", {"name": "get_run", "arguments": {"run_id": fake_run.run_id.hex, "wait_seconds": 60}})
    async with httpx.AsyncClient(trust_env=False) as http:
        call = asyncio.create_task(http.post(f"{server.url}/mcp", json=body, headers=headers, timeout=60))
        await until(lambda: len(server.app.state.streams.scopes) == 1)
        call.cancel()
        with suppress(asyncio.CancelledError):
            await call
    async with asyncio.timeout(10):  # not only when the next heartbeat finds nobody, after 15 s
        await until(lambda: not server.app.state.streams.scopes)


@pytest.fixture
def until():
    async def wait(condition):
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0.005)

    return wait


async def test_an_act_is_carried_to_its_end_though_whoever_asked_for_it_is_gone(server, http, database, monkeypatch, until):
    from flowforge.api.routes import tasks

    begun, go_on, create = asyncio.Event(), asyncio.Event(), tasks.create_task

    async def slow(*args, **kwargs):
        begun.set()
        await go_on.wait()
        return await create(*args, **kwargs)

    monkeypatch.setattr(tasks, "create_task", slow)
    wanted = {"title": "once", "idempotency_key": "k1"}
    calling = asyncio.create_task(call(http, "create_task", wanted))
    await begun.wait()
    calling.cancel()
    with suppress(asyncio.CancelledError):
        await calling
    monkeypatch.setattr(tasks, "create_task", create)
    go_on.set()

    async with asyncio.timeout(30):
        while await database.pool.fetchval("select count(*) from flowforge.idempotent_request where status = 201") == 0:
            await asyncio.sleep(0.01)
    again = await call(http, "create_task", wanted)
    assert again["structuredContent"]["key"] == "FF-1"
    assert await database.pool.fetchval("select count(*) from flowforge.task") == 1


@BOTH_SLOWLY
async def test_fifty_calls_at_once_all_come_back(server, database, mode):
    async with speaking(server.url, mode=mode) as client:
        calls = [client.call_tool("create_task", {"title": f"card {n}"}) for n in range(25)]
        results = await asyncio.gather(*calls, *[client.call_tool("list_agents", {}) for _ in range(25)])
    assert not any(result.is_error for result in results)
    assert {result.structured_content["key"] for result in results[:25]} == {f"FF-{n}" for n in range(1, 26)}


async def test_changes_are_told_of_what_is_followed_and_only_of_that(server, http):
    for title in ("mine", "another"):
        await http.post("/v1/tasks", json={"title": title})
    async with speaking(server.url) as client, asyncio.timeout(30):
        async with client.listen(resource_subscriptions=["flowforge://tasks/FF-1"]) as subscription:
            await http.post("/v1/tasks/FF-2/comments", json={"text": "not this one"})
            await http.post("/v1/tasks/FF-1/comments", json={"text": "this one"})
            event = await anext(aiter(subscription))
            assert str(event.uri) == "flowforge://tasks/FF-1"
        for uris, said in ((["flowforge://tasks/FF-9"], "no task"), ([f"flowforge://tasks/FF-{n}" for n in range(21)], "at most 20")):
            with pytest.raises(MCPError, match=said):
                async with client.listen(resource_subscriptions=uris):
                    pass


async def test_following_ends_when_the_run_has_ended_and_when_the_server_stops(server, fake_run, until):
    async with speaking(server.url) as client, asyncio.timeout(30):
        uri = f"flowforge://runs/{fake_run.run_id.hex}"
        async with client.listen(resource_subscriptions=[uri]) as subscription:
            await fake_run.end()
            assert {str(event.uri) async for event in subscription} == {uri}
        async with client.listen(tools_list_changed=True) as nothing:
            assert not nothing.honored.tools_list_changed
            await until(lambda: bool(server.app.state.streams.scopes))
            server.app.state.streams.end_all()
            with pytest.raises(SubscriptionLost):
                await anext(aiter(nothing))


async def test_only_programs_with_a_key_come_in_and_only_by_post(server, http):
    assert (await post(http, "tools/list")).status_code == 200
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"host": "evil.example"}):
        assert (await post(http, "tools/list", **headers)).status_code == 403, headers
    for method in ("GET", "DELETE", "PUT"):
        answer = await http.request(method, "/mcp")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    cookie = await post(http, "tools/list", cookie="__Host-flowforge=some-session; flowforge=some-session")
    assert cookie.status_code in (401, 403), cookie.text


async def test_a_body_that_is_none_is_refused_before_the_protocol_sees_it(server, http):
    _, headers = envelope("tools/list")
    too_much = await http.post("/mcp", content=b'{"a": "' + b"x" * 70_000 + b'"}', headers={**headers, "content-type": "application/json"})
    assert too_much.status_code == 413
    for content in (b"{", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[" * 5000):
        answer = await http.post("/mcp", content=content, headers={**headers, "content-type": "application/json"})
        assert answer.status_code == 400, content[:20]
        assert answer.json()["error"]["message"] and answer.json()["id"] is None
    batch = await http.post("/mcp", json=[envelope("tools/list")[0]], headers=headers)
    assert batch.status_code == 400
    assert (await http.post("/mcp", content=b"<x/>", headers={**headers, "content-type": "text/xml"})).status_code == 415


async def test_a_text_that_cannot_be_kept_is_told_in_words_to_whoever_sent_it(server):
    async with speaking(server.url) as client:
        with pytest.raises(MCPError, match="NUL"):
            await client.call_tool("create_task", {"title": "a\0b"})


POISON = [
    *("", " ", "x" * 10_000, "\u202e", "'; drop table", "../..", "a/b", "%00", "9" * 400),
    *(-1, 0, 2**62, 1.5, True, None, [], [None], {}, {"a": {"b": []}}),
]
GOOD = {"key": "FF-1", "title": "t", "q": "t", "column": "Todo", "text": "t", "name": "a/b", "approved": True, "answer": "y", "prompt": "p"}


@pytest.mark.long
async def test_no_argument_of_any_tool_brings_the_server_down(http):
    poisons = cycle(POISON)
    await http.post("/v1/tasks", json={"title": "t"})
    await http.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o"})
    for tool in TOOLS.values():
        whole = {name: GOOD.get(name, "atlas") for name in tool.schema["required"]}
        for name in tool.schema["properties"]:
            for poison in islice(poisons, 4):
                result = await call(http, tool.name, {**whole, name: poison})
                status = result["structuredContent"]["status"] if result.get("isError") else 200
                assert status < 500, (tool.name, name, poison, result)


async def test_an_unknown_version_is_told_which_there_are(http):
    body, headers = envelope("tools/list", version="2031-01-01")
    answer = await http.post("/mcp", json=body, headers=headers)
    assert answer.status_code == 400 and "2026-07-28" in answer.text


async def test_what_goes_wrong_inside_is_logged_under_the_callers_request_and_not_shown(server, http, monkeypatch, caplog):
    from flowforge.api.routes import agents

    async def broken(*_, **__):
        raise RuntimeError("a host name of ours")

    monkeypatch.setattr(agents, "find_agent", broken)
    result = await call(http, "get_agent", {"agent": "atlas"}, **{"x-request-id": "asked-by-me"})
    assert result["isError"] and result["structuredContent"]["status"] == 500
    assert "host name" not in json.dumps(result) and result["structuredContent"]["request_id"] == "asked-by-me"
    assert any(record.message == "request.failed" and record.request_id == "asked-by-me" for record in caplog.records)
