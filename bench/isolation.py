"""What row-level security and the roles cost. `python bench/isolation.py [--quick]`

engine  the same runs by a worker that logs in as the superuser, whom no policy binds, and by one that is a member of the engine's role;
        the CPU that they use tells more than their speed on a machine that is not quiet
API     the same requests over the tenant's view (its role, its transaction) and over the whole database

Interleaved rounds, medians. Everything runs on an embedded PostgreSQL of its own with fsync on, and ends by itself.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import statistics
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from engine import publish, workload
from fastapi import FastAPI
from side_by_side.machine import cpu_seconds, own_postgres

from flowforge.api.app import create_app
from flowforge.cli.host import run
from flowforge.db.creation import create_database, drop_database
from flowforge.db.database import Database
from flowforge.db.login import as_login
from flowforge.db.migrate import migrate
from flowforge.orchestrator.hints import Bell
from flowforge.settings import Settings

LOGIN = "bench_app"

figures: dict[str, list[float]] = defaultdict(list)


async def engine_round(server: str, login: str | None, runs: int, steps: int) -> tuple[float, float]:
    """Steps a second of many short runs in a fresh database, and µs of CPU a step: of this worker, and of PostgreSQL below it."""
    async with fresh(server, login) as database:
        used = cpu_seconds([os.getpid()])
        seconds = await workload(database, runs, steps)
        return runs * steps / seconds, (cpu_seconds([os.getpid()]) - used) / (runs * steps) * 1e6


async def api_round(server: str, count: int) -> None:
    """Milliseconds of a request, alternately over the view and over the whole: what reads most, and what writes most."""
    async with fresh(server, LOGIN) as database:
        await publish(database)
        bell = Bell()
        await bell.open(database)
        everything = copy.copy(database)
        everything.for_tenant = lambda *_, **__: everything  # type: ignore[method-assign]
        view, whole = (create_app(seen, settings=Settings(open_here=True), bell=bell) for seen in (database, everything))
        async with caller_of(view) as confined, caller_of(whole) as unconfined:
            run_id = await sent(confined)
            requests: dict[str, Callable[[httpx.AsyncClient], Awaitable[Any]]] = {
                "show a run": lambda http: http.get(f"/v1/runs/{run_id}"),
                "list runs": lambda http: http.get("/v1/runs"),
                "send an event": sent,
            }
            for name, request in requests.items():
                times: dict[str, list[float]] = {"view": [], "whole": []}
                for _ in range(count):
                    for who, http in (("view", confined), ("whole", unconfined)):
                        began = time.perf_counter()
                        await request(http)
                        times[who].append((time.perf_counter() - began) * 1000)
                for who, found in times.items():
                    figures[f"API, {name}, p50 ms, {who}"].append(statistics.median(found))
                    figures[f"API, {name}, p10 ms, {who}"].append(statistics.quantiles(found, n=10)[0])  # for a machine that is not quiet
        await bell.close()


async def sent(http: httpx.AsyncClient) -> str:
    answer = await http.post("/v1/events", json={"name": "bench/chain", "data": {"steps": 1}})
    answer.raise_for_status()
    run_id: str = answer.json()["data"][0]["runs"][0]
    return run_id


def caller_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=("127.0.0.1", 50000)), base_url="http://localhost")


@asynccontextmanager
async def fresh(server: str, login: str | None) -> AsyncIterator[Database]:
    """A new database, opened as that login; None: as the superuser."""
    url = await create_database(server, "bench_isolation")
    try:
        await migrate(url, app_login=LOGIN)
        async with await Database.open(as_login(url, login) if login else url) as database:
            yield database
    finally:
        await drop_database(server, "bench_isolation")


async def main(server: str, rounds: int, runs: int, requests: int) -> None:
    for round_number in range(rounds):
        logins = [("superuser", None), ("member", LOGIN)]
        for name, login in logins if round_number % 2 else reversed(logins):
            speed, cpu = await engine_round(server, login, runs, 5)
            figures[f"engine, steps/s, {name}"].append(speed)
            figures[f"engine, CPU us/step, {name}"].append(cpu)
        await api_round(server, requests)
    found = {name: round(statistics.median(values), 2) for name, values in figures.items()}
    for what in ("steps/s", "CPU us/step"):
        shares = [a / b for a, b in zip(figures[f"engine, {what}, member"], figures[f"engine, {what}, superuser"], strict=True)]
        found[f"engine, {what}, member / superuser, median of rounds"] = round(statistics.median(shares), 3)
    for name in sorted({key.removesuffix(", view") for key in found if key.endswith(", view")}):
        found[f"{name}, view - whole"] = round(found[f"{name}, view"] - found[f"{name}, whole"], 2)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two rounds of little work: does it run at all?")
    quick = parser.parse_args().quick
    with own_postgres() as postgres:
        run(main(postgres, *((2, 100, 50) if quick else (7, 600, 200))))
