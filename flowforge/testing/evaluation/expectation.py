"""Whether an output is what was expected, and where it is not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flowforge.orchestrator.match import value_at

_SHOWN_CHARACTERS = 120
_MISSING: Any = object()


def difference(expected: Any, output: Any, paths: Sequence[str] | None = None) -> str | None:
    """The first difference in words; None where there is none. An object is compared in the fields that `expected` names.

    `paths`: only in these fields of it.

    >>> difference({"risk": "low"}, {"risk": "high", "why": "…"})
    'risk is "high", not "low"'
    """
    if paths is None:
        return _first(expected, output, "")
    for path in paths:
        there, wanted = value_at(expected, path)
        if there and (found := _first(wanted, _at(output, path), path)):
            return found
    return None


def value_differs(output: Any, path: str, value: Any) -> str | None:
    """The difference between a field (or, without a path, the whole) and exactly this value."""
    found = _at(output, path) if path else output
    return None if same(found, value) else _told(path, found, value)


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 is 1.0 and not true.

    >>> same([1], [1.0]), same(1, True)
    (True, False)
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def shown(value: Any) -> str:
    """A value on one line, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def _first(expected: Any, found: Any, path: str) -> str | None:
    if isinstance(expected, dict) and isinstance(found, dict):
        inner = (_first(value, found.get(key, _MISSING), f"{path}.{key}" if path else str(key)) for key, value in expected.items())
        return next((one for one in inner if one), None)
    return None if found is not _MISSING and same(expected, found) else _told(path, found, expected)


def _told(path: str, found: Any, expected: Any) -> str:
    what = path or "it"
    return f"{what} is missing, not {shown(expected)}" if found is _MISSING else f"{what} is {shown(found)}, not {shown(expected)}"


def _at(output: Any, path: str) -> Any:
    there, found = value_at(output, path)
    return found if there else _MISSING
