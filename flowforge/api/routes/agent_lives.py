"""What becomes of an agent: its revisions, paused and resumed, archived and taken back, and the work that waits for it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.agents.agent import resolve_agent
from flowforge.agents.archive import archive_agent, unarchive_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.lane import queue_of
from flowforge.agents.pause import pause_agent, resume_agent
from flowforge.agents.revision import Revision, compare, find_revision, list_revisions, roll_back
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.etag import IfMatch, unchanged_since
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.agents import DEFINITION_EXAMPLE, AgentId, AgentOut, Note, tagged
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page

router = Resource(prefix="/v1/agents", tags=["agents"])

REVISION: JsonDict = {
    "revision": 3,
    "definition": DEFINITION_EXAMPLE,
    "made_by": "mira",
    "made_by_kind": "person",
    "note": "smaller refunds",
    "created_at": "2026-11-22T10:42:07Z",
}
CHANGE: JsonDict = {
    "field": "/instructions",
    "before": "Refund at most 300 dollars.",
    "after": "Refund at most 100 dollars.",
    "text": "--- revision 2\n+++ revision 3\n@@ -1 +1 @@\n-Refund at most 300 dollars.\n+Refund at most 100 dollars.",
}
QUEUED: JsonDict = {
    "run": "run_01968f3ac8b17c02a3f08241a2f70001",
    "task": "FF-12",
    "title": "Refund ORD-9218",
    "priority": 1,
    "queued_at": "2026-11-22T10:42:07Z",
    "ahead": 0,
}

RevisionNumber = Annotated[int, Path(ge=1, le=2**31 - 2, description="The number of a revision.", examples=[3])]
OneOfTwo = Annotated[int, Query(ge=1, le=2**31 - 2, examples=[2])]


class AgentRevisionOut(BaseModel):
    """One revision; `made_by` is null for one that was made before this was noted."""

    model_config = ConfigDict(json_schema_extra={"examples": [REVISION]})

    revision: int
    definition: AgentDefinition
    made_by: str | None
    made_by_kind: str | None
    note: str | None
    created_at: datetime

    @classmethod
    def of(cls, revision: Revision) -> AgentRevisionOut:
        return cls(**vars(revision))


class AgentRevisionPage(Page[AgentRevisionOut]):
    """Revisions, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [REVISION], "next_cursor": None}]})


class FieldChangeOut(BaseModel):
    """How one field differs: `field` is a JSON pointer, `text` a unified diff where the field is prose."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHANGE]})

    field: str
    before: Any
    after: Any
    text: str | None


class DiffOut(BaseModel):
    """The fields in which two revisions differ."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"from": 2, "to": 3, "changes": [CHANGE]}]}, populate_by_name=True)

    before: Annotated[int, Field(alias="from")]
    after: Annotated[int, Field(alias="to")]
    changes: list[FieldChangeOut]


class AgentRollbackIn(Body):
    """To which revision, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"revision": 2, "note": "the new wording was ignored"}]})

    revision: Annotated[int, Field(ge=1, le=2**31 - 2)]
    note: Note = None


class AgentPauseIn(Body):
    """Why, and how soon."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "it refunds too much", "stop": False}]})

    reason: Annotated[str | None, Field(max_length=500, description="Shown with the agent and with what waits for it.")] = None
    stop: Annotated[bool, Field(description="Cancel the steps in hand too; one with an effect then asks whether it has happened.")] = False


class AgentArchiveIn(Body):
    """What becomes of the work that the agent has in hand; without either, such work refuses the archive."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reassign_to": "kepler"}]})

    reassign_to: Annotated[str | None, Field(max_length=100, description="An agent that gets its cards.")] = None
    cancel: Annotated[bool, Field(description="Cancel its runs and take its cards from everybody.")] = False


class QueuedRunOut(BaseModel):
    """A run that waits for its turn; `ahead` counts those before it."""

    model_config = ConfigDict(json_schema_extra={"examples": [QUEUED]})

    run: str
    task: str | None
    title: str | None
    priority: int
    queued_at: datetime
    ahead: int


class AgentQueuePage(Page[QueuedRunOut]):
    """Runs in the order in which they get their turn."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [QUEUED], "next_cursor": None}]})


