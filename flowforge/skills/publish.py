"""What a worker can do, written to the database when it starts, so that the API knows it without importing user code."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowforge.db.queries import Connection, load_queries
from flowforge.errors import NotFound, RegistrationError
from flowforge.skills.skill import Skill
from flowforge.skills.tool import TOOLS, Tool

sql = load_queries("flowforge.skills")


@dataclass(frozen=True)
class PublishedTool:
    """A tool as the API knows it: everything but the function."""

    name: str
    description: str
    schema: Mapping[str, Any]
    effect: str
    reversible: bool | None
    approval: bool | None
    consequence: str | None


async def publish(connection: Connection, app: str, tools: Iterable[Tool] = TOOLS, skills: Iterable[Skill] = ()) -> None:
    """Make `tools` and `skills` all that `app` offers: what it offered before and does not now is gone.

    A name that another app published passes to this one: the newest registration is the one that workers run. Raises
    RegistrationError when a skill names a tool that nobody has.
    """
    tools, skills = list(tools), list(skills)
    await _check_tools_of_skills(connection, tools, skills)
    await sql.replace_tools.execute(connection, app=app, **_tool_columns(tools))
    await sql.replace_skills.execute(
        connection,
        app=app,
        names=[skill.name for skill in skills],
        descriptions=[skill.description for skill in skills],
        instructions=[skill.instructions for skill in skills],
        tools=[json.dumps(skill.tools) for skill in skills],
    )


async def known_tools(connection: Connection) -> list[PublishedTool]:
    """Every published tool, by name."""
    return [
        PublishedTool(
            row["name"],
            row["description"],
            json.loads(row["parameters"]),
            row["effect"],
            row["reversible"],
            row["approval"],
            row["consequence"],
        )
        for row in await sql.list_tools.fetch(connection)
    ]


async def known_skills(connection: Connection) -> list[Skill]:
    """Every published skill, by name."""
    rows = await sql.list_skills.fetch(connection)
    return [Skill(row["name"], row["description"], row["instructions"], tuple(row["tools"])) for row in rows]


def _tool_columns(tools: list[Tool]) -> dict[str, list[Any]]:
    return {
        "names": [tool.name for tool in tools],
        "descriptions": [tool.description for tool in tools],
        "parameters": [json.dumps(tool.schema) for tool in tools],
        "effects": [tool.effect for tool in tools],
        "reversibles": [tool.reversible for tool in tools],
        "approvals": [tool.approval for tool in tools],
        "consequences": [tool.consequence for tool in tools],
    }


async def _check_tools_of_skills(connection: Connection, tools: list[Tool], skills: list[Skill]) -> None:
    if not any(skill.tools for skill in skills):
        return
    known = {tool.name for tool in tools} | {row["name"] for row in await sql.list_tools.fetch(connection)}
    for skill in skills:
        for name in skill.tools:
            if name not in known:
                raise RegistrationError(f"skill {skill.name!r} needs a tool that is not registered: {NotFound('tool', name, known)}")
