"""MCP servers at an address: through the guarded transport, with a token, and whatever they answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flowforge.errors import InvalidInput
from flowforge.skills.failure import ToolFailed
from flowforge.skills.mcp.connection import Connection
from flowforge.skills.mcp.content import read_result
from flowforge.skills.mcp.definition import McpServerDefinition, read_mcp_server
from flowforge.transport.place import read_places
from flowforge.transport.policy import EgressPolicy, replace_policy
from tests.agents.web_server import Heard, Said, WebServer
from tests.skills.nasty_mcp_server import answer

JSON = {"content-type": "application/json"}


@pytest.fixture
def web() -> Iterator[WebServer]:
    before = replace_policy(EgressPolicy(allow=read_places("127.0.0.1", "TEST")))
    server = WebServer()
    server.answer = speaking()
    yield server
    server.close()
    replace_policy(before)


def speaking(call: Callable[[Heard], Said] | None = None, *, stream: bool = False) -> Callable[[Heard], Said]:
    """Answers as an MCP server does; `call` answers calls in its place."""

    def said(heard: Heard) -> Said:
        if heard.method != "POST":
            return Said("", status=405)
        asked = heard.json
        if "id" not in asked:
            return Said("", status=202)
        if call is not None and asked["method"] == "tools/call":
            return call(heard)
        told = {"jsonrpc": "2.0", "id": asked["id"], "result": answer("", asked, 1)}
        if stream:
            return Said(f"event: message\ndata: {json.dumps(told)}\n\n", headers={"content-type": "text/event-stream"})
        return Said(told, headers={"mcp-session-id": "s1"})

    return said


def definition(web: WebServer, **more: Any) -> McpServerDefinition:
    transport = {"kind": "http", "url": f"{web.url}/mcp", "bearer": "token", **more}
    return read_mcp_server({"name": "nasty", "transport": transport, "timeout": "1s"})


@pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])
async def test_a_server_is_listed_and_called_with_its_token(web, stream):
    web.answer = speaking(stream=stream)
    connection = Connection(definition(web, headers={"X-Team": "{{secret:team}}"}), {"token": "hush", "team": "red"})
    await connection.open()

    [tool] = await connection.tools()
    said = read_result(await connection.call("echo", {"text": "hello"}, "run:7"))
    await connection.close()

    assert tool["name"] == "echo"
    assert json.loads(said)["key"] == "run:7"
    posts = [heard for heard in web.heard if heard.method == "POST"]
    assert {heard.headers["authorization"] for heard in posts} == {"Bearer hush"}
    assert {heard.headers["x-team"] for heard in posts} == {"red"}
    assert all(heard.method != "GET" for heard in web.heard)  # nobody listens to what it has to say unasked


def told(heard: Heard, **more: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": heard.json["id"], "result": {"content": [{"type": "text", "text": "x"}]}, **more}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda heard: Said("no", status=500), "refused: Server returned an error response"),
        (lambda heard: Said("<html>", headers={"content-type": "text/html"}), "refused: Unexpected content type"),
        (lambda heard: Said("{", headers=JSON), "refused: Failed to parse"),
        (lambda heard: Said(told(heard, id=99)), "has not answered within 1 s"),
        (lambda heard: Said(told(heard, result={"content": 7})), "answered what is no answer"),
        (lambda heard: Said(json.dumps(told(heard)) + " " * 5_000_000, headers=JSON), "is larger than 4194304 bytes"),
        (lambda heard: Said("", status=307, headers={"location": "http://169.254.169.254/"}), "refused: Redirect"),
        (lambda heard: Said(told(heard, result=None, error={"code": 1, "message": "y" * 9_000})), "refused: yyyy"),
    ],
    ids=["500", "html", "broken", "ids", "nonsense", "large", "redirect", "error"],
)  # fmt: skip
async def test_whatever_it_answers_a_call_fails_in_time_and_says_why(web, call, words):
    web.answer = speaking(call)
    connection = Connection(definition(web), {"token": "hush"})
    await connection.open()

    with pytest.raises(ToolFailed) as failed:
        await connection.call("echo", {"text": ""}, "key")
    await connection.close()

    assert words in failed.value.message
    assert len(failed.value.message) < 2_200


async def test_a_server_that_is_not_there_or_may_not_be_called_is_told_of(web):
    gone = definition(web)
    web.close()
    connection = Connection(gone, {"token": "hush"})
    with pytest.raises(ToolFailed, match="ConnectError"):
        await connection.open()
    await connection.close()

    replace_policy(EgressPolicy())
    refused = Connection(gone, {"token": "hush"})
    with pytest.raises(ToolFailed, match="may not be called from here"):
        await refused.open()
    await refused.close()


async def test_a_secret_that_is_no_line_goes_into_no_header(web):
    connection = Connection(definition(web), {"token": "a\r\nX-Evil: 1"})
    with pytest.raises(ToolFailed, match="cannot stand in a header"):
        await connection.open()
    await connection.close()
    assert web.heard == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": "Tracker!"}, "/name"),
        ({"name": "n" * 33}, "/name"),
        ({"transport": {"kind": "pigeon"}}, "/transport"),
        ({"transport": {"kind": "http", "url": "http://10.0.0.1/mcp"}}, "/transport/url"),
        ({"transport": {"kind": "http", "url": "https://{host}/mcp"}}, "/transport/url"),
        ({"transport": {"kind": "http", "url": "https://a.example/", "headers": {"A": "b\r\nC: d"}}}, "/transport/headers"),
        ({"transport": {"kind": "http", "url": "https://a.example/", "bearer": "a b"}}, "/transport/bearer"),
        ({"transport": {"kind": "stdio", "command": "npx"}}, "/transport/kind"),
        ({"timeout": "2h"}, "/timeout"),
        ({"rate": "often"}, "/rate"),
        ({"description": "x" * 2_000_000}, "/description"),
    ],
    ids=["name", "long", "kind", "private", "template", "lines", "secret", "program", "time", "rate", "huge"],
)
def test_what_cannot_be_a_server_is_refused_and_says_where(change, pointer):
    base = {"name": "tracker", "transport": {"kind": "http", "url": "https://mcp.example.com/mcp"}}
    with pytest.raises(InvalidInput) as refused:
        read_mcp_server({**base, **change})
    assert refused.value.pointer == pointer
