"""`client.model_limits`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset


class ModelLimits(Noun[Mode]):
    """`client.model_limits`"""

    @listing
    def list(self) -> Items[models.ModelLimit]:
        """List limits of models.

        Those of the whole installation: a provider counts by key. `blocked_until` tells of keys that the tenant's calls use.
        """
        return self._exchange.listing(models.ModelLimit, "/v1/model_limits", paged=False)

    @call
    def set(
        self,
        model: str,
        /,
        *,
        tokens_per_minute: int | Unset | None = UNSET,
        requests_per_minute: int | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.ModelLimit]:
        """Set a model's limit.

        All workers keep to it from their next call on. A call that has to wait longer than a moment lets its run leave the worker.
        """
        return self._exchange.ask(
            models.ModelLimit,
            "PUT",
            f"/v1/model_limits/{part(model)}",
            body=body_of({"tokens_per_minute": tokens_per_minute, "requests_per_minute": requests_per_minute}),
            idempotency_key=idempotency_key,
        )

    @call
    def delete(self, model: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Delete a model's limit.

        Its provider's own word still holds.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/model_limits/{part(model)}", idempotency_key=idempotency_key)
