"""Which versions a run has: chosen once, when it begins, and known to whoever would delete one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge.db.queries import Connection, load_queries
from flowforge.skills.registry import find_versions
from flowforge.skills.version import SkillVersion, WantedSkill

if TYPE_CHECKING:
    from flowforge.db.database import Database

sql = load_queries("flowforge.skills")


async def choose_versions(
    database: Database, tenant_id: UUID, run_id: UUID, agent_id: UUID | None, names: Sequence[str]
) -> list[SkillVersion]:
    """The versions that these names mean now, noted as the run's: none of them is deleted while it is open.

    Asked again for the same run it chooses anew; the run keeps what it has stored. Raises NotFound and InvalidInput as `find_versions`.
    """
    wanted: dict[str, str] = {}
    for text in names:
        wanted.setdefault(WantedSkill.read(text).name, text)  # one version of each
    if not wanted:
        return []
    async with database.pool.acquire() as connection, connection.transaction():
        await sql.lock_for_use.fetch(connection, tenant_id=tenant_id, names=list(wanted))
        chosen = await find_versions(connection, tenant_id, list(wanted.values()))
        await sql.note_use.execute(
            connection,
            tenant_id=tenant_id,
            run_id=run_id,
            agent_id=agent_id,
            names=[version.name for version in chosen],
            numbers=[version.number for version in chosen],
            owns=[version.layer == "tenant" for version in chosen],
            trees=[bytes.fromhex(version.tree) for version in chosen],
        )
    return chosen


async def note_load(connection: Connection, tenant_id: UUID, run_id: UUID, name: str) -> None:
    """A run has loaded the skill; it counts once."""
    await sql.note_load.execute(connection, tenant_id=tenant_id, run_id=run_id, name=name)
