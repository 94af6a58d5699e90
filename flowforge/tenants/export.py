"""Everything that is held of a tenant: a ZIP archive with a file of JSON lines for each table, and a manifest at its end.

It is written while it is sent, page by page, so its size does not matter; each page is what the tables hold at that moment. For one moment
of all tables, suspend the tenant first. Sealed values are left out, and the manifest names their columns.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import AsyncIterator, Sequence
from typing import IO, TYPE_CHECKING, Any, cast

from flowforge import ids
from flowforge.access.tenant import Tenant
from flowforge.audit import log as audit
from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.tenants.tables import Table, tables_of_tenants

if TYPE_CHECKING:
    from uuid import UUID

    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

FORMAT = "flowforge-tenant-export/1"


async def export_tenant(database: Database, by: Principal, tenant: Tenant, *, clock: Clock = SYSTEM_CLOCK) -> AsyncIterator[bytes]:
    """The archive in pieces. That it was asked for is in the log before the first of them.

    async for piece in export_tenant(database, by, tenant): file.write(piece)
    """
    async with database.pool.acquire() as connection, connection.transaction():
        await audit.append(connection, by, "tenant.export", "tenant", tenant.name)
    view = database.for_tenant(tenant.tenant_id)
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "tenant": {"id": ids.show("tnt", tenant.tenant_id), "name": tenant.name, "state": tenant.state},
        "begun_at": clock.now().isoformat(),
        "tables": {},
    }
    written = _Pieces()
    with zipfile.ZipFile(cast(IO[bytes], written), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for table in await tables_of_tenants(database.pool):
            rows = 0
            with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as file:
                async for page in _pages(view, tenant.tenant_id, table):
                    rows += len(page)
                    file.write("".join(f"{row}\n" for row in page).encode())
                    yield written.taken()
            manifest["tables"][table.name] = {"rows": rows, **({"left_out": list(table.sealed)} if table.sealed else {})}
            yield written.taken()
        manifest["ended_at"] = clock.now().isoformat()
        archive.writestr("manifest.json", json.dumps(manifest, indent=1))
    yield written.taken()


async def _pages(database: Database, tenant_id: UUID, table: Table) -> AsyncIterator[Sequence[str]]:
    place: Sequence[str | None] = [None] * len(table.key)
    behind = False
    while rows := await database.pool.fetch(table.page, tenant_id, behind, *place):
        yield [row["row"] for row in rows]
        place, behind = rows[-1]["place"], True


class _Pieces:
    """A file that is only written: what came since the last look is taken away."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
