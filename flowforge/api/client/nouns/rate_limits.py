"""`client.rate_limits`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, part
from flowforge.api.client.talk import Talk
from flowforge.api.client.unset import UNSET, Unset


class RateLimits(Noun[Mode]):
    """`client.rate_limits`"""

    @call
    def get(self) -> Talk[models.RateLimits]:
        """Show how fast the tenant may ask.

        The limits in force for the caller's tenant. What is left of them is in the headers of each answer.
        """
        return self._exchange.ask(models.RateLimits, "GET", "/v1/rate_limits")

    @call
    def set(
        self,
        tenant: str,
        /,
        *,
        requests_per_minute: int | Unset | None = UNSET,
        events_per_minute: int | Unset | None = UNSET,
        streams: int | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.RateLimits]:
        """Set how fast a tenant may ask.

        Instead of the deployment's settings, for this tenant. Servers keep to it within two seconds.
        """
        return self._exchange.ask(
            models.RateLimits,
            "PUT",
            f"/v1/rate_limits/{part(tenant)}",
            body=body_of({"requests_per_minute": requests_per_minute, "events_per_minute": events_per_minute, "streams": streams}),
            idempotency_key=idempotency_key,
        )

    @call
    def reset(self, tenant: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Reset how fast a tenant may ask.

        The deployment's settings hold for it again.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/rate_limits/{part(tenant)}", idempotency_key=idempotency_key)
