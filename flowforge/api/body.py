"""Request bodies are read here, once, with a limit of size, time and form; what is behind sees only JSON that can be kept."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flowforge.api.problem import Refusal, refuse
from flowforge.api.strict_json import parse_strictly

READ_SECONDS_MAX = 30.0
STRANGERS_BYTES_MAX = 64 * 1024  # from whoever has not shown who they are: an address, a password, a token
# Of our own pages, which read them themselves.
FORMS = frozenset({"/sign-in", "/sign-out", "/welcome", "/invitation", "/new-password", "/approval"})
HEADERS_MAX = 100
QUERY_BYTES_MAX, QUERY_PARAMETERS_MAX = 8 * 1024, 100
COMMAS_MAX = 1_000_000  # what stands between values costs a sender one byte and us a hundred
ARCHIVES = frozenset({"application/zip", "application/x-zip-compressed", "application/gzip", "application/x-gzip", "application/x-tar"})
TAKE_ARCHIVES = frozenset({"/v1/skills"})  # as they are; their routes open them
ARCHIVE_BYTES_MAX = 12 * 1024 * 1024
LARGE_BYTES = 128 * 1024  # parsed beside the loop, which has others to attend to
HOOKS = "/hooks/"  # bodies in whatever form their senders sign; read in full, but parsed only once the signature is verified


class StrictBody:
    """ASGI layer: refuses a body that is too large (413), too slow (408), not JSON (415, 400) or not to be kept (422)."""

    def __init__(self, app: ASGIApp, limit_bytes: int, read_seconds: float = READ_SECONDS_MAX) -> None:
        self.app, self.limit_bytes, self.read_seconds = app, limit_bytes, read_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            _check_address(scope)
            _check_size_of_head(scope)
            if _has_body(headers := Headers(scope=scope)):
                body = await self._read(headers, receive, self._limit(scope, headers))
                if body and not scope["path"].startswith(HOOKS) and scope["path"] not in FORMS and not _is_archive(scope, headers):
                    _check_media_type(headers)
                    await _check_json(body)
                scope.setdefault("state", {})["body"] = body
                receive = _again(body, receive)
        await self.app(scope, receive, send)

    def _limit(self, scope: Scope, headers: Headers) -> int:
        if "caller" in scope.get("state", {}) and _is_archive(scope, headers):
            return max(self.limit_bytes, ARCHIVE_BYTES_MAX)
        known = "caller" in scope.get("state", {}) or scope["path"].startswith(HOOKS)
        return self.limit_bytes if known else min(self.limit_bytes, STRANGERS_BYTES_MAX)

    async def _read(self, headers: Headers, receive: Receive, limit: int) -> bytes:
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > limit:
            raise _too_large(limit)
        try:
            async with asyncio.timeout(self.read_seconds):
                return await _collect(receive, limit)
        except TimeoutError:
            raise refuse("timeout", f"the body did not arrive within {self.read_seconds:g} s", connection="close") from None


async def _collect(receive: Receive, limit: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise refuse("malformed", "the connection was closed before the whole body had arrived")
        body += message.get("body", b"")
        if len(body) > limit:
            raise _too_large(limit)
        if not message.get("more_body", False):
            return bytes(body)


def _too_large(limit: int) -> Refusal:
    # The rest is not read: the connection cannot be used again.
    return refuse("too-large", f"the body is larger than {limit} bytes", pointer="", connection="close")


def _check_address(scope: Scope) -> None:
    """No name of ours holds a NUL, and PostgreSQL takes none: refuse it before it gets there."""
    if "\0" in scope["path"] or b"%00" in scope.get("query_string", b"") or b"\0" in scope.get("query_string", b""):
        raise refuse("malformed", "the address holds a NUL character")


def _check_size_of_head(scope: Scope) -> None:
    if len(scope["headers"]) > HEADERS_MAX:
        raise refuse("invalid", f"a request has at most {HEADERS_MAX} headers", connection="close")
    query = scope.get("query_string", b"")
    if len(query) > QUERY_BYTES_MAX or query.count(b"&") >= QUERY_PARAMETERS_MAX:
        raise refuse("invalid", f"an address has at most {QUERY_PARAMETERS_MAX} parameters, in {QUERY_BYTES_MAX} bytes", parameter="query")


async def _check_json(body: bytes) -> None:
    if len(body) < LARGE_BYTES:
        parse_strictly(body)
        return
    if body.count(b",") > COMMAS_MAX:
        raise refuse("too-large", f"the body holds more than {COMMAS_MAX} values", pointer="")
    await asyncio.to_thread(parse_strictly, body)


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0").strip("0") != ""


def _is_archive(scope: Scope, headers: Headers) -> bool:
    return scope["path"] in TAKE_ARCHIVES and headers.get("content-type", "").partition(";")[0].strip().lower() in ARCHIVES


def _check_media_type(headers: Headers) -> None:
    media_type, _, parameters = headers.get("content-type", "").partition(";")
    name = media_type.strip().lower()
    charset = parameters.replace(" ", "").replace('"', "").lower()
    if not (name == "application/json" or (name.startswith("application/") and name.endswith("+json"))):
        raise refuse("media-type", f"the body must be application/json, not {name[:80] or 'unnamed'}", parameter="Content-Type")
    if charset.startswith("charset=") and charset not in ("charset=utf-8", "charset=utf8"):
        raise refuse("media-type", "JSON is sent in UTF-8", parameter="Content-Type")
    if "content-encoding" in headers and headers["content-encoding"].lower() != "identity":
        raise refuse("media-type", "bodies are taken uncompressed", parameter="Content-Encoding")


def _again(body: bytes, receive: Receive) -> Receive:
    """Hand the read body on as one message, then whatever else the connection has to say (its end)."""
    told = False

    async def replay() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
