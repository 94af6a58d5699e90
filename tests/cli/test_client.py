"""The HTTP client: what it sends, what it makes of answers, how it resumes a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal

import httpx
import pytest
import respx

import flowforge
from flowforge.api.client import AsyncClient
from flowforge.api.client.wire import FrameParser
from flowforge.errors import (
    ConfigurationError,
    Conflict,
    DatabaseUnavailable,
    FlowForgeError,
    Gone,
    InvalidInput,
    NotFound,
    ServerUnavailable,
    TooManyRequests,
)

URL = "http://127.0.0.1:8288"
RUN = {
    "id": "run_0197",
    "label": "8241_a2f7",
    "function": "order.process_order",
    "state": "completed",
    "cost": "0.0421",
    "attempt": 1,
    "created_at": "2026-11-22T10:42:07Z",
    "a_field_of_the_future": 1,
}


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=URL) as router:
        yield router


async def test_send_posts_one_event_and_returns_its_runs(server: respx.MockRouter) -> None:
    accepted = {"data": [{"id": "order-17", "name": "order/created", "runs": ["run_1"], "duplicate": False}]}
    route = server.post("/v1/events").respond(202, json=accepted)
    async with AsyncClient(URL, "ffk_live_1") as client:
        sent = await client.events.send("order/created", {"total": 420}, id="order-17")
    assert json.loads(route.calls[0].request.content) == {"name": "order/created", "data": {"total": 420}, "id": "order-17"}
    assert route.calls[0].request.headers["authorization"] == "Bearer ffk_live_1"
    assert sent.runs == ["run_1"]


async def test_an_address_that_is_set_to_nothing_is_the_default(server: respx.MockRouter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWFORGE_URL", "")
    server.post("/v1/events").respond(202, json={"data": [{"id": "evt_1", "name": "a/b", "runs": [], "duplicate": False}]})
    assert await flowforge.send("a/b") == "evt_1"


async def test_a_run_is_read_with_types_and_without_unknown_fields(server: respx.MockRouter) -> None:
    server.get("/v1/runs/8241_a2f7").respond(json=RUN)
    async with AsyncClient(URL, retries=0) as client:
        run = await client.runs.get("8241_a2f7")
    assert (run.cost, run.created_at.year if run.created_at else None, run.output) == (Decimal("0.0421"), 2026, None)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, ConfigurationError),
        (404, NotFound),
        (409, Conflict),
        (410, Gone),
        (413, InvalidInput),
        (422, InvalidInput),
        (503, DatabaseUnavailable),
    ],
)
async def test_a_problem_becomes_the_error_it_stands_for(server: respx.MockRouter, status: int, error: type[Exception]) -> None:
    problem = {"title": "no", "detail": "there is no run 'x'; did you mean y?", "nearest": ["y"], "winner": {"by": "mira"}, "errors": []}
    server.get("/v1/runs/x").respond(status, json=problem)
    async with AsyncClient(URL, retries=0) as client:
        with pytest.raises(error, match="did you mean y"):
            await client.runs.get("x")


@pytest.mark.parametrize(
    ("status", "error", "hint"),
    [
        (401, ConfigurationError, "set FLOWFORGE_API_KEY, or use --api-key"),
        (403, ConfigurationError, "flowforge keys whoami tells what your key may do"),
        (429, TooManyRequests, "try again in 3 s"),
    ],
)
async def test_whoever_is_not_let_in_is_told_what_to_do(
    server: respx.MockRouter, status: int, error: type[FlowForgeError], hint: str
) -> None:
    server.post("/v1/events").respond(status, json={"detail": "this needs the permission events:send"}, headers={"retry-after": "3"})
    async with AsyncClient(URL, "ffk_live_canary", retries=0) as client:
        with pytest.raises(error, match="this needs the permission events:send") as refused:
            await client.events.send("order/created", {})
    assert refused.value.hint == hint and "canary" not in repr(refused.value)


async def test_an_answer_that_is_no_problem_document_is_told_by_its_status(server: respx.MockRouter) -> None:
    server.get("/v1/runs/x").respond(400, text="<html>")
    async with AsyncClient(URL, retries=0) as client:
        with pytest.raises(InvalidInput, match="400"):
            await client.runs.get("x")


async def test_nobody_there_is_one_sentence(server: respx.MockRouter) -> None:
    server.get("/v1/runs").mock(side_effect=httpx.ConnectError("refused"))
    async with AsyncClient(URL, retries=0) as client:
        with pytest.raises(ServerUnavailable, match="no FlowForge server answers"):
            _ = [run async for run in client.runs.list()]


async def test_data_that_json_cannot_hold_is_not_sent(server: respx.MockRouter) -> None:
    async with AsyncClient(URL, retries=0) as client:
        for bad in (float("nan"), "\ud800", object()):
            with pytest.raises(InvalidInput):
                await client.events.send("x/y", {"bad": bad})


async def test_pages_are_followed_to_the_end(server: respx.MockRouter) -> None:
    server.get("/v1/tasks", params={"cursor": "c2"}).respond(json={"data": [3], "next_cursor": None})
    server.get("/v1/tasks").respond(json={"data": [1, 2], "next_cursor": "c2"})
    async with AsyncClient(URL, retries=0) as client:
        assert [item async for item in client.pages("/v1/tasks")] == [1, 2, 3]
        assert [item async for item in client.pages("/v1/tasks", limit=2)] == [1, 2]


async def test_a_cut_stream_is_resumed_after_the_last_frame(server: respx.MockRouter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowforge.api.client.following._RECONNECT_SECONDS", (0,))
    first = b'event: hello\ndata: {"seq": 0}\n\nid: 1\nevent: run.queued\ndata: {}\n\nid: 2\nevent: run.st'
    second = b"id: 2\nevent: run.started\ndata: {}\n\n: heartbeat\n\nid: 3\nevent: run.completed\ndata: {}\n\n"
    route = server.get("/v1/runs/r/stream")
    route.side_effect = [httpx.Response(200, content=first), httpx.Response(200, content=second)]
    async with AsyncClient(URL, retries=0) as client:
        frames = [(frame.seq, frame.name) async for frame in client.runs.follow("r")]
    assert frames == [(None, "hello"), (1, "run.queued"), (2, "run.started"), (3, "run.completed")]
    assert route.calls[1].request.headers["last-event-id"] == "1"


async def test_a_server_that_is_away_for_a_moment_does_not_end_following(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowforge.api.client.following._RECONNECT_SECONDS", (0, 0, 0, 0))
    answers: list[httpx.Response | Exception] = [
        _stream(b"id: 1\nevent: run.queued\ndata: {}\n\n"),
        httpx.Response(503, json={"detail": "the database cannot be reached"}),
        httpx.ConnectError("refused"),
        _stream(b"id: 2\nevent: run.completed\ndata: {}\n\n"),
    ]
    async with AsyncClient(URL, transport=_in_turn(answers)) as client:
        assert [frame.seq async for frame in client.runs.follow("r")] == [1, 2]
    assert not answers


async def test_a_database_that_stays_away_ends_following_with_its_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowforge.api.client.following._RECONNECT_SECONDS", (0, 0))
    answers: list[httpx.Response | Exception] = [httpx.Response(503, json={"detail": "no database"}) for _ in range(4)]
    async with AsyncClient(URL, transport=_in_turn(answers)) as client:
        with pytest.raises(DatabaseUnavailable, match="no database"):
            _ = [frame async for frame in client.runs.follow("r")]
    assert len(answers) == 1


def _stream(frames: bytes) -> httpx.Response:
    return httpx.Response(200, content=frames)


def _in_turn(answers: list[httpx.Response | Exception]) -> httpx.MockTransport:
    def answer(_: httpx.Request) -> httpx.Response:
        following = answers.pop(0)
        if isinstance(following, Exception):
            raise following
        return following

    return httpx.MockTransport(answer)


async def test_following_a_run_whose_end_was_seen_already_ends(server: respx.MockRouter) -> None:
    server.get("/v1/runs/r/stream", headers={"last-event-id": "9"}).respond(204)
    async with AsyncClient(URL, retries=0) as client:
        assert [frame.name async for frame in client.runs.follow("r", after=9)] == []


def test_frames_are_found_in_any_cut_of_the_bytes() -> None:
    text = 'id: 7\r\nevent: message.delta\r\ndata: {"text": "a\u2028ü"}\r\n\r\n'.encode()
    for size in (1, 2, 3, len(text)):
        parser, frames = FrameParser(), []
        for start in range(0, len(text), size):
            frames += parser.feed(text[start : start + size])
        assert [(frame.seq, frame.name, frame.data) for frame in frames] == [(7, "message.delta", {"text": "a\u2028ü"})]
