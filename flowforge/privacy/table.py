"""Any table of a tenant, read page by page in the order of its key: only rows in which something can stand come back with their text.

Names of tables and columns are the catalogue's and are quoted; values are parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flowforge.db.queries import Connection, load_queries
from flowforge.privacy.holding import holding_of

ROWS, BLOBS = 500, 20  # looked at by one statement; a blob may be large

sql = load_queries("flowforge.privacy")


@dataclass(frozen=True)
class Row:
    """One row that may hold what is looked for: its key below the tenant, whose it is, and all that is text in it."""

    key: tuple[str, ...]
    owner: str
    values: dict[str, Any]

    @property
    def texts(self) -> list[str]:
        found = [value for value in self.values.values() if value is not None]
        return [value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in found]


@dataclass(frozen=True)
class Table:
    """A table with a tenant, as the catalogue describes it."""

    name: str
    key: tuple[str, ...]
    key_types: tuple[str, ...]
    texts: tuple[str, ...]
    blobs: tuple[str, ...]

    @property
    def batch(self) -> int:
        return BLOBS if self.blobs else ROWS

    async def page(
        self, connection: Connection, tenant_id: UUID, after: Sequence[str], *, anchors: Sequence[str] | None, owner: str = ""
    ) -> tuple[list[Row], int, tuple[str, ...] | None]:
        """Rows behind `after` that may hold a text like one of the `anchors` (None: any row); how many were looked at; where to go on.

        A text with a `\\u` escape is always given: letters can hide in it. `owner`: the column that says whose the row is.
        """
        given = [] if anchors is None else [list(anchors)]
        rows = await connection.fetch(self._page_statement(bool(after), anchors is not None, owner), tenant_id, *given, *after)
        found = [
            Row(tuple(key), whose, dict(zip(self._content, content, strict=True))) for key, whose, candidate, *content in rows if candidate
        ]
        return found, len(rows), tuple(rows[-1][0]) if len(rows) == self.batch and self.key else None

    def _page_statement(self, goes_on: bool, filtered: bool, owner: str) -> str:
        key = [quoted(name) for name in self.key]
        parts = [f"{quoted(name)}::text" for name in self.texts] + [f"encode({quoted(name)}, 'escape')" for name in self.blobs]
        haystack = f"concat_ws(chr(10), {', '.join(parts)})" if parts else "''"
        candidate = "h.hay ilike any($2::text[]) or strpos(h.hay, '\\u') > 0" if filtered else "true"
        row_key = f"array[{', '.join(f'{name}::text' for name in key)}]::text[]"
        whose = f"{quoted(owner) if owner else chr(39) * 2}::text"
        shown = [f"case when c.candidate then {column} end" for column in self._content.values()]
        places = [f"${n}::text::{kind}" for n, kind in enumerate(self.key_types, 3 if filtered else 2)]
        behind = f" and ({', '.join(key)}) > ({', '.join(places)})" if goes_on else ""
        order = f" order by {', '.join(key)}" if key else ""
        columns = ", ".join([row_key, whose, "c.candidate", *shown])
        hay = f"cross join lateral (select {haystack} as hay offset 0) as h cross join lateral (select {candidate} as candidate) as c"
        rows = f"where tenant_id = $1{behind}{order} limit {self.batch}"
        return f"select {columns} from {self._path} {hay} {rows}"  # noqa: S608 - quoted names of the catalogue

    async def row(self, connection: Connection, tenant_id: UUID, key: Sequence[str]) -> Row | None:
        """One row with all its text, locked until the transaction ends; None when it is gone."""
        columns = ", ".join([*self._content.values(), "1 as present"])
        statement = f"select {columns} from {self._path} where {self._is} for update"  # noqa: S608 - quoted names of the catalogue
        found = await connection.fetchrow(statement, tenant_id, *key)
        return None if found is None else Row(tuple(key), "", {name: found[name] for name in self._content})

    async def change(self, connection: Connection, tenant_id: UUID, key: Sequence[str], texts: dict[str, str]) -> None:
        """Put these texts into one row."""
        changes = ", ".join(f"{quoted(name)} = ${n}::text" for n, name in enumerate(texts, 2 + len(self.key)))
        statement = f"update {self._path} set {changes} where {self._is}"  # noqa: S608 - quoted names of the catalogue
        await connection.execute(statement, tenant_id, *key, *texts.values())

    async def drop(self, connection: Connection, tenant_id: UUID, key: Sequence[str]) -> None:
        """Delete one row."""
        statement = f"delete from {self._path} where {self._is}"  # noqa: S608 - quoted names of the catalogue
        await connection.execute(statement, tenant_id, *key)

    async def records(self, connection: Connection, tenant_id: UUID, column: str, values: Sequence[str]) -> list[str]:
        """Whole rows, as JSON texts, whose `column` is one of the values; in the order of their keys."""
        order = f" order by {', '.join(map(quoted, self.key))}" if self.key else ""
        these = f"where tenant_id = $1 and {quoted(column)}::text = any($2){order}"
        statement = f"select row_to_json(x)::text as record from {self._path} x {these}"  # noqa: S608 - quoted names of the catalogue
        return [row["record"] for row in await connection.fetch(statement, tenant_id, list(values))]

    async def record(self, connection: Connection, tenant_id: UUID, key: Sequence[str]) -> str | None:
        """One whole row as a JSON text."""
        statement = f"select row_to_json(x)::text from {self._path} x where {self._is}"  # noqa: S608 - quoted names of the catalogue
        found: str | None = await connection.fetchval(statement, tenant_id, *key)
        return found

    @property
    def _path(self) -> str:
        return f"flowforge.{quoted(self.name)}"

    @property
    def _content(self) -> dict[str, str]:
        """The columns in which text can stand, and how they are read."""
        return {name: f"{quoted(name)}::text" for name in self.texts} | {name: quoted(name) for name in self.blobs}

    @property
    def _is(self) -> str:
        parts = [f"{quoted(name)} = ${n}::text::{kind}" for n, (name, kind) in enumerate(zip(self.key, self.key_types, strict=True), 2)]
        return " and ".join(["tenant_id = $1", *parts])


async def tables(connection: Connection) -> dict[str, Table]:
    """Every table with a tenant, by name, in the order in which they are looked through; without the columns that are opaque."""
    rows = await sql.tables_of_tenants.fetch(connection)
    return {row["name"]: _described(row) for row in rows}


def _described(row: Any) -> Table:
    opaque = holding_of(row["name"]).opaque
    key, key_types, texts = (tuple(row[part] or ()) for part in ("key", "key_types", "texts"))
    return Table(row["name"], key, key_types, texts, tuple(name for name in row["blobs"] or () if name not in opaque))


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
