"""What a tool or a resource shows: JSON within bounds, for a reader whose memory is small and dear."""

from __future__ import annotations

import json
from typing import Any

CHARACTERS_MAX = 60_000  # of a tool's result
RESOURCE_CHARACTERS_MAX = 400_000
_CUTS = ((8_000, 200), (2_000, 50), (500, 20), (120, 5))  # characters of a text, items of a list; taken until it fits


def as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def bounded(value: Any, characters_max: int = CHARACTERS_MAX) -> tuple[Any, bool]:
    """The value, shortened where it has to be, and whether it was. Long texts and lists say how much of them is missing; of a page's
    items none is left out before all of them are short.

    >>> bounded({"data": [1, 2]})
    ({'data': [1, 2]}, False)
    """
    if len(as_text(value)) <= characters_max:
        return value, False
    cut = value
    for characters, items in _CUTS:
        cut = _cut(value, characters, items)
        if len(as_text(cut)) <= characters_max:
            return cut, True
    return _fewer(cut, characters_max), True


def _cut(value: Any, characters: int, items: int) -> Any:
    if isinstance(value, dict):
        page = isinstance(value.get("data"), list) and "next_cursor" in value
        return {
            name: [_cut(one, characters, items) for one in part] if page and name == "data" else _cut_part(part, characters, items)
            for name, part in value.items()
        }
    return _cut_part(value, characters, items)


def _cut_part(value: Any, characters: int, items: int) -> Any:
    if isinstance(value, str) and len(value) > characters:
        return f"{value[:characters]}… ({len(value) - characters} more characters)"
    if isinstance(value, list):
        kept = [_cut_part(one, characters, items) for one in value[:items]]
        return [*kept, f"… ({len(value) - items} more)"] if len(value) > items else kept
    if isinstance(value, dict):
        kept_names = list(value)[: items * 10]
        found = {name: _cut_part(value[name], characters, items) for name in kept_names}
        return found | ({"…": f"({len(value) - len(kept_names)} more)"} if len(value) > len(kept_names) else {})
    return value


def _fewer(value: Any, characters_max: int) -> Any:
    """Of a page as many items as there is room for; of anything else the beginning of its text."""
    if not (isinstance(value, dict) and isinstance(value.get("data"), list)):
        return {"text": f"{as_text(value)[:characters_max]}…"}
    kept, room = list[Any](), characters_max
    for one in value["data"]:
        room -= len(as_text(one)) + 1
        if room < 0:
            break
        kept.append(one)
    return {**value, "data": kept, "next_cursor": None, "left_out": len(value["data"]) - len(kept), "hint": "ask with a smaller limit"}
