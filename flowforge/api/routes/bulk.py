"""Acts on many runs by filter: previewed, then confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path
from fastapi import Response as Answer
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.agents.agent import resolve_agent
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.db.database import Database
from flowforge.errors import InvalidInput, NotFound
from flowforge.orchestrator import codec
from flowforge.orchestrator.bulk import Bulk, BulkAction, BulkOptions, act_on, carry_on, find_bulk, list_bulks, preview
from flowforge.orchestrator.selection import RunFilter
from flowforge.orchestrator.states import RunState

router = Resource(prefix="/v1/runs/bulk", tags=["runs"])

INLINE_SECONDS = 2.0  # how long the answer may wait for the act; workers do the rest
EXAMPLE: JsonDict = {
    "id": "01968f3ac8b17c02a3f08241a2f70003",
    "action": "replay",
    "filter": {"state": "failed", "error_type": "CarrierDown", "until": "2026-11-22T09:00:00+00:00"},
    "expected": 412,
    "done": 150,
    "refused": 0,
    "by": "operator",
    "created_at": "2026-11-22T09:00:01.000000Z",
    "ended_at": None,
}
PREVIEW_EXAMPLE: JsonDict = {
    "action": "replay",
    "count": 412,
    "sample": ["run_01968f3ac8b17c02a3f08241a2f70001"],
    "confirm": {"count": 412, "as_of": "2026-11-22T09:00:00.000000Z"},
    "bulk": None,
}


class RunFilterIn(Body):
    """Runs for which all of this holds."""

    state: RunState | None = None
    function: Annotated[str | None, Field(max_length=500)] = None
    error_type: Annotated[str | None, Field(max_length=200, description="The class name of the error.")] = None
    q: Annotated[str | None, Field(max_length=500, description="Looked for in the error.")] = None
    since: Annotated[AwareDatetime | None, Field(strict=False)] = None
    until: Annotated[AwareDatetime | None, Field(strict=False)] = None
    dismissed: bool | None = None
    test: bool | None = None
    agent: Annotated[str | None, Field(max_length=500, description="The name or the id of the agent whose runs they are.")] = None

    async def read(self, database: Database, tenant_id: UUID) -> RunFilter:
        """Raises InvalidInput where there is no such agent."""
        named = self.model_dump(exclude={"agent"})
        if self.agent is None:
            return RunFilter(**named)
        try:
            return RunFilter(**named, agent_id=(await resolve_agent(database.pool, tenant_id, self.agent)).hex)
        except NotFound as unknown:
            raise InvalidInput(str(unknown), pointer="/filter/agent") from None


class OptionsIn(Body):
    """What the action needs: `force` for delete; `from_step`, `from_failure`, `input` for replay; `reason` for pause; `to` for move."""

    force: bool = False
    from_step: Annotated[str | None, Field(max_length=1000)] = None
    from_failure: bool = False
    input: Any = None
    reason: Annotated[str | None, Field(max_length=500)] = None
    to: Annotated[str | None, Field(max_length=200)] = None

    def read(self) -> BulkOptions:
        text = codec.to_json(self.input) if "input" in self.model_fields_set else None
        return BulkOptions(self.force, self.from_step, self.from_failure, text, self.reason, self.to)


class ConfirmIn(Body):
    """What the preview answered."""

    count: Annotated[int, Field(ge=0)]
    as_of: Annotated[AwareDatetime, Field(strict=False)]


class RunsActIn(Body):
    """An act on many runs. First with `dry_run`; then with the `confirm` of that preview."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"action": "replay", "filter": {"state": "failed", "function": "order.ship"}, "dry_run": True}]}
    )

    action: BulkAction
    filter: Annotated[RunFilterIn, Field(default_factory=RunFilterIn)]
    options: Annotated[OptionsIn, Field(default_factory=OptionsIn)]
    dry_run: bool = False
    confirm: ConfirmIn | None = None


