"""Agents: made, seen, changed, followed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import Response

from flowforge.agents.agent import AgentFilter, create_agent, find_agent, list_agents, update_agent
from flowforge.agents.archive import delete_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.status import AgentStatus, AgentView, ReasonKind
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.etag import IfMatch, etag, unchanged_since
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page

router = Resource(prefix="/v1/agents", tags=["agents"])

AgentId = Annotated[str, Path(description="An agent's name, its id, or any ending of the id that fits only one.", examples=["atlas"])]

DEFINITION_EXAMPLE: JsonDict = {
    "name": "atlas",
    "model": "claude-sonnet-4.5",
    "description": "Looks after orders and refunds.",
    "instructions": "Refund at most 300 dollars without asking.",
    "skills": [],
    "tools": ["lookup_order", "issue_refund"],
    "approval": {"issue_refund": True},
    "done_column": "Review",
    "concurrency": 2,
    "budget": "5.00/day",
    "limits": {"turns": 50, "wall_time": "2h"},
}
REASON: JsonDict = {"kind": "approval", "subject": "issue_refund", "since": "2026-11-22T10:42:07Z"}
EXAMPLE: JsonDict = {
    **DEFINITION_EXAMPLE,
    "id": "agt_01968f3ac8b17c02a3f08241a2f70002",
    "status": "waiting",
    "status_reason": REASON,
    "status_text": "waiting: approval for issue_refund since 14 m",
    "task": "FF-1",
    "run": "run_01968f3ac8b17c02a3f08241a2f70001",
    "queued": 0,
    "cost_today": "0.0600",
    "budget_used": "0.0600",
    "owned_by": None,
    "revision": 1,
    "paused_at": None,
    "archived_at": None,
    "created_at": "2026-11-22T09:00:00.000000Z",
    "updated_at": "2026-11-22T09:00:00.000000Z",
    "seq": 12,
}

Note = Annotated[str | None, Field(max_length=500, description="Why; kept with the revision.", examples=["smaller refunds"])]


class AgentIn(AgentDefinition):
    """An agent to make. `note` says why, and is kept with its first revision."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**DEFINITION_EXAMPLE, "note": "for the shop"}]})

    note: Note = None

    @property
    def definition(self) -> AgentDefinition:
        return AgentDefinition.model_validate(self.model_dump(exclude={"note"}))


class AgentPatch(Body):
    """A JSON merge patch (RFC 7396): what is given replaces, null puts back to the default, what is left out stays.

    `note` is not merged: it says why, and is kept with the revision.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"instructions": "Refund at most 300 dollars.", "approval": {"lookup_order": None}}]}
    )

    name: str | None = None
    model: str | None = None
    description: str | None = None
    instructions: str | None = None
    skills: list[str] | None = None
    tools: list[str] | None = None
    mcp_servers: list[str] | None = None
    approval: Annotated[dict[str, bool | None] | None, Field(description="Tool names; true asks a person first.")] = None
    done_column: str | None = None
    model_settings: dict[str, Any] | None = None
    fallbacks: list[str] | None = None
    output: dict[str, Any] | None = None
    limits: Annotated[dict[str, Any] | None, Field(description="turns, tool_calls, money, wall_time, on_limit.")] = None
    budget: str | None = None
    concurrency: int | None = None
    memory: bool | None = None
    delegates_to: list[str] | None = None
    retries: int | None = None
    note: Note = None


class StatusReasonOut(BaseModel):
    """Why an agent has its status: what it is about, and since when."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [REASON]})

    kind: ReasonKind
    subject: str | None
    since: datetime | None


