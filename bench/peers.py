"""FlowForge beside DBOS and Restate in one run: `python bench/peers.py [--quick] [--rounds 5] [--only ours,dbos,restate]`

Every engine gets the same workloads (bench/side_by_side/workloads.py) in worker processes of its own, in turn, round after round;
printed are the medians, in Markdown, beside PostgreSQL's raw limits in the same rounds. DBOS stands on the same PostgreSQL server as
FlowForge (an embedded one of the bench's own, fsync on); Restate brings its own server. Peers are installed into a temporary directory
with pip and npm, and never become a dependency of ours; one that cannot be installed is left out. Everything stays on loopback and
ends by itself.
"""

from __future__ import annotations

import argparse
import contextlib
import platform
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path

from side_by_side import workloads
from side_by_side.contender import Contender
from side_by_side.dbos_engine import Dbos
from side_by_side.flowforge_engine import Ours
from side_by_side.machine import load, one_row_commits, own_directory, unnest_rows
from side_by_side.restate_engine import Restate

from flowforge.cli.host import run
from flowforge.db.creation import create_database
from flowforge.db.database import Database
from flowforge.db.embedded import EmbeddedPostgres

Workload = Callable[[Contender], Awaitable[workloads.Figures]]

RAW = "PostgreSQL alone"
SHORT: tuple[Workload, ...] = (
    workloads.many_runs,
    workloads.many_steps,
    workloads.many_steps_on_two,
    workloads.one_run,
    workloads.idle_latency,
    workloads.children,
)

figures: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
loads: list[float] = []


def main() -> None:
    options = parsed()
    with own_directory() as directory, EmbeddedPostgres(directory / "postgres") as server:
        url = server.url
        postmaster = int((directory / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        makers: dict[str, Callable[[], Contender]] = {
            "ours": lambda: Ours(directory, url, postmaster),
            "dbos": lambda: Dbos(directory, url, postmaster, options.installed),
            "restate": lambda: Restate(directory, options.installed),
        }
        run(measure([makers[name]() for name in options.only], url, options))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--rounds", type=int, default=5, help="of W1 to W4 and W8; 5 unless given")
    parser.add_argument("--long-rounds", type=int, default=1, help="of W5 to W7, which take minutes; 1 unless given")
    parser.add_argument("--only", default="ours,dbos,restate", type=lambda text: text.split(","), help="these engines, in this order")
    parser.add_argument("--workloads", default="12345678", help="digits; all unless given")
    parser.add_argument(
        "--sleepers", default="5000", type=lambda text: [int(n) for n in text.split(",")], help="of W6, such as 5000,100000"
    )
    parser.add_argument("--idle-seconds", type=float, default=30, help="of W7")
    parser.add_argument("--installed", type=Path, help="a directory that keeps the peers' packages between runs")
    options = parser.parse_args()
    options.rounds = 1 if options.quick else options.rounds
    return options


async def measure(contenders: list[Contender], url: str, options: argparse.Namespace) -> None:
    began = time.monotonic()
    async with contextlib.AsyncExitStack() as stack:
        present = [engine for engine in contenders if await opened(engine)]
        for engine in present:
            stack.push_async_callback(engine.close)
        raw = await stack.enter_async_context(await Database.open(await create_database(url, "raw")))
        for _ in range(options.rounds):
            loads.append(load())
            for workload in SHORT:
                if workload.__doc__ and workload.__doc__[1] in options.workloads:
                    await one_round(present, workload, raw)
        for _ in range(options.long_rounds):
            loads.append(load())
            await long_round(present, options, raw)
    report([RAW, *(engine.name for engine in present)], options, time.monotonic() - began)


async def opened(engine: Contender) -> bool:
    try:
        await engine.open()
    except (RuntimeError, OSError, TimeoutError) as error:
        print(f"{engine.name} is left out: {error}", file=sys.stderr)
        await engine.close()
        return False
    return True


async def long_round(present: list[Contender], options: argparse.Namespace, raw: Database) -> None:
    if "5" in options.workloads:
        for done in (10, 1000, 5000, 20_000):
            able = [engine for engine in present if done <= engine.most_done]
            await one_round(able, lambda engine, done=done: workloads.killed(engine, done), raw)
    if "6" in options.workloads:
        for count in options.sleepers:
            able = [engine for engine in present if count <= engine.most_sleepers]
            await one_round(able, lambda engine, count=count: workloads.sleepers(engine, count), raw)
    if "7" in options.workloads:
        await one_round(present, lambda engine: workloads.idle(engine, options.idle_seconds), raw)


async def one_round(engines: list[Contender], workload: Workload, raw: Database) -> None:
    figures["Raw one-row commits/s"][RAW].append(await one_row_commits(raw))
    figures["Raw rows/s in commits of 100"][RAW].append(await unnest_rows(raw))
    for engine in engines:
        try:
            found = await workload(engine)
        except (RuntimeError, OSError, TimeoutError) as error:
            print(f"{engine.name}: {workload.__doc__ or ''} {error}", file=sys.stderr)
            await engine.stop()
            continue
        for name, value in found.items():
            figures[name][engine.name].append(value)
            print(f"{time.strftime('%H:%M:%S')} load {load():4.1f}  {engine.name:10} {name:50} {value:12,.3f}", file=sys.stderr)


def report(columns: list[str], options: argparse.Namespace, seconds: float) -> None:
    peers = [name for name in columns if name not in {RAW, Ours.name}] if Ours.name in columns else []
    print(
        f"\n{platform.machine()}, Python {platform.python_version()}, {options.rounds} rounds (W5 to W7: {options.long_rounds}), ", end=""
    )
    print(f"load before each round {', '.join(f'{value:.1f}' for value in loads)}, {seconds / 60:.0f} minutes\n")
    print(f"| | {' | '.join([*columns, *(f'ours / {name}' for name in peers)])} |")
    print(f"|---|{'---|' * (len(columns) + len(peers))}")
    for name in sorted(figures, key=lambda name: (name[0] == "R", name[:2])):
        medians = {engine: statistics.median(values) for engine, values in figures[name].items() if values}
        ours = medians.get(Ours.name)
        cells = [shown(medians.get(engine)) for engine in columns]
        cells += [f"{ours / medians[peer]:.2g}" if ours and medians.get(peer) else "" for peer in peers]
        print(f"| {name} | {' | '.join(cells)} |")


def shown(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main()
