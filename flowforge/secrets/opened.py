"""The values that this process has opened: known again wherever they turn up, so that nothing that is written down holds one.

A value is known as it is, in base64 (where it begins at any of three places), in hex, and as URLs and JSON write it. A tenant's
values are looked for in that tenant's texts, so that nobody learns from a missing word what another tenant's secret is; in
logs, which no tenant sees, all of them are.
"""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus
from uuid import UUID

REDACTED = "[redacted]"
SHORTEST = 8  # characters: a shorter value is too likely to be an ordinary word
SHORTEST_OF_ENVIRONMENT = 16  # nobody said that these are secrets but their names
VALUES_MAX = 2_000  # of one tenant; the one that was opened first is forgotten first
_FEW = 100  # forms

_SECRET_NAME = re.compile(r"(?:^|_)(?:KEY|TOKEN|SECRET|SECRETS|PASSWORD|PASSWD|CREDENTIALS?)(?:$|_)")
_PLACE_NAME = re.compile(r"_(?:FILE|PATH|DIR|KMS)$")


class Values:
    """The values of one tenant, or of the deployment, in all their forms.

    A few forms are looked for one after the other. Many are looked for by blocks: wherever a form of fifteen characters stands, one of the
    text's every eighth blocks of eight lies within it, so that an eighth of the text's places tells which forms to look for.
    """

    def __init__(self) -> None:
        self._forms: dict[bytes, set[str]] = {}
        self._few: tuple[str, ...] | None = ()  # all forms, as long as there are few
        self._blocks: dict[int, dict[str, set[str]]] = {8: {}, 4: {}}  # by length: forms by each block that can lie within them
        self._beginnings: dict[str, set[str]] = {}  # forms by their first characters
        self._starts: set[str] = set()  # shorter beginnings of those
        self._longest, self._shortest = 0, sys.maxsize

    def note(self, value: bytes) -> None:
        """Know a value from now on."""
        if value in self._forms:
            return
        if len(self._forms) >= VALUES_MAX:
            self._forget(next(iter(self._forms)))
        self._forms[value] = forms = forms_of(value)
        for form in forms:
            for block, known in self._places_of(form):
                known.setdefault(block, set()).add(form)
            self._starts.update(form[:size] for size in range(1, SHORTEST))
            self._longest, self._shortest = max(self._longest, len(form)), min(self._shortest, len(form))
        if self._few is not None:
            few = {*self._few, *forms}
            self._few = tuple(sorted(few, key=len, reverse=True)) if len(few) <= _FEW else None

    def is_in(self, text: str) -> bool:
        return bool(self.found_in(text))

    def hide(self, text: str) -> str:
        for form in self.found_in(text):
            text = text.replace(form, REDACTED)
        return text

    def found_in(self, text: str) -> list[str]:
        """Those forms that the text holds, the longest first."""
        if len(text) < self._shortest:
            return []
        if self._few is not None:
            return [form for form in self._few if form in text]
        suspects: set[str] = set()
        for size, known in self._blocks.items():
            places = range(0, len(text), size) if known else ()
            for block in [block for place in places if (block := text[place : place + size]) in known]:
                suspects |= known[block]
        return sorted((form for form in suspects if form in text), key=len, reverse=True)

    def held_back(self, text: str) -> int:
        """How many characters at the text's end could be the beginning of a value."""
        return next((size for size in range(min(len(text), self._longest), 0, -1) if self._begins(text[-size:])), 0)

    def _begins(self, piece: str) -> bool:
        if len(piece) < SHORTEST:
            return piece in self._starts
        return any(form != piece and form.startswith(piece) for form in self._beginnings.get(piece[:SHORTEST], ()))

    def _places_of(self, form: str) -> Iterator[tuple[str, dict[str, set[str]]]]:
        size = 8 if len(form) >= 15 else 4
        yield from ((form[place : place + size], self._blocks[size]) for place in range(size))
        yield form[:SHORTEST], self._beginnings

    def _forget(self, value: bytes) -> None:
        for form in self._forms.pop(value):
            for block, known in self._places_of(form):
                known.get(block, set()).discard(form)
        self._few = None


