"""Teams as records: made, found, listed, changed. Each change is a revision and an audit entry in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from flowforge import ids
from flowforge.agents.definition import merged
from flowforge.agents.team_definition import TeamDefinition, read_team
from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

TeamStatus = Literal["running", "waiting", "idle"]

LIST_LIMIT_MAX = 200

sql = load_queries("flowforge.agents")


@dataclass(frozen=True)
class TeamView:
    """A team as others see it. `status` follows from the runs of its agents: one is at work, or some wait, or none is open."""

    team_id: UUID
    definition: TeamDefinition
    status: TeamStatus
    revision: int
    created_at: datetime
    updated_at: datetime

    @property
    def id(self) -> str:
        return ids.show("tea", self.team_id)


@dataclass(frozen=True)
class TeamRevision:
    """One state of a team, and who made it so."""

    revision: int
    definition: TeamDefinition
    created_by: str
    created_at: datetime


@dataclass(frozen=True)
class TeamPage:
    """One page of a list; `next_cursor` is None on the last one."""

    data: list[TeamView]
    next_cursor: str | None


async def create_team(database: Database, principal: Principal, definition: TeamDefinition, *, team_id: UUID | None = None) -> TeamView:
    """Make a new team. Raises Conflict when its name is taken, InvalidInput for a lead or member that is no agent.

    await create_team(database, principal, TeamDefinition(name="support", lead="atlas", members=("maya", "zoe")))
    """
    team_id = team_id or ids.new_id()
    async with database.pool.acquire() as connection, connection.transaction():
        lead_id = await _check(connection, principal.tenant_id, definition)
        of = {"tenant_id": principal.tenant_id, "team_id": team_id}
        if await sql.insert_team.fetchval(connection, **of, name=definition.name, lead_id=lead_id) is None:
            raise Conflict(f"there is a team named {definition.name!r} already", hint="choose another name, or PATCH that one")
        await _record(connection, principal, "team.create", team_id, definition, 1)
    return await _view(database.pool, principal.tenant_id, team_id)


async def update_team(
    database: Database, principal: Principal, reference: str, patch: dict[str, Any], *, if_revision: int | None = None
) -> TeamView:
    """Apply a JSON merge patch; one that changes nothing makes no revision. Raises NotFound, InvalidInput, and Conflict when
    `if_revision` is no longer the current revision or the name is taken."""
    team_id = await resolve_team(database.pool, principal.tenant_id, reference)
    async with database.pool.acquire() as connection, connection.transaction():
        row = await _lock(connection, principal.tenant_id, team_id, reference)
        if if_revision is not None and row["revision"] != if_revision:
            raise Conflict(
                f"team {row['name']!r} is at revision {row['revision']}, not {if_revision}: somebody changed it meanwhile",
                winner={"revision": row["revision"]},
            )
        before = TeamDefinition.model_validate_json(row["definition"])
        after = read_team(merged(before.model_dump(mode="json"), patch))
        if after != before:
            await _change(connection, principal, team_id, after, row["revision"] + 1)
    return await _view(database.pool, principal.tenant_id, team_id)


async def roll_back_team(database: Database, principal: Principal, reference: str, revision: int) -> TeamView:
    """Make the team what it was at a revision; that is a new revision. Raises NotFound for one that there was not."""
    team_id = await resolve_team(database.pool, principal.tenant_id, reference)
    async with database.pool.acquire() as connection, connection.transaction():
        row = await _lock(connection, principal.tenant_id, team_id, reference)
        wanted = await sql.team_revisions.fetch(
            connection, tenant_id=principal.tenant_id, team_id=team_id, before=revision + 1 if revision > 0 else 1, limit=1
        )
        if not wanted or wanted[0]["revision"] != revision:
            raise NotFound("revision", str(revision))
        await _change(connection, principal, team_id, TeamDefinition.model_validate_json(wanted[0]["definition"]), row["revision"] + 1)
    return await _view(database.pool, principal.tenant_id, team_id)


async def delete_team(database: Database, principal: Principal, reference: str) -> None:
    """Take a team away; its agents, and what they work on, stay. Raises NotFound."""
    team_id = await resolve_team(database.pool, principal.tenant_id, reference)
    async with database.pool.acquire() as connection, connection.transaction():
        row = await _lock(connection, principal.tenant_id, team_id, reference)
        await sql.delete_team.execute(connection, tenant_id=principal.tenant_id, team_id=team_id)
        await append(connection, principal, "team.delete", "team", ids.show("tea", team_id), {"name": row["name"]})


async def get_team(database: Database, tenant_id: UUID, reference: str) -> TeamView:
    """The team of that name or id. Raises NotFound with the nearest names."""
    return await _view(database.pool, tenant_id, await resolve_team(database.pool, tenant_id, reference))


async def list_teams(database: Database, tenant_id: UUID, *, limit: int = 50, cursor: str | None = None) -> TeamPage:
    """Teams by name, from behind `cursor`. Raises InvalidInput for a limit outside 1 to 200."""
    if not 1 <= limit <= LIST_LIMIT_MAX:
        raise InvalidInput(f"limit must lie between 1 and {LIST_LIMIT_MAX}, {limit} does not", pointer="/limit")
    rows = await sql.list_teams.fetch(database.pool, tenant_id=tenant_id, team_id=None, after=cursor, limit=limit + 1)
    views = [_view_of(row) for row in rows[:limit]]
    return TeamPage(views, views[-1].definition.name if len(rows) > limit else None)


async def list_team_revisions(
    database: Database, tenant_id: UUID, reference: str, *, limit: int = 50, before: int | None = None
) -> list[TeamRevision]:
    """What a team was, the newest first. Raises NotFound."""
    team_id = await resolve_team(database.pool, tenant_id, reference)
    rows = await sql.team_revisions.fetch(database.pool, tenant_id=tenant_id, team_id=team_id, before=before, limit=limit)
    return [TeamRevision(**{**row, "definition": TeamDefinition.model_validate_json(row["definition"])}) for row in rows]


async def resolve_team(connection: Connection, tenant_id: UUID, reference: str) -> UUID:
    """The id of the team of that name or id. Raises NotFound with the nearest names."""
    found: UUID | None = None
    if "\x00" not in reference and reference.isprintable():
        found = await sql.find_team.fetchval(connection, tenant_id=tenant_id, name=reference, team_id=ids.parse("tea", reference))
    if found is None:
        raise NotFound("team", reference[:100], [row["name"] for row in await sql.team_names.fetch(connection, tenant_id=tenant_id)])
    return found


async def _lock(connection: Connection, tenant_id: UUID, team_id: UUID, reference: str) -> Any:
    row = await sql.lock_team.fetchrow(connection, tenant_id=tenant_id, team_id=team_id)
    if row is None:
        raise NotFound("team", reference[:100])
    return row


async def _check(connection: Connection, tenant_id: UUID, definition: TeamDefinition) -> UUID:
    """The lead's id. Raises InvalidInput, with a pointer and the nearest names, for one that is no agent."""
    wanted = {"/lead": definition.lead, **{f"/members/{place}": name for place, name in enumerate(definition.members)}}
    rows = await sql.agents_named.fetch(connection, tenant_id=tenant_id, names=list(wanted.values()))
    found = {row["name"]: row["agent_id"] for row in rows}
    for pointer, name in wanted.items():
        if name not in found:
            known = [row["name"] for row in await sql.agent_names.fetch(connection, tenant_id=tenant_id)]
            raise InvalidInput(str(NotFound("agent", name, known)), pointer=pointer)
    lead_id: UUID = found[definition.lead]
    return lead_id


