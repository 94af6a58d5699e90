"""Revisions of an agent: who, when, why; how they differ; going back."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from flowforge.access.principal import Principal
from flowforge.agents.agent import create_agent, find_agent, update_agent
from flowforge.agents.archive import archive_agent, unarchive_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.revision import compare, find_revision, list_revisions, roll_back
from flowforge.db.database import Database
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.skills.publish import publish
from flowforge.skills.tool import make_tool


def look_up(order: str) -> None:
    """Find."""


@pytest.fixture
def mira(tenant_id: UUID) -> Principal:
    return Principal(tenant_id, "person", "mira")


@pytest.fixture
async def shop(database: Database, mira: Principal) -> Database:
    await publish(database.pool, "shop", [make_tool(look_up, "read")], [])
    definition = AgentDefinition(name="atlas", model="gpt-4o", instructions="Be brief.\nBe kind.", tools=("look_up",))
    await create_agent(database, mira, definition, note="for the shop")
    return database


async def test_every_change_says_who_made_it_and_why(shop: Database, mira: Principal):
    otto = Principal(mira.tenant_id, "key", "ci")
    await update_agent(shop, otto, "atlas", {"model": "o3"}, note="it thinks longer")

    found, following = await list_revisions(shop.pool, mira.tenant_id, "atlas")

    assert [(one.revision, one.made_by, one.made_by_kind, one.note) for one in found] == [
        (2, "ci", "key", "it thinks longer"),
        (1, "mira", "person", "for the shop"),
    ]
    assert found[0].created_at >= found[1].created_at and following is None
    assert (await find_revision(shop.pool, mira.tenant_id, "atlas", 1)).definition.model == "gpt-4o"


async def test_revisions_come_in_pages(shop: Database, mira: Principal):
    for turns in (1, 2, 3):
        await update_agent(shop, mira, "atlas", {"limits": {"turns": turns}})

    numbers, cursor = [], None
    while True:
        page, cursor = await list_revisions(shop.pool, mira.tenant_id, "atlas", limit=3, cursor=cursor)
        numbers += [one.revision for one in page]
        if cursor is None:
            break

    assert numbers == [4, 3, 2, 1]
    with pytest.raises(InvalidInput, match="cursor"):
        await list_revisions(shop.pool, mira.tenant_id, "atlas", cursor="x")


async def test_two_revisions_are_compared_field_by_field_and_prose_line_by_line(shop: Database, mira: Principal):
    await update_agent(shop, mira, "atlas", {"instructions": "Be brief.\nBe exact.", "limits": {"turns": 5}, "approval": {"look_up": True}})

    changes = {change.field: change for change in await compare(shop.pool, mira.tenant_id, "atlas", 1, 2)}

    assert changes.keys() == {"/instructions", "/limits/turns", "/approval/look_up"}
    assert (changes["/limits/turns"].before, changes["/limits/turns"].after, changes["/limits/turns"].text) == (None, 5, None)
    assert changes["/instructions"].text is not None
    assert changes["/instructions"].text.splitlines()[-3:] == [" Be brief.", "-Be kind.", "+Be exact."]
    assert await compare(shop.pool, mira.tenant_id, "atlas", 2, 2) == []


async def test_going_back_is_a_new_revision_equal_to_the_old_one(shop: Database, mira: Principal):
    await update_agent(shop, mira, "atlas", {"model": "o3"})

    found = await roll_back(shop, mira, "atlas", 1)

    revisions, _ = await list_revisions(shop.pool, mira.tenant_id, "atlas")
    assert (found.revision, found.model) == (3, "gpt-4o")
    assert (revisions[0].note, revisions[0].definition) == ("back to revision 1", revisions[2].definition)
    assert (await roll_back(shop, mira, "atlas", 3, note="once more")).revision == 4


async def test_going_back_to_a_revision_whose_tools_are_gone_is_refused(shop: Database, mira: Principal):
    await update_agent(shop, mira, "atlas", {"tools": []})
    await publish(shop.pool, "shop", [], [])

    with pytest.raises(InvalidInput, match="look_up") as refused:
        await roll_back(shop, mira, "atlas", 1)

    assert refused.value.pointer == "/tools/0"
    assert (await find_agent(shop.pool, mira.tenant_id, "atlas")).revision == 2


@pytest.mark.parametrize("revision", [0, 2, 2**31 - 1, 2**40])
async def test_a_revision_that_never_was_is_not_found(shop: Database, mira: Principal, revision: int):
    with pytest.raises(NotFound):
        await find_revision(shop.pool, mira.tenant_id, "atlas", revision)
    with pytest.raises(InvalidInput) as refused:
        await roll_back(shop, mira, "atlas", revision)
    assert refused.value.pointer == "/revision"


async def test_whoever_goes_back_from_an_older_revision_than_the_present_one_is_told(shop: Database, mira: Principal):
    await update_agent(shop, mira, "atlas", {"model": "o3"})

    with pytest.raises(Conflict, match="revision 2, not 1"):
        await roll_back(shop, mira, "atlas", 1, if_revision=1)


@pytest.mark.parametrize("note", ["x" * 501, "a\x00b"])
async def test_a_note_that_cannot_be_kept_is_refused(shop: Database, mira: Principal, note: str):
    with pytest.raises(InvalidInput) as refused:
        await update_agent(shop, mira, "atlas", {"model": "o3"}, note=note)
    assert refused.value.pointer == "/note"


async def test_who_shows_the_agent_is_told_of_every_change(shop: Database, mira: Principal):
    agent = await update_agent(shop, mira, "atlas", {"model": "o3"})
    await update_agent(shop, mira, "atlas", {"model": "o3"})  # changes nothing
    await roll_back(shop, mira, "atlas", 1)
    await archive_agent(shop, mira, "atlas")
    await unarchive_agent(shop, mira, "atlas")

    stored = "select data from flowforge.frame where tenant_id = $1 and name = 'agent.changed' order by agent_seq"
    told = [json.loads(row["data"]) for row in await shop.pool.fetch(stored, mira.tenant_id)]
    assert [(one["agent"], one["act"], one["by"]) for one in told] == [
        (agent.id, act, "mira") for act in ("create", "update", "rollback", "archive", "unarchive")
    ]
