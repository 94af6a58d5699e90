"""`client.tenants`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Sequence

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset
from flowforge.api.client.wire import Frame


class Tenants(Noun[Mode]):
    """`client.tenants`"""

    @listing
    def follow(self, *, kinds: Sequence[str] | None = None, after: int = 0) -> Items[Frame]:
        """Follow the whole tenant.

        What all its runs, agents and tasks do, as far as the caller may read it; the stream does not end. It leaves out what is said
        in pieces and the steps of runs, which are on their own streams, and is kept from the first time that somebody follows it.
        """
        return self._exchange.follow("/v1/stream", after=after, params={"kinds": kinds})

    @call
    def frames(
        self, *, kinds: Sequence[str] | None = None, after: int = 0, wait: int | None = None, limit: int | None = None
    ) -> Talk[models.Frames]:
        """Ask for the whole tenant's frames.

        The frames of the tenant's stream, for who cannot hold one open: what is there, or what comes within `wait` seconds.
        """
        return self._exchange.ask(models.Frames, "GET", "/v1/frames", params={"kinds": kinds, "after": after, "wait": wait, "limit": limit})

    @listing
    def list(self, *, limit: int | None = None) -> Items[models.Tenant]:
        """List tenants.

        By name. The cursor is the last name of the page before.
        """
        return self._exchange.listing(models.Tenant, "/v1/tenants", limit=limit)

    @call
    def create(self, *, name: str, idempotency_key: str | None = None) -> Talk[models.Tenant]:
        """Make a tenant.

        An empty one. Keys and people of it come afterwards.
        """
        return self._exchange.ask(models.Tenant, "POST", "/v1/tenants", body=body_of({"name": name}), idempotency_key=idempotency_key)

    @call
    def get(self, tenant: str, /) -> Talk[models.Tenant]:
        """Show a tenant.

        Its state, and since when.
        """
        return self._exchange.ask(models.Tenant, "GET", f"/v1/tenants/{part(tenant)}")

    @call
    def rename(self, tenant: str, /, *, name: str, idempotency_key: str | None = None) -> Talk[models.Tenant]:
        """Rename a tenant.

        Its id stays.
        """
        return self._exchange.ask(
            models.Tenant, "PATCH", f"/v1/tenants/{part(tenant)}", body=body_of({"name": name}), idempotency_key=idempotency_key
        )

    @call
    def delete(self, tenant: str, /, *, confirm: str, idempotency_key: str | None = None) -> Talk[models.Tenant]:
        """Delete a tenant.

        A suspended one, with every row of it. Works for a moment and says how far it got: repeat it until the state is `deleted`.
        """
        return self._exchange.ask(
            models.Tenant, "DELETE", f"/v1/tenants/{part(tenant)}", params={"confirm": confirm}, idempotency_key=idempotency_key
        )

    @call
    def suspend(self, tenant: str, /, *, reason: str | Unset | None = UNSET, idempotency_key: str | None = None) -> Talk[models.Tenant]:
        """Suspend a tenant.

        Its keys and people get 403, its runs are not leased anew, its schedules do not fire; its data stays.
        """
        return self._exchange.ask(
            models.Tenant,
            "PUT",
            f"/v1/tenants/{part(tenant)}/suspension",
            body=body_of({"reason": reason}),
            idempotency_key=idempotency_key,
        )

    @call
    def unsuspend(self, tenant: str, /, *, idempotency_key: str | None = None) -> Talk[models.Tenant]:
        """Let a suspended tenant go on.

        Its runs go on, with turns of now.
        """
        return self._exchange.ask(models.Tenant, "DELETE", f"/v1/tenants/{part(tenant)}/suspension", idempotency_key=idempotency_key)

    @listing
    def export(self, tenant: str, /) -> Items[bytes]:
        """Export a tenant.

        Everything that is held of it: JSON lines, a file for each table, and a manifest. Sealed values are left out and named.
        """
        return self._exchange.pieces("GET", f"/v1/tenants/{part(tenant)}/export")
