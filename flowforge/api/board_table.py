"""Cards as a table (CSV) and as JSON, out and in again. What a spreadsheet would run stands behind an apostrophe, which is taken off again.

Several labels or dependencies stand in one cell with semicolons between them; a checklist has one item a line, `[x] ` or `[ ] ` before it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from flowforge.api.spreadsheet import csv_text
from flowforge.board.assignee import AssigneeName
from flowforge.board.checklist_item import ChecklistItem
from flowforge.board.exchange import TaskRow
from flowforge.errors import InvalidInput

HEAD = (
    "external_id", "title", "description", "column", "assignee", "priority", "labels", "due_at", "owner", "parent", "depends_on",
    "checklist", "archived",
)  # fmt: skip
CELL_CHARACTERS_MAX = 1 << 20

_GUARDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠']")
_ITEM = re.compile(r"\[( |x|X)\] (.*)")


async def as_csv(pages: AsyncIterator[list[TaskRow]]) -> AsyncIterator[str]:
    """A table of all pages, piece by piece, with one line of names."""
    first = True
    async for rows in pages:
        text = csv_text(HEAD, (list(_cells(row)) for row in rows))
        yield text if first else text.partition("\r\n")[2]
        first = False


def as_json(row: TaskRow) -> dict[str, Any]:
    """A row as the JSON form has it."""
    return {
        "external_id": row.external_id,
        "title": row.title,
        "description": row.description,
        "column": row.column,
        "assignee": None if row.assignee is None else {row.assignee.kind: row.assignee.name},
        "priority": row.priority,
        "labels": list(row.labels),
        "due_at": None if row.due_at is None else row.due_at.isoformat(),
        "owner": row.owner,
        "parent": row.parent,
        "depends_on": list(row.depends_on),
        "checklist": [{"text": item.text, "done": item.done} for item in row.checklist],
        "archived": row.archived,
    }


def read_csv(text: str, rows_max: int) -> list[TaskRow]:
    """The rows of a table whose first line names its columns, in any order; a title is needed, all else may be missing.

    Raises InvalidInput, which names the line.
    """
    csv.field_size_limit(CELL_CHARACTERS_MAX)
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows: list[TaskRow] = []
    try:
        head = [name.strip().casefold() for name in next(reader, [])]
        _check_head(head)
        for cells in reader:
            if not any(cells):
                continue
            if len(rows) >= rows_max:
                raise InvalidInput(f"at most {rows_max} rows at once", pointer="/csv", hint="import them in parts")
            if len(cells) > len(head):
                raise InvalidInput(f"line {reader.line_num} has {len(cells)} cells under {len(head)} names", pointer="/csv")
            rows.append(_row(dict(zip(head, map(_bare, cells), strict=False)), reader.line_num))
    except csv.Error as error:
        raise InvalidInput(f"line {reader.line_num} is not CSV: {error}", pointer="/csv") from None
    return rows


def _check_head(head: Sequence[str]) -> None:
    if "title" not in head:
        raise InvalidInput("the first line names the columns, one of them title", pointer="/csv", hint=f"known are {', '.join(HEAD)}")
    for name in head:
        if name not in HEAD:
            raise InvalidInput(f"there is no column {name[:40]!r}", pointer="/csv", hint=f"known are {', '.join(HEAD)}")
        if head.count(name) > 1:
            raise InvalidInput(f"the column {name} stands twice", pointer="/csv")


def _cells(row: TaskRow) -> Iterator[object]:
    values = as_json(row)
    assignee = None if row.assignee is None else f"{row.assignee.kind}:{row.assignee.name}"
    checklist = "\n".join(f"[{'x' if item.done else ' '}] {item.text}" for item in row.checklist)
    values |= {"assignee": assignee, "labels": "; ".join(row.labels), "depends_on": "; ".join(row.depends_on), "checklist": checklist}
    values["archived"] = "yes" if row.archived else None
    for name in HEAD:
        cell = values[name]
        yield f"'{cell}" if isinstance(cell, str) and _GUARDED.match(cell) else cell or None


def _bare(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from running it."""
    return cell[1:] if _GUARDED.match(cell) else cell


def _row(cells: Mapping[str, str], line: int) -> TaskRow:
    due = cells.get("due_at", "").strip()
    try:
        due_at = datetime.fromisoformat(due) if due else None
    except ValueError:
        raise InvalidInput(f"line {line}: due_at is no moment, as in 2026-12-24T18:00:00Z", pointer="/csv") from None
    return TaskRow(
        title=cells.get("title", ""),
        external_id=cells.get("external_id") or None,
        description=cells.get("description", ""),
        column=cells.get("column") or None,
        assignee=_assignee(cells.get("assignee", "").strip()),
        priority=cells.get("priority", "").strip().casefold() or "none",
        labels=_several(cells.get("labels", "")),
        due_at=due_at,
        owner=cells.get("owner") or None,
        parent=cells.get("parent", "").strip() or None,
        depends_on=_several(cells.get("depends_on", "")),
        checklist=tuple(map(_item, filter(str.strip, cells.get("checklist", "").splitlines()))),
        archived=cells.get("archived", "").strip().casefold() in ("yes", "true", "1"),
    )


def _assignee(cell: str) -> AssigneeName | None:
    kind, colon, name = cell.partition(":")
    if colon and kind == "agent":
        return AssigneeName("agent", name.strip())
    if colon and kind == "user":
        return AssigneeName("user", name.strip())
    return AssigneeName("user", cell) if cell else None


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def _item(line: str) -> ChecklistItem:
    found = _ITEM.fullmatch(line.strip())
    return ChecklistItem("", line.strip()) if found is None else ChecklistItem("", found[2], found[1] != " ")
