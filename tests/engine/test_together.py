"""Requests that come at the same moment share commits, and nobody notices but the database."""

from __future__ import annotations

import asyncio

import pytest

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.orchestrator import together
from flowforge.orchestrator.event import NewEvent, send_all
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.together import send_together

COUNT = 40


@pytest.fixture
def commits(monkeypatch):
    """How many requests each commit held."""
    held = []

    async def counted(database, tenant_id, requests, *, bell=None):
        held.append(len(requests))
        return await send_all(database, tenant_id, requests, bell=bell)

    monkeypatch.setattr(together, "send_all", counted)
    return held


@pytest.fixture
async def published(engine):
    @engine.function(trigger="order/created", id="ship")
    async def ship(ctx):
        return "shipped"

    await engine.worker()


def caller(engine, name="mira"):
    return Principal(engine.tenant_id, "person", name)


async def test_each_gets_the_answer_to_what_it_sent_and_its_own_entry_in_the_log(engine, published, commits):
    bell = Bell()

    async def send(n):
        return await send_together(
            engine.database, [NewEvent("order/created", {"n": n})] * (n % 3 + 1), bell=bell, by=caller(engine, f"p{n}")
        )

    answers = await asyncio.gather(*(send(n) for n in range(COUNT)))

    assert len(commits) <= 4 and sum(commits) == COUNT
    assert [len(answer) for answer in answers] == [n % 3 + 1 for n in range(COUNT)]
    for n, answer in enumerate(answers):
        for one in answer:
            (run_id,) = one.run_ids
            stored = await engine.database.pool.fetchrow("select input, event_id from flowforge.run where run_id = $1", run_id)
            assert (stored["input"], stored["event_id"]) == (f'{{"n":{n}}}', one.event_id) and not one.duplicate
    entries = await audit.read(engine.database.pool, engine.tenant_id, limit=200)
    assert {(entry.principal, entry.detail["count"], entry.target) for entry in entries} == {
        (f"p{n}", n % 3 + 1, ids.show("evt", answer[0].event_id)) for n, answer in enumerate(answers)
    }
    assert not together._companies[bell]


async def test_the_same_key_from_many_is_one_event(engine, published, commits):
    bell = Bell()
    sending = [
        send_together(engine.database, [NewEvent("order/created", {}, key="ord-1")], bell=bell, by=caller(engine)) for _ in range(COUNT)
    ]

    answers = [answer[0] for answer in await asyncio.gather(*sending)]

    assert len({one.event_id for one in answers}) == 1 and sum(not one.duplicate for one in answers) == 1
    assert await engine.database.pool.fetchval("select count(*) from flowforge.run") == 1
    assert len(await audit.read(engine.database.pool, engine.tenant_id)) == 1


async def test_one_whose_event_cannot_be_stored_is_told_so_and_the_others_are_stored(engine, published, commits):
    bell = Bell()
    wrong = NewEvent("order/created", {}, event_id="no id at all")  # type: ignore[arg-type]
    events = [wrong if n == 7 else NewEvent("order/created", {"n": n}) for n in range(COUNT)]

    answers = await asyncio.gather(
        *(send_together(engine.database, [event], bell=bell, by=caller(engine)) for event in events), return_exceptions=True
    )

    assert [n for n, answer in enumerate(answers) if isinstance(answer, BaseException)] == [7]
    assert await engine.database.pool.fetchval("select count(*) from flowforge.event") == COUNT - 1


async def test_one_who_gives_up_does_not_disturb_the_others(engine, published, commits):
    bell = Bell()
    sending = [
        asyncio.ensure_future(send_together(engine.database, [NewEvent("order/created", {"n": n})], bell=bell, by=caller(engine)))
        for n in range(COUNT)
    ]
    await asyncio.sleep(0)
    sending[COUNT - 1].cancel()

    answers = await asyncio.gather(*sending, return_exceptions=True)

    assert isinstance(answers[-1], asyncio.CancelledError)
    assert all(len(answer) == 1 for answer in answers[:-1])


async def test_an_outage_is_told_to_all_and_the_next_one_is_served(engine, published, monkeypatch):
    bell = Bell()

    async def away(*_, **__):
        raise ConnectionResetError("the server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(together, "send_all", away)
        sending = [send_together(engine.database, [NewEvent("order/created", {})], bell=bell, by=caller(engine)) for _ in range(3)]
        found = await asyncio.gather(*sending, return_exceptions=True)
    assert {type(error) for error in found} == {ConnectionResetError}

    assert len(await send_together(engine.database, [NewEvent("order/created", {})], bell=bell, by=caller(engine))) == 1
