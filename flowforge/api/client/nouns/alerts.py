"""`client.alerts`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset

if TYPE_CHECKING:
    from flowforge.api.client import bodies


class Alerts(Noun[Mode]):
    """`client.alerts`"""

    @listing
    def list(self, *, state: Literal["open", "resolved"] | None = None, limit: int | None = None) -> Items[models.Alert]:
        """List alerts.

        Newest first, with what was sent about each.
        """
        return self._exchange.listing(models.Alert, "/v1/alerts", params={"state": state}, limit=limit)

    @call
    def create_channel(
        self,
        *,
        name: str,
        settings: bodies.WebhookSettings | bodies.SlackSettings | bodies.SmtpSettings,
        idempotency_key: str | None = None,
    ) -> Talk[models.Channel]:
        """Add an alert channel.

        A webhook, a Slack-compatible webhook or mail. Secrets are given as names of variables that begin with `FLOWFORGE_ALERT_`.
        """
        return self._exchange.ask(
            models.Channel,
            "POST",
            "/v1/alert_channels",
            body=body_of({"name": name, "settings": settings}),
            idempotency_key=idempotency_key,
        )

    @listing
    def channels(self, *, limit: int | None = None) -> Items[models.Channel]:
        """List alert channels.

        By name.
        """
        return self._exchange.listing(models.Channel, "/v1/alert_channels", limit=limit)

    @call
    def delete_channel(self, name: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Delete an alert channel.

        409 while a rule names it.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/alert_channels/{part(name)}", idempotency_key=idempotency_key)

    @call
    def test_channel(self, name: str, /, *, idempotency_key: str | None = None) -> Talk[models.ChannelTest]:
        """Test an alert channel.

        Sends one message now, from this server, and tells how it went. Workers send too, and need the same variables.
        """
        return self._exchange.ask(models.ChannelTest, "POST", f"/v1/alert_channels/{part(name)}/tests", idempotency_key=idempotency_key)

    @call
    def create_rule(
        self,
        *,
        name: str,
        kind: str,
        channels: Sequence[str],
        function: str | Unset | None = UNSET,
        threshold: int | Unset = UNSET,
        window: str | float | Unset | None = UNSET,
        quiet: str | float | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.AlertRule]:
        """Add an alert rule.

        What to watch for, and which channels are told.
        """
        return self._exchange.ask(
            models.AlertRule,
            "POST",
            "/v1/alert_rules",
            body=body_of(
                {
                    "name": name,
                    "kind": kind,
                    "channels": channels,
                    "function": function,
                    "threshold": threshold,
                    "window": window,
                    "quiet": quiet,
                }
            ),
            idempotency_key=idempotency_key,
        )

    @listing
    def rules(self, *, limit: int | None = None) -> Items[models.AlertRule]:
        """List alert rules.

        By name.
        """
        return self._exchange.listing(models.AlertRule, "/v1/alert_rules", limit=limit)

    @call
    def delete_rule(self, name: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Delete an alert rule.

        Its open alerts are closed; nobody is told about that.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/alert_rules/{part(name)}", idempotency_key=idempotency_key)
