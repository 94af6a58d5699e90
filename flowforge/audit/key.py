"""The keys that sign heads, as anybody can check them: one chain, in which each key is introduced by the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from flowforge.audit.entry import FORMAT, canonical, written_time

_DOMAIN = b"flowforge audit key 1\n"  # what is signed for one purpose is not taken for another


class BadKey(ValueError):
    """A chain of keys does not hold; the text says why."""


@dataclass(frozen=True)
class AuditKey:
    """One public key, with the bytes by which it was introduced. The first signed its own."""

    key_id: str
    public_key: bytes
    introduction: str
    signature: bytes

    @property
    def previous(self) -> str | None:
        found: str | None = json.loads(self.introduction)["previous"]
        return found

    @property
    def introduced_at(self) -> str:
        return str(json.loads(self.introduction)["at"])

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made the signature."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def as_json(self) -> dict[str, Any]:
        return {
            "type": "key",
            "id": self.key_id,
            "public_key": self.public_key.hex(),
            "introduction": self.introduction,
            "signature": self.signature.hex(),
        }


def make_key(private: Ed25519PrivateKey, at: datetime, *, previous: AuditKey | None, signer: Ed25519PrivateKey | None) -> AuditKey:
    """The public side of `private`, introduced by `previous`, whose private key `signer` is; the first introduces itself."""
    public = private.public_key().public_bytes_raw()
    key_id = key_id_of(public)
    introduction = canonical(
        {
            "at": written_time(at),
            "format": FORMAT,
            "key": key_id,
            "previous": None if previous is None else previous.key_id,
            "public_key": public.hex(),
        }
    )
    return AuditKey(key_id, public, introduction, (signer or private).sign(_DOMAIN + introduction.encode()))


def key_id_of(public: bytes) -> str:
    """A key's name: the beginning of its hash, so that it names this key and no other."""
    return "ak_" + hashlib.sha256(public).hexdigest()[:32]


def read_key(found: dict[str, Any]) -> AuditKey:
    """A key as `as_json` wrote it. Raises KeyError, TypeError or ValueError for what is none."""
    return AuditKey(found["id"], bytes.fromhex(found["public_key"]), found["introduction"], bytes.fromhex(found["signature"]))


def check_chain(keys: Iterable[AuditKey]) -> dict[str, AuditKey]:
    """The keys by id, in their order. Raises BadKey for one that its predecessor did not introduce."""
    chain: dict[str, AuditKey] = {}
    before: AuditKey | None = None
    for key in keys:
        said = json.loads(key.introduction)
        if (said["key"], said["public_key"]) != (key.key_id, key.public_key.hex()) or key.key_id != key_id_of(key.public_key):
            raise BadKey(f"key {key.key_id} is not the one that its introduction names")
        if said["previous"] != (None if before is None else before.key_id):
            raise BadKey(f"key {key.key_id} does not follow key {before.key_id if before else said['previous']}")
        if not (before or key).signed(_DOMAIN + key.introduction.encode(), key.signature):
            raise BadKey(f"key {key.key_id} was not introduced by {before.key_id if before else 'itself'}: that signature does not hold")
        chain[key.key_id] = before = key
    return chain
