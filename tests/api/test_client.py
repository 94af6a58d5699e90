"""What both clients do with every call: try again, walk pages, follow streams, wait for runs, and say what was refused.

Each test speaks once through `Client` and once through `AsyncClient`, so that what one can do the other can.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

import flowforge
from flowforge.api.client import AsyncClient, Client
from flowforge.errors import Conflict, InvalidInput, ServerUnavailable, StillRunning, TooManyRequests

RUN = {"id": "run_1", "label": "8241_a2f7", "function": "order.ship", "state": "running", "seq": 4, "ended_at": None}
ENDED = {**RUN, "state": "completed", "output": 42, "seq": 6, "ended_at": "2026-11-22T10:42:07Z"}
Act = Callable[[Any], Any]


class Server:
    """Answers in turn, and what was asked for."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        following = self.answers.pop(0)
        if isinstance(following, Exception):
            raise following
        return following

    def keys(self) -> list[str | None]:
        return [request.headers.get("idempotency-key") for request in self.asked]


Speak = Callable[..., Any]


@pytest.fixture(params=["Client", "AsyncClient"])
def speak(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Speak:
    """Do something with a client of that server; the result, or all results."""
    monkeypatch.setattr("flowforge.api.client.exchange._RETRY_SECONDS", (0,))
    monkeypatch.setattr("flowforge.api.client.following._RECONNECT_SECONDS", (0, 0, 0))

    async def over_async(server: Server, act: Act, **settings: Any) -> Any:
        async with AsyncClient(transport=httpx.MockTransport(server), **settings) as client:
            said = act(client)
            return [one async for one in said] if isinstance(said, AsyncIterator) else await said

    def speak(server: Server, act: Act, **settings: Any) -> Any:
        if request.param == "AsyncClient":
            return asyncio.run(over_async(server, act, **settings))
        with Client(transport=httpx.MockTransport(server), **settings) as client:
            said = act(client)
            assert not isinstance(said, Awaitable)
            return list(said) if isinstance(said, Iterator) else said

    return speak


def answer(body: Any = None, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()})


def stream(text: str) -> httpx.Response:
    return httpx.Response(200, content=text.encode())


class Cut(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that comes in these pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.pieces)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


def test_a_write_is_tried_again_under_its_key_until_it_is_taken(speak: Speak) -> None:
    server = Server(
        httpx.ConnectError("refused"), answer(status=503), httpx.ReadTimeout("slow"), answer({"id": "tsk_1", "key": "FF-1"}, 201)
    )
    assert speak(server, lambda client: client.tasks.create(title="Refund ORD-9218")).key == "FF-1"
    assert len(set(server.keys())) == 1 and server.keys()[0]
    assert json.loads(server.asked[3].content) == {"title": "Refund ORD-9218"}


def test_two_writes_have_two_keys_and_a_key_that_is_given_is_sent(speak: Speak) -> None:
    server = Server(answer({}, 201), answer({}, 201), answer({}, 201))
    speak(server, lambda client: client.tasks.create(title="a"))
    speak(server, lambda client: client.tasks.create(title="a"))
    speak(server, lambda client: client.tasks.create(title="a", idempotency_key="order-9218"))
    first, second, third = server.keys()
    assert first != second and third == "order-9218"


def test_without_retries_a_request_is_sent_once_and_without_a_key(speak: Speak) -> None:
    server = Server(answer({"detail": "no database"}, 503))
    with pytest.raises(flowforge.FlowForgeError, match="no database"):
        speak(server, lambda client: client.tasks.create(title="a"), retries=0)
    assert server.keys() == [None]


def test_what_is_refused_for_good_is_not_tried_again_and_names_field_and_request(speak: Speak) -> None:
    problem = {"detail": "the body does not fit", "errors": [{"pointer": "/title", "detail": "is required"}], "request_id": "req_17"}
    server = Server(answer(problem, 422))
    with pytest.raises(InvalidInput, match="/title is required") as refused:
        speak(server, lambda client: client.tasks.create(title=""))
    assert (refused.value.pointer, refused.value.request_id, len(server.asked)) == ("/title", "req_17", 1)


