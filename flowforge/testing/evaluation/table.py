"""Cases from a table: a row of a CSV file or a line of a JSONL file is a case.

    name,total,country,expect.risk
    cheap order,12,DE,low
    "rich order",5000,XX,high

`name`, `expect…` and `input…` say what they are; every other column is a field of the input. A cell that is JSON (a number, true,
null, an object) is that value, an empty one is not there, and everything else is text; `"00123"` in quotes within the cell stays text.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from flowforge.errors import InvalidInput
from flowforge.testing.evaluation.suite import Case

MAX_ROWS = 100_000


def cases_of_table(file: Path, function: str | None = None) -> Iterator[Case]:
    """The cases in a .csv or .jsonl file. Raises InvalidInput with the line."""
    kinds = {".csv": _csv_rows, ".jsonl": _json_rows}
    read = kinds.get(file.suffix.lower())
    if read is None:
        raise InvalidInput(f"{file.name} is no table", hint="a table ends in .csv or .jsonl")
    try:
        for count, (line, row) in enumerate(read(file)):
            if count == MAX_ROWS:
                raise InvalidInput(f"{file.name} has more than {MAX_ROWS:,} rows")
            try:
                yield Case.model_validate({"name": f"{file.stem} {count + 1}", **row})
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                field = ".".join(map(str, first["loc"]))
                raise InvalidInput(f"{file.name}:{line}: {field}: {first['msg'][:1].lower()}{first['msg'][1:]}") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{file.name} is not UTF-8 text") from None


def _json_rows(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with file.open(encoding="utf-8-sig") as lines:
        for number, text in enumerate(lines, 1):
            if not text.strip():
                continue
            try:
                row = json.loads(text)
            except (ValueError, RecursionError) as error:
                raise InvalidInput(f"{file.name}:{number}: it is no JSON: {error}") from None
            if not isinstance(row, dict):
                raise InvalidInput(f"{file.name}:{number}: a line is an object with input and expect")
            yield number, row if "input" in row else {"input": row}


def _csv_rows(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = csv.DictReader(text, strict=True)
        try:
            for row in rows:
                if None in row:
                    raise InvalidInput(f"{file.name}:{rows.line_num}: it has more cells than the first line")
                yield rows.line_num, _case_of({name: cell for name, cell in row.items() if cell}, f"{file.name}:{rows.line_num}")
        except csv.Error as error:
            raise InvalidInput(f"{file.name}:{rows.line_num}: {error}") from None


def _case_of(cells: Mapping[str, str], where: str) -> dict[str, Any]:
    case: dict[str, Any] = {}
    for column, cell in cells.items():
        head, _, _ = column.partition(".")
        if column == "name":
            case["name"] = cell
        else:
            _put(case, (column if head in ("input", "expect") else f"input.{column}").split("."), _value(cell), where)
    return case


def _put(into: dict[str, Any], path: list[str], value: Any, where: str) -> None:
    for part in path[:-1]:
        into = into.setdefault(part, {})
        if not isinstance(into, dict):
            raise InvalidInput(f"{where}: {'.'.join(path)} is a field of what another column gives as a whole")
    into[path[-1]] = value


def _value(cell: str) -> Any:
    try:
        return json.loads(cell, parse_constant=_as_text)
    except (ValueError, RecursionError):
        return cell


def _as_text(name: str) -> Any:
    raise ValueError(f"{name} is a word here")
