"""What else can break, one trial each: every function here breaks one thing, heals it, and returns the checker's verdict.

Each demands proof that its fault really happened; a tool that is missing is `Missing`, which CI does not forgive.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from flowforge.db.account import server_account
from flowforge.db.postmaster import wait_until
from tests.chaos.fault_proxy import FaultProxy
from tests.chaos.nursery import Child
from tests.chaos.trial import Site, Trial, Verdict

AWAY_SECONDS = 31.0
DEAD_SECONDS = 12.0  # sooner than by default, but no sooner than a worker without heartbeats has stopped to begin bodies


class Missing(Exception):
    """A tool or a right that this fault needs is not here."""


@dataclass(frozen=True)
class Fault:
    """A trial, and the settings of the server that it is held on."""

    name: str
    hold: Callable[[Site], Awaitable[Verdict]]
    settings: dict[str, str] = field(default_factory=dict)


# ── processes ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def zombies(site: Site, cycles: int = 1) -> Verdict:
    """Frozen workers that come back after others have taken their runs."""
    async with site.trial("zombies") as trial:
        await trial.server()
        first = await trial.worker(dead_seconds=DEAD_SECONDS)
        trial.post(orders=8, asks=2)
        trial.post(2, slow=2.0, name="chaos/slow")
        await trial.until(lambda: trial.records("begin", pid=first.pid, step="long"), what="a long body")
        second = await trial.worker(dead_seconds=DEAD_SECONDS)
        for zombie in (first, second)[:cycles]:
            trial.post(orders=4)
            await asyncio.sleep(0.6)
            zombie.freeze()
            await trial.until(lambda: _taken_over(trial), what="the takeover")
            await asyncio.sleep(1.0)
            zombie.thaw()
            await trial.until(lambda: _alive(trial, 2), what="the zombie's new life")
        trial.demand(freeze=cycles, thaw=cycles)
        await trial.settle()
        return await trial.verdict()


async def _taken_over(trial: Trial) -> bool:
    return bool(await trial.fetch("select from flowforge.worker where not alive and ended_at > now() - interval '2 seconds'"))


async def _alive(trial: Trial, n: int) -> bool:
    return len(await trial.fetch("select from flowforge.worker where alive")) >= n


async def sigterm(site: Site) -> Verdict:
    """Workers that are asked to stop under load: one whose bodies end within the grace, one whose bodies do not."""
    async with site.trial("sigterm") as trial:
        await trial.server()
        patient, hasty = await trial.worker(), await trial.worker(grace_seconds=0.5, slots=2)
        trial.post(orders=10, asks=2)
        for leaver in (patient, hasty):
            await _until_busy(trial, leaver)
            leaver.ask_to_stop()
            await trial.over(leaver)
            held = await trial.fetch(
                "select from flowforge.owner o join flowforge.worker w using (worker_id) where o.state = 'l' and not w.alive"
            )
            if not held:
                trial.fault("leases handed back")
            await trial.worker()
        returned = {record["pid"] for record in trial.records("return", step="long")}
        if patient.pid in returned:
            trial.fault("ended in grace")
        trial.demand(leases_handed_back=2, ended_in_grace=1)
        await trial.settle()
        return await trial.verdict()


async def _until_busy(trial: Trial, worker: Child) -> None:
    """Until it is in the midst of a long body."""
    for _ in range(20):
        trial.post(3, slow=2.5, name="chaos/slow")
        with contextlib.suppress(TimeoutError):
            await trial.until(lambda: trial.records("begin", pid=worker.pid, step="long"), 3.0)
            return
    raise TimeoutError(f"{trial.name}: worker {worker.pid} got no long body")


async def deploy(site: Site) -> Verdict:
    """Changed code in mid-run: a step removed, two added, the order of the others changed."""
    async with site.trial("deploy") as trial:
        await trial.server()
        old = await trial.worker(version=1)
        numbers = [f"deploy-{n}" for n in range(12)]
        trial.send([{"key": number, "name": "chaos/deploy", "data": {"order": number}, "times": 2} for number in numbers])
        await trial.until(lambda: _waiting(trial, len(numbers)), what="all runs waiting")
        await trial.witness()
        old.ask_to_stop()
        await trial.over(old)
        await trial.worker(version=2)
        trial.fault("deployed")
        trial.send([{"key": f"{n}-paid", "name": "chaos/paid", "data": {"order": n}, "times": 1, "insists": True} for n in numbers])
        await trial.settle()
        verdict = await trial.verdict()
        new = {record["run"] for record in verdict.of("begin") if record["step"] == "new"}
        trial.demand(deployed=1)
        if len(new) != len(numbers):
            verdict.violations.append(f"{len(new)} of {len(numbers)} runs came by the new step")
        return verdict


async def _waiting(trial: Trial, n: int) -> bool:
    return len(await trial.fetch("select from flowforge.owner where state = 'p' and parked_for = 'w'")) == n


async def skewed_clocks(site: Site) -> Verdict:
    """One worker an hour and a half ahead, one behind, one whose clock jumps back while it runs."""
    library = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
    if library is None:
        raise Missing("libfaketime")
    async with site.trial("skewed clocks") as trial:
        await trial.server()
        jumping = site.directory / "clock"
        jumping.write_text("+90m\n")
        # Without DONT_FAKE_MONOTONIC the loop's clock would move too; without NO_CACHE a jump would be seen late.
        common = {"LD_PRELOAD": str(library), "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1"}
        strangers = [
            await trial.stranger({**common, "FAKETIME": "+90m"}),
            await trial.stranger({**common, "FAKETIME": "-60m"}),
            await trial.stranger({**common, "FAKETIME_TIMESTAMP_FILE": str(jumping)}),
        ]
        for record in trial.records("clock"):
            if record["pid"] in {stranger.pid for stranger in strangers} and abs(record["wall"] - time.time()) > 3000:
                trial.fault("clock skewed", seconds=record["wall"] - time.time())
        trial.post(orders=8, asks=2)
        await asyncio.sleep(1.0)
        jumping.write_text("-60m\n")
        trial.fault("clock jumped")
        trial.post(orders=8, asks=2)
        strangers[0].kill()  # and the others find it dead, by their own watching
        trial.demand(clock_skewed=3, clock_jumped=1, killed=1)
        await trial.settle()
        return await trial.verdict(late_seconds=10.0)


# ── connections ─────────────────────────────────────────────────────────────────────────────────────────────────────────

LOST_ANSWERS = {  # a piece of the statement, and how often its answer is lost
    b"flowforge.event_key as known": 3,  # events are stored
    b"delete from flowforge.dispatch": 3,  # events are acted on
    b"update flowforge.owner o\n     set state = 'l'": 3,  # runs are claimed
    b"insert into flowforge.step as old": 12,  # steps are checkpointed, runs end and suspend
    b"COMMIT": 3,
}


async def broken_connections(site: Site) -> Verdict:
    """Slow, cut, reset and half-answered connections, over TCP. Nothing of it may repeat a body."""
    async with FaultProxy(site.server.socket_path) as proxy, _through(site, "broken connections", proxy) as (trial, _):
        for _ in range(4):
            trial.post(orders=4, asks=1)
            await asyncio.sleep(0.3)
            proxy.cut()
            await asyncio.sleep(0.3)
            proxy.cut(reset=True)
            proxy.cut_in_answer_after = 7
            await asyncio.sleep(0.3)
        proxy.latency_seconds = 0.02
        trial.post(orders=4, asks=1)
        await asyncio.sleep(2.0)
        proxy.latency_seconds = 0.0
        _tell(trial, proxy)
        trial.demand(cut=20, reset=20, answers_cut=2, delayed=100)
        await trial.settle()
        return await trial.verdict()


async def lost_answers(site: Site) -> Verdict:
    """The statement is done and committed, its answer never arrives: the unknown outcome, in every write path."""
    directory = site.directory / "lost"
    directory.mkdir(exist_ok=True)
    async with FaultProxy(site.server.socket_path, directory) as proxy, _through(site, "lost answers", proxy) as (trial, _):
        for statement, times in LOST_ANSWERS.items():
            before = proxy.did["replies lost"]
            proxy.lose_replies_to(statement, times)
            for _ in range(20):
                trial.post(orders=2, asks=1)
                with contextlib.suppress(TimeoutError):
                    await trial.until(lambda goal=before + times: proxy.did["replies lost"] >= goal, 1.5)
                    break
            trial.fault(f"answers lost to {statement.split()[-1].decode()}", times=proxy.did["replies lost"] - before)
        _tell(trial, proxy)
        trial.demand(replies_lost=sum(LOST_ANSWERS.values()))
        await trial.settle()
        return await trial.verdict()


async def hung_connections(site: Site) -> Verdict:
    """One worker's line goes silent for longer than every time-out; another takes over; the first comes back."""
    async with (
        FaultProxy(site.server.socket_path) as proxy,
        _through(site, "hung connections", proxy, dead_seconds=DEAD_SECONDS) as (trial, worker),
    ):
        trial.post(orders=6, asks=1)
        await trial.until(lambda: trial.records("enter", pid=worker.pid), what="work")
        spare = await trial.worker(dead_seconds=DEAD_SECONDS)
        trial.recorder.write("cut_off", whom=worker.pid)
        proxy.stall()
        await trial.until(lambda: _alive_only(trial, 1), what="the hung worker's death", seconds=40)
        await asyncio.sleep(2.0)
        proxy.flow()
        _tell(trial, proxy)
        await trial.until(lambda: _alive(trial, 2), what="the hung worker's new life", seconds=40)
        assert spare.alive
        trial.demand(stalled=3, cut_off=1)
        await trial.settle()
        return await trial.verdict()


