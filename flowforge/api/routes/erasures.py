"""Erasing what is held about one person: looked for first, then confirmed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.api.caller import Caller, Db, WholeDb
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.errors import InvalidInput, NotFound
from flowforge.privacy.carrier import carry_on
from flowforge.privacy.erasure import Erasure, confirm, discard, find_erasure, list_erasures, look_for
from flowforge.privacy.match import LONGEST, MOST, Match

router = Resource(prefix="/v1/erasures", tags=["privacy"])

INLINE_SECONDS = 2.0  # how long an answer may wait for the act; workers do the rest
ID = "01968f3ac8b17c02a3f08241a2f70005"
MATCH_EXAMPLE: JsonDict = {"match": [{"value": "mira@example.org"}, {"path": "data.customer_id", "value": "42"}]}
EXAMPLE: JsonDict = {
    "id": ID,
    "state": "found",
    "match": ["value", "data.customer_id"],
    "force": False,
    "found": [{"kind": "run", "count": 12, "open": 1, "stays": None, "sample": ["run_01968f3ac8b17c02a3f08241a2f70001"]}],
    "erased": {},
    "remaining": [],
    "by": "mira",
    "created_at": "2026-11-22T09:00:01.000000Z",
    "confirmed_at": None,
    "ended_at": None,
}

ErasureId = Annotated[str, Path(description="Its id.", examples=[ID])]


class MatchIn(Body):
    """A value that stands anywhere; with `path` (`data.…` of events and runs' inputs, `output.…` of runs) the value that lies there."""

    value: Annotated[str, Field(max_length=LONGEST, examples=["mira@example.org"])]
    path: Annotated[str | None, Field(max_length=LONGEST, examples=["data.customer_id"])] = None


class ErasureIn(Body):
    """Whose data: what holds for any of these."""

    model_config = ConfigDict(json_schema_extra={"examples": [MATCH_EXAMPLE]})

    match: Annotated[list[MatchIn], Field(min_length=1, max_length=MOST)]

    def read(self) -> list[Match]:
        return [_match(place, one) for place, one in enumerate(self.match)]


class ConfirmationIn(Body):
    """`force`: runs that still go on are ended at once and erased too."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"force": False}]})

    force: bool = False


class ErasureOut(BaseModel):
    """How far an erasure has got: looking, found (it waits for a confirmation), erasing, checking, ended.

    `match` says how it was chosen, not whom. `stays` says why something is left; `remaining` is what the last look has still seen.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    state: str
    match: list[str]
    force: bool
    found: list[dict[str, Any]]
    erased: dict[str, int]
    remaining: list[dict[str, Any]]
    by: str
    created_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, act: Erasure) -> ErasureOut:
        shown = {name: getattr(act, name) for name in cls.model_fields if name != "match"}
        return cls.model_validate({**shown, "match": list(act.kinds), "found": list(act.found), "remaining": list(act.remaining)})


class ErasureList(Page[ErasureOut]):
    """The newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.post("", status_code=202, summary="Look for what is held about a person", operation_id="create_erasure", responses=errors())
async def create(body: ErasureIn, caller: Caller, database: Db, repeat_id: RepeatId, answer: Answer) -> ErasureOut:
    """Nothing is changed yet. It looks through everything, in the background where that takes long; in the state `found` it says what there
    is, and waits a day for its confirmation."""
    made = await look_for(database, caller, body.read(), erasure_id=repeat_id)
    answer.headers["Location"] = f"/v1/erasures/{made.id}"
    return await _carried_on(database, caller.tenant_id, made.erasure_id)


@router.get("", summary="List erasures", operation_id="list_erasures")
async def index(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> ErasureList:
    """The newest first. They stay on record, without whom they were about."""
    before = None if cursor is None else _cursor(cursor)
    found = await list_erasures(database.pool, caller.tenant_id, before=before, limit=limit + 1)
    more = found[limit - 1].id if len(found) > limit else None
    return ErasureList(data=[ErasureOut.of(act) for act in found[:limit]], next_cursor=more)


@router.get("/{erasure_id}", summary="Show an erasure", operation_id="get_erasure", responses=errors(404))
async def show(erasure_id: ErasureId, caller: Caller, database: Db) -> ErasureOut:
    """How far it has got."""
    return ErasureOut.of(await find_erasure(database.pool, caller.tenant_id, _read(erasure_id)))


@router.post(
    "/{erasure_id}/confirmation", status_code=202, summary="Erase what was found", operation_id="confirm_erasure", responses=errors(404)
)
async def confirmation(erasure_id: ErasureId, body: ConfirmationIn, caller: Caller, database: Db, whole: WholeDb) -> ErasureOut:
    """It cannot be taken back. It erases in batches, looks again, and says in `remaining` what is left; 409 while it still looks."""
    act = await confirm(database, caller, _read(erasure_id), force=body.force)
    return await _carried_on(whole, caller.tenant_id, act.erasure_id)  # no tenant's role may change the log of audit


@router.delete(
    "/{erasure_id}",
    status_code=204,
    summary="Drop an erasure that was not confirmed",
    operation_id="discard_erasure",
    responses=errors(404),
)
async def destroy(erasure_id: ErasureId, caller: Caller, database: Db) -> None:
    """With what its look has found. 409 for one that was confirmed: it stays on record."""
    await discard(database, caller, _read(erasure_id))


async def _carried_on(database: Any, tenant_id: UUID, erasure_id: UUID) -> ErasureOut:
    await carry_on(database, tenant_id=tenant_id, erasure_id=erasure_id, seconds=INLINE_SECONDS)
    return ErasureOut.of(await find_erasure(database.pool, tenant_id, erasure_id))


def _match(place: int, given: MatchIn) -> Match:
    try:
        return Match(given.value, given.path)
    except InvalidInput as error:
        raise InvalidInput(error.message, pointer=f"/match/{place}{error.pointer or ''}", hint=error.hint) from None


def _read(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("erasure", text[:80]) from None


def _cursor(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput("is not a cursor of this list", pointer="/cursor") from None
