"""What starts an agent: events, times and webhooks that become its cards or runs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import ConfigDict
from pydantic.config import JsonDict
from starlette.responses import Response

from flowforge.agents.agent import resolve_agent
from flowforge.agents.trigger import AgentTrigger, TriggerDefinition, add_trigger, list_triggers, read_trigger, remove_trigger
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.agents import AgentId
from flowforge.api.values import PAGE_DEFAULT, Cursor, Limit, Page
from flowforge.orchestrator import hints

router = Resource(prefix="/v1/agents", tags=["agents"])

DEFINITION: JsonDict = {
    "event": "order/created",
    "if": "event.data.total > 1000",
    "makes": "task",
    "title": "Look at {{event.data.order_id}}",
    "description": "Is it a fraud?",
}
EXAMPLE: JsonDict = {
    "id": "trg_01968f3ac8b17c02a3f08241a2f70009",
    **DEFINITION,
    "cron": None,
    "tz": "UTC",
    "catch_up": "one",
    "webhook": None,
    "scheme": None,
    "secret_env": None,
    "prompt": None,
    "created_by": "mira",
    "created_at": "2026-11-22T10:42:07Z",
}

TriggerId = Annotated[str, Path(description="The id of a trigger.", examples=["trg_01968f3ac8b17c02a3f08241a2f70009"])]


class AgentTriggerIn(TriggerDefinition):
    """A trigger to give."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [DEFINITION, {"cron": "0 9 * * 1-5", "tz": "Europe/Oslo", "makes": "run", "prompt": "Report."}]}
    )


class AgentTriggerOut(TriggerDefinition):
    """A trigger of an agent: what it was given, by whom and when."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    created_by: str
    created_at: datetime

    @classmethod
    def of(cls, found: AgentTrigger) -> AgentTriggerOut:
        given = found.definition.model_dump()
        return cls(**given, id=found.id, created_by=found.created_by, created_at=found.created_at)


class AgentTriggerPage(Page[AgentTriggerOut]):
    """Triggers, the oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.get("/{agent}/triggers", summary="List what starts an agent", operation_id="list_agent_triggers", responses=errors(404))
async def index(agent: AgentId, caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> AgentTriggerPage:
    """The oldest first."""
    agent_id = await resolve_agent(database.pool, caller.tenant_id, agent)
    found, following = await list_triggers(database.pool, caller.tenant_id, agent_id, limit=limit, cursor=cursor)
    return AgentTriggerPage(data=[AgentTriggerOut.of(one) for one in found], next_cursor=following)


@router.post(
    "/{agent}/triggers", status_code=201, summary="Give an agent a trigger", operation_id="create_agent_trigger", responses=errors(404)
)
async def create(agent: AgentId, body: AgentTriggerIn, caller: Caller, database: Db, bell: Hub) -> AgentTriggerOut:
    """Each event that fires it becomes a card of the agent's, or a run without one, once; no user code is needed, only a worker."""
    definition = read_trigger(body.model_dump(by_alias=True, exclude_unset=True))
    made = await add_trigger(database, caller, agent, definition)
    bell.ring(hints.READY)
    return AgentTriggerOut.of(made)


@router.delete(
    "/{agent}/triggers/{trigger}",
    status_code=204,
    response_class=Response,
    summary="Take a trigger away",
    operation_id="delete_agent_trigger",
    responses=errors(404),
)
async def delete(agent: AgentId, trigger: TriggerId, caller: Caller, database: Db) -> Response:
    """What it has started goes on."""
    await remove_trigger(database, caller, agent, trigger)
    return Response(status_code=204)
