"""What belongs to a person: a value that stands anywhere, or a value at a path into an event's data or a run's output.

Texts are compared without regard to case and in one Unicode form (NFC). A value that stands anywhere must stand there whole:
`mira@example.org` is not found in `x.mira@example.org` nor in `mira@example.org.uk`. It is found as it is, inside of JSON with any of its
escapes, inside of JSON that stands in a JSON text, and percent-encoded as in a URL. It is not found in what is encoded otherwise (base64).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from flowforge.errors import InvalidInput

ERASED = "[erased]"
SHORTEST = 4  # characters: less is in everybody's data
LONGEST = 500
MOST = 20  # in one act
LEVELS = 6  # of JSON inside of JSON
ROOTS = ("data", "output")

_PATH = re.compile(rf"((?:{'|'.join(ROOTS)})(?:\.[^.=\s]+)+)=(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([\"\\/bfnrt]))")
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SCALAR = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?')
_RUN = re.compile(r"[A-Za-z0-9]{3,}")


@dataclass(frozen=True)
class Match:
    """One condition: `value` anywhere, or at `path`, where a number and a text that read the same are the same. Raises InvalidInput.

    >>> Match("mira@example.org").is_in('{"to": "Mira <MIRA@example.org>"}')
    True
    >>> Match("42", path="data.customer_id").holds_for("data", {"customer_id": 42})
    True
    """

    value: str
    path: str | None = None

    def __post_init__(self) -> None:
        if self.path is not None:
            if _PATH.fullmatch(f"{self.path}=") is None:
                raise InvalidInput(
                    f"{self.path!r} is no path", pointer="/path", hint=f"it begins with {' or '.join(ROOTS)}, as in data.customer.id"
                )
        elif len(self.value.strip()) < SHORTEST:
            raise InvalidInput(
                f"a value of fewer than {SHORTEST} characters stands in everybody's data",
                pointer="/value",
                hint="say at which path it stands",
            )
        if len(self.value) > LONGEST:
            raise InvalidInput(f"a value has at most {LONGEST} characters", pointer="/value")

    @property
    def kind(self) -> str:
        """What may be told of it without telling whom it is about: the path, or that it is a value."""
        return self.path or "value"

    @property
    def anchors(self) -> tuple[str, ...]:
        """Parts of the value that stand in a text which holds it whatever is escaped, unless letters are (`\\u0041`)."""
        return tuple(_RUN.findall(self.value))

    def is_in(self, text: str) -> bool:
        """Whether the value stands in this text, whatever it is."""
        return self.path is None and any(self._pattern.search(level) for level in _levels(text))

    def holds_for(self, root: str, document: Any) -> bool:
        """Whether the value lies at the path into a run's or an event's `data`, or a run's `output`."""
        if self.path is None or self.path.partition(".")[0] != root:
            return False
        return any(self._equals(found) for found in _at(document, self.path.split(".")[1:]))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        value = re.escape(unicodedata.normalize("NFC", self.value.strip()))
        return re.compile(rf"(?<!\w)(?<!\w[.+\-]){value}(?!\w)(?![.+\-@]\w)", re.IGNORECASE)

    def _equals(self, found: Any) -> bool:
        if isinstance(found, Mapping | list) or found is None:
            return False
        shown = found if isinstance(found, str) else json.dumps(found)
        return _folded(shown) == _folded(self.value)


def read_matches(texts: Sequence[str]) -> tuple[Match, ...]:
    """Matches as people write them: `data.customer_id=42`, or a value. Raises InvalidInput.

    >>> [match.path for match in read_matches(["data.customer.id=42", "mira@example.org"])]
    ['data.customer.id', None]
    """
    return tuple(Match(path[2], path[1]) if (path := _PATH.fullmatch(text)) else Match(text) for text in texts)


def erased(text: str, matches: Sequence[Match]) -> str:
    """JSON without the texts and numbers that hold the value, every other byte as it was; any other text goes whole.

    >>> erased('{"to": "mira@example.org", "n": 1.10}', [Match("mira@example.org")])
    '{"to": "[erased]", "n": 1.10}'
    """
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return ERASED
    replaced = json.dumps(ERASED)
    return _SCALAR.sub(lambda scalar: replaced if any(match.is_in(scalar[0]) for match in matches) else scalar[0], text)


def _levels(text: str) -> Iterator[str]:
    """The text as it is, and as it is once JSON's escapes are undone, again and again; each also with percent-encoding undone."""
    for _ in range(LEVELS):
        text = unicodedata.normalize("NFC", text)
        yield text
        if "%" in text:
            yield unicodedata.normalize("NFC", unquote(text))
        if "\\" not in text:
            return
        text = _unescaped(text)


def _unescaped(text: str) -> str:
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _CONTROLS.get(found[2], found[2]), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # halves of a pair come together


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _at(found: Any, names: Sequence[str]) -> Iterator[Any]:
    """What lies there; through a list the path leads into each item."""
    if isinstance(found, list):
        for item in found:
            yield from _at(item, names)
    elif not names:
        yield found
    elif isinstance(found, Mapping) and names[0] in found:
        yield from _at(found[names[0]], names[1:])
