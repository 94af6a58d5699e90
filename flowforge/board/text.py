"""What people and models write: checked where a person types it, mended where a model did."""

from __future__ import annotations

import re

from flowforge.errors import InvalidInput

TITLE_CHARACTERS_MAX = 500
BODY_CHARACTERS_MAX = 100_000
NAME_CHARACTERS_MAX = 100

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL's text holds neither NUL nor half a surrogate pair


def line(text: str, pointer: str, *, max_characters: int = TITLE_CHARACTERS_MAX) -> str:
    """`text` as one non-empty line without the blanks around it. Raises InvalidInput, which points to the field."""
    stripped = written(text.strip(), pointer, max_characters=max_characters)
    if len(stripped.splitlines()) > 1:
        raise InvalidInput("must be a single line", pointer=pointer)
    return stripped


def written(text: str, pointer: str, *, max_characters: int = BODY_CHARACTERS_MAX) -> str:
    """`body`, which must say something: also raises InvalidInput for blanks only."""
    if not text.strip():
        raise InvalidInput("must not be empty", pointer=pointer)
    return body(text, pointer, max_characters=max_characters)


def body(text: str, pointer: str, *, max_characters: int = BODY_CHARACTERS_MAX) -> str:
    """`text` itself, if it can be stored. Raises InvalidInput for NUL, lone surrogates, and more than the maximum."""
    if found := _UNSTORABLE.search(text):
        raise InvalidInput(f"holds U+{ord(found[0]):04X} at position {found.start()}, which cannot be stored", pointer=pointer)
    if len(text) > max_characters:
        raise InvalidInput(f"has {len(text)} characters, at most {max_characters} are allowed", pointer=pointer)
    return text


def storable(text: str) -> bool:
    """Can PostgreSQL hold it, or look for it?"""
    return _UNSTORABLE.search(text) is None


def mended(text: str) -> str:
    """A model's words, which must not fail a run at its end: what cannot be stored becomes U+FFFD, what is too long is cut."""
    clean = _UNSTORABLE.sub("\ufffd", text)
    return clean if len(clean) <= BODY_CHARACTERS_MAX else clean[: BODY_CHARACTERS_MAX - 1] + "…"
