"""What one tenant's flood does to another: `python bench/flood.py [--rounds 5] [--seconds 5] [--connections 64]`

A real `flowforge serve` and `flowforge worker` over a PostgreSQL of the bench's own. Tenant B asks at a steady pace, tenant A does nothing
or all that it can: reads, writes and events on many connections, from a process of its own. Quiet and flooded rounds alternate. Printed are
B's median and 95th percentile of reads, of events, and of the time until a run has started, quiet and flooded, and what A got through.
Two floods: within A's limits (they are raised out of the way), and far above them (ten a second).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from side_by_side.machine import own_postgres

from flowforge.cli.host import run
from flowforge.db.creation import create_database
from flowforge.db.migrate import migrate

A, B = "acme", "globex"
KEY = "an operator's key of the bench, long enough"
PACE_SECONDS = 0.1  # B sends a read and an event by turns: far less than its half of what the server can do
FLOODS = ("within its limits", "far above its limits")
READ = ("GET", "/v1/runs?limit=20", None)
EVENT = ("POST", "/v1/events", {"name": "bench/ask", "data": {"note": "x" * 200}})
WRITE = ("POST", "/v1/users", {"name": "flood"})
MIX = (READ, READ, EVENT, READ, WRITE)

Times = dict[str, list[float]]


class Connection:
    """A kept-alive connection that speaks just enough HTTP to cost the client next to nothing."""

    def __init__(self, port: int, tenant: str) -> None:
        self.port, self.tenant = port, tenant

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, method: str, path: str, body: Any = None) -> int:
        data = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\nx-flowforge-tenant: {self.tenant}\r\nauthorization: Bearer {KEY}\r\n"
        self.writer.write(f"{head}content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n".encode() + data)
        answer = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = answer.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await self.reader.readexactly(int(length or 0))
        return int(answer[9:12])


async def flood(port: int, connections: int, seconds: float) -> Counter[int]:
    answers: Counter[int] = Counter()
    until = time.monotonic() + seconds

    async def hammer(place: int) -> None:
        connection = Connection(port, A)
        await connection.open()
        while time.monotonic() < until:
            method, path, body = MIX[place % len(MIX)]
            place += 1
            answers[await connection.ask(method, path, body)] += 1

    await asyncio.gather(*(hammer(place) for place in range(connections)))
    return answers


async def ask_steadily(port: int, seconds: float) -> Times:
    """What B sees: each request goes out at its moment, whether or not the one before has been answered."""
    times: Times = defaultdict(list)
    free = [Connection(port, B) for _ in range(40)]
    for connection in free:
        await connection.open()

    async def once(kind: str, request: Any) -> None:
        if free:
            connection = free.pop()
        else:
            connection = Connection(port, B)
            await connection.open()
        begun = time.perf_counter()
        status = await connection.ask(*request)
        times[kind].append((time.perf_counter() - begun) * 1000)
        assert status < 300, status
        free.append(connection)

    begun, asked = time.monotonic(), []
    for place in range(int(seconds / PACE_SECONDS)):
        await asyncio.sleep(max(0, begun + place * PACE_SECONDS - time.monotonic()))
        asked.append(asyncio.create_task(once("event", EVENT) if place % 2 else once("read", READ)))
    await asyncio.gather(*asked)
    return times


async def starts(url: str, since: Any) -> list[float]:
    """How long B's runs were queued, once all of them have started."""
    connection = await asyncpg.connect(url)
    try:
        while True:
            rows = await connection.fetch(
                "select extract(epoch from started_at - created_at)::float8 * 1000 as ms from flowforge.run"
                " where tenant_id = (select tenant_id from flowforge.tenant where name = $1) and created_at > $2", B, since
            )  # fmt: skip
            if rows and all(row["ms"] is not None for row in rows):
                return [row["ms"] for row in rows]
            await asyncio.sleep(0.05)
    finally:
        await connection.close()


