"""`client.mcp_servers`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset

if TYPE_CHECKING:
    from flowforge.api.client import bodies


class McpServers(Noun[Mode]):
    """`client.mcp_servers`"""

    @listing
    def list(self, *, limit: int | None = None) -> Items[models.McpServer]:
        """List MCP servers.

        By name.
        """
        return self._exchange.listing(models.McpServer, "/v1/mcp_servers", limit=limit)

    @call
    def create(
        self,
        *,
        name: str,
        transport: bodies.Stdio | bodies.Http,
        description: str | Unset = UNSET,
        only: Sequence[str] | Unset | None = UNSET,
        timeout: str | Unset = UNSET,
        rate: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.McpServer]:
        """Add an MCP server.

        A worker asks it at once what it offers; what it finds then is accepted by the caller, with the effect `outside`.

        A program is started only where the operator of the workers allows it.
        """
        return self._exchange.ask(
            models.McpServer,
            "POST",
            "/v1/mcp_servers",
            body=body_of(
                {"name": name, "description": description, "transport": transport, "only": only, "timeout": timeout, "rate": rate}
            ),
            idempotency_key=idempotency_key,
        )

    @call
    def get(self, server: str, /) -> Talk[models.McpServer]:
        """Show an MCP server.

        By name.
        """
        return self._exchange.ask(models.McpServer, "GET", f"/v1/mcp_servers/{part(server)}")

    @call
    def update(
        self,
        server: str,
        /,
        *,
        name: str | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
        transport: bodies.Stdio | bodies.Http | Unset | None = UNSET,
        only: Sequence[str] | Unset | None = UNSET,
        timeout: str | Unset | None = UNSET,
        rate: str | Unset | None = UNSET,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Talk[models.McpServer]:
        """Change an MCP server.

        With another transport it is another server: nothing that was accepted of its tools holds any more.
        """
        return self._exchange.ask(
            models.McpServer,
            "PATCH",
            f"/v1/mcp_servers/{part(server)}",
            body=body_of(
                {"name": name, "description": description, "transport": transport, "only": only, "timeout": timeout, "rate": rate}
            ),
            if_match=if_match,
            idempotency_key=idempotency_key,
        )

    @call
    def delete(self, server: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Remove an MCP server.

        With all that is known of its tools; calls of runs under way are refused.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/mcp_servers/{part(server)}", idempotency_key=idempotency_key)

    @call
    def refresh(self, server: str, /, *, idempotency_key: str | None = None) -> Talk[models.Run]:
        """Ask an MCP server what it offers.

        A worker does, in a run that has the outcome. Tools that are new or changed wait for somebody to accept them.
        """
        return self._exchange.ask(models.Run, "POST", f"/v1/mcp_servers/{part(server)}/listings", idempotency_key=idempotency_key)

    @listing
    def tools(self, server: str, /, *, limit: int | None = None) -> Items[models.McpTool]:
        """List an MCP server's tools.

        By name, as they were listed last.
        """
        return self._exchange.listing(models.McpTool, f"/v1/mcp_servers/{part(server)}/tools", limit=limit)

    @call
    def decide(
        self,
        server: str,
        tool: str,
        /,
        *,
        accept: str | Unset | None = UNSET,
        effect: Literal["read", "write", "money", "outside"] | Unset | None = UNSET,
        approval: bool | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.McpTool]:
        """Accept an MCP server's tool.

        Accept it as it was read, or take that back; say what its effect is, and whether it asks first. 409 when it has changed since.
        """
        return self._exchange.ask(
            models.McpTool,
            "PATCH",
            f"/v1/mcp_servers/{part(server)}/tools/{part(tool)}",
            body=body_of({"accept": accept, "effect": effect, "approval": approval}),
            idempotency_key=idempotency_key,
        )
