"""What an approval is bound to: the tool as it was shown, its schema, and the exact arguments, as one hash.

JSON is hashed in one form (keys sorted, no blanks), so that two texts which say the same have the same hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def call_hash(tool: str, effect: str, schema: Mapping[str, Any] | None, arguments: Mapping[str, Any]) -> str:
    """SHA-256, in hex, of a call: this tool, with this effect and schema, and these arguments.

    >>> call_hash("pay", "money", None, {"a": 1, "b": 2}) == call_hash("pay", "money", None, {"b": 2, "a": 1})
    True
    """
    return _digest({"tool": tool, "effect": effect, "schema": schema, "arguments": arguments})


def definition_hash(tool: str, effect: str, schema: Mapping[str, Any] | None) -> str:
    """The same of a tool, whatever it is called with."""
    return _digest({"tool": tool, "effect": effect, "schema": schema})


def canonical(value: Any) -> str:
    """The JSON text of a value in its one form."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()
