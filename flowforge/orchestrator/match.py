"""Matching events: names against patterns, and fields of one event against another's."""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from typing import Any

from flowforge.errors import RegistrationError

_MAX_KEY = 200
_HALF = re.compile("[\ud800-\udfff]")


def matches_pattern(pattern: str, name: str) -> bool:
    """Does an event's name fit `order/created`, `order/*` or `*`? A star stands for any run of characters.

    >>> matches_pattern("order/*", "order/created"), matches_pattern("order/*", "orders")
    (True, False)
    """
    return pattern == name if "*" not in pattern else _compiled(pattern).fullmatch(name) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)


def check_pattern(pattern: str) -> str:
    """A trigger's event name as it is stored. Raises RegistrationError when no event could have such a name."""
    if not pattern or len(pattern) > 256 or not pattern.isprintable() or " " in pattern:
        raise RegistrationError(f"a trigger must be an event name such as order/created or order/*, not {pattern!r}")
    return pattern


def value_at(data: Any, path: str) -> tuple[bool, Any]:
    """The value at a dotted path (`data.order_id`, `data.items.0`): whether it is there, and what it is."""
    for part in path.split("."):
        if isinstance(data, dict) and part in data:
            data = data[part]
        elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        else:
            return False, None
    return True, data


def key_of(value: Any) -> str:
    """A value as text that is equal exactly when the values are; hashed when it is long, or no valid Unicode (half a surrogate pair).

    >>> key_of(1.0) == key_of(1), key_of("1") == key_of(1)
    (True, False)
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    storable = len(text) <= _MAX_KEY and not _HALF.search(text)
    return text if storable else "sha256:" + hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
