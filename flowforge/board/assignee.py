"""Whom a card is assigned to: an agent or a person, by name; or a team, which means the agent that leads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from flowforge.board.queries import sql
from flowforge.board.text import storable
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, NotFound

AssigneeKind = Literal["agent", "user"]
NamedKind = Literal["agent", "user", "team"]


@dataclass(frozen=True)
class AssigneeName:
    """An assignee as a caller names it; whether it exists is not known yet."""

    kind: NamedKind
    name: str


@dataclass(frozen=True)
class Assignee:
    """An agent or a person of this tenant."""

    kind: AssigneeKind
    name: str
    id: UUID


async def find_assignee(connection: Connection, tenant_id: UUID, wanted: AssigneeName) -> Assignee:
    """The agent or person of that name, or the lead of the team. Raises NotFound with the nearest names of the same kind."""
    by_name, all_names = {
        "agent": (sql.find_agent, sql.agent_names),
        "user": (sql.find_person, sql.person_names),
        "team": (sql.find_team_lead, sql.team_names),
    }[wanted.kind]
    row = None
    if storable(wanted.name):
        row = await by_name.fetchrow(connection, tenant_id=tenant_id, name=wanted.name)
    if row is None:
        known = [found["name"] for found in await all_names.fetch(connection, tenant_id=tenant_id)]
        raise NotFound(wanted.kind, wanted.name[:100], known)
    return Assignee("user" if wanted.kind == "user" else "agent", row["name"], row["id"])


async def find_anybody(connection: Connection, tenant_id: UUID, name: str) -> Assignee:
    """The agent or, failing that, the person of that name. Raises NotFound with the nearest of both."""
    try:
        return await find_assignee(connection, tenant_id, AssigneeName("agent", name))
    except NotFound as no_agent:
        try:
            return await find_assignee(connection, tenant_id, AssigneeName("user", name))
        except NotFound as no_user:
            raise NotFound("assignee", name[:100], [*no_agent.nearest, *no_user.nearest]) from None


async def refuse_archived(connection: Connection, tenant_id: UUID, agent: Assignee) -> None:
    """Raises Conflict for an agent that is archived; any other one is not, until the caller's transaction ends."""
    if await sql.takes_work.fetchval(connection, tenant_id=tenant_id, agent_id=agent.id) is None:
        raise Conflict(
            f"agent {agent.name!r} is archived and takes no work", winner={"archived": True}, hint="unarchive it, or name another agent"
        )
