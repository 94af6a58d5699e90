"""Messages to an agent: what it reads at its next turn. Whoever has something to say to it leaves one; its run takes it, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from flowforge.access.principal import Principal
from flowforge.board.queries import sql
from flowforge.db.queries import Connection

MessageKind = Literal["mention", "person"]
Standing = Literal["waiting", "taken", "none"]


@dataclass(frozen=True)
class AtWork:
    """The run of an agent that works on a card; `run_id` is None while it is about to be made."""

    run_id: UUID | None


async def leave_message(
    connection: Connection,
    author: Principal,
    agent_id: UUID,
    text: str,
    *,
    message_id: UUID,
    kind: MessageKind,
    task_id: UUID | None,
    run_id: UUID | None,
) -> None:
    """Leave a message for an agent's run, in the caller's transaction; a repeat under the same id leaves none. Without a `run_id` it is
    for the next run of the agent on that card."""
    await sql.leave_message.execute(
        connection,
        tenant_id=author.tenant_id,
        message_id=message_id,
        agent_id=agent_id,
        task_id=task_id,
        kind=kind,
        text=text,
        author_kind=author.kind,
        author=author.name,
        run_id=run_id,
    )


async def at_work(connection: Connection, tenant_id: UUID, task_id: UUID, agent_ids: Sequence[UUID]) -> dict[UUID, AtWork]:
    """Which of these agents work on the card now, or are about to."""
    rows = await sql.working_runs.fetch(connection, tenant_id=tenant_id, task_id=task_id, agent_ids=list(agent_ids))
    return {row["agent_id"]: AtWork(row["run_id"]) for row in rows if row["run_id"] is not None or row["is_starting"]}


async def standing_of(connection: Connection, tenant_id: UUID, message_id: UUID) -> Standing:
    """Whether a message is still waiting, has been taken by a run, or was never left."""
    row = await sql.find_message.fetchrow(connection, tenant_id=tenant_id, message_id=message_id)
    if row is None:
        return "none"
    return "waiting" if row["taken_at"] is None else "taken"


async def take_message(connection: Connection, tenant_id: UUID, message_id: UUID, run_id: UUID) -> bool:
    """Take a message for a run; False when another run has it. Safe to repeat."""
    taken = await sql.take_message.fetchval(connection, tenant_id=tenant_id, message_id=message_id, run_id=run_id)
    return taken is not None
