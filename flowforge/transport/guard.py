"""The transport of httpx under every guarded client: it checks each request, those after a redirect too, and limits each answer."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, replace
from functools import lru_cache

import httpcore
import httpx

from flowforge.secrets.redact import is_secret_name
from flowforge.transport.answer import ENCODINGS, GuardedBody, in_time
from flowforge.transport.backend import GuardedBackend
from flowforge.transport.destination import Resolver
from flowforge.transport.failure import EgressRefused
from flowforge.transport.policy import EgressPolicy, plain_host, port_of

CONNECT_SECONDS = 2.0
TOTAL_SECONDS = 30.0
ANSWER_BYTES_MAX = 10 * 1024 * 1024
REDIRECTS_MAX = 5
_JOURNEY = "flowforge.journey"  # in a request's extensions, which httpx hands on to the request that follows a redirect
_KEPT_CONNECTIONS = 20


@dataclass(frozen=True)
class Limits:
    """What one call may take: seconds to be connected, seconds in all (redirects included), and bytes of its answer, unpacked."""

    connect_seconds: float = CONNECT_SECONDS
    total_seconds: float = TOTAL_SECONDS
    answer_bytes: int = ANSWER_BYTES_MAX


@dataclass(frozen=True)
class _Journey:
    """Where a call began, when it must be over, and whether it has been through TLS."""

    origin: tuple[str, str, int]
    deadline: float
    secure: bool


class GuardedTransport(httpx.AsyncHTTPTransport):
    """Sends what the policy lets through. Raises EgressError and httpx's errors; takes no cookies and reads no environment."""

    def __init__(
        self, policy: EgressPolicy, limits: Limits, *, resolve: Resolver | None = None, trust: ssl.SSLContext | None = None
    ) -> None:
        self._policy, self._limits = policy, limits
        self._pool = _pool(policy, trust or system_trust(), resolve)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._policy.check_url(request.url)
        host = plain_host(request.url)
        journey = self._journey(request)
        request.headers["accept-encoding"] = ENCODINGS
        request.extensions["timeout"] = {"connect": self._limits.connect_seconds}
        async with in_time(host, journey.deadline, self._limits.total_seconds):
            response = await super().handle_async_request(request)
        return await self._limited(response, host, journey)

    def _journey(self, request: httpx.Request) -> _Journey:
        """A first request begins one; what follows a redirect may not leave TLS, and takes no credentials to another origin."""
        origin = (request.url.scheme, plain_host(request.url), port_of(request.url))
        secure = request.url.scheme == "https"
        journey: _Journey | None = request.extensions.get(_JOURNEY)
        if journey is None:
            journey = _Journey(origin, asyncio.get_running_loop().time() + self._limits.total_seconds, secure)
        elif journey.secure and not secure:
            raise EgressRefused(origin[1], "a redirect from https to http is not followed")
        request.extensions[_JOURNEY] = replace(journey, secure=secure)
        if origin != journey.origin:
            for name in [name for name in request.headers if is_secret_name(name)]:
                del request.headers[name]
        return journey

    async def _limited(self, response: httpx.Response, host: str, journey: _Journey) -> httpx.Response:
        encoding = response.headers.get("content-encoding", "")
        assert isinstance(response.stream, httpx.AsyncByteStream)
        try:
            body = GuardedBody(response.stream, host, encoding, self._limits.answer_bytes, journey.deadline, self._limits.total_seconds)
        except EgressRefused:
            await response.stream.aclose()
            raise
        left_out = {"set-cookie"} | ({"content-encoding", "content-length"} if encoding else set())
        headers = [(name, value) for name, value in response.headers.raw if name.decode("latin-1").lower() not in left_out]
        return httpx.Response(response.status_code, headers=headers, stream=body, extensions=response.extensions)


@lru_cache(maxsize=1)
def system_trust() -> ssl.SSLContext:
    """Certificates that are trusted here: SSL_CERT_FILE's, or the usual ones. Reading them takes tens of milliseconds."""
    return httpx.create_ssl_context()


def _pool(policy: EgressPolicy, trust: ssl.SSLContext, resolve: Resolver | None) -> httpcore.AsyncConnectionPool:
    if policy.proxy is not None:
        return httpcore.AsyncHTTPProxy(policy.proxy, ssl_context=trust, max_keepalive_connections=_KEPT_CONNECTIONS)
    return httpcore.AsyncConnectionPool(
        ssl_context=trust,
        max_connections=None,
        max_keepalive_connections=_KEPT_CONNECTIONS,
        keepalive_expiry=30.0,
        network_backend=GuardedBackend(policy, resolve),
    )
