"""The machine under the figures: a place and a PostgreSQL of a bench's own, CPU seconds and memory of processes, the load, and
PostgreSQL's raw limits. Linux only.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flowforge.db.database import Database
from flowforge.db.embedded import EmbeddedPostgres

TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def own_directory() -> Iterator[Path]:
    """A directory that the database's user may enter, too; it goes with all that is in it."""
    directory = Path(tempfile.mkdtemp(prefix="flowforge-bench-", dir="/var/tmp"))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def own_postgres() -> Iterator[str]:
    """The URL of an embedded PostgreSQL with fsync on, which ends with the context. Call it from the main thread."""
    with own_directory() as directory, EmbeddedPostgres(directory) as server:
        yield server.url


def cpu_seconds(pids: list[int]) -> float:
    """What these processes and all below them have used, the ones that ended and were waited for included."""
    return sum(_own_cpu(pid) for root in pids for pid in tree(root))


def tree(root: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{root}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [root, *(pid for child in children for pid in tree(child))]


def _own_cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS


def resident_kb(pids: list[int]) -> int:
    return sum(own_resident_kb(pid) for root in pids for pid in tree(root))


def own_resident_kb(pid: int) -> int:
    """Of this process alone, without those below it."""
    try:
        return int(Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0])
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return 0


def load() -> float:
    return os.getloadavg()[0]


async def one_row_commits(database: Database, n: int = 400) -> float:
    """Commits a second of one row of 100 bytes, one after the other on one connection."""
    connection = await database.connect("ff:bench")
    await connection.execute("create table if not exists raw(i serial primary key, o text)")
    statement = await connection.prepare("insert into raw(o) values ($1)")
    began = time.perf_counter()
    for _ in range(n):
        await statement.fetch("x" * 100)
    seconds = time.perf_counter() - began
    await connection.close()
    return n / seconds


async def unnest_rows(database: Database, n: int = 100) -> float:
    """Rows a second in commits of 100 rows on one connection."""
    connection = await database.connect("ff:bench")
    await connection.execute("create table if not exists raw_bulk(i int primary key, o text)")
    await connection.execute("truncate raw_bulk")
    statement = await connection.prepare("insert into raw_bulk select * from unnest($1::int[], $2::text[])")
    began = time.perf_counter()
    for i in range(n):
        await statement.fetch(range(i * 100, i * 100 + 100), ["x" * 100] * 100)
    seconds = time.perf_counter() - began
    await connection.close()
    return n * 100 / seconds
