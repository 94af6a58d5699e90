"""Attachments: references of a card, of which a blob of a run is measured where it lies."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import pytest

from flowforge.access.principal import Principal
from flowforge.board import attachment
from flowforge.board.attachment import NewAttachment, attach, detach, list_attachments
from flowforge.board.creation import NewTask, create_task
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.ids import new_id, show

URL = "https://files.example.com/x"


@pytest.fixture(autouse=True)
async def card(database, mira):
    return await create_task(database, mira, NewTask("one"))


async def test_a_blob_is_measured_and_what_is_said_of_it_must_be_true(database, mira, tenant_id):
    run_id, blob_id, data = new_id(), new_id(), b'{"invoice": 1}'
    await database.pool.execute(
        "insert into flowforge.blob (tenant_id, run_id, blob_id, data) values ($1, $2, $3, $4)", tenant_id, run_id, blob_id, data
    )
    this = {"run": show("run", run_id), "blob": blob_id.hex}
    found = await attach(database, mira, "FF-1", NewAttachment("invoice.json", "application/json", **this))
    assert (found.size, found.sha256, found.blob_id, found.url) == (len(data), sha256(data).hexdigest(), blob_id, None)

    for wrong, pointer in (({"size": 3}, "/size"), ({"sha256": "0" * 64}, "/sha256"), ({"run": show("run", new_id())}, "/blob")):
        with pytest.raises(InvalidInput) as refused:
            await attach(database, mira, "FF-1", NewAttachment("x", **{**this, **wrong}))
        assert refused.value.pointer == pointer
    stranger = Principal(new_id(), "person", "stranger")
    await create_task(database, stranger, NewTask("theirs"))
    with pytest.raises(InvalidInput, match="no such blob"):
        await attach(database, stranger, "FF-1", NewAttachment("x", **this))


async def test_a_repeat_attaches_once_and_a_card_takes_only_so_many(database, mira, monkeypatch):
    monkeypatch.setattr(attachment, "ATTACHMENTS_MAX", 3)
    one = new_id()
    assert (
        len({(await attach(database, mira, "FF-1", NewAttachment("a", url=URL), attachment_id=one)).attachment_id for _ in range(2)}) == 1
    )
    outcomes = await asyncio.gather(
        *(attach(database, mira, "FF-1", NewAttachment("b", url=URL)) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 3
    left = await list_attachments(database, mira.tenant_id, "FF-1")
    assert [item.name for item in left] == ["a", "b", "b"]


async def test_an_attachment_is_taken_off_its_own_card_only(database, mira):
    await create_task(database, mira, NewTask("two"))
    made = await attach(database, mira, "FF-1", NewAttachment("a", url=URL))
    with pytest.raises(NotFound, match="no attachment"):
        await detach(database, mira, "FF-2", show("att", made.attachment_id))
    assert await list_attachments(database, mira.tenant_id, "FF-1") == (made,)
