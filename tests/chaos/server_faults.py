"""A PostgreSQL that is away, has no connection left, or no room on its disks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import httpx

from flowforge.db.account import server_account
from tests.chaos.trial import Missing, Site, Trial, Verdict

AWAY_SECONDS = 31.0


async def an_outage(site: Site) -> Verdict:
    """No database for half a minute, with bodies in flight: nobody is dead, nothing runs again."""
    async with site.trial("outage") as trial:
        await trial.server()
        await trial.worker()
        await trial.worker()
        trial.post(4, slow=3.0, name="chaos/slow")
        trial.post(orders=8, asks=2)
        await trial.until(lambda: len(trial.records("begin", step="long")) >= 4, what="long bodies")
        trial.kill_postmaster()
        trial.post(orders=4)
        await asyncio.sleep(AWAY_SECONDS)
        trial.fault("away", seconds=AWAY_SECONDS)
        trial.start_postgres()
        await trial.settle()
        trial.demand(away=1, postmaster_killed=1)
        verdict = await trial.verdict()
        begins = [(r["run"], r["step"], r["attempt"]) for r in verdict.of("begin")]
        if len(begins) != len(set(begins)):
            verdict.violations.append(f"{len(begins) - len(set(begins))} bodies ran again because of an outage")
        return verdict


async def no_connections(site: Site) -> Verdict:
    """Somebody else takes every connection that there is; what loses its own meanwhile has to wait for one."""
    async with site.trial("no connections") as trial:
        await trial.server()
        worker = await trial.worker()
        trial.post(orders=6, asks=1)
        await trial.until(lambda: trial.records("enter", pid=worker.pid), what="work")
        hogs: list[asyncpg.Connection] = []
        end = asyncio.get_running_loop().time() + 4.0
        while asyncio.get_running_loop().time() < end:
            try:
                hogs.append(await asyncpg.connect(trial.url))
                if len(hogs) == 8:
                    await hogs[0].execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity"
                        " where datname = current_database() and application_name like 'f%' and application_name <> 'flowforge-chaos'"
                    )
            except asyncpg.TooManyConnectionsError:
                trial.fault("no connection left")
                await asyncio.sleep(0.02)
        trial.post(orders=2)
        for hog in hogs:
            hog.terminate()
        _count_in_log(trial, "too many clients", "refused for want of one")
        trial.demand(no_connection_left=10, refused_for_want_of_one=1)
        await trial.settle()
        return await trial.verdict()


async def full_disk(site: Site) -> Verdict:
    """The disk under the database's tables is full: new work is refused politely, nothing that was accepted is lost."""
    with small_disk(site.directory / "small", 64) as disk:
        async with site.trial("full disk", prepare=lambda name: _move(site, name, disk)) as trial:
            await trial.server()
            await trial.worker()
            trial.post(orders=6, asks=1)
            await trial.until(lambda: trial.records("begin"), what="work")
            ballast = disk / "ballast"
            for _ in range(12):
                _fill(ballast)
                trial.post(orders=8)
                await asyncio.sleep(0.5)
            answers = [await _post_large(trial.port) for _ in range(40)]
            refused = [answer for answer in answers if answer.status_code == 503 and "retry-after" in answer.headers]
            for _ in refused:
                trial.fault("disk full")
            ballast.unlink()
            trial.demand(disk_full=1)
            await trial.settle()
            verdict = await trial.verdict()
            odd = sorted({answer.status_code for answer in answers} - {200, 201, 202, 503})
            if odd:
                verdict.violations.append(f"a full disk was answered with {odd}")
            return verdict


async def _post_large(port: int) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        return await client.post(
            f"http://127.0.0.1:{port}/v1/events", json={"name": "chaos/ignored", "data": {"from": "", "pad": os.urandom(200_000).hex()}}
        )


async def _move(site: Site, database_name: str, disk: Path) -> None:
    connection = await asyncpg.connect(site.url)
    try:
        await connection.execute(f"create tablespace small location '{disk}/space'")
        await connection.execute(f'alter database "{database_name}" set tablespace small')
    finally:
        await connection.close()


async def full_wal(site: Site) -> Verdict:
    """The disk under the write-ahead log is full: the server dies of it, and recovers when there is room again."""
    data = site.server.data
    site.server.stop()
    with small_disk(site.directory / "wal", 96) as disk:
        wal = data / "pg_wal"
        shutil.copytree(wal, disk / "space", dirs_exist_ok=True)
        for path in (disk / "space").rglob("*"):
            server_account().own(path)
        shutil.rmtree(wal)
        wal.symlink_to(disk / "space")
        site.url = site.server.start()
        async with site.trial("full wal") as trial:
            await trial.server()
            await trial.worker()
            trial.post(orders=6, asks=1)
            await trial.until(lambda: trial.records("begin"), what="work")
            _fill(disk / "ballast")
            end = asyncio.get_running_loop().time() + 60
            while asyncio.get_running_loop().time() < end and site.server.postmaster.is_ready() and not _panicked(site):
                trial.post(orders=10)
                await _write_much(trial.url)
            if _panicked(site):
                trial.fault("wal full")
            await asyncio.sleep(1.0)
            (disk / "ballast").unlink()
            trial.start_postgres()
            trial.demand(wal_full=1)
            await trial.settle(90)
            return await trial.verdict()


async def _write_much(url: str) -> None:
    """A neighbour who fills what is left of the log: 8 MB of it, or as much as there is room for."""
    with contextlib.suppress(asyncpg.PostgresError, asyncpg.InternalClientError, OSError):  # it dies of that, as is meant
        connection = await asyncpg.connect(url, timeout=5)
        try:
            await connection.execute(
                "create table if not exists neighbour (t text); alter table neighbour alter t set storage external;"
                "insert into neighbour select repeat('x', 8000) from generate_series(1, 1000); drop table neighbour",
                timeout=10,
            )
        finally:
            connection.terminate()
    await asyncio.sleep(0.5)


def _panicked(site: Site) -> bool:
    return "PANIC" in (site.server.directory / "postgres.log").read_text(errors="replace")


@contextmanager
def small_disk(at: Path, megabytes: int) -> Iterator[Path]:
    """A file system of that size, which only root can make. Its `space/` belongs to the server's user."""
    if os.geteuid() != 0:
        raise Missing("the right to mount a small file system")
    at.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(at)], capture_output=True, check=False
    )
    if done.returncode:
        raise Missing(f"the right to mount a small file system ({done.stderr.decode().strip()})")
    try:
        (at / "space").mkdir(mode=0o700)
        server_account().own(at / "space")
        yield at
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=False)


def _fill(ballast: Path) -> None:
    """Write until there is no room left."""
    with contextlib.suppress(OSError), ballast.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size):
                    pass


def _count_in_log(trial: Trial, text: str, kind: str) -> None:
    """What the trial's processes themselves have complained about."""
    for _ in range(trial.recorder.path.with_suffix(".log").read_text().count(text)):
        trial.fault(kind)
