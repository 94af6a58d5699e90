"""The ledger of the demo: an outside system that honours idempotency keys, as payment providers do.

It outlives every process that is killed: SQLite, one file. `calls` counts every request that arrived, `refunds` what was paid.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

_TABLES = """
create table if not exists call (id integer primary key, key text not null);
create table if not exists refund (key text primary key, order_id text not null, amount text not null);
"""


@dataclass(frozen=True)
class Refund:
    """Money that was paid back, once."""

    order_id: str
    amount: Decimal


@dataclass(frozen=True)
class Ledger:
    """The books in one file."""

    file: Path

    def refund(self, key: str, order_id: str, amount: Decimal) -> Refund:
        """Pay, unless this key has been paid: then it answers what was paid, and pays nothing."""
        with self._open() as books:
            books.execute("insert into call (key) values (?)", (key,))
            books.execute("insert into refund values (?, ?, ?) on conflict (key) do nothing", (key, order_id, str(amount)))
            row = books.execute("select order_id, amount from refund where key = ?", (key,)).fetchone()
        return Refund(row[0], Decimal(row[1]))

    def calls(self) -> int:
        """How often a refund was asked for, repeats included."""
        with self._open() as books:
            return int(books.execute("select count(*) from call").fetchone()[0])

    def refunds(self) -> list[Refund]:
        """What was really paid."""
        with self._open() as books:
            return [Refund(row[0], Decimal(row[1])) for row in books.execute("select order_id, amount from refund order by rowid")]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.file, timeout=10)) as books:
            books.executescript(_TABLES)
            with books:
                yield books
