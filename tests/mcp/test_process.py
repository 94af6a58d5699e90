"""The MCP server as processes, `serve` and `flowforge mcp`: spoken to by the official client, with a key, restarted, side by side."""

from __future__ import annotations

import asyncio
import json
import sys

import httpx
import pytest
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError

from flowforge.api.mcp.catalogue import TOOLS
from tests.cli.conftest import SERVE_KEY, environment, flowforge, nursery, start
from tests.mcp.speaking import speaking

__all__ = ["environment", "flowforge", "nursery", "start"]

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.filterwarnings("ignore:resources/.*subscribe is removed"),  # by the newer protocol; programs speak the older one
]


@pytest.fixture
def serve(start):
    """A server on a free port, or on that one."""

    def begin(port: int = 0):
        running = start("serve", "--port", str(port))
        running.ready()
        return running

    return begin


@pytest.fixture
def program(environment):
    """`flowforge mcp`, as an editor starts it."""

    def at(url: str, key: str = SERVE_KEY) -> StdioServerParameters:
        env = {**environment, "FLOWFORGE_API_KEY": key, "FLOWFORGE_URL": url}
        return StdioServerParameters(command=sys.executable, args=["-m", "flowforge.cli", "mcp"], env=env)

    return at


@pytest.mark.long
async def test_a_program_that_starts_it_finds_what_the_server_has_and_survives_its_restart(serve, program):
    server = serve()
    updated = asyncio.Queue()

    async def hear(message):
        if getattr(message, "method", "") == "notifications/resources/updated":
            updated.put_nowait(str(message.params.uri))

    async with (
        httpx.AsyncClient(base_url=server.url, headers=server.bearer, trust_env=False) as http,
        Client(program(server.url), mode="legacy", message_handler=hear) as client,
    ):
        assert client.server_info.name == "flowforge" and "FlowForge" in client.instructions
        assert [tool.name for tool in (await client.list_tools()).tools] == [name for name, tool in TOOLS.items() if not tool.for_people]
        made = await client.call_tool("create_task", {"title": "by a program", "column": "Todo"})
        assert made.structured_content["created_by"] == "FLOWFORGE_API_KEY"
        refused = await client.call_tool("get_task", {"key": "FF-2"})
        assert refused.is_error and "did you mean FF-1" in refused.content[0].text
        assert json.loads((await client.read_resource("flowforge://tasks/FF-1")).contents[0].text)["title"] == "by a program"
        assert [str(one.uri) for one in (await client.list_resources()).resources] == []  # of agents, the first page
        assert [one.name for one in (await client.list_prompts()).prompts] == ["work_the_board"]
        prompt = await client.get_prompt("work_the_board", {"assignee": "nobody"})
        assert "FF-1" in prompt.messages[0].content.text

        with pytest.raises(MCPError, match="no task"):
            await client.session.subscribe_resource("flowforge://tasks/FF-9")
        await client.session.subscribe_resource("flowforge://tasks/FF-1")
        await http.post("/v1/tasks/FF-1/comments", json={"text": "news"})
        assert await asyncio.wait_for(updated.get(), 30) == "flowforge://tasks/FF-1"

        server.end()
        away = await client.call_tool("list_tasks", {})
        assert away.is_error and "no FlowForge server answers" in away.content[0].text
        serve(httpx.URL(server.url).port)
        back = await client.call_tool("list_tasks", {})
        assert [task["key"] for task in back.structured_content["data"]] == ["FF-1"]
        # What was followed is followed again, and what may have been missed is told.
        assert await asyncio.wait_for(updated.get(), 30) == "flowforge://tasks/FF-1"
        await client.session.unsubscribe_resource("flowforge://tasks/FF-1")


async def test_servers_side_by_side_serve_one_client_call_by_call(serve):
    servers = [serve(), serve()]
    async with speaking(servers[0].url, SERVE_KEY) as one, speaking(servers[1].url, SERVE_KEY, mode="legacy") as other:
        for n in range(6):
            made = await (one, other)[n % 2].call_tool("create_task", {"title": f"card {n}", "idempotency_key": f"k{n // 2}"})
            if n % 2 == 0:  # asked again of the other server, under the same key, with other words
                assert made.structured_content["key"] == f"FF-{n // 2 + 1}"
            else:
                assert made.is_error and made.structured_content["status"] == 409
        listed = await asyncio.gather(*[client.call_tool("list_tasks", {}) for client in (one, other) * 5])
    assert {len(answer.structured_content["data"]) for answer in listed} == {3}


async def test_a_wrong_key_is_told_before_anything_begins(serve, flowforge):
    server = serve()
    ended = flowforge("mcp", FLOWFORGE_URL=server.url, FLOWFORGE_API_KEY="ffk_live_nobodys")
    assert (ended.returncode, ended.stdout) == (2, "") and "does not hold" in ended.stderr and "ffk_live_nobodys" not in ended.stderr
