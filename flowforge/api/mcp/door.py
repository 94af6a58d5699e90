"""The way in for MCP: what is posted to `/mcp` goes to the protocol's library, and what that asks comes back to the layers behind.

It stands behind the layers that know the caller and count requests: a call over MCP is one request of its key, whatever it asks inside.
A browser's session does not open it, and no page of another origin gets through, whatever it holds.
"""

from __future__ import annotations

import logging
from types import SimpleNamespace

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from flowforge.access.principal import Principal
from flowforge.api.body import StrictBody
from flowforge.api.csrf import must_be_our_page
from flowforge.api.problem import Problem, Refusal, refuse
from flowforge.api.session_cookie import session_token

PATH = "/mcp"


class McpDoor:
    """ASGI layer behind RateLimits and before Authorization, which stands in the way of everything that a tool does."""

    def __init__(self, app: ASGIApp, limit_bytes: int, public_url: str | None = None) -> None:
        self.app, self.limit_bytes, self.public_url = app, limit_bytes, public_url
        self._served = StrictBody(self._serve, limit_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self.app(scope, receive, send)
            return
        scope["route"] = SimpleNamespace(path=PATH)  # as it is counted
        self._let_in(scope)
        try:
            await self._served(scope, receive, send)
        except Refusal as refusal:  # of the body, of which nothing has been understood
            await _told(refusal.problem)(scope, receive, send)

    def _let_in(self, scope: Scope) -> None:
        """Raises Refusal for whoever comes by another way than a program does."""
        headers = Headers(scope=scope)
        caller: Principal | None = scope["state"].get("caller")
        if caller is None or ("authorization" not in headers and session_token(headers) is not None):
            raise refuse("unauthorized", f"{PATH} needs the header Authorization: Bearer <key>", www_authenticate="Bearer")
        must_be_our_page(headers, self.public_url)
        if scope["method"] != "POST":
            raise refuse(
                "method-not-allowed", f"{PATH} takes POST: a server keeps no session, and has nothing to say unasked", allow="POST"
            )

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Imported when the first one asks: a server that nobody asks this way starts without it.
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        from flowforge.api.mcp.asking import Asking
        from flowforge.api.mcp.server import ASKING, server

        _hush()
        scope["state"][ASKING] = Asking(self.app, scope)
        # One for each request: nothing outlives it, and what it began ends with it.
        manager = StreamableHTTPSessionManager(server(), stateless=True, max_request_body_size=self.limit_bytes)
        async with manager.run():
            await manager.handle_request(scope, receive, send)


def _told(problem: Problem) -> JSONResponse:
    """A refusal as the protocol tells errors: a client shows the sentence instead of a number."""
    data = {"status": problem.status, "errors": [error.as_json() for error in problem.errors]}
    error = {"code": -32700 if problem.status == 400 else -32600, "message": problem.detail, "data": data}
    return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, problem.status, dict(problem.headers))


def _hush() -> None:
    """The library tells of each manager's beginning and end, which here is of each request."""
    logging.getLogger("mcp.server.streamable_http_manager").setLevel(logging.WARNING)