class RunsActOut(BaseModel):
    """How far an act on many runs has got; `ended_at` is null while it goes on. `refused` runs were in a state that forbids it."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE]})

    id: str
    action: str
    filter: dict[str, Any]
    expected: int
    done: int
    refused: int
    by: str
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, bulk: Bulk) -> RunsActOut:
        return cls.model_validate({**{name: getattr(bulk, name) for name in cls.model_fields}, "filter": bulk.filter.shown()})


class BulkAnswer(BaseModel):
    """A preview (`bulk` is null) or the act itself. `sample`: the newest runs that it meets."""

    model_config = ConfigDict(json_schema_extra={"examples": [PREVIEW_EXAMPLE]})

    action: str
    count: int
    sample: list[str]
    confirm: dict[str, Any]
    bulk: RunsActOut | None


class BulkList(Page[RunsActOut]):
    """The newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.post(
    "",
    status_code=202,
    summary="Act on many runs",
    operation_id="act_on_runs",
    responses={200: {"model": BulkAnswer, "description": "The preview that was asked for with dry_run."}, **errors()},
)
async def create(body: RunsActIn, caller: Caller, database: Db, bell: Hub, repeat_id: RepeatId, answer: Answer) -> BulkAnswer:
    """With `dry_run` only how many and which (200). Else it begins at once and goes on in the background, newest runs first; runs
    made after the preview are not touched. 409 when clearly another number matches than was confirmed."""
    chosen, options = await body.filter.read(database, caller.tenant_id), body.options.read()
    if caller.test:
        chosen = replace(chosen, test=True)  # it is carried out by others, who see live runs too
    if body.dry_run:
        answer.status_code = 200
        seen = await preview(database.pool, caller.tenant_id, body.action, chosen, options)
        sample = [ids.show("run", run_id) for run_id in seen.sample]
        return BulkAnswer(
            action=body.action, count=seen.count, sample=sample, confirm={"count": seen.count, "as_of": seen.as_of}, bulk=None
        )
    if body.confirm is None:
        raise InvalidInput("an act on many runs needs the `confirm` of its preview", pointer="/confirm", hint="ask with dry_run first")
    confirm = body.confirm
    made = await act_on(
        database, caller, body.action, chosen, options, count=confirm.count, as_of=confirm.as_of, bulk_id=repeat_id, bell=bell
    )
    await carry_on(database, tenant_id=caller.tenant_id, bulk_id=made.bulk_id, seconds=INLINE_SECONDS, bell=bell)
    made = await find_bulk(database.pool, caller.tenant_id, made.bulk_id)
    answer.headers["Location"] = f"/v1/runs/bulk/{made.id}"
    return BulkAnswer(action=body.action, count=made.expected, sample=[], confirm=confirm.model_dump(), bulk=RunsActOut.of(made))


@router.get("", summary="List acts on many runs", operation_id="list_bulk_acts")
async def index(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> BulkList:
    """The newest first."""
    before = None if cursor is None else _cursor(cursor)
    found = await list_bulks(database.pool, caller.tenant_id, limit=limit + 1, before=before)
    return BulkList(
        data=[RunsActOut.of(bulk) for bulk in found[:limit]], next_cursor=str(found[limit - 1].id) if len(found) > limit else None
    )


@router.get("/{bulk_id}", summary="Show an act on many runs", operation_id="get_bulk_act", responses=errors(404))
async def show(
    bulk_id: Annotated[str, Path(description="Its id.", examples=["01968f3ac8b17c02a3f08241a2f70003"])], caller: Caller, database: Db
) -> RunsActOut:
    """How far it has got."""
    try:
        found = UUID(bulk_id)
    except ValueError:
        raise NotFound("bulk act", bulk_id[:80]) from None
    return RunsActOut.of(await find_bulk(database.pool, caller.tenant_id, found))


def _cursor(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput("this cursor is not one that was handed out", pointer="/cursor") from None
