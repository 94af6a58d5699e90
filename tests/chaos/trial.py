"""A site (a PostgreSQL server that may be broken, and a nursery) and the trials that are held on it.

    with Site() as site:
        async with site.trial("zombie") as trial:
            worker = await trial.worker()
            trial.post(orders=10)
            worker.freeze()
            ...
            verdict = await trial.verdict()
    assert not verdict.violations and verdict.counts["freeze"]

Each trial has a database and a recording of its own. Its verdict is that of the checker.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncpg

from flowforge.access.principal import Principal
from flowforge.board.approval import list_approvals
from flowforge.board.decision import decide
from flowforge.db.creation import create_database, drop_database
from flowforge.db.database import Database
from flowforge.db.embedded import EmbeddedPostgres
from flowforge.db.migrate import migrate
from flowforge.db.postmaster import Postmaster, find_postmaster, wait_until
from flowforge.errors import Conflict, DatabaseUnavailable, Gone
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.publish import publish_functions
from tests.chaos import checker, workload
from tests.chaos.evidence import Evidence, Expected, read_final
from tests.chaos.nursery import Child, Loner, Nursery
from tests.chaos.recording import Record, Recorder, read_recording

RESUME_RESCUED = (
    "update flowforge.owner set state = 'r', parked_for = null, rescues = 0, reason = null"
    " where state = 'p' and parked_for = 'p' and reason like 'rescued%' returning run_id"
)
SETTLE_SECONDS = 60.0  # after the last fault: lease, two polls, failover, and a machine that is busy otherwise


DEAD_SECONDS = 12.0  # sooner than by default, but no sooner than a worker without heartbeats has stopped to begin bodies

Trouble = (OSError, DatabaseUnavailable, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Missing(Exception):
    """A tool or a right that this fault needs is not here."""


class ChaosPostgres(EmbeddedPostgres):
    """The embedded server, as durable as in production, with settings of the trial's own."""

    def __init__(self, directory: Path, settings: dict[str, str]) -> None:
        super().__init__(directory)
        self.settings = settings

    def _command(self, binaries: Any) -> list[Any]:
        return [*super()._command(binaries), *(part for name, value in self.settings.items() for part in ("-c", f"{name}={value}"))]

    @property
    def data(self) -> Path:
        return self._data

    @property
    def socket_path(self) -> Path:
        postmaster = self.postmaster
        return Path(postmaster.socket) / ".s.PGSQL.5432"

    @property
    def postmaster(self) -> Postmaster:
        found = find_postmaster(self._data)
        assert found is not None
        return found


class Site:
    """Where trials are held. Open it in the main thread, before the event loop has anything else to do."""

    def __init__(self, *, keep: Path | None = None, household: str = "tests.chaos.processes", **settings: str) -> None:
        self.keep = keep  # where recordings go when their trial is over
        self.household = household  # what its processes can be
        self.directory = Path(tempfile.mkdtemp(prefix="flowforge-chaos-", dir="/var/tmp" if os.path.isdir("/var/tmp") else None))
        self.directory.chmod(0o755)
        self.server = ChaosPostgres(self.directory / "pg", settings)
        self._trials = 0

    def __enter__(self) -> Site:
        self.url = self.server.start()
        self.nursery = Nursery(self.household)
        return self

    def __exit__(self, *_: object) -> None:
        self.nursery.close()
        self.server.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    @asynccontextmanager
    async def trial(
        self,
        name: str,
        *,
        expected: Expected = workload.EXPECTED,
        prepare: Callable[[str], Awaitable[None]] | None = None,
    ) -> AsyncIterator[Trial]:
        """A fresh database, a fresh recording. `prepare` is given the database's name before anybody has opened it."""
        self._trials += 1
        database_name = f"{name.replace(' ', '_')}_{self._trials}"
        url = await create_database(self.url, database_name)
        if prepare is not None:
            await prepare(database_name)
        await migrate(url)
        trial = Trial(self, name, url, database_name, self.directory / f"{database_name}.jsonl", expected)
        await trial.open()
        try:
            yield trial
        finally:
            await trial.close()
            with contextlib.suppress(Exception):
                await drop_database(self.url, database_name)
            for part in (trial.recorder.path, trial.recorder.path.with_suffix(".log")):
                if self.keep is not None and part.exists():
                    shutil.copy(part, self.keep)


