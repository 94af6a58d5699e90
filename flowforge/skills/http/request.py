"""One call of an HTTP tool: the request that its definition makes of arguments, and what the model reads of the answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from flowforge.durations import seconds
from flowforge.errors import InvalidInput
from flowforge.secrets.resolve import PLACEHOLDER
from flowforge.skills.caller import ToolCaller
from flowforge.skills.failure import ToolFailed, bounded
from flowforge.skills.http.definition import Basic, Bearer, HttpToolDefinition, Key
from flowforge.skills.http.template import UrlTemplate, fill_body, fill_text, variables_in
from flowforge.transport.client import guarded_client
from flowforge.transport.failure import AnswerTooLarge, AnswerTooSlow, EgressRefused
from flowforge.transport.guard import Limits

IDEMPOTENCY_KEY = "Idempotency-Key"
_WITH_BODY = ("POST", "PUT", "PATCH")
_MAY_HELP = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Request:
    """What is sent. It holds secrets: it is never logged, stored or shown."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None

    def __repr__(self) -> str:
        return f"Request({self.method})"


def secrets_of(definition: HttpToolDefinition) -> set[str]:
    """The names of the secrets that a call needs."""
    named = {name for value in definition.headers.values() for name in PLACEHOLDER.findall(value)}
    return named | ({definition.auth.secret} if definition.auth is not None else set())


def request_of(definition: HttpToolDefinition, arguments: Mapping[str, Any], secrets: Mapping[str, str], key: str) -> Request:
    """The request. Raises InvalidInput, naming the argument, for a value that cannot stand where its variable does."""
    template = UrlTemplate.of(definition.url)
    headers = {"accept": "application/json, text/*;q=0.8, */*;q=0.1", **_headers(definition, arguments, secrets)}
    if definition.method not in ("GET", "HEAD"):
        headers = {IDEMPOTENCY_KEY: key, **headers}
    url = template.fill(arguments)
    body, kind = _body(definition, template, arguments)
    if kind is not None and not any(name.lower() == "content-type" for name in headers):
        headers["content-type"] = kind
    match definition.auth:
        case Bearer(secret=name):
            headers["authorization"] = f"Bearer {_one_line(secrets[name], name)}"
        case Basic(username=username, secret=name):
            headers["authorization"] = "Basic " + base64.b64encode(f"{username}:{secrets[name]}".encode()).decode()
        case Key(name=place, secret=name, place="header"):
            headers[place] = _one_line(secrets[name], name)
        case Key(name=place, secret=name):
            url += ("&" if "?" in url else "?") + f"{quote(place, safe='')}={quote(secrets[name], safe='')}"
    return Request(definition.method, url, headers, body)


async def call(definition: HttpToolDefinition, arguments: Mapping[str, Any]) -> Any:
    """Make the call of the step that is running; returns the part of the answer that counts.

    Raises ToolFailed with what the server said, InvalidInput for arguments that do not fit, NotFound for a secret that is not there.
    """
    caller = ToolCaller.now()
    secrets = await caller.secrets(sorted(secrets_of(definition)))
    request = request_of(definition, arguments, secrets, caller.key)
    limits = Limits(total_seconds=seconds(definition.timeout), answer_bytes=definition.answer_bytes_max)
    answer = await send(request, limits)
    return picked(answer, definition.pick, caller)


async def send(request: Request, limits: Limits, client: httpx.AsyncClient | None = None) -> httpx.Response:
    """The answer, whole. A read follows redirects, each of which is checked; anything else does not. Raises ToolFailed."""
    reads = request.method in ("GET", "HEAD")
    unknown = "" if reads else "; it was sent, and may have taken effect"
    try:
        async with client or guarded_client(limits=limits, follow_redirects=reads) as guarded:
            return await guarded.request(request.method, request.url, headers=dict(request.headers), content=request.body)
    except EgressRefused as error:
        raise ToolFailed(error.message) from None
    except (httpx.InvalidURL, UnicodeError):
        raise ToolFailed("this is no address that can be called") from None
    except AnswerTooLarge as error:
        raise ToolFailed(f"{error.message}{unknown}") from None
    except AnswerTooSlow as error:
        raise ToolFailed(f"{error.message}{unknown}", retryable=reads) from None
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise ToolFailed(f"{error.request.url.host[:200]} takes no connection; nothing was sent", retryable=True) from None
    except httpx.TooManyRedirects:
        raise ToolFailed(f"{_host(request)} leads from one address to the next without end") from None
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise ToolFailed(f"{_host(request)} broke off the call ({type(error).__name__}){unknown}", retryable=reads) from None


