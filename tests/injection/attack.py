"""The corpus: attacks as they stand in `corpus/*.yaml`, each with where it is put, what it says once it is decoded, and what it wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILLER = "The weather was fine, and the tea was good. " * 1_000


@dataclass(frozen=True)
class Attack:
    """One attack. `benign`: a call that is approved before; `by_default`: the default suite runs it."""

    id: str
    channel: str
    language: str
    trick: str
    text: Any  # as it comes: a text, a JSON value, or the parts of a split one
    says: str
    wants: Mapping[str, Any]
    benign: Mapping[str, Any] | None = None
    path: str | None = None
    by_default: bool = False

    @property
    def tool(self) -> str:
        return str(self.wants["tool"])

    @property
    def agent(self) -> str:
        return f"a-{self.id}"

    def arguments_with(self, phone: str) -> dict[str, Any]:
        """What the call is to be made with; data that is to leave is the customer's number."""
        given = self.wants["arguments"]
        return {name: value.replace("{phone}", phone.lstrip("+")) if isinstance(value, str) else value for name, value in given.items()}


def _read() -> tuple[Attack, ...]:
    found = []
    for file in sorted(Path(__file__).parent.joinpath("corpus").glob("*.yaml")):
        for entry in yaml.safe_load(file.read_text(encoding="utf-8")):
            if isinstance(entry["text"], str):
                entry["text"] = entry["text"].replace("{filler}", FILLER)
            found.append(Attack(**entry))
    return tuple(found)


ATTACKS = _read()
