"""What follows when an agent's run is cancelled: its card says so, and what it gave to others is taken back, unless that was to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board.assignment import assign
from flowforge.board.comment import comment
from flowforge.board.result import post_result
from flowforge.board.work import is_current
from flowforge.db.queries import load_queries

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution

STOPPED = "I was stopped: the run was cancelled."

sql = load_queries("flowforge.agents")


async def clean_up(execution: Execution, agent: Principal, task_id: UUID, assignment_id: UUID) -> None:
    """Two durable steps; each changes nothing where it has been done, or somebody else has the card."""
    database, bell = execution.host.database, execution.host.bell

    async def say() -> None:
        if await is_current(database.pool, execution.tenant_id, task_id, assignment_id):
            await post_result(
                database,
                agent,
                task_id,
                result=STOPPED,
                column=None,
                assignment_id=assignment_id,
                comment_id=ids.derived_id(execution.run_id, "stopped"),
                bell=bell,
            )

    async def take_back() -> list[str]:
        rows = await sql.made_by_run.fetch(database.pool, tenant_id=execution.tenant_id, run_id=execution.run_id)
        taken = [row for row in rows if row["on_cancel"] == "cancel" and row["is_open"]]
        for row in taken:
            words = "Taken back: the work that this is a part of was cancelled."
            said = ids.derived_id(execution.run_id, f"taken back {row['task_id'].hex}")
            await comment(database, agent, row["key"], words, comment_id=said, bell=bell)
            await assign(database, agent, row["key"], None, bell=bell)
        return [row["key"] for row in taken]

    await execution.durable("board", "say that it was cancelled", say, announce=True)
    await execution.durable("board", "take back what was given away", take_back, announce=True)
