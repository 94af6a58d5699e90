"""A skill's files as one thing: the hash that names them, the archive that carries them, and the skill in an archive of somebody else.

The hash is SHA-256 over one line for each file, in the order of the paths' bytes: the file's own SHA-256, its size, its path. The archive
is a zip in the same order, stored and not deflated, with one time for all: the same files make the same bytes on every machine.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from flowforge.errors import InvalidInput, RegistrationError
from flowforge.sandbox.archive import ArchiveLimits, read_archive
from flowforge.sandbox.limits import MIB
from flowforge.skills.skill import FILE_BYTES_MAX, FILES_MAX, LEFT_OUT, SKILL_BYTES_MAX, SKILL_FILE, Skill, skill_of

ARCHIVE_BYTES_MAX = 12 * MIB
REPOSITORY = ArchiveLimits(archive_bytes=10 * MIB, total_bytes=64 * MIB, file_bytes=16 * MIB, files=5_000)  # of which a subfolder is wanted
ONE_SKILL = ArchiveLimits(
    archive_bytes=ARCHIVE_BYTES_MAX, total_bytes=SKILL_BYTES_MAX + MIB, file_bytes=FILE_BYTES_MAX, files=FILES_MAX + 50
)
_HEAD = b"flowforge skill 1\n"
_TIME = (1980, 1, 1, 0, 0, 0)  # the first that a zip can say


@dataclass(frozen=True)
class SkillFile:
    """One file of a version, without its bytes."""

    path: str
    hash: str
    bytes: int


def skill_files(tree: Mapping[str, bytes]) -> list[SkillFile]:
    """The files in their order."""
    return [SkillFile(path, hashlib.sha256(data).hexdigest(), len(data)) for path, data in _ordered(tree)]


def tree_hash(tree: Mapping[str, bytes]) -> bytes:
    """What names these files, whatever they are packed in.

    >>> tree_hash({"SKILL.md": b"x"}) == tree_hash({"SKILL.md": b"y"})
    False
    """
    lines = (f"{file.hash} {file.bytes} {file.path}\n".encode() for file in skill_files(tree))
    return hashlib.sha256(_HEAD + b"".join(lines)).digest()


def pack(name: str, tree: Mapping[str, bytes]) -> bytes:
    """A zip with the folder `name`, the same bytes for the same files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path, data in _ordered(tree):
            info = zipfile.ZipInfo(f"{name}/{path}", _TIME)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, data)
    return packed.getvalue()


def unpack(data: bytes, subfolder: str | None = None) -> Skill:
    """The skill in a zip, tar or tar.gz: at its top, in its one folder, or in `subfolder`.

    Unpacking takes processor time: call it in a thread. Raises InvalidInput for an archive that is not safe to open, for one with no skill
    or several, and for a skill that is not right.
    """
    files = read_archive(data, ONE_SKILL if subfolder is None else REPOSITORY)
    wanted = {path: content for path, content in files.items() if LEFT_OUT.isdisjoint(path.split("/"))}
    try:
        return skill_of(_below(wanted, subfolder))
    except RegistrationError as error:
        raise InvalidInput(error.message, hint=error.hint) from None


def _below(files: Mapping[str, bytes], subfolder: str | None) -> Mapping[str, bytes]:
    """The files of the skill, by their paths within it."""
    if subfolder is not None:
        folder = subfolder.strip("/")
        found = _within(files, folder)
        if SKILL_FILE not in found and (top := _only_folder(files)) is not None:
            found = _within(files, f"{top}/{folder}")  # archives of repositories have one folder around everything
        if SKILL_FILE not in found:
            raise InvalidInput(f"there is no {SKILL_FILE} in {ascii(folder)[1:-1][:200]} of the archive", pointer="/subfolder")
        return found
    if SKILL_FILE in files:
        return files
    holders = sorted({path.rpartition("/")[0] for path in files if path.rpartition("/")[2] == SKILL_FILE})
    if len(holders) > 1:
        shown = ", ".join(ascii(holder)[1:-1][:60] for holder in holders[:5])
        raise InvalidInput(f"the archive holds {len(holders)} skills: {shown}", hint="pack one, or say which with a subfolder")
    top = _only_folder(files)
    if not holders:
        raise InvalidInput(f"there is no {SKILL_FILE} in the archive", hint="a skill is a folder with that file in it")
    if holders != [top]:
        raise InvalidInput(
            f"the archive holds its {SKILL_FILE} in {ascii(holders[0])[1:-1][:200]}", hint="pack that folder, or name it as subfolder"
        )
    return _within(files, holders[0])


def _only_folder(files: Mapping[str, bytes]) -> str | None:
    tops = {path.partition("/")[0] for path in files}
    return next(iter(tops)) if len(tops) == 1 and all("/" in path for path in files) else None


def _within(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    return {path.removeprefix(f"{folder}/"): data for path, data in files.items() if path.startswith(f"{folder}/")}


def _ordered(tree: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
    return sorted(tree.items(), key=lambda one: one[0].encode())
