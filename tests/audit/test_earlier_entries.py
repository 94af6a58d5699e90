"""What was logged before the log was a tree is in it afterwards, in its order."""

from __future__ import annotations

import json

from flowforge.audit import log as audit
from flowforge.audit.export import export
from flowforge.audit.tree import merge
from flowforge.audit.verification import verify_export
from flowforge.db.creation import create_database, drop_database
from flowforge.db.database import Database
from flowforge.db.migrate import known_migrations, migrate
from flowforge.ids import DEFAULT_TENANT


async def test_entries_of_the_numbered_table_become_leaves_in_their_order(server_url, signer, worker_id):
    name = f"flowforge_test_earlier_{worker_id}"
    await drop_database(server_url, name)
    url = await create_database(server_url, name)
    try:
        await migrate(url, [migration for migration in known_migrations() if migration.version < 14])
        async with await Database.open(url) as database:
            await database.pool.execute(
                "insert into flowforge.audit (tenant_id, seq, principal_kind, principal, action, target_kind, target, detail, created_at)"
                " select $1, n, 'person', 'mi\"ra', 'user.create', 'user', 'Größe ' || n, '{\"n\":' || n || '}',"
                " timestamptz '2026-01-01' + (n % 7) * interval '1 s' from generate_series(1, 40) n",
                DEFAULT_TENANT,
            )
        await migrate(url, [migration for migration in known_migrations() if migration.version <= 14])
        async with await Database.open(url) as database:
            await merge(database, DEFAULT_TENANT, signer)
            entries = await audit.read(database.pool, DEFAULT_TENANT)
            lines = "".join([line async for line in export(database, DEFAULT_TENANT)]).encode().splitlines(keepends=True)
    finally:
        await drop_database(server_url, name)

    assert [(entry.position, entry.target) for entry in entries] == [(n, f"Größe {n + 1}") for n in range(40)]
    assert verify_export(lines).entries == 40
    said = json.loads(entries[8].leaf)
    assert (entries[8].detail, said["at"], said["principal_kind"]) == ({"n": 9}, "2026-01-01T00:00:02.000000Z", "person")
    assert json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False) == entries[8].leaf
