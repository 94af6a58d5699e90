"""`client.prices`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from decimal import Decimal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset


class Prices(Noun[Mode]):
    """`client.prices`"""

    @listing
    def list(self, *, model: str | None = None) -> Items[models.Price]:
        """Show prices.

        Of one model the price that is in force for new calls; without one, all that go before the table's: set here, or in an app's
        file.
        """
        return self._exchange.listing(models.Price, "/v1/prices", params={"model": model}, paged=False)

    @call
    def set(
        self,
        model: str,
        /,
        *,
        input: Decimal | str,
        output: Decimal | str | Unset | None = UNSET,
        cached: Decimal | str | Unset | None = UNSET,
        cache_written: Decimal | str | Unset | None = UNSET,
        reasoning: Decimal | str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Price]:
        """Set a price.

        It holds for calls from now on; what was called before keeps its cost. Each change is a new version.
        """
        return self._exchange.ask(
            models.Price,
            "PUT",
            f"/v1/prices/{part(model)}",
            body=body_of({"input": input, "output": output, "cached": cached, "cache_written": cache_written, "reasoning": reasoning}),
            idempotency_key=idempotency_key,
        )

    @call
    def delete(self, model: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Take a price back.

        What the app's `prices.toml` or the table says holds again.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/prices/{part(model)}", idempotency_key=idempotency_key)
