"""An agent that is asked over MCP answers over MCP: a real worker, board and model client, and a scripted model."""

from __future__ import annotations

import httpx

from flowforge.api.app import create_app
from flowforge.api.server import Server
from flowforge.settings import Settings
from flowforge.testing.scripted_provider.reply import Reply
from tests.agents.conftest import model_client, provider, shop, tools
from tests.mcp.speaking import speaking

__all__ = ["model_client", "provider", "shop", "tools"]


async def test_an_agent_is_asked_and_its_answer_waited_for(shop, provider):
    provider.answer_with(lambda asked: Reply(text=f"You said: {asked.last_user}"))
    await shop.hire("atlas")
    app = create_app(shop.database, settings=Settings(open_here=True), bell=shop.bell)
    async with Server(app, "127.0.0.1", 0) as server, shop.worker(), speaking(server.url) as client:
        begun = await client.call_tool("run_agent", {"agent": "atlas", "prompt": "Look at ORD-9218."})
        assert not begun.is_error, begun.content
        done = await client.call_tool("get_run", {"run_id": begun.structured_content["id"], "wait_seconds": 60})
        assert (done.structured_content["state"], done.structured_content["output"]) == ("completed", "You said: Look at ORD-9218.")
        assert done.structured_content["steps"][0]["kind"] == "agent"
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            assert (await http.get("/v1/agents/atlas")).json()["status"] == "idle"
