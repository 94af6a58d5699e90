"""A signed tree head: this many entries, this root, at that time. Two heads of one log are enough to tell whether it was changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from flowforge.audit.entry import FORMAT, canonical, written_time

_DOMAIN = b"flowforge audit head 1\n"


@dataclass(frozen=True)
class SignedHead:
    """A head: `text` is canonical JSON, the bytes that were signed; the fields are read from it."""

    text: str
    signature: bytes
    tenant: str
    size: int
    root: bytes
    at: str
    key_id: str
    previous: str | None

    @property
    def digest(self) -> str:
        """By which the next head names this one."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def message(self) -> bytes:
        """What the signature is over."""
        return _DOMAIN + self.text.encode()

    def as_json(self) -> dict[str, Any]:
        return {"type": "head", "head": self.text, "signature": self.signature.hex()}


def sign_head(
    tenant_id: UUID, size: int, root: bytes, at: datetime, *, previous: str | None, key_id: str, private: Ed25519PrivateKey
) -> SignedHead:
    """Sign that the log of this tenant has `size` entries with that root."""
    text = canonical(
        {
            "at": written_time(at),
            "format": FORMAT,
            "key": key_id,
            "previous": previous,
            "root": root.hex(),
            "size": size,
            "tenant": str(tenant_id),
        }
    )
    return read_head(text, private.sign(_DOMAIN + text.encode()))


def read_head(text: str, signature: bytes) -> SignedHead:
    """A head from its bytes. Raises KeyError, TypeError or ValueError for what is none."""
    said = json.loads(text)
    if not isinstance(said, dict) or said["format"] != FORMAT or type(said["size"]) is not int or said["size"] < 1:
        raise ValueError("this is no head of an audit log")
    root = bytes.fromhex(said["root"])
    return SignedHead(text, signature, str(said["tenant"]), said["size"], root, str(said["at"]), str(said["key"]), said["previous"])


def read_head_json(found: dict[str, Any]) -> SignedHead:
    """A head as `as_json` wrote it. Raises KeyError, TypeError or ValueError for what is none."""
    return read_head(found["head"], bytes.fromhex(found["signature"]))
