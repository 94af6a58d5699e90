"""Agents as records."""

from __future__ import annotations

from uuid import UUID

import pytest

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.agents.agent import AgentView, create_agent, find_agent, list_agents, update_agent
from flowforge.agents.definition import AgentDefinition, read_definition
from flowforge.audit.log import read
from flowforge.db.database import Database
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.skills.publish import publish
from flowforge.skills.skill import Skill
from flowforge.skills.tool import make_tool

ATLAS = AgentDefinition(
    name="atlas", model="claude-sonnet-4.5", instructions="Be brief.", skills=("refunds",), tools=("refund",), approval={"look_up": True}
)


def refund(order: str) -> None:
    """Pay back."""


def look_up(order: str) -> None:
    """Find."""


@pytest.fixture
def mira(tenant_id: UUID) -> Principal:
    return Principal(tenant_id, "person", "mira")


@pytest.fixture
async def shop(database: Database) -> Database:
    skills = [Skill("refunds", "How we pay back.", "Look first.", ("look_up",)), Skill("review", "Check.", "Check.")]
    await publish(database.pool, "shop", [make_tool(refund, "money"), make_tool(look_up, "read")], skills)
    return database


async def revisions(database: Database, view: AgentView) -> list[int]:
    query = "select revision from flowforge.agent_revision where agent_id = $1 order by revision"
    return [row["revision"] for row in await database.pool.fetch(query, view.agent_id)]


async def test_a_new_agent_is_idle_and_audited(shop: Database, mira: Principal):
    agent = await create_agent(shop, mira, ATLAS)

    assert agent.id == ids.show("agt", agent.agent_id)
    assert (agent.name, agent.model, agent.skills, agent.tools, agent.approval) == (
        "atlas",
        "claude-sonnet-4.5",
        ("refunds",),
        ("refund",),
        {"look_up": True},
    )
    assert (agent.status, agent.task, agent.run, agent.cost_today, agent.revision, agent.seq) == ("idle", None, None, "0", 1, 1)
    assert await revisions(shop, agent) == [1]
    [entry] = await read(shop.pool, mira.tenant_id)
    assert (entry.principal, entry.action, entry.target) == ("mira", "agent.create", agent.id)
    assert entry.detail["definition"]["tools"] == ["refund"]


async def test_a_taken_name_is_a_conflict_and_changes_nothing(shop: Database, mira: Principal):
    agent = await create_agent(shop, mira, ATLAS)

    with pytest.raises(Conflict, match="there is an agent named 'atlas' already"):
        await create_agent(shop, mira, ATLAS.model_copy(update={"model": "gpt-4o"}))

    assert (await find_agent(shop.pool, mira.tenant_id, "atlas")) == agent
    assert len(await read(shop.pool, mira.tenant_id)) == 1


@pytest.mark.parametrize(
    ("change", "pointer", "sentence"),
    [
        ({"mcp_servers": ["desk"]}, "/mcp_servers/0", "there is no MCP server 'desk'"),
        ({"model_settings": {"temperature": "hot"}}, "/model_settings/temperature", "temperature lies between 0 and 2"),
        ({"tools": ("refund", "lok_up")}, "/tools/1", "there is no tool 'lok_up'; did you mean look_up?"),
        ({"skills": ("refund",)}, "/skills/0", "there is no skill 'refund'; did you mean refunds?"),
        ({"approval": {"refnd": True}}, "/approval/refnd", "did you mean refund?"),
    ],
)
async def test_unknown_tools_and_skills_are_refused_with_the_nearest_names(
    shop: Database, mira: Principal, change: dict[str, object], pointer: str, sentence: str
):
    with pytest.raises(InvalidInput) as caught:
        await create_agent(shop, mira, ATLAS.model_copy(update=change))

    assert caught.value.pointer == pointer
    assert sentence in caught.value.message


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"model": "gpt-4o"}, "/name"),
        ({"name": "Atlas!", "model": "gpt-4o"}, "/name"),
        ({"name": "atlas"}, "/model"),
        ({"name": "atlas", "model": "gpt-4o", "instruction": "x"}, "/instruction"),
        ({"name": "atlas", "model": "gpt-4o", "tools": "refund"}, "/tools"),
        ({"name": "atlas", "model": "gpt-4o", "tools": [1]}, "/tools/0"),
        ({"name": "atlas", "model": "gpt-4o", "approval": {"a/b": "perhaps"}}, "/approval/a~1b"),
        ({"name": "atlas", "model": "gpt-4o", "done_column": ""}, "/done_column"),
        ({"name": "atlas", "model": "gpt-4o", "instructions": "a\x00b"}, "/instructions"),
        ({"name": "atlas", "model": "gpt-4o", "instructions": "a\ud800b"}, "/instructions"),
    ],
)
def test_a_definition_that_does_not_fit_is_refused_with_a_pointer(body: dict[str, object], pointer: str):
    with pytest.raises(InvalidInput) as caught:
        read_definition(body)

    assert caught.value.pointer == pointer


