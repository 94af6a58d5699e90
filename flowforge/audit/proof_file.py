"""Proofs as files: that an entry is in the log, or that one head follows from another. Short, and verified without database or export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowforge.audit.exported_entry import ExportedEntry, read_entry
from flowforge.audit.head import SignedHead, read_head_json
from flowforge.audit.key import AuditKey, read_key
from flowforge.audit.merkle import is_consistent, root_of_inclusion
from flowforge.audit.refusal import Refused
from flowforge.audit.signatures import KnownKeys

INCLUSION = "flowforge-audit-proof/1"
CONSISTENCY = "flowforge-audit-consistency/1"


def inclusion_json(entry: dict[str, Any], path: Sequence[bytes], head: SignedHead, keys: Sequence[AuditKey]) -> dict[str, Any]:
    """A proof that the entry (as `entry_json` writes it) is in the log that the head signed."""
    return {"format": INCLUSION, "entry": entry, "path": [step.hex() for step in path], "head": head.as_json(), "keys": _keys_json(keys)}


def consistency_json(first: SignedHead, second: SignedHead, path: Sequence[bytes], keys: Sequence[AuditKey]) -> dict[str, Any]:
    """A proof that the log of the second head begins with that of the first."""
    return {
        "format": CONSISTENCY,
        "first": first.as_json(),
        "second": second.as_json(),
        "path": [step.hex() for step in path],
        "keys": _keys_json(keys),
    }


def verify_inclusion(proof: dict[str, Any], *, key: str | None = None) -> tuple[ExportedEntry, SignedHead]:
    """The entry that the proof is about, and the head that it is proved by. Raises Refused."""
    try:
        if proof["format"] != INCLUSION:
            raise ValueError(proof["format"])
        head, path = read_head_json(proof["head"]), [bytes.fromhex(step) for step in proof["path"]]
        entry = read_entry(proof["entry"])
        keys = [read_key(found) for found in proof["keys"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused("malformed", f"this is no proof of an audit entry: {error!r}") from None
    KnownKeys(keys, key).check(head)
    if entry.said.get("tenant") != head.tenant:
        raise Refused("not_included", "the entry belongs to another tenant's log than the head")
    if root_of_inclusion(entry.hash, entry.position, head.size, path) != head.root:
        raise Refused(
            "not_included", f"the proof does not show that this is entry {entry.position} of the log that head {head.size} signed"
        )
    return entry, head


def compare_heads(first: SignedHead, second: SignedHead, proof: dict[str, Any] | None, *, key: str | None = None) -> None:
    """Whether the two are heads of one log that only grew. Raises Refused: `forked` when they are not.

    Heads of one size need no proof, but then nobody has the keys: whoever kept them knows who signed them.
    """
    if first.tenant != second.tenant:
        raise Refused("forked", "the heads are of two tenants' logs")
    if first.size > second.size:
        first, second = second, first
    if proof is not None:
        path = _checked_path(proof, (first, second), key)
    elif first.size == second.size:
        path = []
    else:
        raise Refused("malformed", f"to compare heads of {first.size} and {second.size} entries takes a proof")
    if not is_consistent(first.size, first.root, second.size, second.root, path):
        what = "have two roots" if first.size == second.size else "do not follow from one another"
        raise Refused("forked", f"the log is forked: the heads of {first.size} and {second.size} entries {what}")


def _checked_path(proof: dict[str, Any], heads: tuple[SignedHead, SignedHead], key: str | None) -> list[bytes]:
    try:
        if proof["format"] != CONSISTENCY:
            raise ValueError(proof["format"])
        path = [bytes.fromhex(step) for step in proof["path"]]
        known = KnownKeys([read_key(found) for found in proof["keys"]], key)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused("malformed", f"this is no proof that one head follows from another: {error!r}") from None
    for head in heads:
        known.check(head)
    return path


def _keys_json(keys: Sequence[AuditKey]) -> list[dict[str, Any]]:
    return [key.as_json() for key in keys]
