"""`client.inbox`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset
from flowforge.api.client.wire import Frame


class Inbox(Noun[Mode]):
    """`client.inbox`"""

    @listing
    def list(
        self,
        *,
        unread: bool | None = None,
        kind: Literal["assigned", "mentioned", "question", "approval", "due", "done", "commented"] | None = None,
        view: Literal["open", "snoozed", "archived"] | None = None,
        limit: int | None = None,
    ) -> Items[models.Item]:
        """List the caller's inbox.

        The newest first. An inbox belongs to a person: 404 for a key or an agent.
        """
        return self._exchange.listing(models.Item, "/v1/inbox", params={"unread": unread, "kind": kind, "view": view}, limit=limit)

    @call
    def page(
        self,
        *,
        unread: bool | None = None,
        kind: Literal["assigned", "mentioned", "question", "approval", "due", "done", "commented"] | None = None,
        view: Literal["open", "snoozed", "archived"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Talk[models.InboxPage]:
        """List the caller's inbox.

        The newest first. An inbox belongs to a person: 404 for a key or an agent.
        """
        return self._exchange.ask(
            models.InboxPage, "GET", "/v1/inbox", params={"unread": unread, "kind": kind, "view": view, "limit": limit, "cursor": cursor}
        )

    @call
    def read(
        self,
        *,
        ids: Sequence[str] | Unset = UNSET,
        up_to: int | Unset | None = UNSET,
        unread: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Changed]:
        """Mark items as read.

        Items by their ids, or all up to a `seq`.
        """
        return self._exchange.ask(
            models.Changed,
            "POST",
            "/v1/inbox/read",
            body=body_of({"ids": ids, "up_to": up_to, "unread": unread}),
            idempotency_key=idempotency_key,
        )

    @call
    def archive(
        self,
        *,
        ids: Sequence[str] | Unset = UNSET,
        up_to: int | Unset | None = UNSET,
        undo: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Changed]:
        """Archive items.

        An archived item comes back when there is more of it.
        """
        return self._exchange.ask(
            models.Changed,
            "POST",
            "/v1/inbox/archive",
            body=body_of({"ids": ids, "up_to": up_to, "undo": undo}),
            idempotency_key=idempotency_key,
        )

    @call
    def snooze(
        self,
        *,
        until: datetime | str | None,
        ids: Sequence[str] | Unset = UNSET,
        up_to: int | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Changed]:
        """Put items off.

        Until then they are neither listed nor counted, even when there is more of them.
        """
        return self._exchange.ask(
            models.Changed,
            "POST",
            "/v1/inbox/snooze",
            body=body_of({"ids": ids, "up_to": up_to, "until": until}),
            idempotency_key=idempotency_key,
        )

    @call
    def settings(self) -> Talk[models.Settings]:
        """Show what the caller gets by mail.

        Nothing, as long as nothing was asked for.
        """
        return self._exchange.ask(models.Settings, "GET", "/v1/inbox/settings")

    @call
    def set_settings(
        self,
        *,
        digest: Literal["off", "daily", "weekly"] | Unset = UNSET,
        hour: int | Unset = UNSET,
        weekday: int | Unset = UNSET,
        time_zone: str | Unset = UNSET,
        mail: Sequence[Literal["assigned", "mentioned", "question", "approval", "due", "done", "commented"]] | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Settings]:
        """Choose what to get by mail.

        A digest once a day or a week, at an hour by the clock on the wall, and single kinds at once. Nothing unread is no mail.
        """
        return self._exchange.ask(
            models.Settings,
            "PUT",
            "/v1/inbox/settings",
            body=body_of({"digest": digest, "hour": hour, "weekday": weekday, "time_zone": time_zone, "mail": mail}),
            idempotency_key=idempotency_key,
        )

    @listing
    def follow(self, *, after: int = 0) -> Items[Frame]:
        """Follow the caller's inbox.

        What comes into the inbox and what becomes of it; the stream does not end.
        """
        return self._exchange.follow("/v1/inbox/stream", after=after)
