"""Tokens that let somebody in: 256 random bits, shown once, kept as a hash. (So much chance needs no slow hash.)"""

from __future__ import annotations

import hashlib
import secrets

TOKEN_BYTES = 32
TOKEN_CHARACTERS_MAX = 100


def new_token() -> str:
    """A fresh one, in characters that an address and a cookie can hold."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """What is kept of a token.

    >>> len(token_hash(new_token()))
    32
    """
    return hashlib.sha256(token.encode()).digest()
