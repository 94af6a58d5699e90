"""What to paste into the settings of programs that speak MCP, so that they reach FlowForge. The key stays in the environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

KEY = "FLOWFORGE_API_KEY"
URL = "FLOWFORGE_URL"


@dataclass(frozen=True)
class McpClient:
    """A program that speaks MCP: where its settings are, and how they name a variable of the environment (None: they cannot)."""

    file: str
    servers: str
    variable: Callable[[str], str] | None
    over_http: bool = True

    def over_stdio(self, url: str) -> dict[str, Any]:
        """Its settings for `flowforge mcp`, which it starts. Without variables the key is the program's own environment's."""
        env = {URL: url} | ({} if self.variable is None else {KEY: self.variable(KEY)})
        return {self.servers: {"flowforge": {"command": "flowforge", "args": ["mcp"], "env": env}}}

    def at_address(self, url: str) -> dict[str, Any]:
        """Its settings for the server's own address."""
        assert self.variable is not None
        headers = {"Authorization": f"Bearer {self.variable(KEY)}"}
        return {self.servers: {"flowforge": {"type": "http", "url": f"{url}/mcp", "headers": headers}}}


CLIENTS = {
    "claude-code": McpClient(".mcp.json", "mcpServers", lambda name: f"${{{name}}}"),
    "claude-desktop": McpClient("claude_desktop_config.json", "mcpServers", None, over_http=False),
    "cursor": McpClient(".cursor/mcp.json", "mcpServers", lambda name: f"${{env:{name}}}"),
    "vscode": McpClient(".vscode/mcp.json", "servers", lambda name: f"${{env:{name}}}"),
}
