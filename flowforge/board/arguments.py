"""What an approval is bound to."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def hash_of(arguments_json: str) -> str:
    """What an approval is bound to: the SHA-256 of the exact JSON text, in hex."""
    return hashlib.sha256(arguments_json.encode()).hexdigest()


def shape_of(arguments_json: str) -> str:
    """What makes two calls alike, hashed: the names of their arguments and the kinds of their values.

    >>> shape_of('{"b": 1, "a": "x"}') == shape_of('{"a": "", "b": 2.5}')
    True
    """
    arguments = json.loads(arguments_json)
    return hash_of(json.dumps({name: _kind(value) for name, value in arguments.items()}, sort_keys=True))


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return {str: "text", int: "number", float: "number", list: "list", dict: "object"}.get(type(value), "null")
