"""Deliveries: signed, in order, again when they were not taken, once more after a crash, never lost."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import ValidationError

from flowforge.access.signing_key import sign
from flowforge.alerts.channel import SlackSettings, SmtpSettings, WebhookSettings
from flowforge.alerts.delivery import delay_seconds, deliver_one
from flowforge.alerts.message import signing_bytes
from flowforge.alerts.queries import sql
from flowforge.transport.policy import EgressPolicy, replace_policy

ROOT = Path(__file__).parents[2]


async def test_a_webhook_is_signed_as_the_standard_says(alerts, receiver, monkeypatch):
    key = base64.b64encode(b"a key of the receiver's and ours").decode()
    monkeypatch.setenv("FLOWFORGE_ALERT_SECRET", f"whsec_{key}")
    await alerts.channel("signed", WebhookSettings(url=receiver.url, secret_env="FLOWFORGE_ALERT_SECRET"))
    await alerts.rule(channels=("signed",))
    await alerts.fail()
    await alerts.round()

    (request,) = receiver.requests
    message_id, timestamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    signed = f"{message_id}.{timestamp}.".encode() + request.body
    expected = base64.b64encode(hmac.new(b"a key of the receiver's and ours", signed, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"
    assert message_id.startswith("msg_") and int(timestamp) > 1_700_000_000


def test_the_signature_is_that_of_the_standards_example():
    """The vector that the specification's own libraries are tested with."""
    key, message_id, timestamp = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    assert sign([signing_bytes(key)], message_id, timestamp, b'{"test": 2432232314}') == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_message_that_is_not_taken_is_sent_again_until_it_is_and_stays_the_same(alerts, receiver):
    await alerts.rule()
    await alerts.fail()
    receiver.status = 500
    await alerts.round()
    assert await alerts.deliver() == 0, "it waits"
    for n in range(2, 5):
        await alerts.advance(delay_seconds(n - 1) + 1)
        assert await alerts.deliver() == 1
    receiver.status = 204
    await alerts.advance(1000)
    assert await alerts.deliver() == 1
    await alerts.advance(1000)
    assert await alerts.deliver() == 0

    assert len(receiver.requests) == 5
    assert len({(request.headers["webhook-id"], request.body) for request in receiver.requests}) == 1
    (alert,) = await alerts.all()
    (delivery,) = alert.deliveries
    assert (delivery.attempt, delivery.due, delivery.error) == (5, None, None) and delivery.delivered_at is not None


async def test_a_receiver_that_is_away_gets_everything_in_order_when_it_is_back(alerts, receiver):
    await alerts.rule(window_seconds=60)
    await receiver.stop()
    await alerts.fail()
    await alerts.round()
    await alerts.advance(61)
    await alerts.evaluate()
    assert await alerts.deliver() == 1, "what resolves it waits for what opened it"
    (alert,) = await alerts.all()
    assert alert.deliveries[0].error == "no answer: ConnectError"

    await receiver.start()
    await alerts.advance(60)
    assert await alerts.deliver() == 2
    assert receiver.told == ["opened", "resolved"]


async def test_after_a_day_a_message_is_given_up_and_says_why(alerts, receiver):
    await alerts.rule(window_seconds=7 * 86400.0, quiet_seconds=30 * 86400.0)
    await alerts.fail()
    receiver.status = 500
    await alerts.round()
    await alerts.advance(86401)
    assert await alerts.deliver() == 1
    (alert,) = await alerts.all()
    assert (alert.deliveries[0].due, alert.deliveries[0].error) == (None, "it answered with status 500")
    await alerts.advance(86401)
    assert await alerts.deliver() == 0


async def test_one_channel_that_fails_holds_up_no_other(alerts, receiver):
    await alerts.channel("dead", WebhookSettings(url="http://127.0.0.1:1/nobody"))
    await alerts.rule(channels=("dead", "hook"))
    await alerts.fail()
    await alerts.round()
    assert receiver.told == ["opened"]


async def test_two_workers_never_have_the_same_message(alerts, receiver, database):
    await alerts.rule()
    for n in range(10):
        await alerts.fail(1, f"f{n}")
    await alerts.evaluate()
    done = await asyncio.gather(*(deliver_one(database) for _ in range(20)))
    assert done.count(True) == len(receiver.requests) == len({request.headers["webhook-id"] for request in receiver.requests})
    await alerts.deliver()
    assert len(receiver.requests) == 10


async def test_one_claim_is_one_message_however_the_statement_is_planned(alerts, receiver, database):
    """Deliveries that were analysed while they were few are joined in a nested loop; a subquery that locks then takes them all."""
    await alerts.rule()
    await alerts.fail(1, "f0")
    await alerts.evaluate()
    await database.pool.execute("analyze flowforge.alert_delivery")
    for n in range(1, 4):
        await alerts.fail(1, f"f{n}")
    await alerts.evaluate()
    async with database.pool.acquire() as connection, connection.transaction():
        assert len(await sql.claim_delivery.fetch(connection, hold=60.0)) == 1


CRASHING = """
import asyncio, sys
from flowforge.alerts.delivery import deliver_one
from flowforge.db.database import Database

async def main():
    async with await Database.open(sys.argv[1]) as database:
        await deliver_one(database)

asyncio.run(main())
"""


