"""May the caller do this? Asked for every operation in the one table of permissions: before its body is read, and again at its route."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from flowforge.access.permission import ANY_CALLER, OPEN, OPERATIONS
from flowforge.access.principal import Principal
from flowforge.api.problem import refuse
from flowforge.api.resource import beginning


class Authorization:
    """ASGI layer behind CallerResolver: who may not is told so before anything that they sent is looked at.

    The layers behind it find the operation's id in `state["operation"]`.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self.app = app
        self._patterns: dict[tuple[str, str], list[tuple[re.Pattern[str], str]]] = defaultdict(list)
        for route in routes:
            if isinstance(route, APIRoute) and route.operation_id is not None:
                for method in route.methods or ():
                    self._patterns[method, beginning(route.path)].append((route.path_regex, route.operation_id))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (operation := self._operation(scope)) is not None:
            scope["state"]["operation"] = operation
            must_may(scope["state"].get("caller"), operation)
        await self.app(scope, receive, send)

    def _operation(self, scope: Scope) -> str | None:
        """None where no route fits, which the router tells."""
        path = scope["path"]
        patterns = self._patterns.get((scope["method"], beginning(path)), ())
        return next((operation for pattern, operation in patterns if pattern.match(path)), None)


async def authorize(request: Request) -> None:
    """The same at the route itself, which nothing passes by."""
    must_may(getattr(request.state, "caller", None), request.scope["route"].operation_id)


def must_may(caller: Principal | None, operation: str) -> None:
    """Raises Refusal (403) unless the caller has the permission that the operation needs; an operation without one is closed to all."""
    needed = OPERATIONS.get(operation)
    if needed == OPEN or (needed == ANY_CALLER and caller is not None):
        return
    if needed is None:
        raise refuse("forbidden", f"nobody may {operation}: no rule allows it")
    if caller is None or needed not in caller.permissions:
        raise refuse("forbidden", f"this needs the permission {needed}")
