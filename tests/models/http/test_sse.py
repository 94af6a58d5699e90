from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowforge.orchestrator.models.http import sse
from flowforge.orchestrator.models.http.sse import Event, EventTooLong, events


async def read(*chunks: bytes) -> list[Event]:
    async def network() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return [event async for event in events(network())]


async def test_events_are_separated_by_empty_lines() -> None:
    assert [event.data for event in await read(b"data: one\n\ndata: two\n\n")] == ["one", "two"]


async def test_comments_and_other_fields_are_passed_over() -> None:
    assert [event.data for event in await read(b": ping\n\nevent: x\nretry: 10\ndata:one\n\n\n\n")] == ["one"]


async def test_an_event_may_have_several_lines_of_data() -> None:
    assert [event.data for event in await read(b"data: {\ndata: }\n\n")] == ["{\n}"]


async def test_an_event_that_the_end_cuts_off_is_none() -> None:
    assert [event.data for event in await read(b"data: one\n\ndata: tw")] == ["one"]


async def test_an_event_that_is_sent_again_with_its_id_is_read_once() -> None:
    assert [event.data for event in await read(b"id: 1\ndata: a\n\nid: 1\ndata: a\n\nid: 2\ndata: a\n\n")] == ["a", "a"]


async def test_equal_events_without_ids_are_two() -> None:
    assert [event.data for event in await read(b"data: ha\n\ndata: ha\n\n")] == ["ha", "ha"]


async def test_a_lines_end_may_be_cut_in_two() -> None:
    assert [event.data for event in await read(b"data: {\r", b"\ndata: }\r", b"\n\r", b"\n")] == ["{\n}"]


async def test_an_endless_event_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "LONGEST_EVENT_BYTES", 100)
    for chunks in ([b"data: " + b"x" * 60, b"x" * 60], [b"data: " + b"x" * 60 + b"\n"] * 2):
        with pytest.raises(EventTooLong):
            await read(*chunks)


STREAM = "data: größer\r\n\r\n: x\rdata: zwei\r\rid: 7\ndata: drei\n\ndata: 💶\r\n\n".encode()


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
async def test_it_does_not_matter_where_the_network_cuts(places: list[int]) -> None:
    cuts = sorted({0, len(STREAM), *places})
    chunks = [STREAM[begin:end] for begin, end in pairwise(cuts)]
    assert [event.data for event in await read(*chunks)] == ["größer", "zwei", "drei", "💶"]
