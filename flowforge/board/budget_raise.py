"""A model call that a budget has no room for waits for a person: "raise it by …". Approving raises it, and the call goes on."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal
from typing import TYPE_CHECKING, Any

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board.approve_step import ask_approval
from flowforge.orchestrator.models.budget import raise_budget
from flowforge.orchestrator.models.over_budget import OverBudget
from flowforge.orchestrator.step_scope import current_step

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution

TOOL = "raise_budget"
AMOUNT = r"^(?=.*[1-9])[0-9]{1,12}(\.[0-9]{1,12})?$"
SHARE = Decimal("0.25")  # of the budget, is what is proposed, unless the call needs more


async def ask_to_raise(execution: Execution, over: OverBudget) -> None:
    """Ask, and raise as a person says. Returns when the call may be tried again; raises BudgetExceeded when it was denied."""
    line = over.standing.line
    identity = f"{over.step_key}:{line.budget_id.hex}"
    asked = {"budget": line.name, "raise_by": proposal(over), "unit": line.unit}
    decision = await ask_approval(
        execution,
        TOOL,
        tool=TOOL,
        arguments=asked,
        schema=_schema(asked),
        effect="money",
        reversible=False,
        reason=str(over.error()),
        parent=over.step_key,
        identity=identity,
    )
    if not decision.approved:
        who = "nobody decided in time" if decision.expired else f"{decision.decided_by} did not raise it"
        raise over.error(f"; {who}" + (f": {decision.reason}" if decision.reason else ""))

    async def apply() -> None:
        amount = Decimal(decision.arguments["raise_by"])
        by = Principal(execution.tenant_id, "person", decision.decided_by or "somebody")
        raise_id = ids.derived_id(execution.run_id, current_step().key)
        await raise_budget(execution.host.database, by, line.budget_id, amount, subject=line.subject, window=line.window, raise_id=raise_id)

    await execution.durable("budget", "raise", apply, input=decision.arguments, parent=over.step_key, identity=identity)


def proposal(over: OverBudget) -> str:
    """What is proposed: a quarter of the budget, or what this call lacks, rounded up to something that a person would say."""
    wanted = max(over.missing, over.standing.limit * SHARE)
    smallest = Decimal("0.01") if over.standing.line.unit == "usd" else Decimal(1)
    digits = Decimal(1).scaleb(wanted.adjusted() - 1)  # two of them
    return format(wanted.quantize(max(digits, smallest), ROUND_UP).normalize() + 0, "f")


def _schema(asked: dict[str, Any]) -> dict[str, Any]:
    """Only the amount is a person's to change."""
    return {
        "type": "object",
        "properties": {
            "budget": {"const": asked["budget"]},
            "unit": {"const": asked["unit"]},
            "raise_by": {"type": "string", "pattern": AMOUNT, "description": "how much more may be spent in this period"},
        },
        "required": ["budget", "unit", "raise_by"],
        "additionalProperties": False,
    }
