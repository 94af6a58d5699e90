"""How an alert looks on each kind of channel, and its way there. Raises NotDelivered, saying why, unless the other side took it."""

from __future__ import annotations

import base64
import binascii
import json
import smtplib
from email.message import EmailMessage
from typing import Any

from flowforge.access.signing_key import PREFIX, sign
from flowforge.alerts.channel import SlackSettings, SmtpSettings, WebhookSettings, secret
from flowforge.alerts.transport import http, mail
from flowforge.clock import SYSTEM_CLOCK
from flowforge.errors import ConfigurationError, FlowForgeError
from flowforge.transport.failure import EgressError

_WORDS = {"opened": "Alert", "continues": "Still", "resolved": "Resolved"}


class NotDelivered(FlowForgeError):
    """The channel did not take the message; its text is for people and holds no secrets."""


async def send(settings: WebhookSettings | SlackSettings | SmtpSettings, delivery_id: str, event: str, payload: str) -> None:
    """Send one message. A repeat has the same id, by which a receiver knows it."""
    try:
        if isinstance(settings, WebhookSettings):
            await _webhook(settings, delivery_id, payload)
        elif isinstance(settings, SlackSettings):
            text = json.dumps({"text": line(event, payload)}, ensure_ascii=False)
            await _post(secret(settings.url_env), text.encode(), {}, of_operator=True)
        else:
            await _mail(settings, delivery_id, event, payload)
    except ConfigurationError as error:
        raise NotDelivered(error.message, hint=error.hint) from None


def line(event: str, payload: str) -> str:
    """`Alert failing: 3 runs of order.ship failed within 10 m 0 s`."""
    data = json.loads(payload)["data"]
    return f"{_WORDS[event]} {data['rule']}: {data['summary']}"


def signing_bytes(key: str) -> bytes:
    """`whsec_` and base64 stand for bytes; any other text is taken as it is. Raises ConfigurationError."""
    if not key.startswith(PREFIX):
        return key.encode()
    try:
        return base64.b64decode(key.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ConfigurationError("the signing secret begins with whsec_ but what follows is not base64") from None


async def _webhook(settings: WebhookSettings, delivery_id: str, payload: str) -> None:
    body = payload.encode()
    timestamp = int(SYSTEM_CLOCK.now().timestamp())
    headers = {"webhook-id": delivery_id, "webhook-timestamp": str(timestamp)}
    if settings.secret_env is not None:
        headers["webhook-signature"] = sign([signing_bytes(secret(settings.secret_env))], delivery_id, timestamp, body)
    url = settings.url if settings.url is not None else secret(settings.url_env or "")
    await _post(url, body, headers, of_operator=settings.url is None)


async def _post(url: str, body: bytes, headers: dict[str, str], *, of_operator: bool) -> None:
    import httpx

    try:
        status, _ = await http().post(url, body, {"content-type": "application/json", **headers}, of_operator=of_operator)
    except EgressError as error:
        raise NotDelivered(f"no answer: {type(error).__name__}" if of_operator else error.message, hint=error.hint) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise NotDelivered(f"no answer: {type(error).__name__}") from None  # its text may hold the address, which may be a secret
    if not 200 <= status < 300:
        raise NotDelivered(f"it answered with status {status}")


async def _mail(settings: SmtpSettings, delivery_id: str, event: str, payload: str) -> None:
    message = EmailMessage()
    message["Subject"] = " ".join(line(event, payload).split())[:200]
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.to)
    message["Date"] = SYSTEM_CLOCK.now()
    message["Message-ID"] = f"<{delivery_id}@{settings.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(event, payload))
    password = None if settings.password_env is None else secret(settings.password_env)
    try:
        await mail(message, host=settings.host, port=settings.port, tls=settings.tls, username=settings.username, password=password)
    except EgressError as error:
        raise NotDelivered(error.message, hint=error.hint) from None
    except smtplib.SMTPResponseException as error:
        raise NotDelivered(f"the mail server answered with {error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotDelivered(f"the mail server did not take it: {type(error).__name__}") from None


def _text(event: str, payload: str) -> str:
    data: dict[str, Any] = json.loads(payload)["data"]
    facts = [
        f"{name}: {data[name]}"
        for name in ("rule", "kind", "subject", "count", "opened_at", "last_seen_at", "resolved_at", "alert")
        if data[name]
    ]
    return "\n".join([line(event, payload), "", *facts, ""])
