"""The API as a server inside a loop that is running already: `dev` runs it beside a worker, `serve` alone."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator, Sequence
from types import TracebackType

import uvicorn
from fastapi import FastAPI

from flowforge.api.connection import HEAD_BYTES_MAX, Connection
from flowforge.errors import ConfigurationError

STOP_SECONDS = 5.0
BACKLOG = 1024
DEAD_PEER_MS = 60_000


class Server:
    """A listening API. `proxies`: addresses and networks of those whose word on who asks (X-Forwarded-For, -Proto) is taken.

    >>> async with Server(app, "127.0.0.1", 8288) as server:     # doctest: +SKIP
    ...     print(server.url)
    """

    def __init__(self, app: FastAPI, host: str, port: int, *, stop_seconds: float = STOP_SECONDS, proxies: Sequence[str] = ()) -> None:
        self.app, self.host, self.port = app, host, port
        self.proxies = list(proxies)
        self.stop_seconds = stop_seconds
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        name = "localhost" if self.host in ("0.0.0.0", "::", "") else f"[{self.host}]" if ":" in self.host else self.host  # noqa: S104 - names them, binds nothing
        return f"http://{name}:{self.port}"

    async def start(self) -> None:
        """Listen; with port 0 on a free port, which `port` then names. Raises ConfigurationError when the port is taken."""
        listener = bind(self.host, self.port)
        self.app.state.streams.stopping = False
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self.app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(self.proxies),  # uvicorn itself would believe whoever asks from this machine
            forwarded_allow_ips=self.proxies,
            timeout_graceful_shutdown=max(1, round(self.stop_seconds)),
            timeout_keep_alive=65,
            http=Connection,
            h11_max_incomplete_event_size=HEAD_BYTES_MAX,
        )
        self._uvicorn = _Uvicorn(config)
        self._serving = asyncio.create_task(self._uvicorn.serve(sockets=[listener]), name="flowforge-api")
        listening = asyncio.create_task(self._uvicorn.listening.wait())
        await asyncio.wait({self._serving, listening}, return_when=asyncio.FIRST_COMPLETED)
        if not listening.done():
            listening.cancel()
            await self._serving

    async def stop(self) -> None:
        """Take no more connections, end the live streams, give running requests a few seconds to be answered."""
        if self._serving is None:
            return
        self.app.state.streams.end_all()
        self._uvicorn.should_exit = True
        await asyncio.shield(self._serving)
        self._serving = None

    async def __aenter__(self) -> Server:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()


async def serve(app: FastAPI, host: str, port: int, *, stop: asyncio.Event | None = None) -> None:
    """Serve until `stop` is set or the task is cancelled. Raises ConfigurationError when the port is taken."""
    async with Server(app, host, port):
        await (stop or asyncio.Event()).wait()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ConfigurationError with one sentence when it cannot be had."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # Of what a name stands for the IPv4 address, where most clients of localhost try first.
        family, kind, protocol, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
        listener = socket.socket(family, kind, protocol)  # without its protocol asyncio leaves Nagle on: 40 ms an answer
    except OSError as error:
        raise ConfigurationError(f"cannot listen on {host!r}: {error.strerror or error}", hint="try --host 127.0.0.1") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # inherited by connections: one whose peer takes nothing does not stay for ever
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_MS)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise _cannot_listen(host, port, error) from None
    return listener


def _cannot_listen(host: str, port: int, error: OSError) -> ConfigurationError:
    if error.errno == errno.EADDRINUSE:
        return ConfigurationError(f"port {port} is in use", hint=f"stop what listens there, or choose another: --port {port + 1}")
    if error.errno == errno.EACCES:
        return ConfigurationError(f"port {port} needs more rights than this process has", hint="choose one above 1023: --port 8288")
    return ConfigurationError(f"cannot listen on {host}:{port}: {error.strerror}", hint="try --host 127.0.0.1")


class _Uvicorn(uvicorn.Server):
    """uvicorn without its hold on the process's signals: whoever runs the loop decides what SIGTERM means."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
