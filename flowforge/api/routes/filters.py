"""Saved filters: questions to the board under a name, one's own or shared with the tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Request
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.api.caller import Caller, Db
from flowforge.api.etag import IfMatch, etag, unchanged_since
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.problem import refuse
from flowforge.api.resource import Resource
from flowforge.api.task_query import check_query
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.board import saved_filter
from flowforge.board.page import read_cursor, write_cursor
from flowforge.board.saved_filter import SavedFilter
from flowforge.errors import InvalidInput

router = Resource(prefix="/v1/filters", tags=["filters"])

EXAMPLE: JsonDict = {
    "id": "flt_01968f3ac8b17c02a3f08241a2f70011",
    "name": "mine",
    "query": {"assignee": "me", "column": "Doing"},
    "shared": False,
    "revision": 1,
    "created_by": "mira",
    "created_at": "2026-11-22T09:00:00.000000Z",
    "updated_at": "2026-11-22T09:00:00.000000Z",
}
FilterName = Annotated[str, Path(max_length=200, description="Its name or id.", examples=["mine"])]
Query = Annotated[dict[str, Any], Field(max_length=50, description="Parameters of the list of tasks. `me` as the assignee is who asks.")]


class FilterIn(Body):
    """A filter to save."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "mine", "query": {"assignee": "me", "column": "Doing"}}]})

    name: Annotated[str, Field(description="One line, up to 100 characters.")]
    query: Query
    shared: Annotated[bool, Field(description="For everybody of the tenant; needs the permission tasks:write.")] = False


class FilterPatch(Body):
    """What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"query": {"assignee": "me"}}]})

    name: str | None = None
    query: Query | None = None


class FilterOut(BaseModel):
    """A saved filter."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    name: str
    query: dict[str, Any]
    shared: bool
    revision: int
    created_by: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, found: SavedFilter) -> FilterOut:
        return cls(
            id=ids.show("flt", found.filter_id),
            name=found.name,
            query=found.query,
            shared=found.shared,
            revision=found.revision,
            created_by=found.created_by,
            created_at=found.created_at,
            updated_at=found.updated_at,
        )


class FilterPage(Page[FilterOut]):
    """Filters in the order in which they were made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.get("", summary="List saved filters", operation_id="list_filters")
async def index(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> FilterPage:
    """The caller's own and those that are shared, in the order in which they were made."""
    found = await saved_filter.list_filters(database.pool, caller, after=read_cursor(cursor), limit=limit + 1)
    following = write_cursor(found[limit - 1].filter_id) if len(found) > limit else None
    return FilterPage(data=[FilterOut.of(one) for one in found[:limit]], next_cursor=following)


@router.post("", status_code=201, summary="Save a filter", operation_id="create_filter", responses=errors(404, 409))
async def create(body: FilterIn, request: Request, caller: Caller, database: Db, repeat: RepeatId, answer: Answer) -> FilterOut:
    """422 for what the list of tasks would not take; 404 for a key that wants one of its own: a key's filters are shared."""
    _may_share(caller, body.shared)
    query = await check_query(request, caller, database, body.query)
    made = await saved_filter.create_filter(database, caller, body.name, query, shared=body.shared, filter_id=repeat)
    return _tagged(answer, made)


@router.get("/{filter}", summary="Show a saved filter", operation_id="get_filter", responses=errors(404))
async def show(filter: FilterName, caller: Caller, database: Db, answer: Answer) -> FilterOut:
    """By name or id; one's own before a shared one of the same name."""
    return _tagged(answer, await saved_filter.find_filter(database.pool, caller, filter))


@router.patch("/{filter}", summary="Change a saved filter", operation_id="update_filter", responses=errors(404, 412))
async def update(
    filter: FilterName, body: FilterPatch, request: Request, if_match: IfMatch, caller: Caller, database: Db, answer: Answer
) -> FilterOut:
    """Its name, its query."""
    for name in body.model_fields_set:
        if getattr(body, name) is None:
            raise InvalidInput(f"{name} cannot be null", pointer=f"/{name}", hint="leave it out to keep it")
    which = await _theirs_to_change(caller, database, filter)
    query = None if body.query is None else await check_query(request, caller, database, body.query)
    with unchanged_since(if_match):
        changed = await saved_filter.change_filter(database, caller, which, name=body.name, query=query, revision=if_match)
    return _tagged(answer, changed)


@router.delete("/{filter}", status_code=204, summary="Delete a saved filter", operation_id="delete_filter", responses=errors(404))
async def delete(filter: FilterName, caller: Caller, database: Db) -> None:
    """One that is shared is gone for everybody."""
    await saved_filter.delete_filter(database, caller, await _theirs_to_change(caller, database, filter))


async def _theirs_to_change(caller: Principal, database: Db, filter: str) -> str:
    found = await saved_filter.find_filter(database.pool, caller, filter)
    _may_share(caller, found.shared)
    return ids.show("flt", found.filter_id)


def _may_share(caller: Principal, shared: bool) -> None:
    if shared and "tasks:write" not in caller.permissions:
        raise refuse("forbidden", "this needs the permission tasks:write, for a filter that is shared")


def _tagged(answer: Answer, found: SavedFilter) -> FilterOut:
    answer.headers["ETag"] = etag(found.revision)
    return FilterOut.of(found)