async def _alive_only(trial: Trial, n: int) -> bool:
    return len(await trial.fetch("select from flowforge.worker where alive")) == n


@asynccontextmanager
async def _through(site: Site, name: str, proxy: FaultProxy, **order: Any) -> AsyncIterator[tuple[Trial, Child]]:
    """A trial, and its worker, which like its server has the proxy before their database; nothing else has."""
    async with site.trial(name) as trial:
        url = proxy.url("flowforge", trial.database_name)
        await trial.server(url=url)
        yield trial, await trial.worker(url=url, **order)


def _tell(trial: Trial, proxy: FaultProxy) -> None:
    for kind, n in proxy.did.items():
        for _ in range(min(n, 200)):
            trial.fault(kind)


async def lost_hints(site: Site) -> Verdict:
    """Whoever listens is cut off, again and again: polling finds the work all the same, in at most a poll or two."""
    async with site.trial("lost hints") as trial:
        await trial.server()
        await trial.worker()
        await trial.worker()
        cutting = asyncio.create_task(_cut_listeners(trial))
        for _ in range(8):
            trial.post(orders=1, asks=1)
            await asyncio.sleep(0.7)
        trial.demand(listener_cut=20)
        await trial.settle()
        cutting.cancel()
        await asyncio.gather(cutting, return_exceptions=True)
        verdict = await trial.verdict(late_seconds=5.0)
        entered: dict[str, float] = {}
        for record in verdict.of("enter"):
            entered.setdefault(record["run"], record["t"])
        waits = [entered[run] - record["t"] for record in verdict.of("accepted") for run in record["runs"]]
        if max(waits) > 5.0:
            verdict.violations.append(f"a run waited {max(waits):.1f} s for its worker: the poll did not find it")
        return verdict