async def test_a_crash_between_sending_and_recording_repeats_the_message_once_under_its_id(alerts, receiver, database_url):
    await alerts.rule()
    await alerts.fail()
    await alerts.evaluate()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        CRASHING,
        database_url,
        env={"FLOWFORGE_CRASH": "alert.sent:1", "FLOWFORGE_EGRESS_ALLOW": "127.0.0.1", "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == -signal.SIGKILL, errors.decode()
    assert receiver.told == ["opened"]

    assert await alerts.deliver() == 0, "its claim still holds"
    await alerts.advance(61)
    assert await alerts.deliver() == 1
    await alerts.advance(1000)
    assert await alerts.deliver() == 0
    assert len(receiver.requests) == 2
    assert len({(request.headers["webhook-id"], request.body) for request in receiver.requests}) == 1


# ── Slack, mail ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_slack_gets_a_line_and_its_address_is_nowhere_in_the_database(alerts, receiver, database, monkeypatch):
    monkeypatch.setenv("FLOWFORGE_ALERT_SLACK", receiver.url + "/canary-of-slack")
    await alerts.channel("team", SlackSettings(url_env="FLOWFORGE_ALERT_SLACK"))
    await alerts.rule(channels=("team",))
    await alerts.fail(2)
    await alerts.round()
    assert receiver.requests[0].json == {"text": "Alert watch: 2 runs of order.ship failed within 10 m"}

    receiver.status = 404
    await alerts.fail(1, "other")
    await alerts.round()
    stored = str(await database.pool.fetch("select to_jsonb(d)::text from flowforge.alert_delivery d"))
    stored += str(await database.pool.fetch("select to_jsonb(c)::text from flowforge.alert_channel c"))
    assert "status 404" in stored and "canary" not in stored


async def test_a_secret_that_is_not_set_here_is_said_and_tried_again(alerts, receiver):
    await alerts.channel("team", SlackSettings(url_env="FLOWFORGE_ALERT_NOT_SET"))
    await alerts.rule(channels=("team",))
    await alerts.fail()
    await alerts.round()
    (alert,) = await alerts.all()
    assert alert.deliveries[0].error == "the variable FLOWFORGE_ALERT_NOT_SET is not set in this process"
    assert alert.deliveries[0].due is not None


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (SlackSettings, {"url_env": "OPENAI_API_KEY"}),
        (WebhookSettings, {"url": "http://127.0.0.1", "secret_env": "DATABASE_URL"}),
        (WebhookSettings, {"url": "http://user:password@127.0.0.1"}),
        (WebhookSettings, {"url": "file:///etc/passwd"}),
        (WebhookSettings, {}),
        (SmtpSettings, {"host": "h", "sender": "a@b", "to": ["c@d"], "tls": "none", "password_env": "FLOWFORGE_ALERT_MAIL"}),
        (SmtpSettings, {"host": "h", "sender": "a@b", "to": ["c@d\r\nBcc: e@f"]}),
    ],
)
def test_a_channel_cannot_ask_for_other_variables_or_carry_secrets_in_clear(kind, settings):
    with pytest.raises(ValidationError):
        kind(**settings)


class Mailbox:
    def __init__(self) -> None:
        self.messages: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.messages.append(envelope)
        return "250 OK"


@pytest.fixture
def mail_server() -> Iterator[Controller]:
    """A mail server on a port of its own that is not started yet."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=port)
    yield controller
    controller.stop(no_assert=True)


async def test_mail_is_delivered_and_waits_for_a_server_that_is_away(alerts, mail_server):
    settings = SmtpSettings(host="127.0.0.1", port=mail_server.port, tls="none", sender="forge@example.com", to=["ops@example.com"])
    await alerts.channel("ops", settings)
    await alerts.rule(channels=("ops",))
    await alerts.fail()
    await alerts.round()
    (alert,) = await alerts.all()
    assert "did not take it" in alert.deliveries[0].error

    mail_server.start()
    await alerts.advance(10)
    assert await alerts.deliver() == 1
    (envelope,) = mail_server.handler.messages
    text = envelope.content.decode()
    assert envelope.rcpt_tos == ["ops@example.com"]
    assert "Subject: Alert watch: 1 run of order.ship failed within 10 m" in text
    assert "Message-ID: <msg_" in text and "subject: order.ship" in text


async def test_an_address_that_a_tenant_named_is_guarded_and_one_that_the_operator_set_is_not(alerts, receiver, monkeypatch):
    replace_policy(EgressPolicy())
    monkeypatch.setenv("FLOWFORGE_ALERT_URL", receiver.url)
    await alerts.channel("by-operator", WebhookSettings(url_env="FLOWFORGE_ALERT_URL"))
    await alerts.channel(
        "by-mail", SmtpSettings(host="127.0.0.1", port=receiver.port, tls="none", sender="a@x.example", to=["b@x.example"])
    )
    await alerts.rule(channels=("hook", "by-operator", "by-mail"))
    await alerts.fail()
    await alerts.round()

    (alert,) = await alerts.all()
    told = {delivery.channel: delivery for delivery in alert.deliveries}
    for channel in ("hook", "by-mail"):
        assert told[channel].error == "127.0.0.1 may not be called from here: it is not at a public address"
    assert told["by-operator"].delivered_at is not None and len(receiver.requests) == 1
