"""Other keys, while everything goes on: data keys under another key-encryption key, what is sealed under another data key.

Each key and each value changes in a transaction of its own. Killed in the middle, some have changed and some have not, both open,
and the next call goes on with the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.secrets.sealed import SEALED, Sealed
from flowforge.secrets.vault import DEPLOYMENT, version_of

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database
    from flowforge.secrets.vault import Vault

sql = load_queries("flowforge.secrets")


@dataclass(frozen=True)
class Wrapped:
    """Which key-encryption keys are needed: how many data keys the present one wraps, and those that others do, by fingerprint."""

    by_present: int
    by_others: dict[str, int]


async def find_wrapped(connection: Connection, vault: Vault) -> Wrapped:
    """What stands under which key; an old key may be dropped as soon as it is none of the others. Needs the whole database."""
    counts = {row["wrapped_by"]: row["data_keys"] for row in await sql.wrapped_by.fetch(connection)}
    present = counts.pop(vault.wrapper.fingerprint, 0)
    return Wrapped(present, counts)


async def rewrap(database: Database, vault: Vault, principal: Principal) -> int:
    """Wrap all data keys under the present key-encryption key; nothing that they sealed changes. Returns how many were wrapped anew.

    Needs the whole database. Raises SealingKeyMissing when an old key is not at hand.
    """
    count, after = 0, (UUID(int=0), -1)
    while True:
        async with database.pool.acquire() as connection, connection.transaction():
            row = await sql.next_foreign_data_key.fetchrow(
                connection, fingerprint=vault.wrapper.fingerprint, after_tenant=after[0], after_version=after[1]
            )
            if row is None:
                break
            after = (row["tenant_id"], row["version"])
            key = await vault.unwrap(*after, row["wrapped_by"], row["wrapped"])
            wrapped_by, wrapped = await vault.wrap(*after, key)
            await sql.rewrap_data_key.execute(connection, tenant_id=after[0], version=after[1], wrapped=wrapped, wrapped_by=wrapped_by)
        count += 1
    if count:
        async with database.pool.acquire() as connection, connection.transaction():
            await append(connection, principal, "secrets.rewrap", "key", vault.wrapper.fingerprint, {"data_keys": count})
    return count


async def rotate_data_key(database: Database, vault: Vault, principal: Principal) -> tuple[int, int]:
    """Seal all that is sealed for the principal's tenant (or for the deployment, `DEPLOYMENT`) under a fresh data key.

    Returns its version, and how many values it sealed anew. The older data keys stay: a backup may hold what they sealed. Needs the whole
    database. Raises SealingKeyMissing.
    """
    tenant_id = principal.tenant_id
    async with database.pool.acquire() as connection, connection.transaction():
        version = await vault.add_data_key(connection, tenant_id)
        target = ids.show("tnt", tenant_id) if tenant_id != DEPLOYMENT else "deployment"
        await append(connection, principal, "secrets.rotate_data_key", "key", target, {"version": version})
    return version, await reseal(database, vault, tenant_id, version)


async def reseal(database: Database, vault: Vault, tenant_id: UUID, data_key: int) -> int:
    """Seal under the newest data key what older ones than `data_key` sealed, in every column of sealed values. Returns how many values."""
    columns = [sealed for sealed in SEALED if sealed.of_deployment == (tenant_id == DEPLOYMENT)]
    return sum([await _reseal_column(database, vault, tenant_id, column, data_key) for column in columns])


async def _reseal_column(database: Database, vault: Vault, tenant_id: UUID, column: Sealed, data_key: int) -> int:
    count, place = 0, ""
    while True:
        async with database.pool.acquire() as connection, connection.transaction():
            wanted = {"tenant_id": tenant_id, "data_key": data_key, "after": place}
            row = await column.next_older.fetchrow(connection, **{name: wanted[name] for name in column.next_older.parameters})
            if row is None:
                return count
            place, label = row["place"], column.label(row)
            value = await vault.open(connection, tenant_id, label, row["sealed"], noted=False)
            sealed = await vault.seal(connection, tenant_id, label, value)
            of_row = {"tenant_id": tenant_id, "place": place, "sealed": sealed, "data_key": version_of(sealed)}
            await column.reseal.execute(connection, **{name: of_row[name] for name in column.reseal.parameters})
        count += 1
