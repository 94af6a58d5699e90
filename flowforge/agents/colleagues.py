"""Whom an agent may give work to, and what it is told of them: those that its definition names, and the members of teams that it leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flowforge.agents.definition import AgentDefinition
from flowforge.agents.loop_tool import Bounds
from flowforge.agents.team_definition import TeamDefinition
from flowforge.db.queries import Connection, load_queries

sql = load_queries("flowforge.agents")


@dataclass(frozen=True)
class Colleagues:
    """`names` is all to whom it may give work; `briefing` is what stands in its instructions about them, empty where there is nobody."""

    names: tuple[str, ...]
    briefing: str
    bounds: Bounds


async def colleagues_of(connection: Connection, tenant_id: UUID, agent_id: UUID, definition: AgentDefinition) -> Colleagues:
    """Read once, when a run begins: a team that changes later changes no run that is under way."""
    rows = await sql.teams_led_by.fetch(connection, tenant_id=tenant_id, agent_id=agent_id)
    teams = [TeamDefinition.model_validate_json(row["definition"]) for row in rows]
    names = tuple(dict.fromkeys([*definition.delegates_to, *(name for team in teams for name in team.members)]))
    found = await sql.colleagues.fetch(connection, tenant_id=tenant_id, names=list(names)) if names else []
    others = [AgentDefinition.model_validate_json(row["definition"]) for row in found]
    return Colleagues(names, _briefing(teams, others), _bounds(teams))


def _bounds(teams: Sequence[TeamDefinition]) -> Bounds:
    """The widest of its teams', since a card does not say for which of them it is."""
    if not teams:
        return Bounds()
    limits = [team.limits for team in teams]
    return Bounds(max(one.depth for one in limits), max(one.cards_by_run for one in limits), max(one.cards_in_tree for one in limits))


def _briefing(teams: Sequence[TeamDefinition], others: Sequence[AgentDefinition]) -> str:
    if not others:
        return ""
    sections = ["## Your colleagues\n\nYou may give work to them with the tool delegate.\n\n" + "\n".join(map(_line, others))]
    sections += [f"## The team {team.name}, which you lead\n\n{team.instructions}".strip() for team in teams if team.instructions]
    return "\n\n".join(sections)


def _line(other: AgentDefinition) -> str:
    line = f"- {other.name}"
    if other.description:
        line += f": {' '.join(other.description.split())}"
    return line + (f" (skills: {', '.join(other.skills)})" if other.skills else "")
