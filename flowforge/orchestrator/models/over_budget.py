"""A call that a budget has no room for, and who is asked about it: the review queue, which lives above, registers itself here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from flowforge.errors import BudgetExceeded

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.models.spending import Standing


@dataclass(frozen=True)
class OverBudget:
    """One call, and the budget that it would exceed."""

    standing: Standing
    wanted: Decimal
    step_key: str
    model: str

    @property
    def missing(self) -> Decimal:
        """What the budget would have to have more."""
        return self.wanted - (self.standing.limit - self.standing.used)

    def error(self, why: str = "") -> BudgetExceeded:
        line, left = self.standing.line, max(self.standing.limit - self.standing.used, Decimal(0))
        unit = "USD" if line.unit == "usd" else line.unit
        return BudgetExceeded(
            f"the budget {line.name!r} has {_plain(left)} of {_plain(self.standing.limit)} {unit} left, and a call of {self.model}"
            f" may take {_plain(self.wanted)}{why}",
            budget=line.name,
            hint="raise the budget, or give the call a smaller max_tokens",
        )


Decide = Callable[["Execution", OverBudget], Awaitable[None]]

_decide: list[Decide] = []


def on_over_budget(decide: Decide | None) -> None:
    """Register who is asked when a budget with `over="ask"` is exceeded; without one such a call fails. It returns when to try again."""
    _decide[:] = [decide] if decide else []


def over_budget_decider() -> Decide | None:
    return _decide[0] if _decide else None


def _plain(amount: Decimal) -> str:
    return format(amount.normalize() + 0, "f")
