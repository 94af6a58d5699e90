"""Live streams against a real server on loopback: nothing missed, nothing twice, and a slow client slows nobody."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest

from flowforge.access.key_check import KEYS_CHANGED
from flowforge.api.server import Server
from flowforge.api.sse import Pace


async def follow(server, path, reader, *, until_name=None, headers=None):
    async with httpx.AsyncClient(base_url=server.url, timeout=10) as client, client.stream("GET", path, headers=headers or {}) as answer:
        assert answer.status_code == 200, await answer.aread()
        async for chunk in answer.aiter_raw():
            reader.feed(chunk)
            if until_name is not None and any(event.name == until_name for event in reader.events):
                break
    return answer


async def test_a_runs_stream_begins_with_hello_and_ends_with_the_run(server, fake_run, reader):
    await fake_run.emit(3)
    await fake_run.end()

    answer = await follow(server, f"/v1/runs/run_{fake_run.run_id.hex}/stream", reader)

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (answer.headers["x-accel-buffering"], answer.headers["cache-control"]) == ("no", "no-store")
    hello, *frames = reader.events
    assert (hello.name, hello.id, hello.data.keys()) == ("hello", None, {"seq", "server", "retention"})
    assert hello.data["seq"] == 6 and reader.retry == 2000
    names = ["run.queued", "run.started", "message.delta", "message.delta", "message.delta", "run.completed"]
    assert [(frame.id, frame.name) for frame in frames] == [(str(n), name) for n, name in enumerate(names, start=1)]
    assert {frame.data["run"] for frame in frames} == {f"run_{fake_run.run_id.hex}"}


async def test_frames_come_as_they_are_written(server, fake_run, reader, until):
    following = asyncio.create_task(follow(server, f"/v1/runs/{fake_run.run_id.hex}/stream", reader))
    await until(lambda: len(reader.frames) == 2)

    for n in range(3, 8):
        await fake_run.emit(1)
        await until(lambda n=n: len(reader.frames) == n)
    await fake_run.end()
    await following

    assert [frame.id for frame in reader.frames] == [str(n) for n in range(1, 9)]


@pytest.mark.parametrize("by", ["header", "query", "both"])
async def test_a_client_resumes_after_the_last_frame_it_has(server, fake_run, reader, by):
    await fake_run.emit(5)
    await fake_run.end()
    headers = {} if by == "query" else {"last-event-id": "4"}
    query = {"header": "", "query": "?after=4", "both": "?after=1"}[by]

    await follow(server, f"/v1/runs/{fake_run.run_id.hex}/stream{query}", reader, headers=headers)

    assert [frame.id for frame in reader.frames] == ["5", "6", "7", "8"]


async def test_a_client_that_is_cut_20_times_gets_each_frame_once_and_in_order(server, fake_run, reader):
    async def work() -> None:
        for _ in range(50):
            await fake_run.emit(20)
            await asyncio.sleep(0)
        await fake_run.end()

    working = asyncio.create_task(work())
    cuts = 0
    while not any(frame.name == "run.completed" for frame in reader.frames):
        taken = 0
        headers = {"last-event-id": reader.last_id} if reader.last_id else {}
        path = f"/v1/runs/{fake_run.run_id.hex}/stream"
        async with httpx.AsyncClient(base_url=server.url, timeout=10) as client, client.stream("GET", path, headers=headers) as answer:
            async for chunk in answer.aiter_raw():
                if cuts < 20 and taken + len(chunk) > 2500 + 137 * cuts:  # in the middle of a frame
                    reader.feed(chunk[: 2500 + 137 * cuts - taken])
                    break
                reader.feed(chunk)
                taken += len(chunk)
        reader.cut()
        cuts += 1
    await working

    assert cuts >= 20
    assert [frame.id for frame in reader.frames] == [str(n) for n in range(1, 1004)]


@pytest.mark.thorough
async def test_a_server_that_is_killed_and_started_again_loses_no_frame(app, fake_run, reader, until):
    for n in range(5):
        async with Server(app, "127.0.0.1", 0) as server:
            headers = {"last-event-id": reader.last_id} if reader.last_id else {}
            following = asyncio.create_task(follow(server, f"/v1/runs/{fake_run.run_id.hex}/stream", reader, headers=headers))
            await fake_run.emit(40)
            await until(lambda n=n: len(reader.frames) > 40 * n + 10)
        await following
        reader.cut()
    await fake_run.end()
    async with Server(app, "127.0.0.1", 0) as server:
        await follow(server, f"/v1/runs/{fake_run.run_id.hex}/stream", reader, headers={"last-event-id": reader.last_id})

    assert [frame.id for frame in reader.frames] == [str(n) for n in range(1, 204)]


async def test_a_client_that_has_the_final_frame_is_told_to_stop_asking(server, fake_run):
    await fake_run.end()

    async with httpx.AsyncClient(base_url=server.url) as client:
        answer = await client.get(f"/v1/runs/{fake_run.run_id.hex}/stream", headers={"last-event-id": "3"})

    assert answer.status_code == 204 and answer.content == b""


async def test_an_id_from_another_life_of_the_stream_is_reset(server, fake_run, reader):
    await follow(server, f"/v1/runs/{fake_run.run_id.hex}/stream?after=999", reader, until_name="reset")

    assert [(event.name, event.id) for event in reader.events] == [("hello", None), ("reset", None)]


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "9" * 30, "٣"])
async def test_a_wrong_place_to_resume_is_refused(api, fake_run, value):
    path = f"/v1/runs/{fake_run.run_id.hex}/stream"
    for request in (api.get(path, headers={"last-event-id": value.encode()}), api.get(path, params={"after": value})):
        answer = await request
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["parameter"] in ("Last-Event-ID", "after")


async def test_a_comment_keeps_an_idle_stream_open(app, server, fake_run, reader, until):
    app.state.streams.pace = Pace(heartbeat_seconds=0.01)
    following = asyncio.create_task(follow(server, f"/v1/runs/{fake_run.run_id.hex}/stream", reader))

    await until(lambda: len(reader.comments) >= 3)
    await fake_run.end()
    await following

    assert set(reader.comments) == {"heartbeat"}


async def test_an_agents_stream_resumes_and_does_not_end(api, server, database, bell, tenant_id, reader, until):
    from flowforge.orchestrator.stream import append_frame

    agent = (await api.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o"})).json()
    agent_id = await database.pool.fetchval("select agent_id from flowforge.agent")
    path = f"/v1/agents/atlas/stream?after={agent['seq']}"
    following = asyncio.create_task(follow(server, path, reader))
    await until(lambda: any(event.name == "hello" for event in reader.events))

    for n in range(3):
        async with database.pool.acquire() as connection, connection.transaction():
            await append_frame(connection, tenant_id, name="log", data={"n": n}, agent_id=agent_id)
        bell.ring(agent_id.hex)
    await until(lambda: len(reader.frames) == 3)
    await server.stop()
    await following

    assert [int(frame.id) for frame in reader.frames] == [agent["seq"] + n for n in (1, 2, 3)]
    assert [frame.data["n"] for frame in reader.frames] == [0, 1, 2]


class SlowClient:
    """Asks for a stream and then takes nothing, with a small window, until it is told to."""

    def __init__(self, server: Server, path: str) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        self.socket.setblocking(False)

    async def take_all(self) -> bytes:
        loop, taken = asyncio.get_running_loop(), b""
        async with asyncio.timeout(10):
            while chunk := await loop.sock_recv(self.socket, 65536):
                taken += chunk
        return taken


def buffered(server: Server) -> int:
    """What the server holds in memory for its connections."""
    return sum(connection.transport.get_write_buffer_size() for connection in server._uvicorn.server_state.connections)


@pytest.mark.thorough
async def test_a_stalled_client_costs_bounded_memory_slows_nobody_and_is_dropped(app, server, fake_run, reader, until):
    app.state.streams.pace = Pace(stall_seconds=0.3)
    slow = SlowClient(server, f"/v1/runs/{fake_run.run_id.hex}/stream")
    await fake_run.emit(4000, size=4000)  # 16 MB
    await until(lambda: buffered(server) > 0)

    following = asyncio.create_task(follow(server, f"/v1/runs/{fake_run.run_id.hex}/stream", reader))
    await fake_run.end()
    most = 0
    while not following.done():
        most = max(most, buffered(server))
        await asyncio.sleep(0.005)
    await following

    assert len(reader.frames) == 4003
    assert most < 1024 * 1024
    await until(lambda: not app.state.streams.scopes)
    slow.socket.close()


@pytest.mark.thorough
async def test_a_client_that_lagged_is_told_so_dropped_and_resumes(app, server, fake_run, reader, until):
    app.state.streams.pace = Pace(lag_seconds=0.05)
    path = f"/v1/runs/{fake_run.run_id.hex}/stream"
    slow = SlowClient(server, path)
    await fake_run.emit(2000, size=4000)
    await fake_run.end()
    await until(lambda: buffered(server) > 0)
    await asyncio.sleep(0.2)  # the lag itself

    taken = await slow.take_all()
    body = taken.partition(b"\r\n\r\n")[2]
    while body:  # chunked
        length, _, body = body.partition(b"\r\n")
        reader.feed(body[: int(length, 16)])
        body = body[int(length, 16) + 2 :]
    lagged = reader.events[-1]
    assert (lagged.name, lagged.id, str(lagged.data["seq"])) == ("lagged", None, reader.last_id)
    assert len(reader.frames) < 2003

    app.state.streams.pace = Pace()
    await follow(server, path, reader, headers={"last-event-id": reader.last_id})
    assert [frame.id for frame in reader.frames] == [str(n) for n in range(1, 2004)]


@pytest.mark.thorough
async def test_two_hundred_clients_that_vanish_at_once_leave_nothing_behind(app, server, fake_run, until):
    clients = [SlowClient(server, f"/v1/runs/{fake_run.run_id.hex}/stream") for _ in range(200)]
    await until(lambda: len(app.state.streams.scopes) == 200)

    for client in clients:
        client.socket.close()

    await until(lambda: not app.state.streams.scopes)
    assert fake_run.bell._waiting.keys() == {KEYS_CHANGED}  # the one who knows the keys


async def test_an_outage_of_the_database_ends_a_stream_that_can_be_resumed(server, fake_run, reader, monkeypatch, until, caplog):
    from flowforge.orchestrator import stream_page

    path = f"/v1/runs/{fake_run.run_id.hex}/stream"
    following = asyncio.create_task(follow(server, path, reader))
    await until(lambda: len(reader.frames) == 2)

    async def away(*_: object) -> None:
        raise ConnectionResetError("the server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(stream_page, "_read_pages", away)
        fake_run.bell.ring(fake_run.run_id.hex)
        await following
    await fake_run.emit(3)
    await fake_run.end()
    await follow(server, path, reader, headers={"last-event-id": reader.last_id})

    assert [frame.id for frame in reader.frames] == [str(n) for n in range(1, 7)]
    assert "stream.ended_early" in caplog.text and "Traceback" not in caplog.text
