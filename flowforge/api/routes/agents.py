"""Agents: made, seen, changed, followed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import Response

from flowforge.agents.agent import create_agent, find_agent, list_agents, update_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.status import AgentStatus, AgentView
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.etag import IfMatch, etag, unchanged_since
from flowforge.api.openapi import errors
from flowforge.api.sse import stream_response
from flowforge.api.stream_docs import STREAM_RESPONSES, After, LastEventId
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page

router = APIRouter(prefix="/v1/agents", tags=["agents"])

AgentId = Annotated[str, Path(description="An agent's name, its id, or any ending of the id that fits only one.", examples=["atlas"])]

DEFINITION_EXAMPLE: JsonDict = {
    "name": "atlas",
    "model": "claude-sonnet-4.5",
    "instructions": "You look after orders and refunds.",
    "skills": [],
    "tools": ["lookup_order", "issue_refund"],
    "approval": {"issue_refund": True},
    "done_column": "Review",
}
EXAMPLE: JsonDict = {
    "id": "agt_01968f3ac8b17c02a3f08241a2f70002",
    **DEFINITION_EXAMPLE,
    "status": "running",
    "task": "FF-1",
    "run": "run_01968f3ac8b17c02a3f08241a2f70001",
    "cost_today": "0.0600",
    "revision": 1,
    "created_at": "2026-11-22T09:00:00.000000Z",
    "seq": 12,
}


class AgentIn(AgentDefinition):
    """An agent to make."""

    model_config = ConfigDict(json_schema_extra={"examples": [DEFINITION_EXAMPLE]})


class AgentPatch(Body):
    """A JSON merge patch (RFC 7396): what is given replaces, null puts back to the default, what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"instructions": "Refund at most 300 dollars.", "approval": {"lookup_order": None}}]}
    )

    name: str | None = None
    model: str | None = None
    instructions: str | None = None
    skills: list[str] | None = None
    tools: list[str] | None = None
    approval: Annotated[dict[str, bool | None] | None, Field(description="Tool names; true asks a person first.")] = None
    done_column: str | None = None


class AgentOut(BaseModel):
    """An agent. `status` follows from its runs; `seq` is the id of the newest frame of its stream that this answer includes."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE]})

    id: str
    name: str
    model: str
    instructions: str
    skills: list[str]
    tools: list[str]
    approval: dict[str, bool]
    done_column: str
    status: AgentStatus
    task: str | None
    run: str | None
    cost_today: Annotated[str | None, Field(description="US dollars since midnight UTC; null when a price is not known.")]
    revision: int
    created_at: datetime
    seq: int

    @classmethod
    def of(cls, agent: AgentView) -> AgentOut:
        return cls.model_validate(agent)


class AgentPage(Page[AgentOut]):
    """Agents by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.post("", status_code=201, summary="Make an agent", operation_id="create_agent", responses=errors())
async def create(body: AgentIn, caller: Caller, database: Db, answer: Answer) -> AgentOut:
    """409 when the name is taken; 422 with the nearest names for a skill or tool that no worker has published."""
    agent = await create_agent(database, caller, AgentDefinition.model_validate(body.model_dump()))
    answer.headers["Location"] = f"/v1/agents/{agent.id}"
    return _tagged(answer, agent)


@router.get("", summary="List agents", operation_id="list_agents")
async def index(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> AgentPage:
    """By name."""
    page = await list_agents(database.pool, caller.tenant_id, limit=limit, cursor=cursor)
    return AgentPage(data=[AgentOut.of(agent) for agent in page.data], next_cursor=page.next_cursor)


@router.get("/{agent}", summary="Show an agent", operation_id="get_agent", responses=errors(404))
async def show(agent: AgentId, caller: Caller, database: Db, answer: Answer) -> AgentOut:
    """By name or id."""
    return _tagged(answer, await find_agent(database.pool, caller.tenant_id, agent))


@router.patch("/{agent}", summary="Change an agent", operation_id="update_agent", responses=errors(404, 412))
async def update(agent: AgentId, body: AgentPatch, if_match: IfMatch, caller: Caller, database: Db, answer: Answer) -> AgentOut:
    """Each change is a revision; a run that has begun keeps the one it began with."""
    patch: dict[str, Any] = body.model_dump(exclude_unset=True)
    with unchanged_since(if_match):
        return _tagged(answer, await update_agent(database, caller, agent, patch, if_revision=if_match))


@router.get(
    "/{agent}/stream",
    summary="Follow an agent",
    operation_id="stream_agent",
    response_class=Response,
    responses={**STREAM_RESPONSES, **errors(404)},
)
async def stream(
    agent: AgentId, request: Request, caller: Caller, database: Db, bell: Hub, after: After = 0, last_event_id: LastEventId = None
) -> Response:
    """What the agent does, over all of its runs; the stream does not end."""
    found = await find_agent(database.pool, caller.tenant_id, agent)
    return await stream_response(request, database, bell, caller.tenant_id, "agent", found.agent_id)


def _tagged(answer: Answer, agent: AgentView) -> AgentOut:
    answer.headers["ETag"] = etag(agent.revision)
    return AgentOut.of(agent)
