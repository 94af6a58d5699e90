"""What workers publish about tools and skills."""

from __future__ import annotations

import asyncio

import pytest

from flowforge.db.database import Database
from flowforge.errors import NotFound, RegistrationError
from flowforge.ids import DEFAULT_TENANT
from flowforge.skills.publish import known_tools, publish
from flowforge.skills.registry import find_version, list_skills, list_versions, load_tree
from flowforge.skills.skill import Skill
from flowforge.skills.tool import make_tool
from flowforge.skills.use import choose_versions
from flowforge.skills.version import SkillVersion


def look_up(order: str) -> str:
    """Find an order."""
    return order


def refund(order: str, amount: float) -> None:
    """Pay back."""


async def offered(database: Database) -> list[SkillVersion]:
    return [found.version for found in (await list_skills(database.pool, DEFAULT_TENANT))[0]]


async def test_what_an_app_publishes_is_known(database: Database):
    tools = [make_tool(refund, "money", reversible=False, consequence="money leaves")]
    await publish(database.pool, "shop", tools, [Skill("refunds", "How we pay back.", "Look first.", ("refund",))])

    [tool], [skill] = await known_tools(database.pool), await offered(database)
    assert (tool.name, tool.effect, tool.reversible, tool.approval, tool.consequence) == ("refund", "money", False, None, "money leaves")
    assert tool.schema == tools[0].schema
    assert (skill.title, skill.layer, skill.description, skill.tools) == ("refunds@1", "deployment", "How we pay back.", ("refund",))
    assert (await load_tree(database.pool, DEFAULT_TENANT, skill))["SKILL.md"].endswith(b"---\nLook first.\n")


async def test_publishing_again_replaces_what_the_app_published_and_nothing_else(database: Database):
    await publish(database.pool, "shop", [make_tool(refund, "money"), make_tool(look_up, "read")], [Skill("a", "b", "c")])
    await publish(database.pool, "mail", [make_tool(look_up, "read", name="read_mail")])
    await publish(database.pool, "shop", [make_tool(look_up, "read", approval=True)])

    assert [(tool.name, tool.approval) for tool in await known_tools(database.pool)] == [("look_up", True), ("read_mail", None)]
    assert await offered(database) == []


async def test_a_skill_that_needs_an_unknown_tool_is_refused(database: Database):
    with pytest.raises(RegistrationError, match=r"skill 'refunds' needs a tool that is not registered: .*did you mean refund"):
        await publish(database.pool, "shop", [make_tool(refund, "money")], [Skill("refunds", "d", "i", ("refnd",))])

    assert await known_tools(database.pool) == []


@pytest.mark.parametrize("table", ["tool", "skill"])
async def test_what_goes_and_what_changes_is_locked_in_the_order_of_the_names(database: Database, table: str):
    """So that two workers that start together with different code do not deadlock."""
    tools = [make_tool(look_up, "read", name=name) for name in ("a", "z")]
    skills = [Skill(name, "d", "i") for name in ("a", "z")]
    await publish(database.pool, "shop", tools, skills)
    async with database.pool.acquire() as holding, holding.transaction():
        await holding.execute(f"select from flowforge.{table} where name = 'a' for update")
        publishing = asyncio.create_task(publish(database.pool, "shop", tools[1:], skills[1:]))
        async with asyncio.timeout(5):
            while not await database.pool.fetchval("select exists (select from pg_locks where not granted)"):
                await asyncio.sleep(0.005)
        async with database.pool.acquire() as looking, looking.transaction():
            await looking.execute(f"select from flowforge.{table} where name = 'z' for update nowait")
    await publishing

    assert [tool.name for tool in await known_tools(database.pool)] == ["z"]
    assert [skill.name for skill in await offered(database)] == ["z"]


async def test_a_version_is_made_by_what_stands_in_it_whoever_publishes_it_and_how_often(database: Database):
    one, other = Skill("a", "d", "One."), Skill("a", "d", "Other.")
    for skill in (one, one, other, other, one):
        await publish(database.pool, "shop", [], [skill])
    await publish(database.pool, "mail", [], [one])

    versions, _ = await list_versions(database.pool, DEFAULT_TENANT, "a")
    assert [version.number for version in versions] == [3, 2, 1]
    assert versions[0].tree == versions[2].tree != versions[1].tree
    assert (await find_version(database.pool, DEFAULT_TENANT, "a")).number == 3
    assert b"Other." in (await load_tree(database.pool, DEFAULT_TENANT, versions[1]))["SKILL.md"]


async def test_a_skill_that_is_offered_no_more_is_not_found_and_comes_back_with_its_next_number(database: Database):
    await publish(database.pool, "shop", [], [Skill("a", "d", "One.")])
    await publish(database.pool, "shop", [], [])
    with pytest.raises(NotFound):
        await find_version(database.pool, DEFAULT_TENANT, "a@1")

    await publish(database.pool, "shop", [], [Skill("a", "d", "Two.")])
    assert (await find_version(database.pool, DEFAULT_TENANT, "a")).number == 2


@pytest.mark.thorough
async def test_two_workers_that_start_together_give_no_number_twice(database: Database):
    skills = [Skill("a", "d", f"Text {number}.") for number in range(6)]
    await asyncio.gather(*(publish(database.pool, f"app-{number}", [], [skill]) for number, skill in enumerate(skills)))

    versions, _ = await list_versions(database.pool, DEFAULT_TENANT, "a")
    assert sorted(version.number for version in versions) == [1, 2, 3, 4, 5, 6]
    assert len({version.tree for version in versions}) == 6


@pytest.mark.thorough
async def test_of_what_was_published_the_newest_are_kept_and_what_open_runs_began_with(database: Database, open_run, monkeypatch):
    monkeypatch.setattr("flowforge.skills.publish_skills.KEPT_VERSIONS", 2)
    await publish(database.pool, "shop", [], [Skill("a", "d", "Text 1.")])
    run_id = await open_run()
    await choose_versions(database, DEFAULT_TENANT, run_id, None, ["a"])
    for number in range(2, 6):
        await publish(database.pool, "shop", [], [Skill("a", "d", f"Text {number}.")])

    versions, _ = await list_versions(database.pool, DEFAULT_TENANT, "a")
    assert [version.number for version in versions] == [5, 4, 1]
    assert b"Text 1." in (await load_tree(database.pool, DEFAULT_TENANT, versions[2]))["SKILL.md"]
    assert await database.pool.fetchval("select count(*) from flowforge.published_skill_file") == 3
