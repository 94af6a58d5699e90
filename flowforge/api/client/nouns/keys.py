"""`client.keys`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset


class Keys(Noun[Mode]):
    """`client.keys`"""

    @listing
    def list(self, *, revoked: bool | None = None, limit: int | None = None) -> Items[models.Key]:
        """List API keys.

        In the order in which they were made; never their values.
        """
        return self._exchange.listing(models.Key, "/v1/keys", params={"revoked": revoked}, limit=limit)

    @call
    def create(
        self,
        *,
        name: str,
        scopes: Sequence[str],
        kind: Literal["live", "test"] | Unset = UNSET,
        agent: str | Unset | None = UNSET,
        expires_in: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Issued]:
        """Make an API key.

        The answer holds the value; it is not kept, and nobody can be told it again.
        """
        return self._exchange.ask(
            models.Issued,
            "POST",
            "/v1/keys",
            body=body_of({"name": name, "scopes": scopes, "kind": kind, "agent": agent, "expires_in": expires_in}),
            idempotency_key=idempotency_key,
        )

    @call
    def get(self, key: str, /) -> Talk[models.Key]:
        """Show an API key.

        Never its value.
        """
        return self._exchange.ask(models.Key, "GET", f"/v1/keys/{part(key)}")

    @call
    def update(
        self,
        key: str,
        /,
        *,
        name: str | Unset | None = UNSET,
        scopes: Sequence[str] | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Key]:
        """Rename an API key, or change its scopes.

        Every server knows within five seconds.
        """
        return self._exchange.ask(
            models.Key, "PATCH", f"/v1/keys/{part(key)}", body=body_of({"name": name, "scopes": scopes}), idempotency_key=idempotency_key
        )

    @call
    def revoke(self, key: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Revoke an API key.

        For good, with what was made by it; here at once, on every other server within five seconds.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/keys/{part(key)}", idempotency_key=idempotency_key)

    @call
    def rotate(
        self, key: str, /, *, grace: str | Unset = UNSET, end_old: bool | Unset = UNSET, idempotency_key: str | None = None
    ) -> Talk[models.Issued]:
        """Give an API key a new value.

        The value before stays good for a while, so that it can be replaced where it is used. 409 while two values are good.
        """
        return self._exchange.ask(
            models.Issued,
            "POST",
            f"/v1/keys/{part(key)}/rotation",
            body=body_of({"grace": grace, "end_old": end_old}),
            idempotency_key=idempotency_key,
        )

    @call
    def whoami(self) -> Talk[models.Me]:
        """Show who is asking.

        What the key or session of this request stands for, and what it may do.
        """
        return self._exchange.ask(models.Me, "GET", "/v1/me")
