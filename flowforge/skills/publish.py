"""What a worker can do, written to the database when it starts, so that the API knows it without importing user code."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowforge.db.queries import Connection, load_queries
from flowforge.errors import NotFound, RegistrationError
from flowforge.skills.publish_skills import publish_skills
from flowforge.skills.skill import Skill
from flowforge.skills.tool import TOOLS, Effect, Tool

sql = load_queries("flowforge.skills")


@dataclass(frozen=True)
class PublishedTool:
    """A tool as the API knows it: everything but the function."""

    name: str
    description: str
    schema: Mapping[str, Any]
    effect: Effect
    reversible: bool | None
    approval: bool | None
    consequence: str | None
    terms: Mapping[str, Any]  # time, rate and the like, as far as they are given


async def publish(connection: Connection, app: str, tools: Iterable[Tool] = TOOLS, skills: Iterable[Skill] = ()) -> None:
    """Make `tools` and `skills` all that `app` offers: what it offered before and does not now is gone.

    A name that another app published passes to this one: the newest registration is the one that workers run. Raises
    RegistrationError when a skill names a tool that nobody has.
    """
    tools, skills = list(tools), list(skills)
    await _check_tools_of_skills(connection, tools, skills)
    await sql.replace_tools.execute(connection, app=app, **_tool_columns(tools))
    await publish_skills(connection, app, skills)


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
            json.loads(row["terms"]),
        )
        for row in await sql.list_tools.fetch(connection)
    ]


def _tool_columns(tools: list[Tool]) -> dict[str, list[Any]]:
    return {
        "names": [tool.name for tool in tools],
        "descriptions": [tool.description for tool in tools],
        "parameters": [json.dumps(tool.schema) for tool in tools],
        "effects": [tool.effect for tool in tools],
        "reversibles": [tool.reversible for tool in tools],
        "approvals": [tool.approval for tool in tools],
        "consequences": [tool.consequence for tool in tools],
        "terms": [json.dumps(_terms(tool)) for tool in tools],
    }


def _terms(tool: Tool) -> dict[str, Any]:
    given = {name: getattr(tool, name) for name in ("outside", "timeout", "retries", "rate", "on_uncertain", "idempotent")}
    return {name: value for name, value in given.items() if value not in (None, False)}


async def _check_tools_of_skills(connection: Connection, tools: list[Tool], skills: list[Skill]) -> None:
    if not any(skill.tools for skill in skills):
        return
    known = {tool.name for tool in tools} | {row["name"] for row in await sql.list_tools.fetch(connection)}
    for skill in skills:
        for name in skill.tools:
            if name not in known:
                raise RegistrationError(f"skill {skill.name!r} needs a tool that is not registered: {NotFound('tool', name, known)}")
