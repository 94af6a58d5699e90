"""Zip and tar files from strangers, opened in memory: names that lead nowhere else, nothing but plain files, and an end to everything.

What an archive says of itself is not believed. A member is counted as it is unpacked, so a bomb goes off at the limit and not beyond it,
and what cannot be a file of a skill (a link, a device, a second file of the same name) makes the whole archive refused.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from flowforge.errors import InvalidInput
from flowforge.sandbox.file_name import check_file_name, same_file_key
from flowforge.sandbox.limits import KIB, MIB
from flowforge.sandbox.member import Member
from flowforge.sandbox.tar import is_tar, tar_members
from flowforge.sandbox.zip import is_zip, zip_members

RATIO_FROM_BYTES = 1 * MIB  # what unpacks to less than this may be packed as tightly as it likes
ENTRIES_PER_FILE = 4  # directories and headers of an archive count too
HEADER_BYTES = 1 * KIB  # of a tar archive around each member
GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may hold, unpacked."""

    archive_bytes: int = 16 * MIB  # as it comes, packed
    total_bytes: int = 64 * MIB
    file_bytes: int = 16 * MIB
    files: int = 1_000
    ratio: int = 100  # unpacked to packed


def read_archive(data: bytes, limits: ArchiveLimits | None = None) -> dict[str, bytes]:
    """The files of a zip, tar or tar.gz archive by name. Nothing is written anywhere, and archives inside it are not opened.

    Unpacking takes processor time: call it in a thread (`asyncio.to_thread`) where a loop runs.

    Raises InvalidInput for what is no such archive, is damaged or encrypted, exceeds the limits, or holds a name that leads out of it, a
    link, a device, or two members that some file system would take for one file.

    >>> read_archive(packed)["SKILL.md"]                                       # doctest: +SKIP
    b'# How we answer refunds ...'
    """
    wanted = limits or ArchiveLimits()
    if len(data) > wanted.archive_bytes:
        raise InvalidInput(f"the archive is larger than {wanted.archive_bytes} bytes")
    unpacking = _Unpacking(len(data), wanted)
    for member in _members(data, wanted):
        unpacking.take(member)
    return unpacking.files


def _members(data: bytes, limits: ArchiveLimits) -> Iterator[Member]:
    if is_zip(data):
        return zip_members(data, limits.files * ENTRIES_PER_FILE)
    plain = _unzipped(data, limits) if data.startswith(GZIP) else data
    if is_tar(plain):
        return tar_members(plain)
    raise InvalidInput("this is no zip, tar or tar.gz archive")


def _unzipped(data: bytes, limits: ArchiveLimits) -> bytes:
    most = min(limits.total_bytes, max(RATIO_FROM_BYTES, len(data) * limits.ratio)) + limits.files * ENTRIES_PER_FILE * HEADER_BYTES
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            unzipped = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(f"the archive is damaged: {error}") from None
    if len(unzipped) > most:
        raise InvalidInput(f"the archive unpacks to more than {limits.total_bytes} bytes, or to more than {limits.ratio} times its size")
    return unzipped


class _Unpacking:
    """What has come out so far."""

    def __init__(self, packed_bytes: int, limits: ArchiveLimits) -> None:
        self.packed_bytes, self.limits = packed_bytes, limits
        self.files: dict[str, bytes] = {}
        self.total = 0
        self.entries = 0
        self._names: dict[str, str] = {}  # by the key under which they are one file: the name
        self._directories: set[str] = set()

    def take(self, member: Member) -> None:
        """Count the member and keep its bytes, when it is a file."""
        self.entries += 1
        if self.entries > self.limits.files * ENTRIES_PER_FILE:
            raise InvalidInput(f"the archive has more than {self.limits.files * ENTRIES_PER_FILE} entries")
        name = _without_dot(member.name)
        if member.is_directory and name == "":
            return
        check_file_name(name)
        self._reserve(name, member.is_directory)
        if not member.is_directory:
            self.files[name] = self._unpacked(name, member)

    def _reserve(self, name: str, is_directory: bool) -> None:
        """Every name stands once, as a file or as a directory, in one spelling."""
        parts = name.split("/")
        for depth in range(1, len(parts) + 1):
            path = "/".join(parts[:depth])
            as_directory = depth < len(parts) or is_directory
            key = same_file_key(path)
            known = self._names.setdefault(key, path)
            if known != path:
                raise InvalidInput(f"{ascii(path)[:200]} and {ascii(known)[:200]} are the same file on some systems")
            if path in self.files or (not as_directory and key in self._directories):
                raise InvalidInput(f"{ascii(path)[:200]} stands twice in the archive")
            if as_directory:
                self._directories.add(key)
        if not is_directory and len(self.files) >= self.limits.files:
            raise InvalidInput(f"the archive has more than {self.limits.files} files")

    def _unpacked(self, name: str, member: Member) -> bytes:
        data = bytearray()
        for chunk in member.chunks():
            data += chunk
            self.total += len(chunk)
            if len(data) > self.limits.file_bytes:
                raise InvalidInput(f"{ascii(name)[:200]} is larger than {self.limits.file_bytes} bytes")
            if self.total > self.limits.total_bytes:
                raise InvalidInput(f"the archive unpacks to more than {self.limits.total_bytes} bytes")
            if self.total > max(RATIO_FROM_BYTES, self.packed_bytes * self.limits.ratio):
                raise InvalidInput(f"the archive unpacks to more than {self.limits.ratio} times its size")
        return bytes(data)


def _without_dot(name: str) -> str:
    """`./SKILL.md`, as tar writes it when it is given `.`, is `SKILL.md`; a directory's closing slash is left out."""
    return name.removeprefix("./").removesuffix("/") if name not in (".", "./") else ""
