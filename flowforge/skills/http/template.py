"""Addresses and texts with `{name}` in them. An argument can be a part of a path, a value of the query, a text; it can change nothing else.

Scheme and host have no variables. In a path a value is encoded so that it stays within its segment, and is neither empty nor `.` or `..`;
in a query it stays a value; in a header it has no control characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from flowforge.errors import InvalidInput

VARIABLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.\-]{0,63})\}")
_URL = re.compile(r"(https?://[^/?#{}\\@\s]+)(/[^?#\s\\]*)?(?:\?([^#\s]*))?", re.IGNORECASE)
_STRAY = re.compile(r"[{}]")

Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class UrlTemplate:
    """An address with variables: `https://api.example.com/orders/{order}?full={full}`."""

    origin: str
    segments: tuple[str, ...]
    query: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, text: str) -> UrlTemplate:
        """Raises InvalidInput for what is no address, has a variable where none may be, or a user, password or fragment."""
        found = _URL.fullmatch(text)
        if found is None or not text.isprintable():
            raise InvalidInput(
                "this is no address of http or https; its scheme and host have no variables, and it has no user, password or fragment",
                pointer="/url",
                hint="as in https://api.example.com/orders/{order}",
            )
        path = found[2] or "/"
        segments = tuple(path.split("/")[1:])
        if any(unquote(segment) in (".", "..") for segment in segments):
            raise InvalidInput("an address has no segments . or ..", pointer="/url")
        pairs = [pair.partition("=") for pair in (found[3] or "").split("&") if pair]
        if any(VARIABLE.search(name) for name, _, _ in pairs):
            raise InvalidInput("a name in the query cannot be a variable", pointer="/url")
        for part in (*segments, *(value for _, _, value in pairs)):
            if _STRAY.search(VARIABLE.sub("", part)):
                raise InvalidInput(f"{part[:100]!r} has a brace that belongs to no variable", pointer="/url", hint="a variable is {name}")
        return cls(found[1], segments, tuple((name, value) for name, _, value in pairs))

    @property
    def variables(self) -> set[str]:
        return {name for part in (*self.segments, *(value for _, value in self.query)) for name in VARIABLE.findall(part)}

    def fill(self, arguments: Arguments) -> str:
        """The address. Raises InvalidInput, naming the argument, for one that cannot stand in a path.

        >>> UrlTemplate.of("https://a.example/o/{order}?page={page}").fill({"order": "1/../2"})
        'https://a.example/o/1%2F..%2F2'
        """
        path = "/".join(self._segment(segment, arguments) for segment in self.segments)
        query = "&".join(f"{name}={value}" for name, template in self.query for value in _values(template, arguments))
        return f"{self.origin}/{path}" + (f"?{query}" if query else "")

    def _segment(self, template: str, arguments: Arguments) -> str:
        names = VARIABLE.findall(template)
        for name in names:
            if _word(arguments.get(name), name) == "":
                raise InvalidInput(f"{name} is a part of the address and cannot be empty", pointer=f"/{name}")
        filled = VARIABLE.sub(lambda place: quote(_word(arguments[place[1]], place[1]), safe=""), template)
        if names and unquote(filled) in (".", ".."):
            raise InvalidInput(f"{names[0]} is a part of the address and cannot be {unquote(filled)}", pointer=f"/{names[0]}")
        return filled


def fill_text(template: str, arguments: Arguments) -> str | None:
    """The text with its variables; None when one of them was not given, for a header that is then left out.

    Raises InvalidInput for a value with control characters.
    """
    names = VARIABLE.findall(template)
    if any(arguments.get(name) is None for name in names):
        return None
    filled = VARIABLE.sub(lambda place: _word(arguments[place[1]], place[1]), template)
    if any(ord(character) < 32 or ord(character) == 127 for character in filled):
        raise InvalidInput(f"{names[0] if names else 'a header'} holds a control character", pointer=f"/{names[0]}" if names else "")
    return filled


def fill_body(template: Any, arguments: Arguments) -> Any:
    """A JSON value with variables. A text that is one variable becomes its value, whatever that is; a member without a value is left out.

    >>> fill_body({"id": "{order}", "note": "for {who}", "at": "{at}"}, {"order": 7, "who": "mira"})
    {'id': 7, 'note': 'for mira'}
    """
    if isinstance(template, str):
        whole = VARIABLE.fullmatch(template)
        if whole is not None:
            return arguments.get(whole[1])
        return VARIABLE.sub(lambda place: _word(arguments.get(place[1], ""), place[1]), template)
    if isinstance(template, dict):
        filled = {name: (value, fill_body(value, arguments)) for name, value in template.items()}
        return {name: after for name, (before, after) in filled.items() if after is not None or before is None}
    if isinstance(template, list):
        return [fill_body(value, arguments) for value in template]
    return template


def variables_in(template: Any) -> Iterator[str]:
    """The names of all variables in a JSON value."""
    if isinstance(template, str):
        yield from VARIABLE.findall(template)
    elif isinstance(template, dict):
        for value in template.values():
            yield from variables_in(value)
    elif isinstance(template, list):
        for value in template:
            yield from variables_in(value)


def _values(template: str, arguments: Arguments) -> Iterator[str]:
    """The value of a name in the query: none when it was not given, several for a list."""
    whole = VARIABLE.fullmatch(template)
    if whole is not None and isinstance(arguments.get(whole[1]), list):
        yield from (quote(_word(one, whole[1]), safe="") for one in arguments[whole[1]])
        return
    if all(arguments.get(name) is not None for name in VARIABLE.findall(template)):
        yield VARIABLE.sub(lambda place: quote(_word(arguments[place[1]], place[1]), safe=""), template)


def _word(value: Any, name: str) -> str:
    """A value as it stands in an address or a text. Raises InvalidInput for a list or an object."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case _:
            raise InvalidInput(f"{name} stands in an address or a text: it must be a text, a number or a truth value", pointer=f"/{name}")
