"""Revisions of an agent: who changed what, when and why; how two of them differ; and going back to one."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.agents.agent import check_note, check_unchanged, lock_agent, redefine, refuse_of_code, resolve_agent, view
from flowforge.agents.definition import AgentDefinition, escaped
from flowforge.agents.status import AgentView
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import InvalidInput, NotFound
from flowforge.orchestrator import hints

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

sql = load_queries("flowforge.agents")

REVISION_MAX = 2**31 - 1
_TEXTS = frozenset({"instructions", "description"})


@dataclass(frozen=True)
class Revision:
    """One revision of an agent. `made_by` is None for one that was made before this was noted."""

    revision: int
    definition: AgentDefinition
    made_by: str | None
    made_by_kind: str | None
    note: str | None
    created_at: datetime


@dataclass(frozen=True)
class FieldChange:
    """How one field differs; `text` is a unified diff where the field is prose."""

    field: str  # a JSON pointer
    before: Any
    after: Any
    text: str | None = None


async def list_revisions(
    connection: Connection, tenant_id: UUID, text: str, *, limit: int = 50, cursor: str | None = None
) -> tuple[list[Revision], str | None]:
    """One page of an agent's revisions, the newest first, and the cursor of the page behind it. Raises NotFound, InvalidInput."""
    agent_id = await resolve_agent(connection, tenant_id, text)
    if cursor is not None and not (cursor.isascii() and cursor.isdecimal() and int(cursor) <= REVISION_MAX):
        raise InvalidInput("this cursor is not one that was handed out", pointer="/cursor")
    before = REVISION_MAX if cursor is None else int(cursor)
    rows = await sql.list_revisions.fetch(connection, tenant_id=tenant_id, agent_id=agent_id, before=before, limit=limit + 1)
    found = [_revision(row) for row in rows[:limit]]
    return found, str(found[-1].revision) if len(rows) > limit else None


async def find_revision(connection: Connection, tenant_id: UUID, text: str, revision: int) -> Revision:
    """Raises NotFound, for the agent or for a revision that it never had."""
    return await _find(connection, tenant_id, await resolve_agent(connection, tenant_id, text), revision)


async def compare(connection: Connection, tenant_id: UUID, text: str, before: int, after: int) -> list[FieldChange]:
    """How revision `after` differs from `before`, field by field. Raises NotFound."""
    agent_id = await resolve_agent(connection, tenant_id, text)
    one, other = [await _find(connection, tenant_id, agent_id, number) for number in (before, after)]
    return differences(one.definition, other.definition, f"revision {before}", f"revision {after}")


def differences(one: AgentDefinition, other: AgentDefinition, one_name: str = "before", other_name: str = "after") -> list[FieldChange]:
    """The fields in which two definitions differ, in the order in which a definition has them."""
    return list(_differences(one.model_dump(mode="json"), other.model_dump(mode="json"), "", (one_name, other_name)))


async def roll_back(
    database: Database,
    principal: Principal,
    text: str,
    revision: int,
    *,
    note: str | None = None,
    if_revision: int | None = None,
    bell: Bell | None = None,
) -> AgentView:
    """A new revision that is equal to an old one; runs that have begun keep theirs.

    Raises NotFound, Conflict as `update_agent` does, and InvalidInput when the old one wants a skill or tool that nobody offers any more.
    """
    check_note(note)
    agent_id = await resolve_agent(database.pool, principal.tenant_id, text)
    async with database.pool.acquire() as connection, connection.transaction():
        row = await lock_agent(connection, principal.tenant_id, agent_id)
        check_unchanged(row, if_revision)
        refuse_of_code(row)
        old = await _old(connection, principal.tenant_id, agent_id, revision)
        why = note or f"back to revision {revision}"
        await redefine(connection, principal, row, old.definition, "agent.rollback", why, again=True)
    if bell is not None:
        bell.ring(hints.READY, agent_id.hex)
    return await view(database.pool, principal.tenant_id, agent_id)


async def _old(connection: Connection, tenant_id: UUID, agent_id: UUID, revision: int) -> Revision:
    """A revision that a body names."""
    try:
        return await _find(connection, tenant_id, agent_id, revision)
    except NotFound as error:
        raise InvalidInput(str(error), pointer="/revision") from None


async def _find(connection: Connection, tenant_id: UUID, agent_id: UUID, revision: int) -> Revision:
    rows: Sequence[Any] = ()
    if 0 < revision < REVISION_MAX:
        rows = await sql.list_revisions.fetch(connection, tenant_id=tenant_id, agent_id=agent_id, before=revision + 1, limit=1)
    if not rows or rows[0]["revision"] != revision:
        newest = await sql.list_revisions.fetchrow(connection, tenant_id=tenant_id, agent_id=agent_id, before=REVISION_MAX, limit=1)
        raise NotFound("revision", str(revision), [str(newest["revision"])] if newest else [])
    return _revision(rows[0])


def _differences(one: Mapping[str, Any], other: Mapping[str, Any], above: str, names: tuple[str, str]) -> list[FieldChange]:
    found: list[FieldChange] = []
    for field in dict.fromkeys((*one, *other)):
        before, after, pointer = one.get(field), other.get(field), f"{above}/{escaped(field)}"
        if before == after:
            continue
        if isinstance(before, Mapping) and isinstance(after, Mapping) and pointer != "/output":
            found += _differences(before, after, pointer, names)
        else:
            found.append(FieldChange(pointer, before, after, _text(before, after, names) if field in _TEXTS else None))
    return found


def _text(before: Any, after: Any, names: tuple[str, str]) -> str:
    return "\n".join(difflib.unified_diff(str(before).splitlines(), str(after).splitlines(), *names, lineterm=""))


def _revision(row: Any) -> Revision:
    definition = AgentDefinition.model_validate_json(row["definition"])
    return Revision(row["revision"], definition, row["made_by"], row["made_by_kind"], row["note"], row["created_at"])