async def _cut_listeners(trial: Trial) -> None:
    query = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ff:listen' and datname = current_database()"
    while True:
        for _ in await trial.fetch(query):
            trial.fault("listener cut")
        await asyncio.sleep(0.05)


# ── the server ──────────────────────────────────────────────────────────────────────────────────────────────────────────


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
                await asyncio.sleep(1.0)
            if _panicked(site):
                trial.fault("wal full")
            await asyncio.sleep(1.0)
            (disk / "ballast").unlink()
            trial.start_postgres()
            trial.demand(wal_full=1)
            await trial.settle(90)
            return await trial.verdict()


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


# ── a pooler ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def a_pooler(site: Site) -> Verdict:
    """PgBouncer in transaction mode before the database, with fewer server connections than clients; a worker is killed."""
    async with site.trial("a pooler") as trial:
        with pgbouncer(site) as place:
            order = {
                "url": f"postgresql://flowforge@/{trial.database_name}?host={place}&port=6432",
                "direct_url": trial.url,
                "pooler": True,
            }
            await trial.server(**order)
            first = await trial.worker(**order)
            await trial.worker(**order)
            trial.post(orders=12, asks=3)
            await trial.until(lambda: trial.records("begin", pid=first.pid), what="work")
            first.kill()
            await trial.worker(**order)
            trial.post(orders=8, asks=2)
            await trial.settle()
            for line in (place / "log").read_text().splitlines():
                if "login attempt" in line and trial.database_name in line:
                    trial.fault("pooled connection")
            trial.demand(killed=1, pooled_connection=12)
            return await trial.verdict()


@contextmanager
def pgbouncer(site: Site) -> Iterator[Path]:
    """A real one, in transaction mode, on a Unix socket in the directory that this yields."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise Missing("pgbouncer")
    account = server_account()
    place = site.directory / "pooler"
    place.mkdir()
    account.own(place)
    (place / "users").write_text('"flowforge" ""\n')
    (place / "pgbouncer.ini").write_text(
        "[databases]\n"
        f"* = host={site.server.socket_path.parent} port=5432\n"
        "[pgbouncer]\n"
        f"unix_socket_dir = {place}\nunix_socket_mode = 0777\nlisten_port = 6432\nlisten_addr =\n"
        f"auth_type = trust\nauth_file = {place}/users\nadmin_users = flowforge\nstats_users = flowforge\n"
        f"pool_mode = transaction\ndefault_pool_size = 3\nmax_client_conn = 200\nlogfile = {place}/log\n"
    )
    for path in place.iterdir():
        account.own(path)
    process = subprocess.Popen(
        [program, str(place / "pgbouncer.ini")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **account.options
    )
    try:
        if not wait_until(lambda: process.poll() is not None or _listens(place / ".s.PGSQL.6432"), 10) or process.poll() is not None:
            raise AssertionError(f"pgbouncer did not start: {(place / 'log').read_text() if (place / 'log').exists() else ''}")
        yield place
    finally:
        process.terminate()
        process.wait()


def _listens(place: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(place)) == 0


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("zombies", zombies),
        Fault("sigterm", sigterm),
        Fault("deploy", deploy),
        Fault("skewed clocks", skewed_clocks),
        Fault("broken connections", broken_connections),
        Fault("lost answers", lost_answers),
        Fault("hung connections", hung_connections),
        Fault("lost hints", lost_hints),
        Fault("an outage", an_outage),
        Fault("no connections", no_connections, {"max_connections": "32", "superuser_reserved_connections": "0"}),
        Fault("full disk", full_disk),
        Fault("full wal", full_wal, {"max_wal_size": "32MB", "min_wal_size": "32MB", "checkpoint_timeout": "30s"}),
        Fault("a pooler", a_pooler),
    )
}
