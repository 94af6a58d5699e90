"""What workers publish about tools and skills."""

from __future__ import annotations

import asyncio

import pytest

from flowforge.db.database import Database
from flowforge.errors import RegistrationError
from flowforge.skills.publish import known_skills, known_tools, publish
from flowforge.skills.skill import Skill
from flowforge.skills.tool import make_tool


def look_up(order: str) -> str:
    """Find an order."""
    return order


def refund(order: str, amount: float) -> None:
    """Pay back."""


async def test_what_an_app_publishes_is_known(database: Database):
    tools = [make_tool(refund, "money", reversible=False, consequence="money leaves")]
    await publish(database.pool, "shop", tools, [Skill("refunds", "How we pay back.", "Look first.", ("refund",))])

    [tool], [skill] = await known_tools(database.pool), await known_skills(database.pool)
    assert (tool.name, tool.effect, tool.reversible, tool.approval, tool.consequence) == ("refund", "money", False, None, "money leaves")
    assert tool.schema == tools[0].schema
    assert skill == Skill("refunds", "How we pay back.", "Look first.", ("refund",))


async def test_publishing_again_replaces_what_the_app_published_and_nothing_else(database: Database):
    await publish(database.pool, "shop", [make_tool(refund, "money"), make_tool(look_up, "read")], [Skill("a", "b", "c")])
    await publish(database.pool, "mail", [make_tool(look_up, "read", name="read_mail")])
    await publish(database.pool, "shop", [make_tool(look_up, "read", approval=True)])

    assert [(tool.name, tool.approval) for tool in await known_tools(database.pool)] == [("look_up", True), ("read_mail", None)]
    assert await known_skills(database.pool) == []


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
    assert [skill.name for skill in await known_skills(database.pool)] == ["z"]