def test_too_much_is_waited_out_as_long_as_it_says_but_not_for_ever(speak: Speak) -> None:
    assert speak(Server(answer(status=429, retry_after="0"), answer({"data": []})), lambda client: client.runs.list()) == []
    with pytest.raises(TooManyRequests) as refused:
        speak(Server(answer(status=429, retry_after="3600")), lambda client: client.runs.list())
    assert refused.value.retry_after == 3600


def test_a_first_request_that_is_still_being_answered_is_waited_for(speak: Speak) -> None:
    server = Server(answer({"detail": "still being answered"}, 409, retry_after="0"), answer({"id": "run_1", "state": "cancelled"}))
    assert speak(server, lambda client: client.runs.cancel("run_1")).state == "cancelled"
    with pytest.raises(Conflict, match="has ended"):
        speak(Server(answer({"detail": "it has ended"}, 409)), lambda client: client.runs.cancel("run_1"))


def test_it_gives_up_after_as_many_retries_as_were_asked_for(speak: Speak) -> None:
    server = Server(*[httpx.ConnectError("refused") for _ in range(9)])
    with pytest.raises(ServerUnavailable, match="no FlowForge server answers"):
        speak(server, lambda client: client.agents.get("atlas"), retries=2)
    assert len(server.asked) == 3


def test_a_change_goes_by_the_revision_that_was_seen(speak: Speak) -> None:
    server = Server(answer({"name": "atlas"}), answer({"detail": "atlas is at revision 4, not 3"}, 412))
    speak(server, lambda client: client.agents.update("atlas", instructions="Be brief.", budget=None, if_match=3))
    assert server.asked[0].headers["if-match"] == '"3"'
    assert json.loads(server.asked[0].content) == {"instructions": "Be brief.", "budget": None}  # null puts it back, the rest stays
    with pytest.raises(Conflict, match="revision 4"):
        speak(server, lambda client: client.agents.update("atlas", if_match=3))


def test_lists_are_walked_page_by_page_and_no_further_than_wanted(speak: Speak) -> None:
    def pages() -> Server:
        return Server(answer({"data": [RUN] * 2, "next_cursor": "c2"}), answer({"data": [ENDED], "next_cursor": None}))

    server = pages()
    assert [run.state for run in speak(server, lambda client: client.runs.list(state="failed"))] == ["running", "running", "completed"]
    assert [dict(request.url.params) for request in server.asked] == [{"state": "failed"}, {"state": "failed", "cursor": "c2"}]
    server = pages()
    assert len(speak(server, lambda client: client.runs.list(limit=2))) == 2
    assert [dict(request.url.params) for request in server.asked] == [{"limit": "2"}]


def test_whatever_stands_in_a_name_is_one_segment_of_the_path(speak: Speak) -> None:
    server = Server(answer({}))
    speak(server, lambda client: client.agents.get("a/../b?c#d e"))
    assert server.asked[0].url.raw_path == b"/v1/agents/a%2F..%2Fb%3Fc%23d%20e"


def test_a_cut_stream_goes_on_after_the_last_whole_frame(speak: Speak) -> None:
    cut = 'event: hello\ndata: {"seq": 0}\n\nid: 1\nevent: task.moved\ndata: {"to": "Doing"}\n\nid: 2\nevent: task.mo'
    server = Server(
        stream(cut), httpx.ConnectError("refused"), answer(status=503), stream("id: 2\nevent: task.moved\ndata: {}\n\n"), answer(status=204)
    )
    frames = speak(server, lambda client: client.tasks.follow("FF-1"))
    assert [(frame.seq, frame.name) for frame in frames] == [(None, "hello"), (1, "task.moved"), (2, "task.moved")]
    assert [request.headers.get("last-event-id") for request in server.asked] == [None, "1", "1", "1", "2"]


