"""Signatures of webhooks: was this body sent by somebody who holds the secret, and just now? Pure, over the raw bytes.

What is compared is compared in constant time; what is refused is refused without saying why. GitHub signs neither a time nor the
delivery's id, so only its repeats under the same id are recognised.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

from flowforge.errors import ConfigurationError, SignatureRejected

Scheme = Literal["standard", "github", "stripe", "slack", "none"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
WINDOW_SECONDS = 300.0


def verify(scheme: Scheme, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: float) -> str | None:
    """The delivery's own id, or a digest of what was signed where it has none; None for scheme `none`.

    `headers` have lower-case names, `secrets` are all that hold now (old and new while they rotate), `now` is in seconds since 1970.
    Raises SignatureRejected, and ConfigurationError for a secret that cannot be one.
    """
    if scheme == "none":
        return None
    return _VERIFY[scheme](secrets, headers, body, now)


def _standard(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: float) -> str:
    message_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    signed = b".".join((_bytes(message_id), _bytes(sent_at), body))
    expected = [_base64(_digest(_standard_key(secret), signed)) for secret in secrets]
    given = [part.partition(",")[2] for part in headers.get("webhook-signature", "").split(" ") if part.startswith("v1,")]
    _must(bool(message_id) and _is_one_of(given, expected) and _is_recent(sent_at, now))
    return message_id


def _github(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, _now: float) -> str:
    expected = ["sha256=" + _digest(_bytes(secret), body).hex() for secret in secrets]
    _must(_is_one_of([headers.get("x-hub-signature-256", "")], expected))
    return headers.get("x-github-delivery") or hashlib.sha256(body).hexdigest()


def _stripe(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: float) -> str:
    parts = [part.strip().partition("=") for part in headers.get("stripe-signature", "").split(",")]
    sent_at = next((value for name, _, value in parts if name == "t"), "")
    signed = _bytes(sent_at) + b"." + body
    expected = [_digest(_bytes(secret), signed).hex() for secret in secrets]
    _must(_is_one_of([value for name, _, value in parts if name == "v1"], expected) and _is_recent(sent_at, now))
    return hashlib.sha256(signed).hexdigest()


def _slack(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: float) -> str:
    sent_at = headers.get("x-slack-request-timestamp", "")
    signed = b"v0:" + _bytes(sent_at) + b":" + body
    expected = ["v0=" + _digest(_bytes(secret), signed).hex() for secret in secrets]
    _must(_is_one_of([headers.get("x-slack-signature", "")], expected) and _is_recent(sent_at, now))
    return hashlib.sha256(signed).hexdigest()


_VERIFY: dict[str, Callable[[Sequence[str], Mapping[str, str], bytes, float], str]] = {
    "standard": _standard,
    "github": _github,
    "stripe": _stripe,
    "slack": _slack,
}


def _must(holds: bool) -> None:
    if not holds:
        raise SignatureRejected


def _is_one_of(given: Sequence[str], expected: Sequence[str]) -> bool:
    found = False
    for one in given[:20]:
        for other in expected:
            found |= hmac.compare_digest(_bytes(one), _bytes(other))
    return found


def _is_recent(sent_at: str, now: float) -> bool:
    return sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= 12 and abs(now - int(sent_at)) <= WINDOW_SECONDS


def _standard_key(secret: str) -> bytes:
    if secret.startswith("ffk_"):
        raise ConfigurationError("this webhook's secret is an API key (ffk_…); a signing key (whsec_…) is needed here")
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise ConfigurationError("a secret of Standard Webhooks is base64, mostly behind whsec_; this one is not") from None


def _digest(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, signed, "sha256")


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")
