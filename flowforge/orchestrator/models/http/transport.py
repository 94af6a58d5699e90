"""Requests over httpx: one pool of connections for each event loop, bounded reading, and HTTP's own errors as ModelError."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

import httpx

from flowforge.errors import ModelError
from flowforge.orchestrator.models import failure
from flowforge.transport.client import operator_client

CONNECT_SECONDS = 15.0  # to be connected; everything behind it is bounded by the call
LONGEST_ANSWER_BYTES = 64 * 1024 * 1024
LONGEST_REFUSAL_BYTES = 64 * 1024
_KEPT_CONNECTIONS = 200
_KEPT_SECONDS = 30.0


class Transport:
    """Sends JSON and hands back the answer; an answer with an error status is a ModelError already."""

    def __init__(self) -> None:
        self._pools: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()

    @asynccontextmanager
    async def post(
        self, url: str, body: Mapping[str, Any], headers: Mapping[str, str], *, model: str, provider: str
    ) -> AsyncIterator[httpx.Response]:
        """The answer with its body still to be read, closed at the end. Raises ModelError."""
        try:
            async with self._pool().stream("POST", url, json=body, headers=headers) as response:
                if not response.is_success:
                    text = (await _read(response, LONGEST_REFUSAL_BYTES)).decode(errors="replace")
                    raise failure.refused(response.status_code, _lower(response.headers), text, model=model, provider=provider)
                try:
                    yield response
                except httpx.TransportError as error:
                    raise failure.cut_stream(model, provider) from error
                except httpx.DecodingError as error:
                    raise failure.unreadable(failure.MISSHAPEN, model, provider) from error
        except (httpx.LocalProtocolError, UnicodeEncodeError) as error:
            hint = "a line break, or a letter that is no ASCII, has come into the provider's key or a header"
            raise ModelError("authentication", f"{provider} was not called: a header cannot be sent", model=model, hint=hint) from error
        except httpx.HTTPError as error:
            raise failure.model_error(error, model=model, provider=provider) from error
        except httpx.InvalidURL as error:
            raise ModelError("bad_request", f"{provider} has no usable address: {error}", model=model) from None

    async def close(self) -> None:
        """Close the connections of this event loop."""
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.aclose()

    def _pool(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop)
        if pool is None:
            pool = self._pools[loop] = operator_client(  # where providers answer is set in the environment or in code, never by a tenant
                timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=_KEPT_CONNECTIONS, keepalive_expiry=_KEPT_SECONDS),
            )
        return pool


async def read_whole(response: httpx.Response) -> bytes:
    """The body. Raises OverflowError for one that no model would send."""
    body = await _read(response, LONGEST_ANSWER_BYTES + 1)
    if len(body) > LONGEST_ANSWER_BYTES:
        raise OverflowError
    return body


def is_html(response: httpx.Response) -> bool:
    """Whether a web page came instead of an answer."""
    kind: str = response.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower() == "text/html"


async def _read(response: httpx.Response, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        parts.append(part)
        size += len(part)
        if size >= most:
            break
    return b"".join(parts)[:most]


def _lower(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
