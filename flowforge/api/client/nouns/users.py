"""`client.users`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing
from flowforge.api.client.talk import Items, Talk


class Users(Noun[Mode]):
    """`client.users`"""

    @call
    def create(self, *, name: str, idempotency_key: str | None = None) -> Talk[models.User]:
        """Add a user.

        409 when the name is taken.
        """
        return self._exchange.ask(models.User, "POST", "/v1/users", body=body_of({"name": name}), idempotency_key=idempotency_key)

    @listing
    def list(self, *, limit: int | None = None) -> Items[models.User]:
        """List users.

        In the order in which they were added.
        """
        return self._exchange.listing(models.User, "/v1/users", limit=limit)
