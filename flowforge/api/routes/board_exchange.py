"""Cards of a board as a table or as JSON: handed out, and brought in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import Response

from flowforge.api.board_table import HEAD, as_csv, as_json, read_csv
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.boards import BoardName
from flowforge.api.routes.task_input import AssigneeIn
from flowforge.api.spreadsheet import MEDIA_TYPE as CSV
from flowforge.api.values import Body
from flowforge.board.board import find_board
from flowforge.board.checklist_item import ChecklistItem
from flowforge.board.exchange import TaskRow, export_rows
from flowforge.board.intake import ROWS_MAX, Outcome, RowReport, import_rows
from flowforge.errors import InvalidInput, NotFound

router = Resource(prefix="/v1/boards", tags=["boards"])

CSV_EXAMPLE = f"{','.join(HEAD)}\r\nFF-1,Refund ORD-9218,,Doing,agent:atlas,high,refund,,mira,,FF-3,[x] ask the carrier,\r\n"
ROW_EXAMPLE: JsonDict = {
    "external_id": "JIRA-7",
    "title": "Refund ORD-9218",
    "column": "Todo",
    "labels": ["refund"],
    "depends_on": ["JIRA-3"],
}
NO_TITLE: JsonDict = {"pointer": "/title", "detail": "must not be empty"}
REPORT_EXAMPLE: JsonDict = {
    "data": [
        {"row": 1, "outcome": "created", "external_id": "JIRA-7", "key": "FF-12", "errors": []},
        {
            "row": 2,
            "outcome": "refused",
            "external_id": None,
            "key": None,
            "errors": [{"pointer": "/title", "detail": "must not be empty"}],
        },
    ],
    "created": 1,
    "present": 0,
    "refused": 1,
    "dry_run": False,
}


class ItemIn(Body):
    """A checklist item."""

    text: str
    done: bool = False


class TaskRowIn(Body):
    """A task to bring in. `external_id` is what it is called where it comes from: with it, a second import makes no second task."""

    model_config = ConfigDict(json_schema_extra={"examples": [ROW_EXAMPLE]})

    external_id: str | None = None
    title: str
    description: str = ""
    column: str | None = None
    assignee: AssigneeIn | None = None
    priority: str = "none"
    labels: Annotated[list[str], Field(max_length=1000, default_factory=list)]
    due_at: Annotated[AwareDatetime | None, Field(strict=False)] = None
    owner: str | None = None
    parent: Annotated[str | None, Field(description="By external id or by key.")] = None
    depends_on: Annotated[list[str], Field(max_length=1000, default_factory=list, description="By external id or by key.")]
    checklist: Annotated[list[ItemIn], Field(max_length=1000, default_factory=list)]
    archived: bool = False

    def read(self) -> TaskRow:
        values = {name: getattr(self, name) for name in TaskRowIn.model_fields}
        return TaskRow(
            **{
                **values,
                "assignee": None if self.assignee is None else self.assignee.name(),
                "labels": tuple(self.labels),
                "depends_on": tuple(self.depends_on),
                "checklist": tuple(ChecklistItem("", item.text, item.done) for item in self.checklist),
            }
        )


class TaskImportIn(Body):
    """Up to 1,000 tasks, as JSON in `tasks` or as the text of a table in `csv`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"tasks": [ROW_EXAMPLE], "dry_run": True}, {"csv": "external_id,title\r\nJIRA-7,Refund\r\n"}]}
    )

    tasks: Annotated[list[TaskRowIn] | None, Field(max_length=ROWS_MAX)] = None
    csv: Annotated[str | None, Field(description=f"With a first line of names: {', '.join(HEAD)}.")] = None
    dry_run: Annotated[bool, Field(description="Make nothing, and say what would be made.")] = False

    def rows(self) -> list[TaskRow]:
        if (self.tasks is None) == (self.csv is None):
            raise InvalidInput("give tasks or csv, one of them", pointer="/tasks")
        return [row.read() for row in self.tasks] if self.tasks is not None else read_csv(self.csv or "", ROWS_MAX)


class RowOut(BaseModel):
    """What became of a row. `errors`: why it was refused, or which of its links could not be made."""

    row: int
    outcome: Outcome
    external_id: str | None
    key: str | None
    errors: list[dict[str, str]]

    @classmethod
    def of(cls, report: RowReport) -> RowOut:
        told = [{"pointer": _pointer(error), "detail": str(error)} for error in report.errors]
        return cls(row=report.row, outcome=report.outcome, external_id=report.external_id, key=report.key, errors=told)


class TaskImportOut(BaseModel):
    """A word on each row, in order."""

    model_config = ConfigDict(json_schema_extra={"examples": [REPORT_EXAMPLE]})

    data: list[RowOut]
    created: int
    present: int
    refused: int
    dry_run: bool


@router.get(
    "/{board}/export",
    summary="Export a board's tasks",
    operation_id="export_board",
    response_class=Response,
    responses={
        200: {
            "content": {
                CSV: {"schema": {"type": "string"}, "example": CSV_EXAMPLE},
                "application/json": {"schema": {"type": "object"}, "example": {"board": "FF", "tasks": [ROW_EXAMPLE]}},
            },
            "description": "All of them, by number.",
        },
        **errors(404),
    },
)
async def export(
    board: BoardName,
    caller: Caller,
    database: Db,
    format: Annotated[Literal["csv", "json"], Query(description="A table, or JSON that `import` takes.")] = "json",
    archived: Annotated[bool, Query(description="Archived tasks too.")] = False,
) -> Response:
    """By number, page by page as it is read. A task that was made here is called by its key: so its links come along to another board."""
    found = await find_board(database.pool, caller.tenant_id, board)
    pages = export_rows(database, caller.tenant_id, found.prefix, archived=archived)
    headers = {"Content-Disposition": f'attachment; filename="{found.prefix}.{format}"'}
    if format == "csv":
        return StreamingResponse(as_csv(pages), media_type=CSV, headers=headers)
    return StreamingResponse(_as_json(found.prefix, pages), media_type="application/json", headers=headers)


@router.post("/{board}/import", summary="Import tasks", operation_id="import_tasks", responses=errors(404))
async def bring_in(board: BoardName, body: TaskImportIn, caller: Caller, database: Db, bell: Hub) -> TaskImportOut:
    """Each row for itself: one that is refused stops no other, and one that is there already by its external id is left as it is. Agents'
    tasks are parked where they are put. With `dry_run` it is only tried."""
    reports = await import_rows(database, caller, board, body.rows(), dry_run=body.dry_run, bell=bell)
    counts = {outcome: sum(report.outcome == outcome for report in reports) for outcome in ("created", "present", "refused")}
    return TaskImportOut(data=[RowOut.of(report) for report in reports], **counts, dry_run=body.dry_run)


async def _as_json(prefix: str, pages: AsyncIterator[list[TaskRow]]) -> AsyncIterator[str]:
    """One object, task by task."""
    yield f'{{"board": {json.dumps(prefix)}, "tasks": ['
    comma = ""
    async for rows in pages:
        for row in rows:
            yield comma + json.dumps(as_json(row), ensure_ascii=False)
            comma = ",\n"
    yield "]}"


def _pointer(error: Any) -> str:
    """Which field of a row an error is about."""
    if isinstance(error, NotFound):
        return "/assignee" if error.what in ("agent", "user") else f"/{error.what}"
    return error.pointer if isinstance(error, InvalidInput) else ""
