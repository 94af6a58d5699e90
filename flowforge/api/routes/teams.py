"""Teams: a lead and members to whom it may give work; made, seen, changed, rolled back, taken away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.agents.team import (
    TeamRevision,
    TeamStatus,
    TeamView,
    create_team,
    delete_team,
    get_team,
    list_team_revisions,
    list_teams,
    roll_back_team,
    update_team,
)
from flowforge.agents.team_definition import TeamDefinition, TeamLimits, read_team
from flowforge.api.caller import Caller, Db
from flowforge.api.etag import IfMatch, etag, unchanged_since
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.errors import InvalidInput

router = Resource(prefix="/v1/teams", tags=["teams"])

TeamName = Annotated[str, Path(description="A team's name, or its id.", examples=["support"])]

DEFINITION_EXAMPLE: JsonDict = {
    "name": "support",
    "lead": "atlas",
    "members": ["maya", "zoe"],
    "description": "Orders, refunds and what customers write about them.",
    "instructions": "Give research to maya and letters to zoe.",
    "limits": {"depth": 8, "cards_by_run": 20, "cards_in_tree": 200},
}
EXAMPLE: JsonDict = {
    "id": "tea_01968f3ac8b17c02a3f08241a2f70031",
    **DEFINITION_EXAMPLE,
    "status": "running",
    "revision": 1,
    "created_at": "2026-11-22T09:00:00.000000Z",
    "updated_at": "2026-11-22T09:00:00.000000Z",
}
REVISION_EXAMPLE: JsonDict = {
    "revision": 1,
    "definition": DEFINITION_EXAMPLE,
    "created_by": "mira",
    "created_at": "2026-11-22T09:00:00.000000Z",
}


class TeamIn(TeamDefinition):
    """A team to make."""

    model_config = ConfigDict(json_schema_extra={"examples": [DEFINITION_EXAMPLE]})


class TeamPatch(Body):
    """A JSON merge patch (RFC 7396): what is given replaces, null puts back to the default, what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"members": ["maya", "zoe", "rune"]}]})

    name: str | None = None
    lead: str | None = None
    members: list[str] | None = None
    description: str | None = None
    instructions: str | None = None
    limits: dict[str, int | None] | None = None


class TeamRollbackIn(Body):
    """Which revision it is to be again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"revision": 1}]})

    revision: Annotated[int, Field(ge=1, le=2_147_483_646)]


class TeamOut(BaseModel):
    """A team. `status` follows from the runs of its agents."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    name: str
    lead: str
    members: list[str]
    description: str
    instructions: str
    limits: TeamLimits
    status: TeamStatus
    revision: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, team: TeamView) -> TeamOut:
        said = team.definition.model_dump()
        return cls(
            id=team.id,
            status=team.status,
            revision=team.revision,
            created_at=team.created_at,
            updated_at=team.updated_at,
            **said,
        )


class TeamPage(Page[TeamOut]):
    """Teams by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


class TeamRevisionOut(BaseModel):
    """What a team was, and who made it so."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [REVISION_EXAMPLE]})

    revision: int
    definition: TeamDefinition
    created_by: str
    created_at: datetime

    @classmethod
    def of(cls, one: TeamRevision) -> TeamRevisionOut:
        return cls.model_validate(one)


class TeamRevisionPage(Page[TeamRevisionOut]):
    """Revisions, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [REVISION_EXAMPLE], "next_cursor": None}]})


@router.post("", status_code=201, summary="Make a team", operation_id="create_team", responses=errors())
async def create(body: TeamIn, caller: Caller, database: Db, repeat_id: RepeatId, answer: Answer) -> TeamOut:
    """409 when the name is taken; 422 with the nearest names for a lead or member that is no agent."""
    team = await create_team(database, caller, read_team(body.model_dump(mode="json")), team_id=repeat_id)
    answer.headers["Location"] = f"/v1/teams/{team.id}"
    return _tagged(answer, team)


@router.get("", summary="List teams", operation_id="list_teams")
async def index(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> TeamPage:
    """By name."""
    page = await list_teams(database, caller.tenant_id, limit=limit, cursor=_storable(cursor))
    return TeamPage(data=[TeamOut.of(team) for team in page.data], next_cursor=page.next_cursor)


@router.get("/{team}", summary="Show a team", operation_id="get_team", responses=errors(404))
async def show(team: TeamName, caller: Caller, database: Db, answer: Answer) -> TeamOut:
    """By name or id."""
    return _tagged(answer, await get_team(database, caller.tenant_id, team))


@router.patch("/{team}", summary="Change a team", operation_id="update_team", responses=errors(404, 412))
async def update(team: TeamName, body: TeamPatch, if_match: IfMatch, caller: Caller, database: Db, answer: Answer) -> TeamOut:
    """Each change is a revision; a run that has begun keeps what it was told of its team."""
    patch: dict[str, Any] = body.model_dump(exclude_unset=True)
    with unchanged_since(if_match):
        return _tagged(answer, await update_team(database, caller, team, patch, if_revision=if_match))


@router.delete("/{team}", status_code=204, summary="Take a team away", operation_id="delete_team", responses=errors(404))
async def delete(team: TeamName, caller: Caller, database: Db) -> None:
    """Its agents, and what they work on, stay."""
    await delete_team(database, caller, team)


@router.get("/{team}/revisions", summary="List a team's revisions", operation_id="list_team_revisions", responses=errors(404))
async def revisions(
    team: TeamName,
    caller: Caller,
    database: Db,
    limit: Limit = PAGE_DEFAULT,
    cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,9}$", description="`next_cursor` of the page before this one.")] = None,
) -> TeamRevisionPage:
    """The newest first."""
    found = await list_team_revisions(database, caller.tenant_id, team, limit=limit + 1, before=None if cursor is None else int(cursor))
    shown = found[:limit]
    return TeamRevisionPage(
        data=[TeamRevisionOut.of(one) for one in shown], next_cursor=str(shown[-1].revision) if len(found) > limit else None
    )


@router.post("/{team}/rollback", summary="Roll a team back", operation_id="roll_back_team", responses=errors(404))
async def rollback(team: TeamName, body: TeamRollbackIn, caller: Caller, database: Db, answer: Answer) -> TeamOut:
    """What it was at a revision becomes its next one."""
    return _tagged(answer, await roll_back_team(database, caller, team, body.revision))


def _storable(cursor: str | None) -> str | None:
    if cursor is not None and not cursor.isprintable():
        raise InvalidInput("this cursor is not one that was handed out", pointer="/cursor")
    return cursor


def _tagged(answer: Answer, team: TeamView) -> TeamOut:
    answer.headers["ETag"] = etag(team.revision)
    return TeamOut.of(team)
