"""`client.budgets`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset


class Budgets(Noun[Mode]):
    """`client.budgets`"""

    @listing
    def list(self, *, limit: int | None = None) -> Items[models.Budget]:
        """List budgets.

        By name, each with what is used of it now.
        """
        return self._exchange.listing(models.Budget, "/v1/budgets", limit=limit)

    @call
    def create(
        self,
        *,
        name: str,
        scope: Literal["tenant", "agent", "function", "task", "run"],
        amount: Decimal | str,
        subject: str | Unset | None = UNSET,
        unit: Literal["usd", "tokens", "calls"] | Unset = UNSET,
        period: Literal["day", "month", "total"] | Unset = UNSET,
        warn_at: str | Unset = UNSET,
        over: Literal["fail", "ask"] | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Budget]:
        """Make a budget.

        It holds from the next call on: what a call may take is reserved before it is sent, so that calls in flight together keep to
        it.
        """
        return self._exchange.ask(
            models.Budget,
            "POST",
            "/v1/budgets",
            body=body_of(
                {
                    "name": name,
                    "scope": scope,
                    "amount": amount,
                    "subject": subject,
                    "unit": unit,
                    "period": period,
                    "warn_at": warn_at,
                    "over": over,
                }
            ),
            idempotency_key=idempotency_key,
        )

    @call
    def get(self, budget: str, /) -> Talk[models.Budget]:
        """Show a budget.

        With what is used of it now.
        """
        return self._exchange.ask(models.Budget, "GET", f"/v1/budgets/{part(budget)}")

    @call
    def update(
        self,
        budget: str,
        /,
        *,
        amount: Decimal | str | Unset | None = UNSET,
        warn_at: str | Unset | None = UNSET,
        over: Literal["fail", "ask"] | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Budget]:
        """Change a budget.

        Its amount, its threshold, what follows beyond it. What it counts is fixed: make another one.
        """
        return self._exchange.ask(
            models.Budget,
            "PATCH",
            f"/v1/budgets/{part(budget)}",
            body=body_of({"amount": amount, "warn_at": warn_at, "over": over}),
            idempotency_key=idempotency_key,
        )

    @call
    def delete(self, budget: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Delete a budget.

        It holds no call any more; what calls cost stays in the usage.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/budgets/{part(budget)}", idempotency_key=idempotency_key)

    @listing
    def spending(self, budget: str, /) -> Items[models.Spending]:
        """Show who uses a budget.

        Its agents, functions, tasks or runs in the window that is now, the fullest first.
        """
        return self._exchange.listing(models.Spending, f"/v1/budgets/{part(budget)}/spending", paged=False)

    @call
    def lift(
        self, budget: str, /, *, amount: Decimal | str, subject: str | Unset | None = UNSET, idempotency_key: str | None = None
    ) -> Talk[models.Budget]:
        """Raise a budget.

        More for the day or month that is now; the next one begins with the budget's own amount again.
        """
        return self._exchange.ask(
            models.Budget,
            "POST",
            f"/v1/budgets/{part(budget)}/raises",
            body=body_of({"amount": amount, "subject": subject}),
            idempotency_key=idempotency_key,
        )
