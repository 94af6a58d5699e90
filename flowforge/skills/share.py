"""Skills shared with other tenants: a copy of one version that one tenant, or every one of the deployment, may read and import.

A share belongs to the tenant that made it. Who reads another tenant's asks the whole database, by the condition that the share names them
or everybody; nothing of the owner but its name is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.skills.registry import LIST_LIMIT_MAX, find_version, load_tree
from flowforge.skills.tree import pack

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

SHARES_MAX = 500  # of one tenant

sql = load_queries("flowforge.skills")


@dataclass(frozen=True)
class SharedSkill:
    """A version that may be imported. `reader_id` None: by every tenant. `own`: by whom it was asked for."""

    share_id: UUID
    name: str
    number: int
    tree: str
    description: str
    owner: str  # the name of the tenant
    own: bool
    reader_id: UUID | None
    shared_by: str
    created_at: datetime


async def share(database: Database, principal: Principal, text: str, reader_id: UUID | None, *, share_id: UUID) -> SharedSkill:
    """Let a tenant (None: all of them) import the version that `text` means now. The same version with the same reader is shared once.

    Whether that tenant exists is not told. Raises NotFound, and Conflict when the tenant shares as many as it may.
    """
    version = await find_version(database.pool, principal.tenant_id, text)
    archive = pack(version.name, await load_tree(database.pool, principal.tenant_id, version))
    async with database.pool.acquire() as connection, connection.transaction():
        kept = await sql.insert_share.fetchrow(
            connection,
            tenant_id=principal.tenant_id,
            share_id=share_id,
            name=version.name,
            number=version.number,
            tree=bytes.fromhex(version.tree),
            description=version.description,
            reader_id=reader_id,
            archive=archive,
            shared_by=principal.name,
            most=SHARES_MAX,
        )
        if kept is None:
            raise Conflict(f"there are {SHARES_MAX} shared skills", hint="take some back")
        if kept["made"]:
            detail = {"version": version.number, "tree": version.tree, "with": None if reader_id is None else ids.show("tnt", reader_id)}
            await append(connection, principal, "skill.share", "skill", version.name, detail)
    row = await sql.own_share.fetchrow(database.pool, tenant_id=principal.tenant_id, share_id=kept["share_id"])
    return _shared(row)


async def unshare(database: Database, principal: Principal, share_id: UUID) -> None:
    """Take a share back; who has imported it keeps the copy. Raises NotFound."""
    async with database.pool.acquire() as connection, connection.transaction():
        name = await sql.delete_share.fetchval(connection, tenant_id=principal.tenant_id, share_id=share_id)
        if name is None:
            raise NotFound("shared skill", ids.show("skl", share_id))
        await append(connection, principal, "skill.unshare", "skill", name, {"share": ids.show("skl", share_id)})


async def list_shared(
    whole: Connection, tenant_id: UUID, limit: int = 50, cursor: str | None = None
) -> tuple[list[SharedSkill], str | None]:
    """What this tenant shares and what it may import, by name."""
    if not 1 <= limit <= LIST_LIMIT_MAX:
        raise InvalidInput(f"limit must lie between 1 and {LIST_LIMIT_MAX}, {limit} does not", pointer="/limit")
    name, _, text = (cursor or "").rpartition(":")
    after = ids.parse("skl", text) if cursor else UUID(int=0)
    if after is None:
        raise InvalidInput("this is no cursor of this list", pointer="/cursor")
    rows = await sql.list_shared.fetch(whole, tenant_id=tenant_id, after_name=name, after_id=after, limit=limit + 1)
    found = [_shared(row) for row in rows[:limit]]
    return found, f"{found[-1].name}:{ids.show('skl', found[-1].share_id)}" if len(rows) > limit else None


async def read_shared(whole: Connection, tenant_id: UUID, share_id: UUID) -> tuple[SharedSkill, bytes]:
    """A share with its archive. Raises NotFound for one that is not there or not for this tenant."""
    row = await sql.read_shared.fetchrow(whole, tenant_id=tenant_id, share_id=share_id)
    if row is None:
        raise NotFound("shared skill", ids.show("skl", share_id))
    return _shared(row), bytes(row["archive"])


def _shared(row: Any) -> SharedSkill:
    return SharedSkill(
        row["share_id"],
        row["name"],
        row["number"],
        bytes(row["tree"]).hex(),
        row["description"],
        row["owner"],
        row["own"],
        row["reader_id"] if row["own"] else None,
        row["shared_by"] if row["own"] else "",
        row["created_at"],
    )