@dataclass(frozen=True)
class Verdict:
    """What the checker says of a trial, and what was really done in it."""

    trial: str
    violations: list[str]
    counts: Counter[str]
    repeats: list[int] = field(default_factory=list)  # bodies repeated, for each process that was killed, frozen or stopped
    records: list[Record] = field(default_factory=list, repr=False)

    def of(self, what: str) -> list[Record]:
        return [record for record in self.records if record["what"] == what]


class Trial:
    """One database, one recording, the processes that were born for it."""

    def __init__(self, site: Site, name: str, url: str, database_name: str, recording: Path, expected: Expected) -> None:
        self.site, self.name, self.url, self.database_name, self.expected = site, name, url, database_name, expected
        self.recorder = Recorder(recording)
        self.children: list[Child] = []
        self.clients: list[Child] = []
        self.port = 0
        self.orders = 0
        self._stored: set[tuple[str, str]] = set()
        self._persons: asyncio.Task[None] | None = None
        self._demands: dict[str, int] = {}

    async def open(self) -> None:
        self.database = await Database.open(self.url, pool_size=2)
        await publish_functions(self.database.pool, workload.registry, app="chaos")
        self._persons = asyncio.create_task(self._decide_everything())

    async def close(self) -> None:
        for child in self.children:
            if child.alive:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGKILL)
            await child.over(5)
        if self._persons is not None:
            self._persons.cancel()
            await asyncio.gather(self._persons, return_exceptions=True)
        await self.database.close()

    # ── who takes part ──────────────────────────────────────────────────────────────────────────────────────────────

    async def worker(self, *, url: str | None = None, wait: bool = True, **order: Any) -> Child:
        child = self._birth("worker", url=url or self.url, **order)
        if wait and not order.get("crash"):
            await child.is_ready()
        return child

    async def server(self, *, url: str | None = None, **order: Any) -> Child:
        """The API, always on the same port: clients find it again when it comes back."""
        self.port = self.port or free_port()
        child = self._birth("server", url=url or self.url, port=self.port, **order)
        await child.is_ready()
        return child

    async def stranger(self, environment: dict[str, str], **order: Any) -> Child:
        """A worker in another environment than ours: under another clock, say."""
        child = Loner(self.site.nursery, self.recorder, environment, role="worker", url=self.url, **order)
        self.children.append(child)
        await child.is_ready()
        return child

    def post(self, orders: int = 0, *, asks: int = 0, slow: float | None = None, name: str = "chaos/order", times: int = 3) -> None:
        """Two clients send the events of so many orders, each event one to `times` times in all."""
        events = []
        for _ in range(orders + asks):
            self.orders += 1
            number = f"{self.name}-{self.orders}"
            event = "chaos/ask" if len(events) >= 2 * orders and asks else "chaos/slow" if slow is not None else name
            data: dict[str, Any] = {"order": number, "large": self.orders % 8 == 0, "seconds": slow}
            events.append({"key": number, "name": event, "data": data, "times": 1 + self.orders % times})
            if event in ("chaos/order", "chaos/deploy"):
                paid = {"key": f"{number}-paid", "name": "chaos/paid", "data": {"order": number}}
                events.append({**paid, "times": 1 + self.orders % times, "insists": True})  # or the order would wait for ever
        self.send(events)

    def send(self, events: list[dict[str, Any]]) -> None:
        """Two clients, each of which sends about half of the copies of each event."""
        target = f"http://127.0.0.1:{self.port}"
        for n in (0, 1):
            half = [{**event, "times": (event["times"] + 1 - n) // 2} for event in events]
            self.clients.append(self._birth("client", target=target, events=half, seed=self.orders * 2 + n))

    async def over(self, child: Child) -> None:
        """Until it has ended."""
        if not await child.over(self.expected.grace_seconds + 15):
            raise TimeoutError(f"{self.name}: process {child.pid} does not end")

    def _birth(self, role: str, **order: Any) -> Child:
        child = self.site.nursery.birth(self.recorder, role=role, **order)
        self.children.append(child)
        return child

    async def _decide_everything(self) -> None:
        """People who say yes to whatever is asked."""
        mira = Principal(DEFAULT_TENANT, "person", "mira")
        while True:
            await asyncio.sleep(0.1)
            with contextlib.suppress(*Trouble, TimeoutError):
                for approval in (await list_approvals(self.database, DEFAULT_TENANT, state="pending")).data:
                    with contextlib.suppress(Conflict, Gone):
                        await decide(self.database, mira, approval.id, approved=True)

    # ── faults ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def fault(self, kind: str, **detail: Any) -> None:
        """Write down that something was broken, when it has been."""
        self.recorder.write("fault", kind=kind, **detail)

    def demand(self, **least: int) -> None:
        """What must have happened at least so often for this trial to mean anything."""
        self._demands |= {name.replace("_", " "): n for name, n in least.items()}

    def kill_postmaster(self) -> None:
        postmaster = self.site.server.postmaster
        os.kill(postmaster.pid, signal.SIGKILL)
        if not wait_until(lambda: not postmaster.is_running(), 20):
            raise TimeoutError("the postmaster does not die")
        self.fault("postmaster killed")

    def start_postgres(self) -> None:
        """Start the server again; it does not come up before the killed one's orphans are gone."""
        self.site.server.start()
        self.recorder.write("healed", kind="postgres")

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """Ask the database, as often as it takes it to answer."""
        while True:
            try:
                return list(await self.database.pool.fetch(query, *arguments))
            except (*Trouble, TimeoutError):
                await asyncio.sleep(0.1)

    async def open_runs(self) -> int:
        return int((await self.fetch("select count(*) as n from flowforge.owner"))[0]["n"])

    async def alive(self, n: int) -> bool:
        """Are there so many living workers, as the database sees it?"""
        return len(await self.fetch("select from flowforge.worker where alive")) == n

    async def until(self, fact: Callable[[], Any], seconds: float = 60.0, what: str = "a fact") -> None:
        """Wait for something that the recording or the database says."""
        end = asyncio.get_running_loop().time() + seconds
        while not (await found if asyncio.iscoroutine(found := fact()) else found):
            if asyncio.get_running_loop().time() > end:
                raise TimeoutError(f"{self.name}: {what} did not come true in {seconds:.0f} s; see {self.recorder.path}")
            await asyncio.sleep(0.02)

    def records(self, what: str, **facts: Any) -> list[Record]:
        """What has been recorded so far."""
        found = (record for record in read_recording(self.recorder.path) if record["what"] == what)
        return [record for record in found if all(record.get(name) == value for name, value in facts.items())]

    async def witness(self) -> None:
        """Write down which steps are checkpointed by now: none of them may begin again."""
        for row in await self.fetch("select run_id, key from flowforge.step where state >= 2 and kind in ('run', 'send_event')"):
            if (place := (row["run_id"].hex, row["key"])) not in self._stored:
                self._stored.add(place)
                self.recorder.write("stored", run=place[0], step=place[1])

    async def resume_paused(self) -> None:
        """What an operator does with runs that were rescued too often in a row: let them go on."""
        for row in await self.fetch(RESUME_RESCUED):
            self.recorder.write("resumed", run=row["run_id"].hex)

    async def settle(self, seconds: float = SETTLE_SECONDS, *, waiting: int = 0) -> None:
        """Until everybody has sent what he has to send, and nothing moves any more. It may be in vain; the checker will say so."""
        self.recorder.write("healed", kind="all")
        with contextlib.suppress(TimeoutError):
            await self.until(lambda: not any(client.alive for client in self.clients), seconds)
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            await self.resume_paused()
            await self.witness()
            left = (await self.fetch("select (select count(*) from flowforge.owner) + (select count(*) from flowforge.dispatch) as n"))[0][
                "n"
            ]
            if left <= waiting:
                return
            await asyncio.sleep(0.1)

    async def verdict(self, *, late_seconds: float | None = None) -> Verdict:
        """Let all end in order, and ask the checker."""
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            await child.over(self.expected.grace_seconds + 10)
        connection = await asyncpg.connect(self.url)
        try:
            final = await read_final(connection)
        finally:
            await connection.close()
        records = read_recording(self.recorder.path)
        expected = self.expected if late_seconds is None else replace(self.expected, late_seconds=late_seconds)
        evidence = Evidence(records, final, expected)
        counts: Counter[str] = Counter(record["what"].replace("_", " ") for record in records)
        counts.update(record["kind"] for record in records if record["what"] == "fault")
        counts["killed"] = sum(record["what"] == "died" and record["code"] == -signal.SIGKILL for record in records)
        counts["runs"] = len(final.runs)
        counts["duplicates"] = sum(record["what"] == "accepted" and record["duplicate"] for record in records)
        unproved = [f"no proof: {what}, {counts[what]} of {n}" for what, n in self._demands.items() if counts[what] < n]
        return Verdict(self.name, checker.check(evidence) + unproved, counts, checker.repeats(evidence), records)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