class Opened:
    """All values that this process has opened, by tenant; those of None are the deployment's, and looked for everywhere."""

    def __init__(self) -> None:
        self._values: dict[UUID | None, Values] = {}

    def note(self, tenant_id: UUID | None, value: bytes) -> None:
        """Know this value from now on."""
        if len(value) >= SHORTEST:
            self._values.setdefault(tenant_id, Values()).note(value)

    def note_environment(self, environment: Mapping[str, str] = os.environ) -> None:
        """Know what this process was given in variables whose names say that they are secret."""
        for value in environment_secrets(environment):
            if len(value) >= SHORTEST_OF_ENVIRONMENT and not value.startswith("/") and not any(map(str.isspace, value)):
                self.note(None, value.encode(errors="surrogateescape"))

    def is_in(self, text: str, tenant_id: UUID) -> bool:
        """Whether a text of this tenant's holds a value that it must not hold."""
        return bool(self._values) and any(values.is_in(text) for values in self._of(tenant_id))

    def hide(self, text: str, tenant_id: UUID) -> str:
        """A text of this tenant's, without values."""
        if self._values:
            for values in self._of(tenant_id):
                text = values.hide(text)
        return text

    def hide_all(self, text: str) -> str:
        """A text that only operators see, without anybody's values."""
        for values in tuple(self._values.values()):
            text = values.hide(text)
        return text

    def found_in(self, text: str) -> list[str]:
        """Anybody's values in a text, as they are written there."""
        return [form for values in tuple(self._values.values()) for form in values.found_in(text)]

    def held_back(self, text: str, tenant_id: UUID) -> int:
        """How many characters at the end of a text that is still being written could be the beginning of a value. None is cut in two."""
        if not self._values or not text:
            return 0
        known = self._of(tenant_id)
        cut = len(text) - max((values.held_back(text) for values in known), default=0)
        for form in (form for values in known for form in values.found_in(text)):
            start = text.find(form, max(0, cut - len(form) + 1))
            if 0 <= start < cut:
                cut = max(cut, start + len(form))
        return len(text) - cut

    def forget(self) -> None:
        """Know nothing any more: for tests."""
        self._values.clear()

    def _of(self, tenant_id: UUID) -> list[Values]:
        return [self._values[key] for key in (tenant_id, None) if key in self._values]


def environment_secrets(environment: Mapping[str, str] = os.environ) -> list[str]:
    """The values of variables whose name says that they are secret. Read to be hidden, not to be used."""
    return [
        part.strip()
        for name, value in environment.items()
        if _SECRET_NAME.search(name.upper()) and not _PLACE_NAME.search(name.upper())
        for part in ((value.split(",")) if name == "FLOWFORGE_SECRETS_KEY" else (value,))
        if part
    ]


def forms_of(value: bytes) -> set[str]:
    """How a value may be written, as far as that is long enough to be told from other text."""
    forms = {value.hex(), *_in_base64(value)}
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return {form for form in forms if len(form) >= SHORTEST}
    forms |= {text, text.strip(), quote(text), quote(text, safe=""), quote_plus(text)}
    forms |= {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    forms |= {json.dumps(form)[1:-1] for form in tuple(forms)}  # JSON within JSON
    return {form for form in forms if len(form) >= SHORTEST}


def _in_base64(value: bytes) -> Iterator[str]:
    """As it stands in the base64 of anything that holds it: at three places, without the characters that depend on the neighbours."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + value).decode()
        first, last = (0, 2, 3)[before], len(encoded) - (0, 3, 2)[(before + len(value)) % 3]
        if last - first >= 2 * SHORTEST:
            yield encoded[first:last]
            yield encoded[first:last].replace("+", "-").replace("/", "_")


OPENED = Opened()
