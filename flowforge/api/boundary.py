"""The outermost layer: gives each request an id, turns whatever escapes into a problem, and adds the headers of every answer."""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flowforge import ids, metrics
from flowforge.api.problem import Problem
from flowforge.api.told_error import problem_of
from flowforge.clock import SYSTEM_CLOCK
from flowforge.crash import crash_point
from flowforge.log_fields import SOURCES

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
UNSAFE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
METHODS = SAFE_METHODS | UNSAFE_METHODS
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

REQUEST: ContextVar[str | None] = ContextVar("flowforge_request", default=None)

log = logging.getLogger("flowforge.api")


class Boundary:
    """Nothing behind it can leave a caller without an answer, or with one that shows our insides."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request_id = _request_id(scope)
        REQUEST.set(request_id)
        scope.setdefault("state", {})["request_id"] = request_id
        started = False
        begun = SYSTEM_CLOCK.monotonic()

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                if scope["method"] not in SAFE_METHODS:
                    crash_point("answer.unsent")
                _add_headers(message, request_id, scope)
                _count(scope, message["status"], SYSTEM_CLOCK.monotonic() - begun)
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception as error:
            problem = problem_of(error, writing=scope["method"] not in SAFE_METHODS)
            _announce(problem, error, scope, request_id)
            if started:
                raise  # too late for another answer: the server cuts the connection
            await problem.response(instance=scope["path"], request_id=request_id)(scope, receive, answer)


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else ids.new_id().hex


def _add_headers(message: Message, request_id: str, scope: Scope) -> None:
    headers = MutableHeaders(scope=message)
    headers["X-Request-Id"] = request_id
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    headers.setdefault("Referrer-Policy", "no-referrer")
    if scope.get("scheme") == "https":
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def _count(scope: Scope, status: int, seconds: float) -> None:
    """By the route's pattern, never by the path that somebody asked for."""
    route = getattr(scope.get("route"), "path", None) or "none"
    method = scope["method"] if scope["method"] in METHODS else metrics.OTHER
    metrics.REQUESTS.add(route, method, str(status))
    metrics.REQUEST_SECONDS.add(seconds, route)


def _announce(problem: Problem, error: Exception, scope: Scope, request_id: str) -> None:
    fact = {"request_id": request_id, "method": scope["method"], "path": scope["path"], "status": problem.status}
    if problem.kind == "internal":
        log.error("request.failed", exc_info=error, extra=fact)
    elif problem.kind == "unavailable":
        log.warning("request.turned_away", extra={**fact, "error": repr(error)})


def _log_fields() -> dict[str, str | int]:
    request_id = REQUEST.get()
    return {} if request_id is None else {"request_id": request_id}


SOURCES.append(_log_fields)
