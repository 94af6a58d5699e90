"""A version of a skill: a number, a hash, what it says of itself, and where it came from. It never changes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from flowforge.errors import InvalidInput
from flowforge.skills.front_matter import NAME_LENGTH_MAX
from flowforge.skills.skill import Skill
from flowforge.skills.tree import SkillFile, skill_files

Layer = Literal["tenant", "deployment"]
"""Whose it is: the tenant's own, or one that workers publish for all tenants. Where both have a name, the tenant's is meant."""

LABEL_LENGTH_MAX = 32
NUMBER_MAX = 2**31 - 1
_LABEL = re.compile(rf"[a-z][a-z0-9.-]{{0,{LABEL_LENGTH_MAX - 1}}}")
_WANTED = re.compile(rf"([a-z0-9-]{{1,{NAME_LENGTH_MAX}}})(?:@(\d{{1,10}}|[a-z][a-z0-9.-]{{0,{LABEL_LENGTH_MAX - 1}}}))?")


@dataclass(frozen=True)
class WantedSkill:
    """A skill as an agent names it: `review` (its newest version), `review@3` or `review@stable`."""

    name: str
    number: int | None = None
    label: str | None = None

    @classmethod
    def read(cls, text: str, pointer: str = "") -> WantedSkill:
        """Raises InvalidInput.

        >>> WantedSkill.read("review@3")
        WantedSkill(name='review', number=3, label=None)
        """
        found = _WANTED.fullmatch(text)
        pin = found[2] if found else None
        if found is None or (pin is not None and pin.isdigit() and not 1 <= int(pin) <= NUMBER_MAX):
            raise InvalidInput(f"{text[:100]!r} names no skill", pointer=pointer, hint="write it as review, review@3 or review@stable")
        if pin is None or not pin.isdigit():
            return cls(found[1], None, pin)
        return cls(found[1], int(pin))

    def __str__(self) -> str:
        pin = self.number or self.label
        return self.name if pin is None else f"{self.name}@{pin}"


@dataclass(frozen=True)
class SkillVersion:
    """One version. `vouched`: somebody here answers for its text; else what an agent reads of it counts as from outside."""

    layer: Layer
    name: str
    number: int
    tree: str
    description: str
    tools: tuple[str, ...]
    optional_tools: tuple[str, ...]
    front: Mapping[str, Any]
    files: tuple[SkillFile, ...]
    bytes: int
    created_at: datetime
    label: str | None = None
    source: Mapping[str, Any] = field(default_factory=dict)
    vouched: bool = True
    created_by: str | None = None
    deprecated_at: datetime | None = None
    deprecation: str | None = None

    @property
    def title(self) -> str:
        return f"{self.name}@{self.number}"

    @classmethod
    def of(cls, row: Any) -> SkillVersion:
        """The version in a row of `skill_versions`."""
        return cls(
            layer="tenant" if row["own"] else "deployment",
            name=row["name"],
            number=row["number"],
            tree=bytes(row["tree"]).hex(),
            description=row["description"],
            tools=tuple(row["tools"]),
            optional_tools=tuple(row["optional_tools"]),
            front=json.loads(row["front"]),
            files=tuple(SkillFile(**one) for one in json.loads(row["files"])),
            bytes=row["bytes"],
            created_at=row["created_at"],
            label=row["label"],
            source=json.loads(row["source"]),
            vouched=row["vouched"],
            created_by=row["created_by"],
            deprecated_at=row["deprecated_at"],
            deprecation=row["deprecation"],
        )


def check_label(label: str | None, pointer: str = "/label") -> str | None:
    """Raises InvalidInput for what cannot be one: a label is told from a number by its first letter."""
    if label is not None and not _LABEL.fullmatch(label):
        hint = f"up to {LABEL_LENGTH_MAX} lower-case letters, digits, dots and hyphens, the first one a letter"
        raise InvalidInput(f"{label[:100]!r} cannot be a label", pointer=pointer, hint=hint)
    return label


def columns_of(skill: Skill) -> dict[str, Any]:
    """What the tables hold of a skill beside its name and its files' bytes."""
    front = {
        "license": skill.license,
        "compatibility": skill.compatibility,
        "metadata": dict(skill.metadata),
        "allowed_tools": skill.allowed_tools,
    }
    files = skill_files(skill.tree)
    return {
        "description": skill.description,
        "front": json.dumps({name: value for name, value in front.items() if value}),
        "tools": list(skill.tools),
        "optional_tools": list(skill.optional_tools),
        "files": json.dumps([vars(file) for file in files]),
        "bytes": sum(file.bytes for file in files),
    }


def unique_files(files: Sequence[SkillFile]) -> dict[str, str]:
    """A path for each hash: files of the same bytes are kept once."""
    return {file.hash: file.path for file in files}
