"""Signing keys: `whsec_` and base64, as Standard Webhooks have them. They sign messages; they open no API.

An API key (`ffk_…`) proves who asks, and is sent along; a signing key is never sent, both sides hold it. Each is refused by name where
the other is due.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Sequence

from flowforge.errors import InvalidInput

PREFIX = "whsec_"
KEY_BYTES = 32
BYTES_MIN, BYTES_MAX = 24, 64


def make_signing_key() -> str:
    """A fresh one, of 256 bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def parse_signing_key(text: str, *, pointer: str = "") -> bytes:
    """The bytes that sign. Raises InvalidInput, which never shows the text.

    >>> len(parse_signing_key(make_signing_key()))
    32
    """
    if text.startswith("ffk_"):
        raise InvalidInput("this is an API key (ffk_…); a signing key (whsec_…) is needed here", pointer=pointer)
    if not text.startswith(PREFIX):
        raise InvalidInput(f"a signing key begins with {PREFIX}", pointer=pointer)
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not BYTES_MIN <= len(key) <= BYTES_MAX:
        raise InvalidInput(f"what follows {PREFIX} is not base64 of {BYTES_MIN} to {BYTES_MAX} bytes", pointer=pointer)
    return key


def sign(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature for each key that holds now, the newest first.

    >>> sign([b"a key that both sides hold"], "msg_1", 1, b"{}")
    'v1,zIa74i6HInMLC5v+aEVgId7nlNDsSgG7zVWXEt3otE4='
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join("v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)
