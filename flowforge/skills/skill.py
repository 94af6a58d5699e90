"""Skills: folders with a `SKILL.md`, in the open Agent Skills format.

The file begins with front matter between two lines of `---`: a name (that of the folder), a description of when to use it, and
perhaps `tools:`, a list of tool names that come with the skill. The instructions follow in Markdown. Beside it may lie files that the
instructions speak of: `references/` to be read, `scripts/` to be run in the sandbox, `assets/`, and `tests/`.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files as files_of
from pathlib import Path

from flowforge.errors import InvalidInput, RegistrationError
from flowforge.sandbox.file_name import check_file_name, same_file_key
from flowforge.skills.front_matter import (
    DESCRIPTION_LENGTH_MAX,
    NAME_LENGTH_MAX,
    read_front_matter,
    split_front_matter,
)

__all__ = ["DESCRIPTION_LENGTH_MAX", "NAME_LENGTH_MAX", "Skill", "available_skills", "parse_skill", "read_skill", "read_skills", "skill_of"]

SKILL_FILE = "SKILL.md"
INSTRUCTIONS_BYTES_MAX = 256 * 1024
FILE_BYTES_MAX = 1024 * 1024
SKILL_BYTES_MAX = 10 * 1024 * 1024
FILES_MAX = 200
ENTRIES_MAX = 2_000  # directories, and what is left out, count too

# What tools leave lying about; never part of a skill.
LEFT_OUT = frozenset({"__pycache__", "__MACOSX", ".DS_Store", ".git", ".gitignore", "Thumbs.db"})


@dataclass(frozen=True)
class Skill:
    """What an agent is taught: instructions, the tools they need, and files to look things up in.

    The agent gets `tools` with the skill, and those of `optional_tools` that are to be had. `files` are the bytes of all files by their
    path, SKILL.md among them; empty for a skill that was made in code.
    """

    name: str
    description: str
    instructions: str
    tools: tuple[str, ...] = ()
    optional_tools: tuple[str, ...] = ()
    license: str | None = None
    compatibility: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    allowed_tools: str | None = None
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def tree(self) -> Mapping[str, bytes]:
        """All its files; for a skill that was made in code the SKILL.md that says the same."""
        return self.files or {SKILL_FILE: _written(self).encode()}


def available_skills(project: Path | None = None) -> list[Skill]:
    """The built-in skills and those in the project's `skills/`, which win where both have a name."""
    found = {skill.name: skill for skill in _builtin_skills()}
    if project is not None:
        found |= {skill.name: skill for skill in read_skills(project / "skills")}
    return sorted(found.values(), key=lambda skill: skill.name)


@lru_cache(maxsize=1)
def _builtin_skills() -> tuple[Skill, ...]:
    """They do not change while the process lives."""
    return tuple(read_skills(Path(str(files_of("flowforge.skills") / "builtin"))))


def read_skills(directory: Path) -> list[Skill]:
    """Every folder of `directory` that holds a SKILL.md. Raises RegistrationError for the first one that is not right."""
    if not directory.is_dir():
        return []
    return [read_skill(folder) for folder in sorted(directory.iterdir()) if (folder / SKILL_FILE).is_file()]


def read_skill(folder: Path) -> Skill:
    """One skill. Raises RegistrationError that names the file and what is wrong with it."""
    file = folder / SKILL_FILE
    skill = skill_of(read_folder(folder), where=str(file))
    if skill.name != folder.resolve().name:
        raise RegistrationError(f"{file}: the skill is named {skill.name!r} but its folder {folder.name!r}", hint="give both the same name")
    return skill


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files of a skill's folder by path. Raises RegistrationError for links, for what is no file, and beyond the limits."""
    found: dict[str, bytes] = {}
    seen = total = 0
    for directory, directories, names in os.walk(folder, onerror=_raise):
        directories[:] = sorted(name for name in directories if name not in LEFT_OUT)
        for name in sorted([*directories, *names]):
            path = Path(directory) / name
            seen += 1
            mode = path.lstat().st_mode
            if seen > ENTRIES_MAX:
                raise RegistrationError(f"{folder} holds more than {ENTRIES_MAX} files and folders")
            if name in LEFT_OUT or stat.S_ISDIR(mode):
                continue
            if not stat.S_ISREG(mode):
                raise RegistrationError(f"{path} is no plain file: a skill holds no links, pipes or devices")
            if path.stat().st_size > FILE_BYTES_MAX:
                raise RegistrationError(f"{path} is larger than {FILE_BYTES_MAX // 1024} KiB")
            total += path.stat().st_size
            if total > SKILL_BYTES_MAX:
                raise RegistrationError(f"{folder} is larger than {SKILL_BYTES_MAX // 1024 // 1024} MiB")
            try:
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
            except OSError as error:
                raise RegistrationError(f"{path} cannot be read: {error.strerror}") from None
    return found


