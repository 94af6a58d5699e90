"""Tar archives, read by hand: files and directories in the forms that tar, git and Python write, and nothing else.

The standard library's reader follows what an archive says (sparse maps, links, headers upon headers); this one has nothing to follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from flowforge.errors import InvalidInput
from flowforge.sandbox.member import Member

BLOCK = 512
CHUNK_BYTES = 64 * 1024
LONG_NAME_BYTES_MAX = 64 * 1024  # of a header that holds a name
_FILE, _DIRECTORY = (b"0", b"\0"), b"5"
_PAX, _PAX_FOR_ALL, _LONG_NAME = b"x", b"g", b"L"
_KINDS = {b"1": "a link", b"2": "a link", b"3": "a device", b"4": "a device", b"6": "a pipe", b"S": "a sparse file", b"K": "a link"}
_RECORD = re.compile(rb"(\d{1,6}) ([^=\n]{1,100})=")


def is_tar(data: bytes) -> bool:
    return data[257:262] == b"ustar"


def tar_members(data: bytes) -> Iterator[Member]:
    """Its members, in order. Raises InvalidInput."""
    at = 0
    named = _Named()
    while at + BLOCK <= len(data) and data[at : at + BLOCK] != bytes(BLOCK):
        header = data[at : at + BLOCK]
        _check_sum(header)
        size = _number(header[124:136]) if named.size is None else named.size
        kind = header[156:157]
        if not 0 <= size <= len(data) - at - BLOCK:
            raise _damaged("a member is longer than the archive")
        body = slice(at + BLOCK, at + BLOCK + size)
        at = body.stop + -size % BLOCK
        if kind in (_PAX, _PAX_FOR_ALL, _LONG_NAME):
            named = _told(kind, data[body], named)
            continue
        name = named.path or _name(header)
        if kind in _FILE and not name.endswith("/"):
            yield Member(name, False, partial(_chunks, data, body.start, body.stop))
        elif (kind == _DIRECTORY or kind in _FILE) and size == 0:
            yield Member(name, True, partial(_chunks, data, 0, 0))
        else:
            raise InvalidInput(f"{ascii(name)[:200]} is {_KINDS.get(kind, 'no file')}; an archive may hold plain files and directories")
        named = _Named()
    if data[at:].strip(b"\0"):
        raise _damaged("something stands behind its end")


@dataclass(frozen=True)
class _Named:
    """What the headers before a member say of it."""

    path: str | None = None
    size: int | None = None


def _told(kind: bytes, body: bytes, so_far: _Named) -> _Named:
    if len(body) > LONG_NAME_BYTES_MAX:
        raise _damaged("a header is too long")
    if kind == _LONG_NAME:
        return _Named(_text(body.rstrip(b"\0")), so_far.size)
    records = _pax_records(body)
    if any(key.startswith(b"GNU.sparse") for key in records):
        raise InvalidInput("the archive holds a sparse file; an archive may hold plain files and directories")
    if records.get(b"hdrcharset", b"ISO-IR 10646 2000 UTF-8") != b"ISO-IR 10646 2000 UTF-8":
        raise InvalidInput("the archive's file names are not UTF-8")
    path, size = records.get(b"path"), records.get(b"size")
    if kind == _PAX_FOR_ALL:
        if path is not None or size is not None:
            raise _damaged("one name or size for all members")
        return so_far
    if size is not None and not (size.isdigit() and len(size) < 20):
        raise _damaged("a size is no number")
    return _Named(so_far.path if path is None else _text(path), so_far.size if size is None else int(size))


def _pax_records(body: bytes) -> dict[bytes, bytes]:
    """Records of the form `17 path=charts/1\\n`, where the number is the record's own length."""
    found: dict[bytes, bytes] = {}
    at = 0
    while at < len(body):
        record = _RECORD.match(body, at)
        end = at + int(record[1]) if record else 0
        if record is None or end > len(body) or end <= record.end() or body[end - 1 : end] != b"\n" or record[2] in found:
            raise _damaged("a header cannot be read")
        found[record[2]] = body[record.end() : end - 1]
        at = end
    return found


def _name(header: bytes) -> str:
    name, prefix = header[0:100].split(b"\0")[0], header[345:500].split(b"\0")[0]
    in_two_parts = prefix and header[257:263] == b"ustar\0"  # GNU's own form keeps times there
    return _text(prefix + b"/" + name if in_two_parts else name)


def _text(name: bytes) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError:
        raise InvalidInput(f"the file name {ascii(name.decode('latin-1'))[:200]} is not UTF-8") from None


def _check_sum(header: bytes) -> None:
    if _number(header[148:156]) != sum(header[:148]) + sum(header[156:]) + 8 * ord(" "):
        raise _damaged("a header's checksum is wrong")


def _number(field: bytes) -> int:
    if field[0] == 0x80:  # binary, for what octal digits cannot hold
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if not re.fullmatch(rb"[0-7]*", digits):
        raise _damaged("a header holds no number where one belongs")
    return int(digits or b"0", 8)


def _chunks(data: bytes, start: int, stop: int) -> Iterator[bytes]:
    for at in range(start, stop, CHUNK_BYTES):
        yield data[at : min(at + CHUNK_BYTES, stop)]


def _damaged(why: str) -> InvalidInput:
    return InvalidInput(f"the archive is damaged: {why}")