async def one_round(url: str, port: int, seconds: float, connections: int) -> tuple[Times, Counter[int]]:
    connection = await asyncpg.connect(url)
    since = await connection.fetchval("select now()")
    await connection.close()
    flooding = None
    if connections:
        words = [sys.executable, __file__, "--flood", str(port), "--connections", str(connections), "--seconds", str(seconds + 1)]
        flooding = await asyncio.create_subprocess_exec(*words, stdout=subprocess.PIPE)
        assert flooding.stdout is not None
        await flooding.stdout.readline()  # it has begun
        await asyncio.sleep(0.5)
    times = await ask_steadily(port, seconds)
    answers: Counter[int] = Counter()
    if flooding is not None and flooding.stdout is not None:
        answers.update({int(status): count for status, count in json.loads(await flooding.stdout.read()).items()})
        await flooding.wait()
    times["start of a run"] = await starts(url, since)
    return times, answers


async def measure(url: str, port: int, options: argparse.Namespace) -> None:
    admin = Connection(port, "default")
    await admin.open()
    for tenant in (A, B):
        assert await admin.ask("POST", "/v1/tenants", {"name": tenant}) == 201
        first = Connection(port, tenant)
        await first.open()
        assert await first.ask(*READ) == 200
    lowered = {"requests_per_minute": 600, "events_per_minute": 600}
    raised = {"requests_per_minute": 1_000_000, "events_per_minute": 10_000_000}
    assert await admin.ask("PUT", f"/v1/rate_limits/{B}", raised) == 200
    await one_round(url, port, 1.0, 0)
    for name in FLOODS:
        assert await admin.ask("PUT", f"/v1/rate_limits/{A}", raised if name == FLOODS[0] else lowered) == 200
        if name == FLOODS[1]:  # its allowance for a rested tenant is gone before the first round
            await one_round(url, port, 8.0, options.connections)
        quiet, flooded = [], []
        for place in range(options.rounds):
            for connections in (0, options.connections) if place % 2 else (options.connections, 0):
                (flooded if connections else quiet).append(await one_round(url, port, options.seconds, connections))
        report(name, quiet, flooded, options.seconds)


def report(name: str, quiet: list[tuple[Times, Counter[int]]], flooded: list[tuple[Times, Counter[int]]], seconds: float) -> None:
    answers = sum((counted for _, counted in flooded), Counter())
    through = ", ".join(f"{count / len(flooded) / (seconds + 1):.0f}/s answered {status}" for status, count in sorted(answers.items()))
    print(f"A floods {name}: {through}")
    print(f"  {'B, ms':16} {'quiet p50':>10} {'flood p50':>10} {'quiet p95':>10} {'flood p95':>10}   bar: 20 % + 5 ms")
    for kind in ("read", "event", "start of a run"):
        figures = [_median(rounds, kind, share) for share in (0.5, 0.95) for rounds in (quiet, flooded)]
        held = all(flood <= calm * 1.2 + 5 for calm, flood in (figures[:2], figures[2:]))
        print(f"  {kind:16} " + " ".join(f"{figure:10.1f}" for figure in figures) + ("   held" if held else "   exceeded"))


def _median(rounds: list[tuple[Times, Counter[int]]], kind: str, share: float) -> float:
    """The median over the rounds of each round's percentile."""
    return statistics.median(sorted(times[kind])[int(share * (len(times[kind]) - 1))] for times, _ in rounds)


@contextmanager
def started(words: list[str], environment: dict[str, str]) -> Iterator[dict[str, Any]]:
    with subprocess.Popen(
        [sys.executable, "-m", "flowforge.cli", *words, "--json"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.stdout.read()


async def prepared(server: str) -> str:
    url = await create_database(server, "flood")
    await migrate(url)
    return url


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--seconds", type=float, default=5.0)
    asked.add_argument("--connections", type=int, default=64)
    asked.add_argument("--flood", type=int, metavar="PORT", help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.flood:
        print("begun", flush=True)
        print(json.dumps(run(flood(options.flood, options.connections, options.seconds))))
        return
    with own_postgres() as server:
        url = run(prepared(server))
        environment = {**os.environ, "DATABASE_URL": url, "FLOWFORGE_RATE_LIMITS": "1", "FLOWFORGE_API_KEY": KEY}
        app = str(Path(__file__).with_name("flood_app.py"))
        with started(["worker", app], environment), started(["serve", "--port", "0"], environment) as ready:
            run(measure(url, ready["port"], options))


if __name__ == "__main__":
    main()
