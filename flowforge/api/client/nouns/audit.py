"""`client.audit`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from datetime import datetime

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.wire import Frame


class Audit(Noun[Mode]):
    """`client.audit`"""

    @listing
    def list(
        self,
        *,
        principal: str | None = None,
        action: str | None = None,
        target: str | None = None,
        text: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        limit: int | None = None,
    ) -> Items[models.AuditEntry]:
        """Search the audit log.

        The newest first; an entry is here as soon as its act is committed.
        """
        return self._exchange.listing(
            models.AuditEntry,
            "/v1/audit",
            params={"principal": principal, "action": action, "target": target, "text": text, "since": since, "until": until},
            limit=limit,
        )

    @listing
    def heads(self, *, limit: int | None = None) -> Items[models.Head]:
        """List the signed heads of the audit log.

        The newest first. Keep some of them elsewhere: they show later whether the log was changed.
        """
        return self._exchange.listing(models.Head, "/v1/audit/heads", limit=limit)

    @listing
    def anchors(self) -> Items[models.Anchor]:
        """List where heads are kept outside.

        Each with how far it has got; those that FLOWFORGE_AUDIT_ANCHORS names, once a first head was tried.
        """
        return self._exchange.listing(models.Anchor, "/v1/audit/anchors", paged=False)

    @listing
    def keys(self) -> Items[models.AuditKey]:
        """List the keys that sign the audit log.

        The first first. They are the deployment's; each is signed by the one before it.
        """
        return self._exchange.listing(models.AuditKey, "/v1/audit/keys", paged=False)

    @call
    def rotate_key(self, *, idempotency_key: str | None = None) -> Talk[models.AuditKey]:
        """Change the key that signs the audit log.

        Heads are signed with the new key from now on, for every tenant; the old one introduces it, and older heads stay verifiable.
        """
        return self._exchange.ask(models.AuditKey, "POST", "/v1/audit/keys", idempotency_key=idempotency_key)

    @call
    def compare(self, *, first: int, second: int) -> Talk[models.Consistency]:
        """Prove that one head follows from another.

        That nothing in the log of the smaller head was changed until the larger one.
        """
        return self._exchange.ask(models.Consistency, "GET", "/v1/audit/consistency", params={"first": first, "second": second})

    @listing
    def export(self) -> Items[str]:
        """Export the audit log.

        All of it, up to a head that is signed now, for `flowforge audit verify`. The export is an entry of its own.
        """
        return self._exchange.lines("GET", "/v1/audit/export")

    @listing
    def follow(self, *, after: int = 0) -> Items[Frame]:
        """Follow the audit log live.

        Entries as they get their positions, about a second after the act. An id is an entry's position plus one; the stream does not
        end.
        """
        return self._exchange.follow("/v1/audit/stream", after=after)

    @call
    def get(self, entry: str, /) -> Talk[models.ProvedEntry]:
        """Show an audit entry with its proof.

        With what proves to a stranger that it is in the log.
        """
        return self._exchange.ask(models.ProvedEntry, "GET", f"/v1/audit/{part(entry)}")
