"""How many rows the tables hold, how many dead ones among them, and what they take on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowforge.db.queries import Connection, load_queries

sql = load_queries("over_time")


@dataclass(frozen=True)
class Table:
    name: str
    live: int
    dead: int
    bytes: int

    @property
    def mb(self) -> float:
        return self.bytes / 1_000_000


async def tables(connection: Connection, names: Sequence[str]) -> list[Table]:
    """These tables, in this order. Rows are what PostgreSQL's statistics say, which lag by a second or so."""
    return [Table(**row) for row in await sql.tables.fetch(connection, names=list(names))]