def picked(answer: httpx.Response, pointer: str | None, caller: ToolCaller) -> Any:
    """What counts of an answer: JSON as it is, a text, or what kind of bytes it was. Raises ToolFailed for a status from 300 on."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    text = caller.hide(answer.text) if _is_text(kind, answer.content) else f"({len(answer.content)} bytes of {kind or 'an unknown kind'})"
    if answer.status_code >= 300:
        raise refused(answer, text)
    if not kind.endswith("json") and text.lstrip()[:1] not in ("{", "["):
        value: Any = text
    else:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = text
    return value if pointer is None else _at(value, pointer)


def refused(answer: httpx.Response, text: str) -> ToolFailed:
    """A status that is no success, as the model reads it."""
    where = f", and points to {answer.headers['location'][:200]}" if answer.is_redirect and "location" in answer.headers else ""
    said = f": {bounded(text)}" if text.strip() else ""
    return ToolFailed(
        f"the server answered {answer.status_code} {answer.reason_phrase[:100]}{where}{said}",
        retryable=answer.status_code in _MAY_HELP,
        retry_after=_retry_after(answer),
    )


def _headers(definition: HttpToolDefinition, arguments: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, str]:
    """Arguments are filled in between the secrets, never into or out of one."""
    filled: dict[str, str] = {}
    for name, template in definition.headers.items():
        parts = PLACEHOLDER.split(template)
        texts = [fill_text(part, arguments) if place % 2 == 0 else _one_line(secrets[part], part) for place, part in enumerate(parts)]
        if all(text is not None for text in texts):
            filled[name] = "".join(text for text in texts if text is not None)
    for name, value in filled.items():
        if not value.isascii():
            raise InvalidInput(f"the header {name} can hold ASCII only", pointer=f"/{name}")
    return filled


def _body(definition: HttpToolDefinition, template: UrlTemplate, arguments: Mapping[str, Any]) -> tuple[bytes | None, str | None]:
    if definition.body is not None:
        value = fill_body(definition.body, arguments)
    elif definition.method in _WITH_BODY:
        used = {*template.variables, *variables_in(definition.headers)}
        value = {name: one for name, one in arguments.items() if name not in used}
    else:
        return None, None
    if not definition.form:
        return json.dumps(value, ensure_ascii=False).encode(), "application/json"
    if not isinstance(value, dict):
        raise InvalidInput("a form is made of an object")
    pairs = [(name, item) for name, one in value.items() for item in (one if isinstance(one, list) else [one]) if item is not None]
    form = httpx.QueryParams([(name, item if isinstance(item, str) else json.dumps(item)) for name, item in pairs])
    return str(form).encode(), "application/x-www-form-urlencoded"


def _one_line(value: str, name: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise InvalidInput(f"the secret {name!r} cannot stand in a header: it is not one line of ASCII")
    return value


def _is_text(kind: str, content: bytes) -> bool:
    if kind.startswith("text/") or kind.endswith(("json", "xml", "javascript", "x-www-form-urlencoded")):
        return True
    return kind == "" and b"\0" not in content[:4096]


def _at(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        step = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise ToolFailed(f"the answer has nothing at {pointer}: {bounded(json.dumps(value, ensure_ascii=False), 500)}")
    return value


def _retry_after(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() and len(text) < 6 else None


def _host(request: Request) -> str:
    return httpx.URL(request.url).host[:200]
