"""`client.approvals`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset

if TYPE_CHECKING:
    from flowforge.api.client import bodies


class Approvals(Noun[Mode]):
    """`client.approvals`"""

    @listing
    def list(
        self,
        *,
        state: Literal["pending", "approved", "denied", "expired"] | None = None,
        tool: str | None = None,
        effect: Literal["read", "write", "money", "outside"] | None = None,
        agent: str | None = None,
        task: str | None = None,
        run: str | None = None,
        requester: str | None = None,
        since: datetime | str | None = None,
        mine: bool | None = None,
        limit: int | None = None,
    ) -> Items[models.Approval]:
        """List approvals.

        Oldest first: with `state=pending`, what waits for a person; with `mine=true`, what waits for you.
        """
        return self._exchange.listing(
            models.Approval,
            "/v1/approvals",
            params={
                "state": state,
                "tool": tool,
                "effect": effect,
                "agent": agent,
                "task": task,
                "run": run,
                "requester": requester,
                "since": since,
                "mine": mine,
            },
            limit=limit,
        )

    @call
    def counts(self) -> Talk[models.Counts]:
        """Count approvals.

        For a badge: what waits, and how much of it for you.
        """
        return self._exchange.ask(models.Counts, "GET", "/v1/approvals/counts")

    @call
    def decide_many(self, *, decisions: Sequence[bodies.BulkDecisionIn], idempotency_key: str | None = None) -> Talk[models.Decisions]:
        """Decide several approvals.

        One after the other, each for itself: the answer says of each what became of it. 200 also when some were refused.
        """
        return self._exchange.ask(
            models.Decisions, "POST", "/v1/approvals/bulk", body=body_of({"decisions": decisions}), idempotency_key=idempotency_key
        )

    @call
    def get(self, approval_id: str, /) -> Talk[models.Approval]:
        """Show an approval.

        With how calls like it were decided. 409 when an ending fits several approvals.
        """
        return self._exchange.ask(models.Approval, "GET", f"/v1/approvals/{part(approval_id)}")

    @call
    def decide(
        self,
        approval_id: str,
        /,
        *,
        approved: bool,
        edited_args: Mapping[str, Any] | Unset | None = UNSET,
        reason: str | Unset | None = UNSET,
        hash: str | Unset | None = UNSET,
        grant: bodies.GrantIn | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Approval]:
        """Decide an approval.

        Once: 409 names the `winner` when it is decided already, and the new `hash` when it is another call than you saw; 403 for who
        may not decide this one; 410 when its time is over; 422 points at arguments that do not fit. Where several people are needed,
        it stays `pending` until enough have approved, and `votes` says whose word counts: an edit of the arguments voids those before
        it.
        """
        return self._exchange.ask(
            models.Approval,
            "POST",
            f"/v1/approvals/{part(approval_id)}/decision",
            body=body_of({"approved": approved, "edited_args": edited_args, "reason": reason, "hash": hash, "grant": grant}),
            idempotency_key=idempotency_key,
        )

    @listing
    def delegations(self, *, limit: int | None = None) -> Items[models.Delegation]:
        """List delegations of approvals.

        Those that hold now.
        """
        return self._exchange.listing(models.Delegation, "/v1/approval_delegations", limit=limit)

    @call
    def delegate(self, *, to: str, until: datetime | str, idempotency_key: str | None = None) -> Talk[models.Delegation]:
        """Hand your approvals on.

        What is for you by name, another person of your role decides in your place. It ends an earlier delegation of yours.
        """
        return self._exchange.ask(
            models.Delegation, "POST", "/v1/approval_delegations", body=body_of({"to": to, "until": until}), idempotency_key=idempotency_key
        )

    @call
    def end_delegation(self, delegation: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """End a delegation of approvals.

        Your own, one to you, or, as an admin, anybody's. One that has ended stays so.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/approval_delegations/{part(delegation)}", idempotency_key=idempotency_key)
