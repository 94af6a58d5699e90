"""A small log with proofs, as the server makes them, for the tests of what a browser checks.

`python -m tests.audit.browser_vectors` writes it. Nothing in it is by chance, so that it is the same on every machine: keys, salts, ids and
times are given.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from flowforge.access.principal import Principal
from flowforge.audit.entry import SALT_BYTES, TEXTS, Act, Leaf, canonical, make_leaf, salt_of
from flowforge.audit.head import SignedHead, sign_head
from flowforge.audit.key import AuditKey, make_key
from flowforge.audit.merkle import CompactRange, Span, consistency_spans, inclusion_spans, leaf_hash

FILE = Path(__file__).parents[2] / "web/src/audit/vectors.json"
TENANT = UUID("00000000-0000-7000-8000-000000000001")
BEGIN = datetime(2026, 11, 22, 9, 14, 2, 120_300, UTC)
SIZES = (3, 4, 7)  # of the heads; the last is signed by the second key
DETAILS: tuple[dict[str, Any], ...] = (
    {},
    {"to": "Done", "from": "Doing"},
    {"text": 'Größe 漢字 🙂 \\ " \n'},
    {"amount": "25", "n": 1.5, "list": [1, None, True]},
)


def vectors() -> dict[str, Any]:
    """Entries as they are listed and as they are proved, keys, heads, and the paths of all proofs."""
    leaves = [_leaf(n) for n in range(SIZES[-1])]
    hashes = [leaf_hash(leaf.text.encode()) for _, _, leaf in leaves]
    first, second = (Ed25519PrivateKey.from_private_bytes(bytes([n] * 32)) for n in (1, 2))
    keys = [make_key(first, BEGIN, previous=None, signer=None)]
    keys.append(make_key(second, BEGIN + timedelta(hours=1), previous=keys[0], signer=first))
    heads = list(_heads(hashes, keys, (first, second)))
    return {
        "keys": [key.as_json() for key in keys],
        "heads": [head.as_json() for head in heads],
        "entries": [{"shown": _shown(*leaf, n), "sent": _sent(*leaf, n, hashes[n])} for n, leaf in enumerate(leaves)],
        "inclusion": {f"{n} {size}": _path(hashes, inclusion_spans(n, size)) for size in SIZES for n in range(size)},
        "consistency": {
            f"{one} {other}": _path(hashes, consistency_spans(one, other)) for other in range(1, SIZES[-1] + 1) for one in range(1, other)
        },
        "roots": [_root(hashes, (0, size)) for size in range(1, SIZES[-1] + 1)],
    }


def _leaf(n: int) -> tuple[Principal, Act, Leaf]:
    person = n % 2 == 0
    principal = Principal(TENANT, "person" if person else "agent", "mira" if person else "atlas", None if person else UUID(int=n))
    act = Act("task.move", "task", f"FF-{n}", canonical(DETAILS[n % len(DETAILS)]))
    with patch("flowforge.audit.entry.os.urandom", lambda size: bytes((n + at) % 256 for at in range(size))):
        return (
            principal,
            act,
            make_leaf(UUID(int=n), principal, act, BEGIN + timedelta(seconds=n), f"req{n}" if person else None),
        )


def _heads(hashes: list[bytes], keys: list[AuditKey], private: tuple[Ed25519PrivateKey, Ed25519PrivateKey]) -> Iterator[SignedHead]:
    previous = None
    for size in SIZES:
        newer = size == SIZES[-1]
        head = sign_head(
            TENANT,
            size,
            bytes.fromhex(_root(hashes, (0, size))),
            BEGIN + timedelta(minutes=size),
            previous=previous,
            key_id=keys[newer].key_id,
            private=private[newer],
        )
        previous = head.digest
        yield head


def _shown(principal: Principal, act: Act, leaf: Leaf, n: int) -> dict[str, Any]:
    said = json.loads(leaf.text)
    return {
        "id": f"aud_{UUID(said['entry']).hex}",
        "position": n,
        "at": said["at"],
        "principal": {"kind": principal.kind, "name": principal.name, "id": said["principal_id"]},
        "action": act.action,
        "target": {"kind": act.target_kind, "name": act.target},
        "detail": json.loads(act.detail),
        "request_id": said["request"],
        "erased": [],
    }


def _sent(principal: Principal, act: Act, leaf: Leaf, n: int, hash: bytes) -> dict[str, Any]:
    assert len(leaf.salts) == SALT_BYTES * len(TEXTS)
    texts = zip(TEXTS, (principal.name, act.target, act.detail), strict=True)
    pairs: dict[str, Any] = {name: [salt_of(leaf.salts, name).hex(), text] for name, text in texts}
    return {"type": "entry", "position": n, "hash": hash.hex(), "leaf": leaf.text, **pairs}


def _path(hashes: list[bytes], spans: list[Span]) -> list[str]:
    return [_root(hashes, span) for span in spans]


def _root(hashes: list[bytes], span: Span) -> str:
    tree = CompactRange()
    for hash in hashes[slice(*span)]:
        tree.append(hash)
    return tree.root().hex()


def text() -> str:
    return json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
