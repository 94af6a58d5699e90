"""An entry as it stands in exports and proofs: the leaf, its hash, and the texts with their salts, null where they were erased."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flowforge.audit.entry import SALT_BYTES, TEXTS, Text, commitment, salt_of
from flowforge.audit.merkle import leaf_hash
from flowforge.audit.refusal import Refused

if TYPE_CHECKING:
    from flowforge.audit.log import AuditEntry


@dataclass(frozen=True)
class ExportedEntry:
    """One entry, checked against itself: the leaf has the hash, and the texts are those that the leaf was made of."""

    position: int
    leaf: str
    hash: bytes
    said: dict[str, Any]  # the leaf, read
    texts: dict[Text, str | None]

    @property
    def erased(self) -> list[Text]:
        return [name for name, text in self.texts.items() if text is None]


def entry_json(entry: AuditEntry, leaf: bytes) -> dict[str, Any]:
    """How a merged entry with that leaf hash is written."""
    given: dict[Text, str | None] = {"principal": entry.principal, "target": entry.target, "detail": entry.detail_text}
    texts: dict[str, Any] = {name: None if text is None else [salt_of(entry.salts, name).hex(), text] for name, text in given.items()}
    return {"type": "entry", "position": entry.position, "hash": leaf.hex(), "leaf": entry.leaf, **texts}


def read_entry(found: dict[str, Any]) -> ExportedEntry:
    """An entry as `entry_json` wrote it. Raises Refused when it does not agree with itself, KeyError, TypeError or ValueError for what is
    none."""
    position: int = found["position"]
    hash_, leaf = bytes.fromhex(found["hash"]), found["leaf"]
    if leaf_hash(leaf.encode()) != hash_:
        raise Refused("changed", f"entry {position} was changed: its bytes do not have the hash that stands beside them")
    said = json.loads(leaf)
    texts: dict[Text, str | None] = {}
    for name in TEXTS:
        pair = found[name]
        if pair is None:
            texts[name] = None
            continue
        salt, text = pair
        if len(salt) != SALT_BYTES * 2 or commitment(bytes.fromhex(salt), text) != said[name]:
            raise Refused("changed", f"entry {position} was changed: its {name} is not the one that was logged")
        texts[name] = text
    return ExportedEntry(position, leaf, hash_, said, texts)
