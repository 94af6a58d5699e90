"""JSON as strictly as it has to be before it is stored for years: every refusal names the place.

Python's parser is lenient where it hurts later: it takes NaN, lets the last of two equal keys win, makes infinity of 1e999 and
keeps lone surrogates that no database and no other language can read back.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from flowforge.api.problem import Refusal, pointer, refuse

MAX_DEPTH = 200
_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1
_INT_DIGITS_MAX = 20

# A NUL, or one half of a surrogate pair without the other (or what looks so behind an escaped backslash: _check is exact).
_SUSPECT = re.compile(rb"\\u(?:0000|[dD](?:[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD])[c-fC-F]))")

Place = tuple["Place | None", str | int]


class _Poison:
    """Stands in the parsed value where something was that must be refused."""

    def __init__(self, kind: str, detail: str) -> None:
        self.kind, self.detail = kind, detail


def parse_strictly(body: bytes) -> Any:
    """The value that `body` says in JSON.

    Raises Refusal: 400 for what is not JSON, repeats a key or nests deeper than 200 levels; 422 for a NUL, half a surrogate
    pair, or a number beyond 64 bits.
    """
    reader = _Reader()
    try:
        text = body.decode("utf-8")
        value = reader.decoder.decode(text)
    except UnicodeDecodeError as error:
        raise refuse("malformed", f"the body is not UTF-8: byte {error.start} ({body[error.start]:#04x})", pointer="") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise refuse("malformed", f"the body is not valid JSON: {error.msg} at {where}", pointer="") from None
    except RecursionError:
        raise _too_deep("") from None
    if reader.poisoned or _SUSPECT.search(body) or _is_too_deep(value):
        _check(value)
    return value


class _Reader:
    def __init__(self) -> None:
        self.poisoned = False
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_constant=self._constant, parse_int=self._integer, parse_float=self._decimal
        )

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    found[key] = self._poison("malformed", "stands twice in the same object")
                seen.add(key)
        return found

    def _constant(self, name: str) -> Any:
        return self._poison("malformed", f"is {name}, which is not JSON")

    def _integer(self, digits: str) -> Any:
        if len(digits) <= _INT_DIGITS_MAX and _INT_MIN <= (value := int(digits)) <= _INT_MAX:
            return value
        return self._poison("invalid", "is a whole number beyond 64 bits; send it as a string")

    def _decimal(self, digits: str) -> Any:
        value = float(digits)
        return value if math.isfinite(value) else self._poison("invalid", "is a number too large to hold; send it as a string")

    def _poison(self, kind: str, detail: str) -> _Poison:
        self.poisoned = True
        return _Poison(kind, detail)


def _is_too_deep(value: Any) -> bool:
    """Level by level, in comprehensions: a body of megabytes must not hold up the loop."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        level = [v for here in level for v in (here.values() if isinstance(here, dict) else here) if isinstance(v, dict | list)]
    return bool(level)


def _check(value: Any) -> None:
    """Walk without recursion (the nesting is the sender's choice) and refuse at the first place that is wrong."""
    open_values: list[tuple[Any, Place | None, int]] = [(value, None, 1)]
    while open_values:
        here, place, depth = open_values.pop()
        if isinstance(here, _Poison):
            at = _pointer_to(place)
            raise refuse(here.kind, f"{at or 'the body'} {here.detail}", pointer=at)
        if isinstance(here, str):
            _check_text(here, place)
        elif isinstance(here, dict | list):
            if depth > MAX_DEPTH:
                raise _too_deep(_pointer_to(place))
            open_values.extend((item, (place, key), depth + 1) for key, item in _items(here, place))


def _items(value: dict[str, Any] | list[Any], place: Place | None) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, list):
        yield from enumerate(value)
        return
    for key, item in value.items():
        _check_text(key, place)
        yield key, item


def _check_text(text: str, place: Place | None) -> None:
    if "\0" in text:
        raise _bad_text("holds a NUL character (\\u0000)", place)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _bad_text("holds half a surrogate pair, which is no character", place) from None


def _bad_text(detail: str, place: Place | None) -> Refusal:
    at = _pointer_to(place)
    return refuse("invalid", f"{at or 'the body'} {detail}", pointer=at)


def _too_deep(at: str) -> Refusal:
    return refuse("malformed", f"the body nests deeper than {MAX_DEPTH} levels", pointer=at[:200])


def _pointer_to(place: Place | None) -> str:
    parts: list[str | int] = []
    while place is not None:
        place, part = place
        parts.append(part)
    return pointer(parts[::-1]).encode("utf-8", "backslashreplace").decode()
