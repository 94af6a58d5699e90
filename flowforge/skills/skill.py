"""Skills: folders with a `SKILL.md`, in the open Agent Skills format.

The file begins with front matter between two lines of `---`: a name (that of the folder), a description of when to use it, and
perhaps `tools:`, a list of tool names that come with the skill. The instructions follow in Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from flowforge.errors import RegistrationError

NAME_LENGTH_MAX = 64
DESCRIPTION_LENGTH_MAX = 1024
INSTRUCTIONS_BYTES_MAX = 256 * 1024

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$\n?(.*)\Z", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Skill:
    """What an agent is taught: instructions, and the tools they need."""

    name: str
    description: str
    instructions: str
    tools: tuple[str, ...] = ()


def available_skills(project: Path | None = None) -> list[Skill]:
    """The built-in skills and those in the project's `skills/`, which win where both have a name."""
    found = {skill.name: skill for skill in read_skills(Path(str(files("flowforge.skills") / "builtin")))}
    if project is not None:
        found |= {skill.name: skill for skill in read_skills(project / "skills")}
    return sorted(found.values(), key=lambda skill: skill.name)


def read_skills(directory: Path) -> list[Skill]:
    """Every folder of `directory` that holds a SKILL.md. Raises RegistrationError for the first one that is not right."""
    if not directory.is_dir():
        return []
    return [read_skill(folder) for folder in sorted(directory.iterdir()) if (folder / "SKILL.md").is_file()]


def read_skill(folder: Path) -> Skill:
    """One skill. Raises RegistrationError that names the file and what is wrong with it."""
    file = folder / "SKILL.md"
    try:
        skill = parse_skill(file.read_text(encoding="utf-8"), where=str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise RegistrationError(f"{file} cannot be read: {error}") from None
    if skill.name != folder.name:
        raise RegistrationError(f"{file}: the skill is named {skill.name!r} but its folder {folder.name!r}", hint="give both the same name")
    return skill


def parse_skill(text: str, where: str = "SKILL.md") -> Skill:
    """The skill that `text` describes. Raises RegistrationError.

    >>> parse_skill("---\\nname: greet\\ndescription: Say hello.\\n---\\nSmile.\\n").instructions
    'Smile.'
    """
    parts = _FRONT_MATTER.match(text)
    if parts is None:
        raise RegistrationError(f"{where} has no front matter", hint="begin it with ---, name: and description:, and ---")
    front, instructions = _front_matter(parts[1], where), parts[2].strip()
    skill = Skill(_text(front, "name", where), _text(front, "description", where), instructions, _tools(front, where))
    _check(skill, where)
    return skill


def _front_matter(text: str, where: str) -> dict[str, Any]:
    import yaml  # 20 ms, needed only where skills are read

    try:
        front = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # the latter: a date that does not exist
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 2}" if mark is not None else ""
        raise RegistrationError(f"{where}: the front matter is no valid YAML{line}") from None
    if not isinstance(front, dict):
        raise RegistrationError(f"{where}: the front matter must hold name: and description:")
    return front


def _text(front: dict[str, Any], field: str, where: str) -> str:
    value = front.get(field)
    if not isinstance(value, str) or not value.strip():
        raise RegistrationError(f"{where}: the front matter needs a {field} (text)")
    return value.strip()


def _tools(front: dict[str, Any], where: str) -> tuple[str, ...]:
    value = front.get("tools")
    names: Iterable[Any] = value.replace(",", " ").split() if isinstance(value, str) else value or ()
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise RegistrationError(f"{where}: tools must be a list of names")
    return tuple(dict.fromkeys(names))


def _check(skill: Skill, where: str) -> None:
    if not _NAME.fullmatch(skill.name) or len(skill.name) > NAME_LENGTH_MAX:
        raise RegistrationError(
            f"{where}: {skill.name!r} cannot be a skill's name",
            hint=f"use up to {NAME_LENGTH_MAX} lower-case letters, digits and single hyphens",
        )
    if len(skill.description) > DESCRIPTION_LENGTH_MAX:
        raise RegistrationError(
            f"{where}: the description has {len(skill.description)} characters, at most {DESCRIPTION_LENGTH_MAX} are allowed",
            hint="it is in every prompt: say when to use the skill, and put the rest below",
        )
    if not skill.instructions:
        raise RegistrationError(f"{where}: there are no instructions below the front matter")
    if len(skill.instructions.encode()) > INSTRUCTIONS_BYTES_MAX:
        raise RegistrationError(f"{where}: the instructions are longer than {INSTRUCTIONS_BYTES_MAX // 1024} KiB")
