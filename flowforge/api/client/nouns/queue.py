"""`client.queue`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset


class Queue(Noun[Mode]):
    """`client.queue`"""

    @listing
    def get(self) -> Items[models.FunctionQueue]:
        """Look at the queue.

        How many runs of each function are open, and what keeps the queued ones: limits, throttles, pauses, no worker.
        """
        return self._exchange.listing(models.FunctionQueue, "/v1/queue", paged=False)

    @listing
    def limits(self) -> Items[models.Limit]:
        """List limits.

        Those that functions have published, and the operator's values.
        """
        return self._exchange.listing(models.Limit, "/v1/limits", paged=False)

    @call
    def set_limit(self, name: str, /, *, capacity: int, idempotency_key: str | None = None) -> Talk[models.Limit]:
        """Change a limit.

        Another capacity from now on; it outlives deployments, until it is taken away.
        """
        return self._exchange.ask(
            models.Limit, "PUT", f"/v1/limits/{part(name)}", body=body_of({"capacity": capacity}), idempotency_key=idempotency_key
        )

    @call
    def reset_limit(self, name: str, /, *, idempotency_key: str | None = None) -> Talk[models.Limit]:
        """Take a changed limit back.

        The published capacity holds again.
        """
        return self._exchange.ask(models.Limit, "DELETE", f"/v1/limits/{part(name)}", idempotency_key=idempotency_key)

    @listing
    def pauses(self) -> Items[models.Pause]:
        """List pauses.

        Functions that are paused for this tenant, and the tenant itself.
        """
        return self._exchange.listing(models.Pause, "/v1/pauses", paged=False)

    @call
    def pause(self, *, reason: str | Unset | None = UNSET, idempotency_key: str | None = None) -> Talk[models.Pause]:
        """Pause the tenant.

        No run of this tenant is leased anew.
        """
        return self._exchange.ask(
            models.Pause, "PUT", "/v1/tenant/pause", body=body_of({"reason": reason}), idempotency_key=idempotency_key
        )

    @call
    def resume(self, *, idempotency_key: str | None = None) -> Talk[None]:
        """Resume the tenant.

        Its runs go on, in a fair order. Repeating it is harmless.
        """
        return self._exchange.ask(None, "DELETE", "/v1/tenant/pause", idempotency_key=idempotency_key)
