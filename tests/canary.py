"""Canaries: secrets that are planted, and looked for afterwards everywhere where nothing secret may be.

It knows nothing of the code that hides them: how a value may be written is worked out here once more.
"""

from __future__ import annotations

import base64
import mmap
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import asyncpg

MARK = "ffcanary"  # in every planted value, so that one look through the server's files finds any of them
PLANTED = "CANARY_SUITE_TOKEN"  # a variable of every process of the suite, whose name says that it is secret


def canary(name: str) -> str:
    """A value to plant: no ordinary word, with characters that URLs and base64 write in ways of their own."""
    return f"{MARK}-{name}+8c1f/e2d7=6b40"


def writings(value: str) -> set[str]:
    """How the value may stand in a text."""
    raw = value.encode()
    found = {value, quote(value), quote(value, safe=""), raw.hex(), raw.hex().upper()}
    for before in range(3):
        middle = base64.b64encode(b"\0" * before + raw).decode()[4:-4]
        found |= {middle, middle.replace("+", "-").replace("/", "_")}
    return found


def scan_text(where: str, text: str, canaries: Iterable[str]) -> list[str]:
    """`where`, once for each canary that the text holds."""
    return [f"{where}: {value.partition('+')[0]}" for value in canaries if any(form in text for form in writings(value))]


def scan_files(places: Iterable[Path], canaries: Iterable[str]) -> list[str]:
    """Files in or below these places that hold a canary, by name or by content."""
    known = list(canaries)
    return [
        found
        for file in _files(places)
        for found in scan_text(str(file), f"{file.name}\n{file.read_bytes().decode('utf-8', 'replace')}", known)
    ]


async def scan_database(url: str, canaries: Iterable[str]) -> list[str]:
    """Tables of the database in which some row holds a canary, in whatever column."""
    forms = sorted({form for value in canaries for form in writings(value)})
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch("select schemaname, tablename from pg_tables where schemaname !~ '^(pg_|information_schema)'")
        looks = [
            f"select '{name}' where exists (select from {schema}.{name} t, unnest($1::text[]) form where strpos(t::text, form) > 0)"
            for schema, name in tables
        ]
        return [row[0] for row in await connection.fetch(" union all ".join(looks), forms)]
    finally:
        await connection.close()


def scan_server(directory: Path) -> list[str]:
    """The server's own files that hold a marked value, deleted rows and the write-ahead log included."""
    return [str(file) for file in _files([directory]) if _holds(file, MARK.encode()) or _holds(file, MARK.encode().hex().encode())]


def _holds(file: Path, mark: bytes) -> bool:
    try:
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(mark) >= 0
    except (FileNotFoundError, ValueError, OSError):  # gone meanwhile, empty, or a socket
        return False


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        yield from (file for file in ([place] if place.is_file() else place.rglob("*")) if file.is_file())
