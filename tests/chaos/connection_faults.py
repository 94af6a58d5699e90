"""Connections that are slow, cut, silent, or lose what the database has answered; and a pooler between."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from flowforge.db.account import server_account
from flowforge.db.postmaster import wait_until
from tests.chaos.fault_proxy import FaultProxy
from tests.chaos.nursery import Child
from tests.chaos.trial import DEAD_SECONDS, Missing, Site, Trial, Verdict

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
        await trial.until(lambda: trial.alive(1), what="the hung worker's death", seconds=40)
        await asyncio.sleep(2.0)
        proxy.flow()
        _tell(trial, proxy)
        await trial.until(lambda: trial.alive(2), what="the hung worker's new life", seconds=40)
        assert spare.alive
        trial.demand(stalled=3, cut_off=1)
        await trial.settle()
        return await trial.verdict()


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
