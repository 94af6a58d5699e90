"""Messages to agents at work: said by people, seen by the agent at its next turn."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.access.principal import PrincipalKind
from flowforge.agents import message
from flowforge.agents.message import CHARACTERS_MAX, Message, MessageState
from flowforge.api.caller import Caller, Db
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.agents import AgentId
from flowforge.api.routes.runs import RunId
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page

router = Resource(prefix="/v1", tags=["agents"])

EXAMPLE: JsonDict = {
    "id": "msg_01968f3ac8b17c02a3f08241a2f70031",
    "run": "run_01968f3ac8b17c02a3f08241a2f70001",
    "kind": "message",
    "text": "The customer has called: refund all of it.",
    "author_kind": "person",
    "author": "mira",
    "state": "seen",
    "turn": 7,
    "created_at": "2026-11-22T09:00:00.000000Z",
    "seen_at": "2026-11-22T09:00:04.000000Z",
}

Text = Annotated[str, Field(min_length=1, max_length=CHARACTERS_MAX, description="What the agent reads at its next turn.")]


class AgentMessageIn(Body):
    """Something to say to an agent. Without a `task` it works on one thing only, and that is meant."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "The customer has called: refund all of it.", "task": "FF-12"}]})

    text: Text
    task: Annotated[str | None, Field(max_length=100, description="Of its tasks the one that is meant: `FF-12`.")] = None


class RunMessageIn(Body):
    """Something to say to the agent of a run."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "The customer has called: refund all of it."}]})

    text: Text


class MessageOut(BaseModel):
    """A message. `turn` is the turn at which the agent saw it; one is `missed` when the run ended before it could."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    run: str
    kind: Annotated[str, Field(description="`message`, or `mention` for a comment in which the agent was named.")]
    text: str
    author_kind: PrincipalKind
    author: str
    state: MessageState
    turn: int | None
    created_at: datetime
    seen_at: datetime | None

    @classmethod
    def of(cls, said: Message) -> MessageOut:
        return cls(
            id=ids.show("msg", said.message_id),
            run=ids.show("run", said.run_id),
            kind=said.kind,
            text=said.text,
            author_kind=said.author_kind,
            author=said.author,
            state=said.state,
            turn=said.turn,
            created_at=said.created_at,
            seen_at=said.taken_at,
        )


class MessagePage(Page[MessageOut]):
    """Messages, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.post(
    "/agents/{agent}/messages", status_code=201, summary="Speak to an agent", operation_id="tell_agent", responses=errors(404, 409)
)
async def tell_agent(agent: AgentId, body: AgentMessageIn, caller: Caller, database: Db, repeat: RepeatId) -> MessageOut:
    """Read at its next turn; one that waits for an approval or an answer reads it when it goes on. 409 when the agent is not at work."""
    said = await message.tell_agent(database, caller, agent, body.text, task=body.task, message_id=repeat)
    return MessageOut.of(said)


@router.post(
    "/runs/{run_id}/messages",
    status_code=201,
    summary="Speak to the agent of a run",
    operation_id="tell_run",
    responses=errors(404, 409),
)
async def tell_run(run_id: RunId, body: RunMessageIn, caller: Caller, database: Db, repeat: RepeatId) -> MessageOut:
    """Read at the run's next turn. 409 when it has ended, or no agent works in it."""
    return MessageOut.of(await message.tell_run(database, caller, run_id, body.text, message_id=repeat))


@router.get("/runs/{run_id}/messages", summary="List what was said to a run", operation_id="list_run_messages", responses=errors(404))
async def index(run_id: RunId, caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> MessagePage:
    """Each with the turn at which the agent saw it."""
    page = await message.list_messages(database, caller.tenant_id, run_id, cursor=cursor, limit=limit)
    return MessagePage(data=[MessageOut.of(said) for said in page.data], next_cursor=page.next_cursor)