def test_a_stream_that_cannot_be_reached_any_more_says_so(speak: Speak) -> None:
    server = Server(*[httpx.ConnectError("refused") for _ in range(9)])
    with pytest.raises(ServerUnavailable, match="no FlowForge server answers"):
        speak(server, lambda client: client.runs.follow("r"))
    assert len(server.asked) == 4


def test_a_run_is_waited_for_on_its_stream(speak: Speak) -> None:
    server = Server(
        answer(RUN), stream("id: 5\nevent: step.completed\ndata: {}\n\nid: 6\nevent: run.completed\ndata: {}\n\n"), answer(ENDED)
    )
    assert speak(server, lambda client: client.runs.wait("run_1", timeout="5m")).output == 42
    assert [request.url.path for request in server.asked] == ["/v1/runs/run_1", "/v1/runs/run_1/stream", "/v1/runs/run_1"]
    assert server.asked[1].headers["last-event-id"] == "4"


def test_a_run_that_has_ended_is_not_waited_for(speak: Speak) -> None:
    server = Server(answer(ENDED))
    assert speak(server, lambda client: client.runs.wait("run_1")).state == "completed"


def test_a_run_that_takes_longer_is_given_back_as_still_running(speak: Speak) -> None:
    server = Server(answer(RUN), httpx.ReadTimeout("nothing came"), answer(RUN))
    with pytest.raises(StillRunning, match="it is running") as still:
        speak(server, lambda client: client.runs.wait("run_1", timeout=0))
    assert isinstance(still.value, TimeoutError) and still.value.run == "run_1"


def test_the_patience_with_a_stream_is_what_is_left_of_the_time(speak: Speak) -> None:
    server = Server(answer(RUN), stream("id: 6\nevent: run.completed\ndata: {}\n\n"), answer(ENDED))
    speak(server, lambda client: client.runs.wait("run_1", timeout=7))
    assert 6 < server.asked[1].extensions["timeout"]["read"] <= 7


def test_a_long_poll_is_as_patient_as_the_server_is_asked_to_be(speak: Speak) -> None:
    server = Server(answer({"data": []}))
    speak(server, lambda client: client.request("GET", "/v1/frames", params={"wait": 60}))
    assert server.asked[0].extensions["timeout"]["read"] > 60


def test_a_long_answer_comes_in_lines_however_it_is_cut(speak: Speak) -> None:
    server = Server(httpx.Response(200, stream=Cut(b'{"a": 1}\n{"b"', b': "\xc3', b'\xa4"}\n{"c": 3}')))
    assert speak(server, lambda client: client.audit.export()) == ['{"a": 1}', '{"b": "ä"}', '{"c": 3}']


def test_events_are_sent_by_name_or_many_at_once(speak: Speak) -> None:
    sent = {"id": "order-17", "name": "order/created", "runs": ["run_1"], "duplicate": False}
    server = Server(answer({"data": [sent]}, 202), answer({"data": [sent, sent]}, 202))
    assert speak(server, lambda client: client.events.send("order/created", {"total": 420}, id="order-17")).runs == ["run_1"]
    many = [{"name": "order/created", "data": {"n": n}} for n in range(2)]
    assert [one.id for one in speak(server, lambda client: client.events.send_all(many))] == ["order-17", "order-17"]
    assert json.loads(server.asked[1].content) == many


def test_an_archive_of_a_skill_is_sent_as_what_it_is(speak: Speak) -> None:
    server = Server(answer({"name": "refunds"}, 201), answer({"name": "refunds"}, 201))
    speak(server, lambda client: client.skills.create_from_archive(b"PK\x03\x04", label="v2", vouched=True))
    speak(server, lambda client: client.skills.create_from_archive(b"\x1f\x8b"))
    assert [request.headers["content-type"] for request in server.asked] == ["application/zip", "application/gzip"]
    assert dict(server.asked[0].url.params) == {"label": "v2", "vouched": "true"}


def test_an_address_that_is_none_is_refused_at_once() -> None:
    for kind in (Client, AsyncClient):
        with pytest.raises(InvalidInput, match="is not an address"):
            kind("flows.example.com")
