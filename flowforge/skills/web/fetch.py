"""Pages and requests of an agent's own choice, within what the tenant and the operator allow.

Two tools, since they are of two kinds: to get a page changes nothing, any other request is seen elsewhere. No secret goes along: what a
model says is sent as it says it. A page can be wrong or hostile, so its results are from outside.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import httpx

from flowforge.errors import InvalidInput
from flowforge.orchestrator.threads import in_thread
from flowforge.skills.caller import ToolCaller
from flowforge.skills.failure import ToolFailed
from flowforge.skills.http.request import IDEMPOTENCY_KEY, Request, refused, send
from flowforge.skills.parameters import Parameters
from flowforge.skills.tool import Tool
from flowforge.skills.web.access import WebSettings, web_access
from flowforge.skills.web.html_text import html_text
from flowforge.transport.client import guarded_client
from flowforge.transport.guard import Limits

SECONDS_MAX = 30.0
ANSWER_BYTES_MAX = 5 * 1024 * 1024
BODY_CHARACTERS_MAX = 256 * 1024
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "te", "upgrade", "expect", "trailer", "cookie"})

HEADERS = {
    "type": "object",
    "additionalProperties": {"type": "string", "maxLength": 2000},
    "maxProperties": 30,
    "description": "No secrets: they would be in the record of this run.",
}
URL = {"type": "string", "maxLength": 2000, "description": "http or https, with its query."}


async def _http_get(url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    return await _fetch("GET", url, headers or {}, None)


async def _http_request(
    method: Literal["POST", "PUT", "PATCH", "DELETE"], url: str, headers: dict[str, str] | None = None, body: str | None = None
) -> dict[str, Any]:
    return await _fetch(method, url, headers or {}, None if body is None else body.encode())


async def _fetch(method: str, url: str, headers: dict[str, str], body: bytes | None) -> dict[str, Any]:
    caller = ToolCaller.now()
    settings = (await web_access(caller.database.pool, caller.tenant_id)).settings
    sent = _checked(headers)
    if method != "GET":
        sent = {IDEMPOTENCY_KEY: caller.key, **sent}
    client = guarded_client(limits=Limits(total_seconds=SECONDS_MAX, answer_bytes=ANSWER_BYTES_MAX), follow_redirects=method == "GET")
    client.event_hooks["request"].append(_permitted_by(settings))
    answer = await send(Request(method, url, sent, body), Limits(), client)
    return await _read(answer, caller)


async def _read(answer: httpx.Response, caller: ToolCaller) -> dict[str, Any]:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    about: dict[str, Any] = {"status": answer.status_code, "url": caller.hide(str(answer.url)), "type": kind}
    if kind in ("text/html", "application/xhtml+xml"):
        title, text = await in_thread(html_text, answer.text)
        about |= {"title": caller.hide(title)}
    elif kind.startswith("text/") or kind.endswith(("json", "xml", "javascript")) or (not kind and b"\0" not in answer.content[:4096]):
        text = answer.text
    else:
        text = f"({len(answer.content)} bytes, which are not shown)"
    text = caller.hide(text)
    if answer.status_code >= 300:
        raise refused(answer, text)
    return {**about, "text": text}


def _permitted_by(settings: WebSettings) -> Any:
    """A check of each request, those after a redirect too."""

    async def check(request: httpx.Request) -> None:
        if not settings.permits(request.url):
            raise ToolFailed(f"{request.url.host[:200]} is not among the hosts that agents here may call")

    return check


def _checked(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or name.lower() in _OURS:
            raise InvalidInput(f"{name[:100]!r} is no header that can be set", pointer="/headers")
        if not value.isascii() or any(ord(character) < 32 or ord(character) == 127 for character in value):
            raise InvalidInput(f"the header {name} holds a control character, or more than ASCII", pointer="/headers")
    return dict(headers)


HTTP_GET = Tool(
    "http_get",
    _http_get,
    "Get a page or a document from the web. A page is given as its text, with the addresses of its links in brackets.",
    Parameters.of_schema(
        {
            "type": "object",
            "properties": {"url": URL, "headers": HEADERS},
            "required": ["url"],
            "additionalProperties": False,
        },
        "http_get",
    ),
    "read",
    origin="builtin",
    outside=True,
    address="url",
    public=True,
    timeout=SECONDS_MAX + 5,
)

HTTP_REQUEST = Tool(
    "http_request",
    _http_request,
    "Make a request that changes something on the web: POST, PUT, PATCH or DELETE. To read, use http_get.",
    Parameters.of_schema(
        {
            "type": "object",
            "properties": {
                "method": {"enum": ["POST", "PUT", "PATCH", "DELETE"]},
                "url": URL,
                "headers": HEADERS,
                "body": {"type": "string", "maxLength": BODY_CHARACTERS_MAX},
            },
            "required": ["method", "url"],
            "additionalProperties": False,
        },
        "http_request",
    ),
    "outside",
    reversible=False,
    consequence="a request goes to another server",
    origin="builtin",
    outside=True,
    address="url",
    public=True,
    timeout=SECONDS_MAX + 5,
)