class AgentOut(AgentDefinition):
    """An agent. `status` follows from its runs and says in `status_reason` and, as a sentence, in `status_text` why; `seq` is the id of
    the newest frame of its stream that this answer includes."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    status: AgentStatus
    status_reason: StatusReasonOut
    status_text: str
    task: str | None
    run: str | None
    queued: Annotated[int, Field(description="Runs that wait for their turn, counted up to a thousand.")]
    cost_today: Annotated[str | None, Field(description="US dollars since midnight UTC; null when a price is not known.")]
    budget_used: Annotated[str | None, Field(description="Of its budget, in US dollars, in the day or month that is now.")]
    owned_by: Annotated[str | None, Field(description="The app whose code defines it; such a definition is changed there.")]
    revision: int
    paused_at: datetime | None
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    seq: int

    @classmethod
    def of(cls, agent: AgentView) -> AgentOut:
        names = ("id", "status", "task", "run", "queued", "cost_today", "budget_used", "owned_by", "revision", "paused_at", "archived_at")
        times = ("created_at", "updated_at", "seq")
        return cls(
            **agent.definition.model_dump(),
            **{name: getattr(agent, name) for name in (*names, *times)},
            status_reason=StatusReasonOut.model_validate(agent.reason),
            status_text=agent.reason.text,
        )


class AgentPage(Page[AgentOut]):
    """Agents by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.post("", status_code=201, summary="Make an agent", operation_id="create_agent", responses=errors())
async def create(body: AgentIn, caller: Caller, database: Db, answer: Answer) -> AgentOut:
    """409 when the name is taken; 422 with the nearest names for a skill or tool that no worker has published."""
    agent = await create_agent(database, caller, body.definition, note=body.note)
    answer.headers["Location"] = f"/v1/agents/{agent.id}"
    return tagged(answer, agent)


@router.get("", summary="List agents", operation_id="list_agents")
async def index(
    caller: Caller,
    database: Db,
    status: Annotated[AgentStatus | None, Query(description="Only those that are so now.", examples=["waiting"])] = None,
    skill: Annotated[str | None, Query(max_length=100, description="Only those with this skill.", examples=["review"])] = None,
    model: Annotated[str | None, Query(max_length=200, description="Only those with this model.", examples=["claude-sonnet-4.5"])] = None,
    archived: Annotated[bool | None, Query(description="Only archived ones, or only others; both unless given.", examples=[False])] = None,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> AgentPage:
    """By name. A status is derived, so a page of one status may hold fewer than `limit`; go on while there is a `next_cursor`."""
    chosen = AgentFilter(status, skill, model, archived)
    page = await list_agents(database.pool, caller.tenant_id, limit=limit, cursor=cursor, chosen=chosen)
    return AgentPage(data=[AgentOut.of(agent) for agent in page.data], next_cursor=page.next_cursor)


@router.get("/{agent}", summary="Show an agent", operation_id="get_agent", responses=errors(404))
async def show(agent: AgentId, caller: Caller, database: Db, answer: Answer) -> AgentOut:
    """By name or id."""
    return tagged(answer, await find_agent(database.pool, caller.tenant_id, agent))


@router.patch("/{agent}", summary="Change an agent", operation_id="update_agent", responses=errors(404, 412))
async def update(agent: AgentId, body: AgentPatch, if_match: IfMatch, caller: Caller, database: Db, bell: Hub, answer: Answer) -> AgentOut:
    """Each change is a revision; a run that has begun keeps the one it began with. 409 when code owns the definition."""
    patch: dict[str, Any] = body.model_dump(exclude_unset=True, exclude={"note"})
    with unchanged_since(if_match):
        return tagged(answer, await update_agent(database, caller, agent, patch, if_revision=if_match, note=body.note, bell=bell))


@router.delete(
    "/{agent}", status_code=204, response_class=Response, summary="Delete an agent", operation_id="delete_agent", responses=errors(404)
)
async def delete(agent: AgentId, caller: Caller, database: Db) -> Response:
    """Only one that never worked; 409 for any other: archive that one."""
    await delete_agent(database, caller, agent)
    return Response(status_code=204)


def tagged(answer: Answer, agent: AgentView) -> AgentOut:
    """The agent as the answer, with its revision as the ETag."""
    answer.headers["ETag"] = etag(agent.revision)
    return AgentOut.of(agent)
