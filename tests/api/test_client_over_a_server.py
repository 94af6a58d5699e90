"""The clients against the API itself: every read that needs no name, a run that is waited for, a stream that is followed."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from flowforge.api.client import AsyncClient, Client
from flowforge.api.client.answer import Answer
from flowforge.api.client_source.document import openapi_document, operations
from flowforge.api.client_source.names import CALLS
from flowforge.errors import InvalidInput, NotFound, StillRunning

PATIENCE_SECONDS = 20
PERSONAL = {"inbox.list", "inbox.page", "inbox.settings"}  # the operator has no inbox


@pytest.fixture
async def client(app) -> AsyncIterator[AsyncClient]:
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50000))
    async with AsyncClient("http://localhost", transport=transport, retries=0) as client:
        yield client


def reads() -> list[tuple[str, str]]:
    """Place and media type of every GET that can be called with nothing."""
    found = []
    for operation in operations(openapi_document()):
        answer = operation.answer()
        if operation.method == "GET" and operation.id in CALLS and "{" not in operation.path and answer:
            required = [one for one in operation.parameters("query") if one.get("required")]
            found += [] if required else [(place, answer[0]) for place in CALLS[operation.id].split()]
    return found


async def test_every_read_that_needs_no_name_is_answered_and_read(client: AsyncClient) -> None:
    await client.agents.create(name="atlas", model="gpt-4o", instructions="Settle refunds.")
    await client.tasks.create(title="Refund ORD-9218", labels=["refund"], checklist=["look it up"])
    called, refused = 0, set()
    for place, media_type in reads():
        noun, _, verb = place.partition(".")
        method = getattr(getattr(client, noun), verb)
        if media_type == "text/event-stream":
            continue
        takes_limit = "limit" in inspect.signature(method).parameters
        said = method(limit=3) if takes_limit else method()
        try:
            found = [one async for one in said] if isinstance(said, AsyncIterator) else await said
        except NotFound:
            refused.add(place)
            continue
        assert isinstance(found, list | Answer | dict), place
        called += 1
    assert refused == PERSONAL
    assert called > 40


async def test_what_was_made_comes_back_with_its_types_and_is_changed_by_what_was_seen(client: AsyncClient) -> None:
    made = await client.tasks.create(title="Refund ORD-9218", priority="high", checklist=["look it up", "pay"])
    task = await client.tasks.get(made.key)
    assert (task.priority, [item.text for item in task.checklist]) == ("high", ["look it up", "pay"])
    assert task.created_at == made.created_at
    changed = await client.tasks.update(task.key, title="Refund ORD-9219", if_match=task.revision)
    assert changed.title == "Refund ORD-9219" and changed.priority == "high"
    assert [one.key async for one in client.tasks.list(q="9219")] == [task.key]
    with pytest.raises(NotFound) as missing:
        await client.tasks.get("FF-77")
    assert missing.value.request_id
    with pytest.raises(InvalidInput) as refused:
        await client.tasks.create(title="x", priority="urgentest")
    assert refused.value.pointer == "/priority"


async def test_a_write_that_is_sent_again_is_done_once(client: AsyncClient) -> None:
    first = await client.tasks.create(title="Refund", idempotency_key="order-9218")
    again = await client.tasks.create(title="Refund", idempotency_key="order-9218")
    assert (again.key, len([one async for one in client.tasks.list()])) == (first.key, 1)


async def test_a_run_is_waited_for_and_followed_until_it_ends(app, server, fake_run) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), AsyncClient(server.url) as other:
        with Client(server.url) as client:
            run_id = f"run_{fake_run.run_id.hex}"
            with pytest.raises(StillRunning):
                await asyncio.to_thread(client.runs.wait, run_id, timeout="200ms")
            waits = [asyncio.to_thread(client.runs.wait, run_id, timeout="1m"), other.runs.wait(run_id)]
            waiting: Any = asyncio.gather(*waits, collect(other.runs.follow(run_id)))
            while len(app.state.streams.scopes) < 3:
                await asyncio.sleep(0.01)
            await fake_run.emit(5)
            await fake_run.end()
            one, two, frames = await waiting
    assert one.state == two.state == "completed"
    assert [frame.seq for frame in frames if frame.seq is not None][-1] == fake_run.seq
    assert frames[-1].name == "run.completed"


async def collect(items: AsyncIterator[Any]) -> list[Any]:
    return [one async for one in items]
