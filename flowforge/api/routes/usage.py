"""Usage: what model calls used and cost, by model, agent, day …; as JSON, or as CSV for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import JSONResponse, Response

from flowforge import ids
from flowforge.agents.agent import resolve_agent
from flowforge.api.caller import Caller, Db
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.spreadsheet import MEDIA_TYPE as CSV
from flowforge.api.spreadsheet import csv_text
from flowforge.api.values import PAGE_DEFAULT, Cursor, Limit, Money
from flowforge.board.card import find_card
from flowforge.db.queries import Connection
from flowforge.orchestrator.run import find_run
from flowforge.orchestrator.usage_report import GroupBy, Sums, UsageFilter, UsageGroup, UsageReport, usage_report

router = Resource(prefix="/v1/usage", tags=["usage"])

CSV_ROWS_MAX = 10_000

SUMS: JsonDict = {
    "calls": 1204,
    "cached_calls": 31,
    "unknown": 1,
    "unpriced": 0,
    "estimated": 4,
    "input_tokens": 2_481_004,
    "cached_tokens": 901_120,
    "cache_written_tokens": 0,
    "output_tokens": 188_210,
    "reasoning_tokens": 40_961,
    "cost": "284.12",
    "saved": "3.08",
    "previous": {"calls": 1498, "cost": "346.49"},
    "change_percent": -18.0,
}
EXAMPLE: JsonDict = {
    "group_by": "model",
    "since": "2026-11-15T09:00:00.000000Z",
    "until": "2026-11-22T09:00:00.000000Z",
    "previous_since": "2026-11-08T09:00:00.000000Z",
    "totals": SUMS,
    "data": [{"key": "gpt-4o", "name": "gpt-4o", **SUMS}],
    "next_cursor": None,
}
CSV_EXAMPLE = (
    "model,name,calls,cached_calls,unknown,unpriced,estimated,input_tokens,cached_tokens,cache_written_tokens,output_tokens,"
    "reasoning_tokens,cost,saved,previous_calls,previous_cost,change_percent\r\n"
    "gpt-4o,gpt-4o,1204,31,1,0,4,2481004,901120,0,188210,40961,284.12,3.08,1498,346.49,-18.0\r\n"
)


class BeforeOut(BaseModel):
    """The time of equal length before."""

    model_config = ConfigDict(from_attributes=True)

    calls: int
    cost: Money | None


class SumsOut(BaseModel):
    """Calls, tokens and US dollars. Of the calls, `cached_calls` were answered from an earlier answer (`saved` is what that had cost),
    `unknown` were sent and never answered, `unpriced` have no price, of `estimated` the tokens were counted here. `cost` is the exact
    sum over the calls that have a price, null where none has."""

    model_config = ConfigDict(from_attributes=True)

    calls: int
    cached_calls: int
    unknown: int
    unpriced: int
    estimated: int
    input_tokens: int
    cached_tokens: int
    cache_written_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost: Money | None
    saved: Money
    previous: BeforeOut
    change_percent: Annotated[float | None, Field(description="Of the cost; null where there is nothing to compare with.")]


class GroupOut(SumsOut):
    """One line. `key` is a name, a day (UTC) or an id, null for calls that have none; `name` is for people."""

    key: str | None
    name: str | None

    @classmethod
    def of(cls, group: UsageGroup) -> GroupOut:
        return cls(key=group.key, name=group.name, **SumsOut.model_validate(group.sums).model_dump())


class UsageOut(BaseModel):
    """One page of groups, the dearest first, days in their order. `totals` are those of all pages."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    group_by: GroupBy
    since: datetime
    until: datetime
    previous_since: datetime
    totals: SumsOut
    data: list[GroupOut]
    next_cursor: str | None = None

    @classmethod
    def of(cls, report: UsageReport) -> UsageOut:
        return cls(
            group_by=report.group_by,
            since=report.since,
            until=report.until,
            previous_since=report.previous_since,
            totals=SumsOut.model_validate(report.totals),
            data=[GroupOut.of(group) for group in report.groups],
            next_cursor=report.next_cursor,
        )


Moment = Annotated[str, Query(max_length=50, description="A duration back from now, or a time in RFC 3339.", examples=["7d"])]
Name = Annotated[str | None, Query(max_length=500, description="Only calls with this.")]
Reference = Annotated[str | None, Query(max_length=500, description="Only calls of this one, by name, key or id.")]


@router.get(
    "",
    summary="Report what model calls used and cost",
    operation_id="get_usage",
    response_model=UsageOut,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}, "example": CSV_EXAMPLE}}}, **errors(404)},
)
async def report(
    request: Request,
    caller: Caller,
    database: Db,
    group_by: Annotated[GroupBy, Query(description="By what calls are put together. `tenant` is the caller's own.")] = "model",
    since: Moment = "7d",
    until: Annotated[str | None, Query(max_length=50, description="The same; now without it.", examples=["2026-11-22T00:00:00Z"])] = None,
    model: Name = None,
    provider: Name = None,
    function: Name = None,
    agent: Reference = None,
    task: Reference = None,
    run: Reference = None,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
    format: Annotated[Literal["json", "csv"] | None, Query(description="Also chosen by `Accept: text/csv`.")] = None,
) -> Response:
    """Beside the time of equal length before. As CSV it is one table of all groups, 10,000 at most, without the totals."""
    chosen = await _chosen(database.pool, caller.tenant_id, UsageFilter(model, provider, function), agent, task, run)
    as_csv = format == "csv" or (format is None and CSV in request.headers.get("accept", ""))
    found = await usage_report(
        database.pool,
        caller.tenant_id,
        by=group_by,
        since=since,
        until=until,
        chosen=chosen,
        limit=CSV_ROWS_MAX if as_csv else limit,
        cursor=cursor,
    )
    return _csv(found) if as_csv else JSONResponse(UsageOut.of(found).model_dump(mode="json"), headers={"Vary": "Accept"})


async def _chosen(
    connection: Connection, tenant_id: UUID, by_name: UsageFilter, agent: str | None, task: str | None, run: str | None
) -> UsageFilter:
    run_id = None if run is None else ids.parse("run", run) or (await find_run(connection, tenant_id, run)).run_id
    return UsageFilter(
        by_name.model,
        by_name.provider,
        by_name.function,
        None if agent is None else await resolve_agent(connection, tenant_id, agent),
        None if task is None else await find_card(connection, tenant_id, task),
        run_id,  # usage outlives its run: a whole id needs none
    )


def _csv(report: UsageReport) -> Response:
    head = [report.group_by, "name", *(name for name in SumsOut.model_fields if name not in ("previous", "change_percent"))]
    head += ["previous_calls", "previous_cost", "change_percent"]
    text = csv_text(head, ([group.key, group.name, *_cells(group.sums)] for group in report.groups))
    name = f"usage-by-{report.group_by}-{report.since:%Y-%m-%d}-{report.until:%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Vary": "Accept"}
    return Response(text, media_type=CSV, headers=headers)


def _cells(sums: Sums) -> Iterator[object]:
    for name in SumsOut.model_fields:
        if name == "previous":
            yield from (sums.previous.calls, _plain(sums.previous.cost))
        else:
            yield _plain(getattr(sums, name))


def _plain(value: object) -> object:
    """Money as digits, never in powers of ten; it stays a number, which no spreadsheet takes for a formula."""
    return _Digits(format(value, "f")) if isinstance(value, Decimal) else value


class _Digits:
    """A number as it is to be written."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text
