"""A trial of a channel: whether the way is open, told at once."""

from __future__ import annotations

import pytest

from flowforge import ids
from flowforge.alerts.channel import SlackSettings, WebhookSettings
from flowforge.alerts.message import line
from flowforge.alerts.trial import try_channel
from flowforge.errors import NotFound


async def test_a_trial_sends_one_message_and_tells_that_it_was_taken(alerts, receiver):
    await alerts.channel("on-call", WebhookSettings(url=receiver.url))
    tried = await try_channel(alerts.database, alerts.principal, "on-call", trial_id=ids.new_id())

    (request,) = receiver.requests
    assert tried.error is None and request.json["type"] == "alert.test"
    assert line("test", request.body.decode()).startswith("Test on-call: asked for by ")


async def test_a_trial_that_is_not_taken_says_why_and_is_not_repeated(alerts, receiver, monkeypatch):
    receiver.status = 404
    await alerts.channel("on-call", WebhookSettings(url=receiver.url))
    tried = await try_channel(alerts.database, alerts.principal, "on-call", trial_id=ids.new_id())
    assert tried.error == "it answered with status 404"
    await alerts.advance(60)
    assert await alerts.deliver() == 0 and len(receiver.requests) == 1

    monkeypatch.delenv("FLOWFORGE_ALERT_SLACK", raising=False)
    await alerts.channel("slack", SlackSettings(url_env="FLOWFORGE_ALERT_SLACK"))
    tried = await try_channel(alerts.database, alerts.principal, "slack", trial_id=ids.new_id())
    assert tried.error is not None and "FLOWFORGE_ALERT_SLACK is not set" in tried.error


async def test_a_trial_of_no_channel_names_those_that_there_are(alerts, receiver):
    await alerts.channel("on-call", WebhookSettings(url=receiver.url))
    with pytest.raises(NotFound, match="on-call"):
        await try_channel(alerts.database, alerts.principal, "on-cal", trial_id=ids.new_id())
