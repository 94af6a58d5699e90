"""What is too much before it is read: slow heads, large heads, too many headers, parameters and values; forms and packed bodies."""

from __future__ import annotations

import asyncio
import threading

import pytest

from flowforge.api import body
from flowforge.api.connection import Connection

HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(Connection, "head_seconds", 0.05)


async def connect(server):
    return await asyncio.open_connection("127.0.0.1", server.port)


async def cut_off(reader, within: float = 5) -> bytes:
    """All that came until the server ended the connection, which it may do with what was sent still unread."""
    try:
        return await asyncio.wait_for(reader.read(), within)
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize("begun", [b"", b"G", HEAD, HEAD + b"X-Slow: "])
async def test_a_head_that_does_not_arrive_is_not_waited_for(soon, server, begun):
    reader, writer = await connect(server)
    writer.write(begun)

    assert await cut_off(reader) == b""
    writer.close()


async def test_a_head_that_drips_is_not_waited_for_either(soon, server):
    reader, writer = await connect(server)
    ended = asyncio.create_task(cut_off(reader))
    writer.write(HEAD)
    while not ended.done():
        writer.write(b"X-Drip: drop\r\n")
        await asyncio.sleep(0.005)

    assert await ended == b""
    writer.close()


async def test_the_second_request_of_a_connection_is_held_to_it_too_and_an_idle_one_is_not(soon, server):
    reader, writer = await connect(server)
    writer.write(HEAD + b"\r\n")
    assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200")
    await reader.readuntil(b"}")
    [connection] = server._uvicorn.server_state.connections
    assert connection._cut is None  # between two requests it may rest, for as long as it is kept alive
    writer.write(b"GET /hea")

    assert await cut_off(reader) == b""
    writer.close()


async def test_a_head_that_is_too_large_is_refused(server):
    reader, writer = await connect(server)
    writer.write(HEAD + b"X-Large: " + b"x" * 40_000)

    assert (await cut_off(reader)).startswith(b"HTTP/1.1 400")
    writer.close()


async def test_too_many_headers_and_parameters_are_refused(api):
    many = [(f"x-{n}", "1") for n in range(body.HEADERS_MAX + 1)]
    by_headers = await api.get("/v1/runs", headers=many)
    by_number = await api.get("/v1/runs?" + "&".join(f"a{n}=1" for n in range(101)))
    by_length = await api.get("/v1/runs?cursor=" + "x" * 9000)

    assert by_headers.status_code == 422 and "100 headers" in by_headers.json()["detail"]
    for answer in (by_number, by_length):
        assert answer.status_code == 422 and answer.json()["errors"][0]["parameter"] == "query"


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/plain", ""])
async def test_forms_are_not_taken(api, kind):
    answer = await api.post("/events", content=b"--x\r\n\r\n--x--", headers={"content-type": kind})

    assert answer.status_code == 415


async def test_a_packed_body_is_not_unpacked(api):
    answer = await api.post("/events", content=b"\x1f\x8b", headers={"content-type": "application/json", "content-encoding": "gzip"})

    assert answer.status_code == 415


async def test_more_values_than_anybody_needs_are_refused_before_they_are_made(api, monkeypatch):
    monkeypatch.setattr(body, "LARGE_BYTES", 100)
    monkeypatch.setattr(body, "COMMAS_MAX", 1000)
    answer = await api.post("/events", content=b"[" + b"[]," * 1001 + b"[]]", headers={"content-type": "application/json"})

    assert answer.status_code == 413 and "1000 values" in answer.json()["detail"]


async def test_a_large_body_is_parsed_beside_the_loop_with_the_same_care(api, monkeypatch):
    seen = []
    parse = body.parse_strictly
    monkeypatch.setattr(body, "LARGE_BYTES", 100)
    monkeypatch.setattr(body, "parse_strictly", lambda text: (seen.append(threading.current_thread()), parse(text)))
    good = await api.post("/events", json={"name": "order/created", "data": {"note": "x" * 200}})
    bad = await api.post(
        "/events",
        content=b'{"name": "a/b", "data": {"note": NaN, "text": "' + b"x" * 200 + b'"}}',
        headers={"content-type": "application/json"},
    )

    assert (good.status_code, bad.status_code) == (202, 400)
    assert threading.main_thread() not in seen and len(seen) == 2
