"""How an alert looks on each kind of channel, and its way there. Raises NotDelivered, saying why, unless the other side took it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from flowforge.access.signing_key import PREFIX, sign
from flowforge.alerts.channel import SlackSettings, SmtpSettings, WebhookSettings, secret
from flowforge.alerts.mail import NotDelivered, send_mail
from flowforge.alerts.transport import http
from flowforge.clock import SYSTEM_CLOCK
from flowforge.errors import ConfigurationError
from flowforge.transport.failure import EgressError

_OF_APPROVALS = {
    "approval.requested": "Approval",
    "approval.reminded": "Approval still waits",
    "approval.escalated": "Approval waits for you too",
}
__all__ = ["TRIAL", "NotDelivered", "line", "send", "signing_bytes"]

TRIAL = "test"  # the event of a message that only shows that the way is open
_WORDS = {TRIAL: "Test", "opened": "Alert", "continues": "Still", "resolved": "Resolved"}


async def send(settings: WebhookSettings | SlackSettings | SmtpSettings, delivery_id: str, event: str, payload: str) -> None:
    """Send one message. A repeat has the same id, by which a receiver knows it."""
    try:
        if isinstance(settings, WebhookSettings):
            await _webhook(settings, delivery_id, payload)
        elif isinstance(settings, SlackSettings):
            text = json.dumps({"text": _slack_text(event, payload)}, ensure_ascii=False)
            await _post(secret(settings.url_env), text.encode(), {}, of_operator=True)
        else:
            await _mail(settings, delivery_id, event, payload)
    except ConfigurationError as error:
        raise NotDelivered(error.message, hint=error.hint) from None


def line(event: str, payload: str) -> str:
    """`Alert failing: 3 runs of order.ship failed within 10 m 0 s`."""
    data = json.loads(payload)["data"]
    if event in _OF_APPROVALS:
        who = f"{data['agent']} asks" if data["agent"] else "a function asks"
        return _one_line(f"{_OF_APPROVALS[event]}: {who} to call {data['tool']} ({data['effect']})")
    return _one_line(f"{_WORDS[event]} {data['rule']}: {data['summary']}")


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
    await send_mail(settings, settings.to, delivery_id, line(event, payload), _text(event, payload))


def _slack_text(event: str, payload: str) -> str:
    """Slack reads <, > and & as markup: what an agent or an error chose must call nobody and become no link."""
    text = line(event, payload)
    if event in _OF_APPROVALS:
        text = "\n".join([text, *_facts(json.loads(payload)["data"], _FACTS_OF_APPROVALS)])
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_FACTS_OF_APPROVALS = ("task", "reason", "requester", "needed", "expires_at", "approval", "link")
_FACTS_OF_ALERTS = ("rule", "kind", "subject", "count", "opened_at", "last_seen_at", "resolved_at", "alert")


def _text(event: str, payload: str) -> str:
    told = _facts(json.loads(payload)["data"], _FACTS_OF_APPROVALS if event in _OF_APPROVALS else _FACTS_OF_ALERTS)
    return "\n".join([line(event, payload), "", *told, ""])


def _facts(data: dict[str, Any], names: Sequence[str]) -> list[str]:
    """A line for each fact that there is: a line break in one of them is not to look like another fact."""
    return [f"{name}: {_one_line(str(data[name]))}" for name in names if data.get(name)]


def _one_line(text: str) -> str:
    return " ".join(text.split())
