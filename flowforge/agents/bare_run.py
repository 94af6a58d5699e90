"""The built-in function `flowforge.agent_run`: an agent at work without a card, for whoever asked for it and waits for its result.

A workflow starts it by `step.agent`, a trigger of the agent's by an event. Its input says which agent, by which revision, and what it is
asked; its output is the agent's answer: a text, or what the schema asks for.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.agents.briefing import Briefing
from flowforge.agents.budget_line import WARN_AT
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.errand import BARE_RUN, Errand
from flowforge.agents.loop_tool import AtWork
from flowforge.agents.work import code_version, lead, prepare
from flowforge.db.queries import load_queries
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.models.output import Output

if TYPE_CHECKING:
    from flowforge.orchestrator.context import Context
    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.registry import Registry
    from flowforge.skills.tool import ToolRegistry

budgets = load_queries("flowforge.orchestrator")


def register_bare_run(registry: Registry, tools: ToolRegistry) -> None:
    """Let workers of `registry` run agents without a card. Twice is once."""

    async def work(ctx: Context[dict[str, Any]]) -> Any:
        return await run_errand(current_execution(), Errand.of(ctx.event.data), tools)

    if BARE_RUN not in registry:
        registry.add(Function(BARE_RUN, work, version=code_version(), builtin=True, labels={"agent_id": "agent_id"}))


async def run_errand(execution: Execution, errand: Errand, tools: ToolRegistry) -> Any:
    """One run: read the definition, work, answer. Raises what the loop raises."""
    agent_id = UUID(errand.agent_id)

    async def begin() -> dict[str, Any]:
        if errand.budget is not None:
            await _open_budget(execution, errand)
        return await prepare(execution, agent_id, errand.agent, tools, errand.revision)

    begun = await execution.durable("agent", "begin", begin, announce=True)
    definition = AgentDefinition.model_validate(begun["definition"])
    agent = Principal(execution.tenant_id, "agent", definition.name, agent_id)
    output = Output(errand.output if errand.output is not None else definition.output)
    try:
        briefing = Briefing(errand.prompt, tuple(errand.tainted or ()))  # it names no servers: code may have put anybody's words in it
        answer, _ = await lead(execution, AtWork(agent, definition, begun["revision"]), begun, briefing, tools, output)
    finally:
        if errand.budget is not None and not execution.over:
            await execution.durable("agent", "settle", lambda: _close_budget(execution))
    return output.read(answer)


async def _open_budget(execution: Execution, errand: Errand) -> None:
    """A budget of this run alone; a repeat finds it."""
    await budgets.insert_budget.fetchval(
        execution.host.database.pool,
        tenant_id=execution.tenant_id,
        budget_id=_budget_id(execution),
        name=f"run {execution.run_id}",
        scope="run",
        subject=str(execution.run_id),
        subject_name=ids.show("run", execution.run_id),
        unit="usd",
        period="total",
        amount=Decimal(errand.budget or 0),
        warn_at=WARN_AT,
        over="fail",
    )


async def _close_budget(execution: Execution) -> None:
    await budgets.delete_budget.execute(execution.host.database.pool, tenant_id=execution.tenant_id, budget_id=_budget_id(execution))


def _budget_id(execution: Execution) -> UUID:
    return ids.derived_id(execution.run_id, "budget")
