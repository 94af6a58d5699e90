"""Cards whose title and description come from outside: made of an event, or by an agent that had read what comes from outside.

A person does the work all the same, and so does an agent: what a card asks is its task. But an agent that works on such a card begins as
one that has read untrusted content, so that nothing is done by the way because the card says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from flowforge.access.principal import Principal
from flowforge.board.queries import sql
from flowforge.db.queries import Connection

SOURCES_MAX = 20


async def taint_card(connection: Connection, principal: Principal, task_id: UUID, sources: Sequence[str] | None) -> None:
    """Note, in the caller's transaction, by what words that this principal gives a card come from outside.

    None: nobody said; then an agent's words do, as its comments do, and those of a member of the tenant do not.
    """
    if sources is None:
        sources = [f"task of agent {principal.name}"] if principal.kind == "agent" else []
    if sources:
        await sql.taint_card.execute(connection, tenant_id=principal.tenant_id, task_id=task_id, sources=_kept(sources))


async def taint_of_card(connection: Connection, tenant_id: UUID, task_id: UUID) -> tuple[str, ...]:
    """By what a card's words come from outside, as it was noted; nothing where they do not."""
    return tuple(await sql.taint_of_card.fetchval(connection, tenant_id=tenant_id, task_id=task_id) or ())


def _kept(sources: Iterable[str]) -> list[str]:
    return sorted(set(sources))[:SOURCES_MAX]
