"""`client.people`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from typing import Literal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset


class People(Noun[Mode]):
    """`client.people`"""

    @listing
    def list(self, *, limit: int | None = None) -> Items[models.Person]:
        """List people.

        Who can sign in to this tenant, in the order in which they were added.
        """
        return self._exchange.listing(models.Person, "/v1/people", limit=limit)

    @call
    def get(self, person: str, /) -> Talk[models.Person]:
        """Show somebody.

        Their role, and whether they have a second factor.
        """
        return self._exchange.ask(models.Person, "GET", f"/v1/people/{part(person)}")

    @call
    def update(
        self,
        person: str,
        /,
        *,
        role: Literal["admin", "approver", "member", "viewer"] | Unset | None = UNSET,
        disabled: bool | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Person]:
        """Change somebody's role.

        Or shut them out, or let them in again. Their sessions in this tenant end. The last admin stays one.
        """
        return self._exchange.ask(
            models.Person,
            "PATCH",
            f"/v1/people/{part(person)}",
            body=body_of({"role": role, "disabled": disabled}),
            idempotency_key=idempotency_key,
        )

    @call
    def remove(self, person: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Remove somebody.

        They cannot sign in to this tenant any more; what they did stays under their name. The last admin cannot be removed.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/people/{part(person)}", idempotency_key=idempotency_key)

    @listing
    def invitations(self, *, limit: int | None = None) -> Items[models.Invitation]:
        """List invitations.

        Those that were not accepted yet.
        """
        return self._exchange.listing(models.Invitation, "/v1/invitations", limit=limit)

    @call
    def invite(
        self, *, email: str, role: Literal["admin", "approver", "member", "viewer"] | Unset = UNSET, idempotency_key: str | None = None
    ) -> Talk[models.InvitationMade]:
        """Invite somebody.

        The answer has a link that holds for a week. A second invitation of the same address voids the first.
        """
        return self._exchange.ask(
            models.InvitationMade, "POST", "/v1/invitations", body=body_of({"email": email, "role": role}), idempotency_key=idempotency_key
        )

    @call
    def revoke_invitation(self, invitation: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Revoke an invitation.

        Its link opens nothing any more.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/invitations/{part(invitation)}", idempotency_key=idempotency_key)

    @call
    def offer_password(self, *, email: str, idempotency_key: str | None = None) -> Talk[models.Reset]:
        """Offer a new password.

        A link for somebody who has lost their password or their app. An operator's act: accounts belong to the deployment.
        """
        return self._exchange.ask(
            models.Reset, "POST", "/v1/password_resets", body=body_of({"email": email}), idempotency_key=idempotency_key
        )
