"""`Exchange`: the talks that all calls are made of: ask once, ask page after page, follow a stream, take a body in pieces.

Requests are tried again when nobody answers, when the server says that it cannot just now (502, 503, 504) or that it was too much
(429), as long as it says, up to a minute. A write carries an `Idempotency-Key` of its own, so that trying again never does it twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Mapping
from typing import Any, TypeVar, overload

import httpx

from flowforge import ids
from flowforge.api.client.answer import reader
from flowforge.api.client.following import Following
from flowforge.api.client.talk import Close, Item, Items, Next, Open, Pause, ReadAll, Request, Send, Talk, each
from flowforge.api.client.unset import UNSET
from flowforge.api.client.wire import Frame, json_body, raise_problem, seconds_to_wait, text_of
from flowforge.errors import ServerUnavailable

T = TypeVar("T")

PAGE_MAX = 200  # items in one answer

_RETRY_SECONDS = (0.2, 1, 3, 8, 15)
_RETRY_AFTER_MAX_SECONDS = 60.0
_RETRIED = frozenset({429, 502, 503, 504})
_DOWNLOAD_SILENCE_SECONDS = 300.0
_LONG_POLL_GRACE_SECONDS = 30.0
_JSON = "application/json"


class Exchange:
    """What is said to one server. `retries` is how often a request is tried again; a server's own times are in seconds."""

    def __init__(self, url: str, retries: int, seconds: Callable[[], float] = time.monotonic) -> None:
        self.url, self.retries, self.seconds = url, retries, seconds

    @overload
    def ask(self, kind: None, method: str, path: str, **given: Any) -> Talk[None]: ...

    @overload
    def ask(self, kind: type[T], method: str, path: str, **given: Any) -> Talk[T]: ...

    def ask(self, kind: type[T] | None, method: str, path: str, **given: Any) -> Talk[T | None]:
        """One request, its answer read as `kind`. What may be `given` is what `_request` takes."""
        found = yield from self.json(method, path, **given)
        result: T | None = None if kind is None else reader(kind)(found)
        return result

    def json(self, method: str, path: str, **given: Any) -> Talk[Any]:
        """One request; the answer's JSON as it is, None for an empty one."""
        response = yield from self._sent(self._request(method, path, **given))
        try:
            return response.json() if response.content else None
        except ValueError:
            raise ServerUnavailable(f"what answers at {self.url} is not a FlowForge server") from None

    def text(self, method: str, path: str, **given: Any) -> Talk[str]:
        """One request; the answer's text, as a report in CSV."""
        response = yield from self._sent(self._request(method, path, **given))
        return response.text

    def listing(
        self, kind: type[T] | Any, path: str, *, params: Mapping[str, Any] | None = None, limit: int | None = None, paged: bool = True
    ) -> Items[T]:
        """The items of a list, page after page, at most `limit` of them. Where it is not
        `paged`, the list is not told how many of them are wanted."""
        read, cursor, left = reader(kind), None, limit
        while left is None or left > 0:
            size = {} if not paged or left is None else {"limit": min(left, PAGE_MAX)}
            body = yield from self.json("GET", path, params={**(params or {}), **size, "cursor": cursor})
            for item in body["data"] if left is None else body["data"][:left]:
                yield Item(read(item))
            left = None if left is None else left - len(body["data"])
            cursor = body.get("next_cursor")
            if not cursor:
                return

    def follow(
        self,
        path: str,
        *,
        after: int = 0,
        params: Mapping[str, Any] | None = None,
        ends: Container[str] = (),
        seconds: float | None = None,
    ) -> Items[Frame]:
        """The frames of a stream from `after` on, until one that is named in `ends`, its end, or for so many `seconds`."""
        until = None if seconds is None else self.seconds() + seconds
        try:
            yield from Following(path, self.seconds, after, given(**dict(params or {})), ends, until).frames()
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def pieces(self, method: str, path: str, **given: Any) -> Items[bytes]:
        """A long answer as it comes. It is not tried again; ServerUnavailable where it ends too early."""
        try:
            response = yield Open(self._request(method, path, read_seconds=_DOWNLOAD_SILENCE_SECONDS, **given))
            if not response.is_success:
                yield ReadAll()
                raise_problem(response)
            while (piece := (yield Next())) is not None:
                yield Item(piece)
            yield Close()
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def lines(self, method: str, path: str, **given: Any) -> Items[str]:
        """A long answer line by line."""
        rest = b""
        for_all = each(self.pieces(method, path, **given))
        while (piece := (yield from for_all())) is not None:
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield Item(line.decode())
        if rest:
            yield Item(rest.decode())

    def _request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = UNSET,
        content: bytes | None = None,
        media_type: str = _JSON,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
        read_seconds: float | None = None,
    ) -> Request:
        headers: dict[str, str] = {}
        if body is not UNSET:
            content = json_body(body)
        if content is not None:
            headers["content-type"] = media_type
        if if_match is not None:
            headers["if-match"] = f'"{if_match}"' if isinstance(if_match, int) else if_match
        if method != "GET" and (idempotency_key or self.retries):
            headers["idempotency-key"] = idempotency_key or str(ids.new_id())
        if read_seconds is None and params and params.get("wait"):  # a long poll: the server may say nothing for so long
            read_seconds = float(params["wait"]) + _LONG_POLL_GRACE_SECONDS
        return Request(method, path, given(**dict(params or {})), headers, content, read_seconds)

    def _sent(self, request: Request) -> Talk[httpx.Response]:
        """The answer to a request that was taken. Raises the error that the problem document of the last refusal stands for."""
        repeatable = request.method == "GET" or "idempotency-key" in request.headers
        left = self.retries if repeatable else 0
        for attempt in range(left + 1):
            seconds: float | None = _RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS) - 1)]
            try:
                response: httpx.Response = yield Send(request)
            except httpx.TransportError as error:
                if attempt == left:
                    raise self._unreachable(error) from error
            else:
                if response.is_success:
                    return response
                seconds = _seconds_until_again(response, seconds or 0)
                if attempt == left or seconds is None:
                    raise_problem(response)
            yield Pause(seconds or 0)
        raise AssertionError("the last attempt returns or raises")

    def _unreachable(self, error: httpx.TransportError) -> ServerUnavailable:
        if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
            return ServerUnavailable(f"the FlowForge server at {self.url} did not answer in time")
        return ServerUnavailable(
            f"no FlowForge server answers at {self.url}", hint="start one with  flowforge dev  or name it with --url or FLOWFORGE_URL"
        )


def given(**values: Any) -> dict[str, Any]:
    """Query parameters as they are sent, without those that were not asked for."""
    return {name: text_of(value) for name, value in values.items() if value is not None}


def _seconds_until_again(response: httpx.Response, seconds: float) -> float | None:
    """After how long a refused request may be tried again; None where it is of no use, or too long to be waited for."""
    told = seconds_to_wait(response)
    under_way = response.status_code == 409 and told is not None  # the first request with this key is still being answered
    if response.status_code not in _RETRIED and not under_way:
        return None
    wait = max(seconds, told or 0)
    return wait if wait <= _RETRY_AFTER_MAX_SECONDS else None
