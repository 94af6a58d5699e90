"""The server inside a running loop: it starts, says so when it cannot, and stops gracefully."""

from __future__ import annotations

import asyncio
import signal
import socket

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from flowforge.api.server import Server, serve
from flowforge.errors import ConfigurationError


async def test_it_listens_and_stops_listening(app):
    async with Server(app, "127.0.0.1", 0) as server, httpx.AsyncClient(base_url=server.url) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))


async def test_small_answers_leave_at_once(app):
    """Nagle's algorithm would hold the second half of each for 40 ms."""
    async with Server(app, "127.0.0.1", 0) as server, httpx.AsyncClient(base_url=server.url) as client:
        await client.get("/healthz")
        [connection] = server._uvicorn.server_state.connections
        assert connection.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_taken_port_is_said_in_one_sentence(app):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"^port {port} is in use$") as refusal:
            await Server(app, "127.0.0.1", port).start()

    assert "--port" in (refusal.value.hint or "")


async def test_an_address_that_cannot_be_had_is_said_in_one_sentence(app, monkeypatch):
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ConfigurationError, match=r"^cannot listen on 'nowhere': Name or service not known$"):
        await Server(app, "nowhere", 0).start()


async def test_it_leaves_the_processs_signals_alone(app):
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)

    async with Server(app, "127.0.0.1", 0):
        assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


async def test_a_request_under_way_is_answered_before_it_stops(app):
    begun, go_on = asyncio.Event(), asyncio.Event()

    @app.get("/v1/slow")
    async def slow() -> str:
        begun.set()
        await go_on.wait()
        return "done"

    async with httpx.AsyncClient() as client, Server(app, "127.0.0.1", 0) as server:
        asking = asyncio.create_task(client.get(f"{server.url}/v1/slow"))
        await begun.wait()
        stopping = asyncio.create_task(server.stop())
        await asyncio.sleep(0)
        go_on.set()
        assert (await asking).json() == "done"
        await stopping


async def test_open_streams_do_not_hold_it_up(app, fake_run, reader, until):
    server = Server(app, "127.0.0.1", 0, stop_seconds=30)
    await server.start()
    async with httpx.AsyncClient() as client, client.stream("GET", f"{server.url}/v1/runs/{fake_run.run_id.hex}/stream") as answer:
        chunks = answer.aiter_raw()
        await anext(chunks)
        async with asyncio.timeout(3):
            await server.stop()
        async for _ in chunks:  # no RemoteProtocolError: the stream ends as HTTP wants it
            ...


async def test_serve_ends_when_it_is_told_to(app):
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(app, "127.0.0.1", 0, stop=stop))
    await asyncio.sleep(0)
    stop.set()

    await asyncio.wait_for(serving, 5)


@pytest.mark.parametrize(("proxies", "seen"), [((), "127.0.0.1"), (("127.0.0.0/8",), "203.0.113.7"), (("10.0.0.1",), "127.0.0.1")])
async def test_who_asks_is_told_by_the_connection_unless_a_named_proxy_tells(app, proxies, seen):
    app.add_middleware(Seeing)
    async with Server(app, "127.0.0.1", 0, proxies=proxies) as server, httpx.AsyncClient(base_url=server.url) as client:
        await client.get("/healthz", headers={"x-forwarded-for": "198.51.100.1, 203.0.113.7", "x-forwarded-proto": "https"})

    assert app.state.seen == (seen, "http" if seen == "127.0.0.1" else "https")


async def test_an_open_api_does_not_answer_those_for_whom_a_proxy_on_this_machine_asks(api):
    assert (await api.get("/v1/runs", headers={"x-forwarded-for": "127.0.0.1"})).status_code == 200
    assert (await api.get("/v1/runs", headers={"x-forwarded-for": "127.0.0.1, 203.0.113.7"})).status_code == 403


class Seeing:
    """The outermost layer: keeps who asks, as the server says."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"].state.seen = (scope["client"][0], scope["scheme"])
        await self.app(scope, receive, send)