async def test_a_change_is_a_new_revision_and_an_audit_entry(shop: Database, mira: Principal):
    await create_agent(shop, mira, ATLAS)

    patch = {"model": "gpt-4o", "approval": {"refund": False, "look_up": None}, "instructions": None}
    changed = await update_agent(shop, mira, "atlas", patch)

    assert (changed.model, changed.approval, changed.instructions, changed.revision) == ("gpt-4o", {"refund": False}, "", 2)
    assert changed.tools == ("refund",)
    assert await revisions(shop, changed) == [1, 2]
    assert [entry.action for entry in await read(shop.pool, mira.tenant_id)] == ["agent.create", "agent.update"]


async def test_a_change_that_changes_nothing_makes_no_revision(shop: Database, mira: Principal):
    await create_agent(shop, mira, ATLAS)

    assert (await update_agent(shop, mira, "atlas", {"model": ATLAS.model})).revision == 1
    assert len(await read(shop.pool, mira.tenant_id)) == 1


async def test_a_change_of_an_older_revision_is_a_conflict(shop: Database, mira: Principal):
    await create_agent(shop, mira, ATLAS)
    await update_agent(shop, mira, "atlas", {"model": "gpt-4o"}, if_revision=1)

    with pytest.raises(Conflict, match="is at revision 2, not 1"):
        await update_agent(shop, mira, "atlas", {"model": "gpt-4.1"}, if_revision=1)


async def test_an_agent_cannot_take_anothers_name(shop: Database, mira: Principal):
    await create_agent(shop, mira, ATLAS)
    await create_agent(shop, mira, ATLAS.model_copy(update={"name": "maya"}))

    with pytest.raises(Conflict, match="named 'maya' already"):
        await update_agent(shop, mira, "atlas", {"name": "maya"})
    assert (await update_agent(shop, mira, "atlas", {"name": "atlas-2"})).name == "atlas-2"


async def test_required_fields_cannot_be_taken_away(shop: Database, mira: Principal):
    await create_agent(shop, mira, ATLAS)

    with pytest.raises(InvalidInput) as caught:
        await update_agent(shop, mira, "atlas", {"model": None})
    assert caught.value.pointer == "/model"


async def test_an_agent_is_found_by_name_id_and_ending(shop: Database, mira: Principal):
    agent = await create_agent(shop, mira, ATLAS)

    for text in ("atlas", agent.id, agent.agent_id.hex, str(agent.agent_id), agent.agent_id.hex[-6:], f"agt_{agent.agent_id.hex[-8:]}"):
        assert (await find_agent(shop.pool, mira.tenant_id, text)).name == "atlas"
    for text in ("atlsa", "", "f" * 32, "%", "agt_"):
        with pytest.raises(NotFound):
            await find_agent(shop.pool, mira.tenant_id, text)
    with pytest.raises(NotFound, match="did you mean atlas"):
        await find_agent(shop.pool, mira.tenant_id, "atlass")


async def test_an_agent_of_another_tenant_is_not_there(shop: Database, mira: Principal):
    agent = await create_agent(shop, mira, ATLAS)
    other = ids.new_id()

    with pytest.raises(NotFound):
        await find_agent(shop.pool, other, agent.id)
    assert (await list_agents(shop.pool, other)).data == []


async def test_agents_are_listed_by_name_in_pages(shop: Database, mira: Principal):
    for name in ("maya", "atlas", "kepler"):
        await create_agent(shop, mira, ATLAS.model_copy(update={"name": name}))

    first = await list_agents(shop.pool, mira.tenant_id, limit=2)
    second = await list_agents(shop.pool, mira.tenant_id, limit=2, cursor=first.next_cursor)

    assert [agent.name for agent in first.data] == ["atlas", "kepler"]
    assert [agent.name for agent in second.data] == ["maya"]
    assert second.next_cursor is None
