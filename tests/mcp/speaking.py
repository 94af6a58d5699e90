"""Ways to speak to `/mcp` in tests: the official client, bare requests, and requests of HTTP that are put to the tools instead."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY, PROTOCOL_VERSION_META_KEY

from flowforge.api.mcp.catalogue import TOOLS

VERSION = "2026-07-28"
ERAS = ("auto", "legacy")  # the newer protocol, and the one that most programs speak


@asynccontextmanager
async def speaking(url: str, key: str | None = None, *, mode: str = "auto", **options: Any) -> AsyncIterator[Client]:
    """The official client, connected to a server."""
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60, trust_env=False) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http), mode=mode, **options) as client,
    ):
        yield client


def envelope(method: str, params: dict[str, Any] | None = None, *, version: str = VERSION) -> tuple[dict[str, Any], dict[str, str]]:
    """A request of the newer protocol, and the headers that go with it."""
    about = {
        PROTOCOL_VERSION_META_KEY: version,
        CLIENT_INFO_META_KEY: {"name": "tests", "version": "1"},
        CLIENT_CAPABILITIES_META_KEY: {},
    }
    headers = {"mcp-protocol-version": version, "mcp-method": method, "accept": "application/json, text/event-stream"}
    if params and "name" in params:
        headers["mcp-name"] = params["name"]
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**(params or {}), "_meta": about}}, headers


async def post(http: httpx.AsyncClient, method: str, params: dict[str, Any] | None = None, **more: str) -> httpx.Response:
    body, headers = envelope(method, params)
    return await http.post("/mcp", json=body, headers={**headers, **more})


async def listed(http: httpx.AsyncClient) -> set[str]:
    """The names of the tools that are shown to this caller."""
    answer = await post(http, "tools/list")
    assert answer.status_code == 200, answer.text
    return {tool["name"] for tool in answer.json()["result"]["tools"]}


async def call(http: httpx.AsyncClient, name: str, arguments: dict[str, Any], **more: str) -> dict[str, Any]:
    """The result of a call, as it stands on the wire."""
    answer = await post(http, "tools/call", {"name": name, "arguments": arguments}, **more)
    assert answer.status_code == 200, answer.text
    text = answer.text
    if answer.headers["content-type"].startswith("text/event-stream"):
        text = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")][-1]
    result: dict[str, Any] = json.loads(text)["result"]
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"] if not result.get("isError") else True
    return result


class OverMcp:
    """Takes requests of HTTP, as a client of httpx does, and puts them to the tool that is the same operation."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.called: set[str] = set()

    async def request(self, method: str, path: str, *, json: Any = None, headers: dict[str, str] | None = None) -> httpx.Response:
        arguments = {} if json is None else dict(json)
        for name, value in parse_qsl(urlsplit(path).query):
            arguments[name] = [*arguments.get(name, []), value] if name in ("column", "label") else value
        tool = next(one for one in self._tools(method, urlsplit(path).path, arguments) if set(arguments) <= set(one.schema["properties"]))
        self.called.add(tool.name)
        result = await call(self.http, tool.name, arguments, **(headers or {}))
        shown = result["structuredContent"]
        return httpx.Response(shown["status"] if result.get("isError") else 200, json=shown)

    @staticmethod
    def _tools(method: str, path: str, arguments: dict[str, Any]) -> Any:
        for tool in TOOLS.values():
            found = tool.route.path_regex.match(path)
            if found and tool.method == method and ("q" in arguments) == (tool.name == "search_tasks"):
                arguments |= found.groupdict()
                yield tool
