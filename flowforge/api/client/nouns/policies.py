"""`client.policies`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset


class Policies(Noun[Mode]):
    """`client.policies`"""

    @listing
    def list(self, *, limit: int | None = None) -> Items[models.Policy]:
        """List policies.

        In the order in which they are asked. Those in code come before them: `GET /v1/policies/published`.
        """
        return self._exchange.listing(models.Policy, "/v1/policies", limit=limit)

    @call
    def create(
        self, *, name: str, rules: Sequence[Mapping[str, Any]], place: int | Unset = UNSET, idempotency_key: str | None = None
    ) -> Talk[models.Policy]:
        """Make a policy.

        It holds from the next call on. 422 points at the first rule that does not fit.
        """
        return self._exchange.ask(
            models.Policy,
            "POST",
            "/v1/policies",
            body=body_of({"name": name, "rules": rules, "place": place}),
            idempotency_key=idempotency_key,
        )

    @listing
    def published(self) -> Items[models.Published]:
        """List policies in code.

        What workers have published: `flowforge.Policy(…)` in the code that they run.
        """
        return self._exchange.listing(models.Published, "/v1/policies/published", paged=False)

    @call
    def get(self, policy: str, /) -> Talk[models.Policy]:
        """Show a policy.

        By name.
        """
        return self._exchange.ask(models.Policy, "GET", f"/v1/policies/{part(policy)}")

    @call
    def update(
        self,
        policy: str,
        /,
        *,
        rules: Sequence[Mapping[str, Any]] | Unset | None = UNSET,
        place: int | Unset | None = UNSET,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Talk[models.Policy]:
        """Change a policy.

        Each change is a revision. A call that waits already stays as it was judged.
        """
        return self._exchange.ask(
            models.Policy,
            "PATCH",
            f"/v1/policies/{part(policy)}",
            body=body_of({"rules": rules, "place": place}),
            if_match=if_match,
            idempotency_key=idempotency_key,
        )

    @call
    def delete(self, policy: str, /, *, if_match: int | str | None = None, idempotency_key: str | None = None) -> Talk[None]:
        """Delete a policy.

        Its rules hold no call any more; what waits goes on waiting.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/policies/{part(policy)}", if_match=if_match, idempotency_key=idempotency_key)

    @listing
    def revisions(self, policy: str, /, *, limit: int | None = None) -> Items[models.PolicyRevision]:
        """List a policy's revisions.

        Newest first, each whole.
        """
        return self._exchange.listing(models.PolicyRevision, f"/v1/policies/{part(policy)}/revisions", limit=limit)
