"""What an entry is as bytes. Two parts: the leaf, which the tree holds, and three texts beside it, which can be erased.

The leaf is canonical JSON: an object with its keys in order, no spaces, UTF-8, nothing escaped but what JSON requires, whole numbers only.
Who acted (`principal`), on what (`target`) and what in particular (`detail`, itself canonical JSON) stand in it as
SHA-256(salt || text) with 16 random bytes of salt each. Text and salt lie beside the leaf: with them anybody can check that they are what
was logged; without them nobody can guess it, and the leaf is still the same.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args
from uuid import UUID

from flowforge.access.principal import Principal

FORMAT = 1
SALT_BYTES = 16

Text = Literal["principal", "target", "detail"]
TEXTS: Final[tuple[Text, ...]] = get_args(Text)  # in the order of their salts


@dataclass(frozen=True)
class Act:
    """What somebody did to what, as it is to be logged."""

    action: str
    target_kind: str
    target: str
    detail: str  # canonical JSON


@dataclass(frozen=True)
class Leaf:
    """An entry's bytes for the tree, and the salts of its three texts."""

    text: str
    salts: bytes


def make_leaf(entry_id: UUID, principal: Principal, act: Act, at: datetime, request_id: str | None) -> Leaf:
    """The leaf of an act, with fresh salts. `at` is in UTC."""
    salts = os.urandom(SALT_BYTES * len(TEXTS))
    hashes = [commitment(salt_of(salts, name), text) for name, text in zip(TEXTS, (principal.name, act.target, act.detail), strict=True)]
    facts = {
        "action": act.action,
        "at": written_time(at),
        "detail": hashes[2],
        "entry": str(entry_id),
        "format": FORMAT,
        "principal": hashes[0],
        "principal_id": None if principal.id is None else str(principal.id),
        "principal_kind": principal.kind,
        "request": request_id,
        "target": hashes[1],
        "target_kind": act.target_kind,
        "tenant": str(principal.tenant_id),
    }
    return Leaf(canonical(facts), salts)


def canonical(value: Mapping[str, Any]) -> str:
    """JSON with its keys in order, without spaces, nothing escaped but what JSON requires. Raises ValueError for NaN and infinities.

    >>> canonical({"to": "Größe", "at": 1})
    '{"at":1,"to":"Größe"}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def commitment(salt: bytes, text: str) -> str:
    """What stands in a leaf for a text: SHA-256 over salt and text, in hex."""
    return hashlib.sha256(salt + text.encode()).hexdigest()


def salt_of(salts: bytes, name: Text) -> bytes:
    begin = TEXTS.index(name) * SALT_BYTES
    return salts[begin : begin + SALT_BYTES]


def written_time(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"
