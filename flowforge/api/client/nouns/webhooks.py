"""`client.webhooks`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset


class Webhooks(Noun[Mode]):
    """`client.webhooks`"""

    @listing
    def list(self, *, limit: int | None = None) -> Items[models.Endpoint]:
        """List webhook endpoints.

        The oldest first.
        """
        return self._exchange.listing(models.Endpoint, "/v1/webhook_endpoints", limit=limit)

    @call
    def create(
        self, *, url: str, events: Sequence[str], description: str | Unset = UNSET, idempotency_key: str | None = None
    ) -> Talk[models.NewEndpoint]:
        """Add a webhook endpoint.

        It hears what happens from now on. Its signing key is in the answer, and nowhere else afterwards.
        """
        return self._exchange.ask(
            models.NewEndpoint,
            "POST",
            "/v1/webhook_endpoints",
            body=body_of({"url": url, "events": events, "description": description}),
            idempotency_key=idempotency_key,
        )

    @call
    def get(self, endpoint: str, /) -> Talk[models.Endpoint]:
        """Show a webhook endpoint.

        With its keys, by their ids.
        """
        return self._exchange.ask(models.Endpoint, "GET", f"/v1/webhook_endpoints/{part(endpoint)}")

    @call
    def update(
        self,
        endpoint: str,
        /,
        *,
        url: str | Unset | None = UNSET,
        events: Sequence[str] | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
        enabled: bool | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Endpoint]:
        """Change a webhook endpoint.

        Its address, what it listens to, whether it is enabled. While it is disabled, what happens is not noted for it.
        """
        return self._exchange.ask(
            models.Endpoint,
            "PATCH",
            f"/v1/webhook_endpoints/{part(endpoint)}",
            body=body_of({"url": url, "events": events, "description": description, "enabled": enabled}),
            idempotency_key=idempotency_key,
        )

    @call
    def delete(self, endpoint: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Delete a webhook endpoint.

        With its keys and its deliveries; what was on its way is not sent any more.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/webhook_endpoints/{part(endpoint)}", idempotency_key=idempotency_key)

    @call
    def rotate_key(
        self, endpoint: str, /, *, overlap: str | float | Unset = UNSET, idempotency_key: str | None = None
    ) -> Talk[models.NewKey]:
        """Give a webhook endpoint a new signing key.

        The key before it signs beside it for a while, so that the receiver can take the new one in its own time.
        """
        return self._exchange.ask(
            models.NewKey,
            "POST",
            f"/v1/webhook_endpoints/{part(endpoint)}/keys",
            body=body_of({"overlap": overlap}),
            idempotency_key=idempotency_key,
        )

    @call
    def ping(self, endpoint: str, /, *, idempotency_key: str | None = None) -> Talk[models.WholeDelivery]:
        """Send a test delivery.

        `webhook.ping`, whatever the endpoint listens to. Ask for the delivery a little later to see how it went.
        """
        return self._exchange.ask(
            models.WholeDelivery, "POST", f"/v1/webhook_endpoints/{part(endpoint)}/pings", idempotency_key=idempotency_key
        )

    @listing
    def deliveries(
        self, *, endpoint: str | None = None, state: Literal["pending", "delivered", "failed"] | None = None, limit: int | None = None
    ) -> Items[models.Delivery]:
        """List webhook deliveries.

        The newest first. They are kept for thirty days.
        """
        return self._exchange.listing(models.Delivery, "/v1/webhook_deliveries", params={"endpoint": endpoint, "state": state}, limit=limit)

    @call
    def delivery(self, delivery: str, /) -> Talk[models.WholeDelivery]:
        """Show a webhook delivery.

        With what is sent, and how each attempt ended.
        """
        return self._exchange.ask(models.WholeDelivery, "GET", f"/v1/webhook_deliveries/{part(delivery)}")

    @call
    def redeliver(self, delivery: str, /, *, idempotency_key: str | None = None) -> Talk[models.WholeDelivery]:
        """Send a webhook delivery again.

        Under its own id, by which a receiver knows that it has had it, and with its own payload.
        """
        return self._exchange.ask(
            models.WholeDelivery, "POST", f"/v1/webhook_deliveries/{part(delivery)}/redeliveries", idempotency_key=idempotency_key
        )
