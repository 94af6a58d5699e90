"""Heads and proofs in files that somebody kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowforge.errors import InvalidInput

if TYPE_CHECKING:
    from flowforge.audit.head import SignedHead


def heads_in(path: Path) -> list[SignedHead]:
    """All heads in a file of JSON lines. Raises Refused for a line that is none."""
    from flowforge.audit.verification import read_kept_heads

    with path.open("rb") as lines:
        return read_kept_heads(lines)


def one_head(text: str) -> SignedHead | None:
    """The head that `FILE` or `FILE:SIZE` names; None for a size, which is the server's to know. Raises InvalidInput."""
    if text.isdecimal():
        return None
    name, _, size = text.rpartition(":")
    path = Path(name) if name and size.isdecimal() else Path(text)
    if not path.is_file():
        raise InvalidInput(f"{text} is neither a size nor a file with a head", hint="as in  flowforge audit compare heads.jsonl:1200 4800")
    found = [head for head in heads_in(path) if path == Path(text) or head.size == int(size)]
    if len(found) != 1:
        raise InvalidInput(f"{text} holds {len(found)} heads", hint="say which: FILE:SIZE")
    return found[0]


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises InvalidInput."""
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidInput(f"{path} holds no JSON object")
    return found
