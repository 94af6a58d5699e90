"""The budget that an agent's definition asks for: a budget like any other, made, changed and taken away with the definition."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from flowforge import ids
from flowforge.agents.definition import AgentDefinition
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict

sql = load_queries("flowforge.agents")
budgets = load_queries("flowforge.orchestrator")

WARN_AT = Decimal("0.8")


async def keep_budget(connection: Connection, tenant_id: UUID, agent_id: UUID, present: UUID | None, definition: AgentDefinition) -> None:
    """Make the agent's budget what its definition says, in the caller's transaction; what is spent of it stays spent.

    Raises Conflict when a budget of somebody else's has its name.
    """
    if definition.budget is None:
        await drop_budget(connection, present, tenant_id=tenant_id, agent_id=agent_id)
        return
    amount, _, period = definition.budget.partition("/")
    row = None if present is None else await budgets.lock_budget.fetchrow(connection, tenant_id=tenant_id, budget_id=present)
    if row is not None and row["period"] == period:
        await budgets.update_budget.execute(
            connection, tenant_id=tenant_id, budget_id=present, amount=Decimal(amount), warn_at=row["warn_at"], over=row["over"]
        )
        return
    await drop_budget(connection, present, tenant_id=tenant_id, agent_id=agent_id)
    budget_id, name = ids.new_id(), f"agent {definition.name}"
    made = await budgets.insert_budget.fetchval(
        connection,
        tenant_id=tenant_id,
        budget_id=budget_id,
        name=name,
        scope="agent",
        subject=str(agent_id),
        subject_name=definition.name,
        unit="usd",
        period=period,
        amount=Decimal(amount),
        warn_at=WARN_AT,
        over="ask" if definition.limits.on_limit == "ask" else "fail",
    )
    if made is None:
        raise Conflict(f"there is a budget named {name!r} already", hint="delete that one, or leave the agent's budget out")
    await sql.set_budget.execute(connection, tenant_id=tenant_id, agent_id=agent_id, budget_id=budget_id)


async def drop_budget(connection: Connection, budget_id: UUID | None, *, tenant_id: UUID, agent_id: UUID) -> None:
    """Take the agent's budget away, if it has one, in the caller's transaction."""
    if budget_id is not None:
        await budgets.delete_budget.execute(connection, tenant_id=tenant_id, budget_id=budget_id)
        await sql.set_budget.execute(connection, tenant_id=tenant_id, agent_id=agent_id, budget_id=None)
