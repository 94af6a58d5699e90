"""The processes of a trial: workers, servers and clients, born by forking from one that has imported everything.

`python -m tests.chaos.processes` is the nursery: it forks a child for every line that it reads (`{"role": "worker", …}`),
answers with `born PID`, `ready PID …` and `gone PID CODE`, and writes each death into the recording the moment it happens.
`python -m tests.chaos.processes ORDER` is one such child by itself, for one that must be started in a special way.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from flowforge import crash
from flowforge.api.app import create_app
from flowforge.api.client import AsyncClient
from flowforge.api.server import Server
from flowforge.cli.host import run, stop_signals
from flowforge.db.database import Database
from flowforge.errors import DatabaseUnavailable, FlowForgeError, ServerUnavailable
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.retry import Backoff
from flowforge.orchestrator.worker import Worker, sweeper
from flowforge.settings import Settings
from tests.chaos import workload
from tests.chaos.recording import Recorder

Order = dict[str, Any]

SEND_SECONDS = 5.0


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def work(order: Order, _: Recorder) -> None:
    """A worker like that of `flowforge worker`, until SIGTERM, with that one's times unless the order says otherwise."""
    workload.code_version = order.get("version", 1)
    database = await opened(order)
    with stop_signals() as stop:
        worker = Worker(
            database,
            workload.registry,
            app="chaos",
            concurrency=order.get("slots", 16),
            backoff=Backoff(0.02, 0.05),
            linger_seconds=0.05,
            grace_seconds=order.get("grace_seconds", 20.0),
            dead_seconds=order.get("dead_seconds", sweeper.DEAD_SECONDS),
            vanished_seconds=order.get("vanished_seconds", sweeper.VANISHED_SECONDS),
            poll_seconds=order.get("poll_seconds", 1.0),
        )
        await worker.start()
        say("ready", os.getpid())
        await stop.wait()
        await worker.stop()
    await database.close()


async def serve(order: Order, _: Recorder) -> None:
    """The API over the database, until SIGTERM."""
    database, bell = await opened(order), Bell()
    await bell.open(database)
    with stop_signals() as stop:
        async with Server(create_app(database, settings=Settings(open_here=True), bell=bell), "127.0.0.1", order["port"]) as server:
            say("ready", os.getpid(), server.port)
            await stop.wait()
    await bell.close()
    await database.close()


async def post(order: Order, recorder: Recorder) -> None:
    """A client: sends each event as often as the order says, some at once, and writes down what it was told."""
    chance = random.Random(order["seed"])
    sends = [event for event in order["events"] for _ in range(event["times"])]
    chance.shuffle(sends)
    gate = asyncio.Semaphore(order.get("at_once", 4))
    async with AsyncClient(order["target"], timeout=SEND_SECONDS, retries=0) as client:

        async def send(event: Order) -> None:
            async with gate:
                await asyncio.sleep(chance.random() * order.get("gap_seconds", 0.02))
                while not await _send(client, event, recorder) and event.get("insists"):
                    await asyncio.sleep(0.3)

        await asyncio.gather(*(send(event) for event in sends))


async def _send(client: AsyncClient, event: Order, recorder: Recorder) -> bool:
    """Send it once; was it accepted?"""
    recorder.write("send", key=event["key"], name=event["name"])
    try:
        sent = await client.events.send(event["name"], event["data"], id=event["key"])
    except (ServerUnavailable, DatabaseUnavailable) as error:
        recorder.write("unknown", key=event["key"], error=str(error)[:200])
    except FlowForgeError as error:
        recorder.write("refused", key=event["key"], error=repr(error)[:200])
    else:
        runs = [run_id.removeprefix("run_").replace("-", "") for run_id in sent.runs]
        recorder.write("accepted", key=event["key"], runs=runs, duplicate=sent.duplicate)
        return True
    return False


Role = Callable[[Order, Recorder], Coroutine[Any, Any, None]]

ROLES: Mapping[str, Role] = {"worker": work, "server": serve, "client": post}


async def opened(order: Order) -> Database:
    while True:
        try:
            return await Database.open(order["url"], direct_url=order.get("direct_url"), pooler=order.get("pooler", False), pool_size=6)
        except DatabaseUnavailable:  # this one is started again until it is up, as a supervisor would
            await asyncio.sleep(0.2)


def live(order: Order, recording: Path, roles: Mapping[str, Role] = ROLES) -> None:
    """Be that process, to its end."""
    try:
        _log_to(recording.with_suffix(".log"), order.get("log", "WARNING"))
        recorder = workload.open_books(recording)
        recorder.write("clock", wall=time.time())
        crash.arm(order.get("crash", ""))
        run(roles[order["role"]](order, recorder))
        os._exit(0)
    except Exception:
        with recording.with_suffix(".log").open("a") as log:
            traceback.print_exc(file=log)
    finally:  # nothing of a child may come back into the nursery's loop
        os._exit(1)


def _log_to(path: Path, level: str) -> None:
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter(f"%(asctime)s {os.getpid()} %(name)s %(message)s %(error)s", defaults={"error": ""}))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(level)


def nurse(roles: Mapping[str, Role] = ROLES) -> None:
    """Fork a process for every line of standard input, until it ends; then nobody is left."""
    children: set[int] = set()
    books: dict[int, Recorder] = {}
    recorders: dict[str, Recorder] = {}

    def bury(*_: object) -> None:
        while children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            children.discard(pid)
            code = os.waitstatus_to_exitcode(status)
            books.pop(pid).write("died", whom=pid, code=code)
            say("gone", pid, code)

    signal.signal(signal.SIGCHLD, bury)
    for line in sys.stdin:
        order = json.loads(line)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # nobody is gone before he was born
        place = order["recording"]
        book = recorders.setdefault(place, Recorder(Path(place)))
        if (pid := os.fork()) == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            live(order, Path(place), roles)
        children.add(pid)
        books[pid] = book
        book.write("born", whom=pid, role=order["role"], crash=order.get("crash", ""))
        say("born", pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    for pid in children.copy():
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        live(json.loads(sys.argv[1]), Path(json.loads(sys.argv[1])["recording"]))
    else:
        nurse()
