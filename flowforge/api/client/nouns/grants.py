"""`client.grants`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, call, listing, part
from flowforge.api.client.talk import Items, Talk


class Grants(Noun[Mode]):
    """`client.grants`"""

    @listing
    def list(self, *, task: str | None = None, holds: bool | None = None, limit: int | None = None) -> Items[models.Grant]:
        """List grants.

        Oldest first. They are given with a decision: `POST /v1/approvals/{approval_id}/decision`.
        """
        return self._exchange.listing(models.Grant, "/v1/grants", params={"task": task, "holds": holds}, limit=limit)

    @call
    def get(self, grant: str, /) -> Talk[models.Grant]:
        """Show a grant.

        With how often it was used.
        """
        return self._exchange.ask(models.Grant, "GET", f"/v1/grants/{part(grant)}")

    @call
    def revoke(self, grant: str, /, *, idempotency_key: str | None = None) -> Talk[models.Grant]:
        """Revoke a grant.

        The next such call is asked about. One that is revoked stays in the list, and revoking it again changes nothing.
        """
        return self._exchange.ask(models.Grant, "DELETE", f"/v1/grants/{part(grant)}", idempotency_key=idempotency_key)
