"""Writing an export: everything that a stranger needs to verify a tenant's log, in one stream of lines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from flowforge.audit.entry import canonical, written_time
from flowforge.audit.exported_entry import entry_json
from flowforge.audit.head import SignedHead
from flowforge.audit.log import AuditEntry, entry_of
from flowforge.audit.merkle import consistency_spans, inclusion_spans
from flowforge.audit.proof_file import consistency_json, inclusion_json
from flowforge.audit.signed_heads import find_head, first_head_covering, newest_heads, read_heads, read_keys
from flowforge.audit.tree import root_of
from flowforge.audit.verification import FORMAT
from flowforge.clock import SYSTEM_CLOCK
from flowforge.db.database import Database
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import NotFound

PAGE = 500

sql = load_queries("flowforge.audit")


async def export(database: Database, tenant_id: UUID) -> AsyncIterator[str]:
    """The log up to its newest head, as lines of JSON. Read in pages: what a log holds is never in memory as a whole.

    async for line in export(database, tenant_id):
        file.write(line)
    """
    newest = await newest_heads(database.pool, tenant_id)
    size = newest[0].size if newest else 0
    yield _line({"type": "export", "format": FORMAT, "tenant": str(tenant_id), "at": written_time(SYSTEM_CLOCK.now()), "size": size})
    for key in await read_keys(database.pool):
        yield _line(key.as_json())
    heads = 0
    for first in range(0, size, PAGE):
        last = min(first + PAGE, size)
        found = await read_heads(database.pool, tenant_id, after=first, upto=last, limit=PAGE)
        rows = await sql.merged_entries.fetch(database.pool, tenant_id=tenant_id, first=first, last=last)
        yield "".join(_merged(rows, found))
        heads += len(found)
    yield _line({"type": "end", "entries": size, "heads": heads})


async def prove(connection: Connection, tenant_id: UUID, entry: AuditEntry) -> dict[str, Any] | None:
    """A proof that this entry is in the log, under the first head that covers it; None as long as none does."""
    head = None if entry.position is None else await first_head_covering(connection, tenant_id, entry.position)
    if head is None or entry.position is None:
        return None
    path = [await root_of(connection, tenant_id, span) for span in inclusion_spans(entry.position, head.size)]
    leaf = await root_of(connection, tenant_id, (entry.position, entry.position + 1))
    return inclusion_json(entry_json(entry, leaf), path, head, await read_keys(connection))


async def prove_consistency(connection: Connection, tenant_id: UUID, first: int, second: int) -> dict[str, Any]:
    """A proof that the log of the second size begins with that of the first. Raises NotFound where no head has such a size."""
    heads = []
    for size in sorted((first, second)):
        head = await find_head(connection, tenant_id, size)
        if head is None:
            raise NotFound("signed head of the audit log over so many entries:", str(size))
        heads.append(head)
    spans = consistency_spans(heads[0].size, heads[1].size)
    return consistency_json(heads[0], heads[1], [await root_of(connection, tenant_id, span) for span in spans], await read_keys(connection))


def _merged(rows: Sequence[Any], heads: Sequence[SignedHead]) -> list[str]:
    """Entries, and behind the last that it covers each head."""
    by_size = {head.size: head for head in heads}
    lines = []
    for row in rows:
        lines.append(_line(entry_json(entry_of(row), row["hash"])))
        if (head := by_size.get(row["position"] + 1)) is not None:
            lines.append(_line(head.as_json()))
    return lines


def _line(value: dict[str, Any]) -> str:
    return canonical(value) + "\n"
