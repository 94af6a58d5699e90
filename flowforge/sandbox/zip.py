"""Zip archives: the standard library reads them, but for what it would let pass."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial

from flowforge.errors import InvalidInput
from flowforge.sandbox.member import Member

READ_BYTES = 64 * 1024
LOCAL_HEADER_BYTES = 30
ENTRY = b"PK\x01\x02"
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
ENCRYPTED, UTF_8 = 0x1, 0x800
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, UnicodeDecodeError)


def is_zip(data: bytes) -> bool:
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def zip_members(data: bytes, entries: int) -> Iterator[Member]:
    """Its members, in the order of its directory. Raises InvalidInput, also for one with more than so many entries."""
    if data.count(ENTRY) > entries:  # before an object is made of each
        raise InvalidInput(f"the archive has more than {entries} entries")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        listed = archive.infolist()
    except _DAMAGED as error:
        raise _damaged(error) from None
    _must_not_overlap(archive, listed)
    for info in listed:
        _must_be_plain(info)
        yield Member(info.filename, info.is_dir(), partial(_chunks, archive, info))


def _must_not_overlap(archive: zipfile.ZipFile, listed: list[zipfile.ZipInfo]) -> None:
    """Members that share their packed bytes unpack to far more than any ratio of one of them would tell."""
    ordered = sorted(listed, key=lambda info: info.header_offset)
    ends = [*(info.header_offset for info in ordered[1:]), archive.start_dir]
    for info, end in zip(ordered, ends, strict=False):  # an empty archive has an end and no member
        if info.header_offset + LOCAL_HEADER_BYTES + len(info.orig_filename) + info.compress_size > end:
            raise InvalidInput("members of the archive overlap")


def _must_be_plain(info: zipfile.ZipInfo) -> None:
    name = ascii(info.orig_filename)[:200]
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.orig_filename != info.filename:
        raise InvalidInput(f"the file name {name} is written in two ways")
    if not info.flag_bits & UTF_8 and not info.filename.isascii():
        raise InvalidInput(f"the file name {name} is not UTF-8")
    if info.flag_bits & ENCRYPTED:
        raise InvalidInput(f"{name} is encrypted")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or (kind == stat.S_IFDIR) > info.is_dir():
        raise InvalidInput(f"{name} is a link or a device; an archive may hold plain files and directories")
    if info.compress_type not in METHODS:
        raise InvalidInput(f"{name} is packed in a way that is not taken here; store or deflate it")


def _chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(info) as file:
            while chunk := file.read(READ_BYTES):
                yield chunk
    except _DAMAGED as error:
        raise _damaged(error) from None


def _damaged(error: BaseException) -> InvalidInput:
    return InvalidInput(f"the archive is damaged: {ascii(str(error))[1:-1][:200] or type(error).__name__}")