@router.get("/{agent}/revisions", summary="List an agent's revisions", operation_id="list_agent_revisions", responses=errors(404))
async def revisions(agent: AgentId, caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> AgentRevisionPage:
    """Who changed what, when and why; the newest first."""
    found, following = await list_revisions(database.pool, caller.tenant_id, agent, limit=limit, cursor=cursor)
    return AgentRevisionPage(data=[AgentRevisionOut.of(one) for one in found], next_cursor=following)


@router.get("/{agent}/revisions/{revision}", summary="Show a revision", operation_id="get_agent_revision", responses=errors(404))
async def revision(agent: AgentId, revision: RevisionNumber, caller: Caller, database: Db) -> AgentRevisionOut:
    """The whole definition as it was."""
    return AgentRevisionOut.of(await find_revision(database.pool, caller.tenant_id, agent, revision))


@router.get("/{agent}/diff", summary="Compare two revisions", operation_id="diff_agent", responses=errors(404))
async def diff(
    agent: AgentId,
    caller: Caller,
    database: Db,
    before: Annotated[OneOfTwo, Query(alias="from", description="The revision that is the older one, most often.")],
    after: Annotated[OneOfTwo, Query(alias="to", description="The revision that it is compared with.")],
) -> DiffOut:
    """Field by field; prose as a unified diff too."""
    changes = await compare(database.pool, caller.tenant_id, agent, before, after)
    return DiffOut(before=before, after=after, changes=[FieldChangeOut(**vars(change)) for change in changes])


@router.post("/{agent}/rollback", summary="Go back to a revision", operation_id="roll_back_agent", responses=errors(404, 412))
async def rollback(
    agent: AgentId, body: AgentRollbackIn, if_match: IfMatch, caller: Caller, database: Db, bell: Hub, answer: Answer
) -> AgentOut:
    """A new revision that is equal to the old one. 422 when the old one wants a skill or tool that nobody offers any more."""
    with unchanged_since(if_match):
        found = await roll_back(database, caller, agent, body.revision, note=body.note, if_revision=if_match, bell=bell)
    return tagged(answer, found)


@router.post("/{agent}/pause", summary="Pause an agent", operation_id="pause_agent", responses=errors(404))
async def pause(agent: AgentId, body: AgentPauseIn, caller: Caller, database: Db, bell: Hub, answer: Answer) -> AgentOut:
    """What it works on goes on to the end of the step in hand and waits; what is given to it meanwhile queues. Repeating it changes the
    reason."""
    return tagged(answer, await pause_agent(database, caller, agent, reason=body.reason, stop=body.stop, bell=bell))


@router.post("/{agent}/resume", summary="Resume an agent", operation_id="resume_agent", responses=errors(404))
async def resume(agent: AgentId, caller: Caller, database: Db, bell: Hub, answer: Answer) -> AgentOut:
    """It goes on with what it had and with what has come meanwhile. 409 when it is not paused."""
    return tagged(answer, await resume_agent(database, caller, agent, bell=bell))


@router.post("/{agent}/archive", summary="Archive an agent", operation_id="archive_agent", responses=errors(404))
async def archive(agent: AgentId, body: AgentArchiveIn, caller: Caller, database: Db, bell: Hub, answer: Answer) -> AgentOut:
    """It takes no more work and keeps its past. 409, with a list, while it has work in hand of which the body does not say what becomes."""
    found = await archive_agent(database, caller, agent, reassign_to=body.reassign_to, cancel=body.cancel, bell=bell)
    return tagged(answer, found)


@router.post("/{agent}/unarchive", summary="Take an agent back", operation_id="unarchive_agent", responses=errors(404))
async def unarchive(agent: AgentId, caller: Caller, database: Db, answer: Answer) -> AgentOut:
    """It takes work again. 409 when it is not archived."""
    return tagged(answer, await unarchive_agent(database, caller, agent))


@router.get("/{agent}/queue", summary="What waits for an agent", operation_id="list_agent_queue", responses=errors(404))
async def queue(agent: AgentId, caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> AgentQueuePage:
    """Its runs that wait for their turn, the next one first: by priority, then by age."""
    agent_id = await resolve_agent(database.pool, caller.tenant_id, agent)
    found, following = await queue_of(database, caller.tenant_id, agent_id, limit=limit, cursor=cursor)
    data = [QueuedRunOut(run=one.id, **{name: getattr(one, name) for name in _SHOWN}) for one in found]
    return AgentQueuePage(data=data, next_cursor=following)


_SHOWN = ("task", "title", "priority", "queued_at", "ahead")
