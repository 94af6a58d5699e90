"""The tables that hold rows of tenants, as the database itself lists them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flowforge.db.queries import Connection, load_queries

sql = load_queries("flowforge.tenants")

# Bytes are taken for sealed, unless they stand here; so is what is called by one of these names, whatever its type.
_OPEN_BYTES = frozenset({("blob", "data"), ("model_answer", "digest")})
_OPEN_BYTES |= {("skill_file", "hash"), ("skill_file", "data"), ("skill_version", "tree"), ("skill_use", "tree")}
_OPEN_BYTES |= {("shared_skill", "tree"), ("shared_skill", "archive")}
_SEALED_NAMES = re.compile(
    r"sealed|wrapped|.*_(sealed|digest|cipher|ciphertext)|password.*|.*secret|totp.*|token|.*_token|key_hash|.*pepper.*"
)


@dataclass(frozen=True)
class Table:
    """One table: its columns, and those of its primary key with their types. Names are quoted as SQL wants them."""

    name: str
    key: tuple[str, ...]
    key_types: tuple[str, ...]
    columns: tuple[str, ...]
    sealed: tuple[str, ...]  # columns that leave the database under no circumstances

    @property
    def page(self) -> str:
        """One page of a tenant's rows as JSON, in the order of the key, behind the key ($2 …) of the last row; $2 null: from the start."""
        key = ", ".join(f"t.{column}" for column in self.key)
        after = ", ".join(f"${number}::text::{kind}" for number, kind in enumerate(self.key_types, 3))
        places = ", ".join(f"t.{column}::text" for column in self.key)
        left_out = ", ".join(f"'{column}'" for column in self.sealed)
        return (
            f"select (to_jsonb(t) - array[{left_out}]::text[])::text as row, array[{places}] as place from flowforge.{self.name} t"  # noqa: S608 - names out of the catalogue
            f" where t.tenant_id = $1 and (not $2::bool or ({key}) > ({after})) order by {key} limit {PAGE_ROWS}"
        )

    @property
    def delete(self) -> str:
        """Deletes at most $2 of a tenant's rows."""
        rows = f"select ctid from flowforge.{self.name} where tenant_id = $1 limit $2"  # noqa: S608 - likewise
        if self.name == "tenant":
            raise ValueError("a tenant's own row goes last, by a statement of its own")
        return f"delete from flowforge.{self.name} where tenant_id = $1 and ctid = any(array({rows}))"  # noqa: S608 - likewise


PAGE_ROWS = 500


async def tables_of_tenants(connection: Connection) -> Sequence[Table]:
    """Every one, runs' owners first."""
    return [
        Table(
            row["name"],
            tuple(row["key"]),
            tuple(row["key_types"]),
            tuple(row["columns"]),
            _sealed(row["name"], row["columns"], row["bytes"]),
        )
        for row in await sql.tables_of_tenants.fetch(connection)
    ]


def _sealed(table: str, columns: Sequence[str], byte_columns: Sequence[str]) -> tuple[str, ...]:
    sealed = {column for column in byte_columns if (table, column) not in _OPEN_BYTES}
    return tuple(sorted(sealed | {column for column in columns if _SEALED_NAMES.fullmatch(column)}))
