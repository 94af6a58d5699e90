"""The wire as the clients see it: frames out of an event stream, our errors out of problem documents, strict JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

import httpx

from flowforge.api.client.answer import plain
from flowforge.errors import (
    ConfigurationError,
    Conflict,
    DatabaseUnavailable,
    FlowForgeError,
    Gone,
    InvalidInput,
    NotFound,
    TooManyRequests,
)


@dataclass(frozen=True)
class Frame:
    """One frame of a live stream; control frames (`hello`) have no `seq`."""

    seq: int | None
    name: str
    data: dict[str, Any]


class FrameParser:
    """Bytes of a `text/event-stream` in, frames out. Lines end at \\n or \\r\\n only: JSON may hold other separators."""

    def __init__(self) -> None:
        self._rest = b""
        self._fields: dict[str, list[str]] = {}

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            text = line.removesuffix(b"\r").decode("utf-8", errors="replace")
            if text:
                self._field(text)
            elif frame := self._frame():
                yield frame

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        if name:  # an empty name is a comment, the server's heartbeat
            self._fields.setdefault(name, []).append(value.removeprefix(" "))

    def _frame(self) -> Frame | None:
        found, self._fields = self._fields, {}
        if "data" not in found:
            return None
        seq = found.get("id", [""])[-1]
        data = json.loads("\n".join(found["data"]))
        return Frame(int(seq) if seq.isdigit() else None, found.get("event", ["message"])[-1], data)


class _RemoteNotFound(NotFound):
    """A 404: the sentence, the nearest names and the hint are the server's."""

    def __init__(self, message: str, nearest: tuple[str, ...], hint: str | None) -> None:
        FlowForgeError.__init__(self, message, hint=hint)
        self.what, self.name, self.nearest = "resource", "", nearest


def raise_problem(response: httpx.Response) -> NoReturn:
    """Raise the error that an answer of 400 or more stands for; it carries the `request_id` by which the server's log knows it."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    error = _error(response, problem if isinstance(problem, dict) else {})
    error.request_id = problem.get("request_id") if isinstance(problem, dict) else None
    raise error


def seconds_to_wait(response: httpx.Response) -> float | None:
    """What `Retry-After` says, where it says it in seconds."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None


def _error(response: httpx.Response, problem: dict[str, Any]) -> FlowForgeError:
    sentence = str(problem.get("detail") or problem.get("title") or f"the server answered {response.status_code}")
    details = [entry for entry in problem.get("errors") or [] if isinstance(entry, dict)]
    pointer = str(details[0].get("pointer") or "") if details else ""
    if details and (first := details[0].get("detail")) and str(first) not in sentence:
        sentence = f"{sentence}: {pointer} {first}".replace(":  ", ": ")
    hint = problem.get("hint")
    match response.status_code:
        case 401:
            return ConfigurationError(sentence, hint=hint or "set FLOWFORGE_API_KEY, or use --api-key")
        case 403:
            return ConfigurationError(sentence, hint=hint or "flowforge keys whoami tells what your key may do")
        case 404:
            return _RemoteNotFound(sentence, tuple(problem.get("nearest") or ()), hint)
        case 409 | 412:
            return Conflict(sentence, winner=problem.get("winner"), hint=hint)
        case 410:
            return Gone(sentence, winner=problem.get("winner"), hint=hint)
        case 429:
            return TooManyRequests(sentence, retry_after=seconds_to_wait(response) or 1.0)
        case 502 | 503 | 504:
            return DatabaseUnavailable(sentence, hint=hint)
        case status if status < 500:
            return InvalidInput(sentence, pointer=pointer, hint=hint)
    return FlowForgeError(sentence, hint=f"request {problem['request_id']}" if problem.get("request_id") else hint)


def json_body(value: Any) -> bytes:
    """Strict JSON: what the server would refuse (NaN, lone surrogates) is refused here, before it is sent."""
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False, default=plain).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"the data cannot be sent as JSON: {error}") from error


def text_of(value: Any) -> Any:
    """A value as it stands in a query; lists stay lists."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(plain(value)) if isinstance(value, date | Decimal | UUID) else value