async def _change(connection: Connection, principal: Principal, team_id: UUID, after: TeamDefinition, revision: int) -> None:
    lead_id = await _check(connection, principal.tenant_id, after)
    holder = await sql.find_team.fetchval(connection, tenant_id=principal.tenant_id, name=after.name, team_id=None)
    if holder is not None and holder != team_id:
        raise Conflict(f"there is a team named {after.name!r} already", hint="choose another name")
    of = {"tenant_id": principal.tenant_id, "team_id": team_id}
    await sql.save_team.execute(connection, **of, name=after.name, lead_id=lead_id, revision=revision)
    await _record(connection, principal, "team.update", team_id, after, revision)


async def _record(connection: Connection, principal: Principal, act: str, team_id: UUID, definition: TeamDefinition, revision: int) -> None:
    await sql.insert_team_revision.execute(
        connection,
        tenant_id=principal.tenant_id,
        team_id=team_id,
        revision=revision,
        definition=definition.model_dump_json(),
        created_by=principal.name,
    )
    detail = {"name": definition.name, "revision": revision, "definition": definition.model_dump(mode="json")}
    await append(connection, principal, act, "team", ids.show("tea", team_id), detail)


async def _view(connection: Connection, tenant_id: UUID, team_id: UUID) -> TeamView:
    row = await sql.list_teams.fetchrow(connection, tenant_id=tenant_id, team_id=team_id, after=None, limit=1)
    if row is None:
        raise NotFound("team", ids.show("tea", team_id))
    return _view_of(row)


def _view_of(row: Any) -> TeamView:
    status: TeamStatus = "running" if row["working"] else "waiting" if row["open"] else "idle"
    definition = TeamDefinition.model_validate_json(row["definition"])
    return TeamView(row["team_id"], definition, status, row["revision"], row["created_at"], row["updated_at"])
