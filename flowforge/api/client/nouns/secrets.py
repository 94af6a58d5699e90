"""`client.secrets`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from typing import Literal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset


class Secrets(Noun[Mode]):
    """`client.secrets`"""

    @call
    def set(
        self,
        *,
        name: str,
        value: str,
        encoding: Literal["text", "base64"] | Unset = UNSET,
        scope: Literal["tenant", "function", "agent", "tool"] | Unset = UNSET,
        subject: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Secret]:
        """Set a secret.

        The first version, or the next one: it holds at the next use. Of more than ten versions the oldest are retired.
        """
        return self._exchange.ask(
            models.Secret,
            "POST",
            "/v1/secrets",
            body=body_of({"name": name, "value": value, "encoding": encoding, "scope": scope, "subject": subject}),
            idempotency_key=idempotency_key,
        )

    @listing
    def list(self, *, limit: int | None = None) -> Items[models.Secret]:
        """List secrets.

        Their names, scopes and versions, in the order of their names.
        """
        return self._exchange.listing(models.Secret, "/v1/secrets", limit=limit)

    @call
    def get(self, secret: str, /) -> Talk[models.Secret]:
        """Show a secret.

        Its versions, who set them and when they were used last; never its value.
        """
        return self._exchange.ask(models.Secret, "GET", f"/v1/secrets/{part(secret)}")

    @call
    def delete(self, secret: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Delete a secret.

        All its versions; who uses it next is told that there is no such secret.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/secrets/{part(secret)}", idempotency_key=idempotency_key)

    @call
    def retire_version(self, secret: str, version: int, /, *, idempotency_key: str | None = None) -> Talk[models.Secret]:
        """Retire a version of a secret.

        Its value is gone for good. Retiring the version in use brings back the one before it.
        """
        return self._exchange.ask(
            models.Secret, "POST", f"/v1/secrets/{part(secret)}/versions/{part(version)}/retirement", idempotency_key=idempotency_key
        )
