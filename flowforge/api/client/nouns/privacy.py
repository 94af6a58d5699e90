"""`client.privacy`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset

if TYPE_CHECKING:
    from flowforge.api.client import bodies


class Privacy(Noun[Mode]):
    """`client.privacy`"""

    @call
    def erase(self, *, match: Sequence[bodies.MatchIn], idempotency_key: str | None = None) -> Talk[models.Erasure]:
        """Look for what is held about a person.

        Nothing is changed yet. It looks through everything, in the background where that takes long; in the state `found` it says what
        there is, and waits a day for its confirmation.
        """
        return self._exchange.ask(models.Erasure, "POST", "/v1/erasures", body=body_of({"match": match}), idempotency_key=idempotency_key)

    @listing
    def erasures(self, *, limit: int | None = None) -> Items[models.Erasure]:
        """List erasures.

        The newest first. They stay on record, without whom they were about.
        """
        return self._exchange.listing(models.Erasure, "/v1/erasures", limit=limit)

    @call
    def get_erasure(self, erasure_id: str, /) -> Talk[models.Erasure]:
        """Show an erasure.

        How far it has got.
        """
        return self._exchange.ask(models.Erasure, "GET", f"/v1/erasures/{part(erasure_id)}")

    @call
    def discard_erasure(self, erasure_id: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Drop an erasure that was not confirmed.

        With what its look has found. 409 for one that was confirmed: it stays on record.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/erasures/{part(erasure_id)}", idempotency_key=idempotency_key)

    @call
    def confirm_erasure(
        self, erasure_id: str, /, *, force: bool | Unset = UNSET, idempotency_key: str | None = None
    ) -> Talk[models.Erasure]:
        """Erase what was found.

        It cannot be taken back. It erases in batches, looks again, and says in `remaining` what is left; 409 while it still looks.
        """
        return self._exchange.ask(
            models.Erasure,
            "POST",
            f"/v1/erasures/{part(erasure_id)}/confirmation",
            body=body_of({"force": force}),
            idempotency_key=idempotency_key,
        )

    @listing
    def export_subject(self, *, match: Sequence[bodies.MatchIn]) -> Items[str]:
        """Export what is held about a person.

        Everything that an erasure would find, streamed: events and runs with all that is theirs, and whatever else holds the value.
        Names are sent in the body, where no log keeps them. The audit log has an entry before the first line goes out.
        """
        return self._exchange.lines("POST", "/v1/subject_exports", body=body_of({"match": match}))