def skill_of(files: Mapping[str, bytes], where: str = SKILL_FILE) -> Skill:
    """The skill that these files are. Raises RegistrationError for what is wrong with any of them, naming the file."""
    _check_files(files, where)
    if SKILL_FILE not in files:
        raise RegistrationError(f"there is no {SKILL_FILE}", hint="a skill is a folder with that file in it")
    try:
        text = files[SKILL_FILE].decode("utf-8")
    except UnicodeDecodeError as error:
        raise RegistrationError(f"{where} is not UTF-8: byte {error.start} ({error.object[error.start]:#04x})") from None
    return parse_skill(text, where, files)


def parse_skill(text: str, where: str = SKILL_FILE, files: Mapping[str, bytes] | None = None) -> Skill:
    """The skill that `text` describes. Raises RegistrationError.

    >>> parse_skill("---\\nname: greet\\ndescription: Say hello.\\n---\\nSmile.\\n").instructions
    'Smile.'
    """
    if "\0" in text:
        raise RegistrationError(f"{where} holds a NUL character")
    yaml, below = split_front_matter(text, where)
    front, instructions = read_front_matter(yaml, where), below.strip()
    if not instructions:
        raise RegistrationError(f"{where}: there are no instructions below the front matter")
    if len(instructions.encode()) > INSTRUCTIONS_BYTES_MAX:
        raise RegistrationError(
            f"{where}: the instructions are longer than {INSTRUCTIONS_BYTES_MAX // 1024} KiB",
            hint="put what is not always needed into references/",
        )
    return Skill(
        front.name,
        front.description,
        instructions,
        front.tools,
        front.optional_tools,
        front.license,
        front.compatibility,
        front.metadata,
        front.allowed_tools,
        dict(files or {}),
    )


def _check_files(files: Mapping[str, bytes], where: str) -> None:
    if len(files) > FILES_MAX:
        raise RegistrationError(f"{where}: the skill has {len(files)} files, at most {FILES_MAX} are allowed")
    if sum(map(len, files.values())) > SKILL_BYTES_MAX:
        raise RegistrationError(f"{where}: the skill is larger than {SKILL_BYTES_MAX // 1024 // 1024} MiB")
    spellings: dict[str, str] = {}
    for path, data in files.items():
        try:
            check_file_name(path)
        except InvalidInput as error:
            raise RegistrationError(f"{where}: {error.message}") from None
        if len(data) > FILE_BYTES_MAX:
            raise RegistrationError(f"{path} is larger than {FILE_BYTES_MAX // 1024} KiB")
        if path != SKILL_FILE and path.rpartition("/")[2].casefold() == SKILL_FILE.casefold():
            raise RegistrationError(f"{ascii(path)[1:-1]}: a skill has one {SKILL_FILE}, at its top")
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            part = "/".join(parts[:depth])
            if spellings.setdefault(same_file_key(part), part) != part:
                known = spellings[same_file_key(part)]
                raise RegistrationError(f"{where}: {ascii(part)[1:-1]} and {ascii(known)[1:-1]} are the same file on some systems")
            if depth < len(parts) and part in files:
                raise RegistrationError(f"{where}: {ascii(part)[1:-1]} is a file and a folder")


def _written(skill: Skill) -> str:
    """JSON is YAML, and needs no thought about what must be quoted."""
    front = {"name": skill.name, "description": skill.description}
    more = {"tools": list(skill.tools), "optional-tools": list(skill.optional_tools), "license": skill.license}
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in (front | more).items() if value]
    return "\n".join(["---", *lines, "---", skill.instructions, ""])


def _raise(error: OSError) -> None:
    raise RegistrationError(f"{error.filename} cannot be read: {error.strerror}")
