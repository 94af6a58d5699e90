"""Several worker processes under one: started together, restarted when they die, stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

from flowforge.cli.failures import FAILED, OK
from flowforge.cli.host import Store, stop_signals
from flowforge.cli.terminal import Terminal
from flowforge.secrets.key_source import own_key_file
from flowforge.settings import Settings

RESTART_SECONDS = 1.0
QUICK_DEATHS_MAX = 3  # of one process in a row, each before it was up for a while: restarting would not help
UP_SECONDS = 10.0


async def supervise(terminal: Terminal, found: Store, target: str | None, settings: Settings, processes: int) -> int:
    """Keep `processes` workers alive until SIGTERM; the exit code is that of a worker that cannot even start.

    Each has a port of its own for its metrics: the one that is set, and those that follow it.
    """
    with stop_signals() as stop:
        keepers = [asyncio.create_task(_keep(terminal, found, target, settings, place, stop)) for place in range(processes)]
        done = await asyncio.gather(*keepers)
    return next((code for code in done if code), OK)


async def _keep(terminal: Terminal, found: Store, target: str | None, settings: Settings, place: int, stop: asyncio.Event) -> int:
    deaths, loop = 0, asyncio.get_running_loop()
    while not stop.is_set():
        begun = loop.time()
        process = await _start(found, target, settings, place)
        code = await _until_end(process, stop)
        if stop.is_set():
            return OK
        deaths = 0 if loop.time() - begun > UP_SECONDS else deaths + 1
        if deaths >= QUICK_DEATHS_MAX or code == 2:  # 2: its code or its settings are wrong
            stop.set()
            return code if code > 0 else FAILED
        terminal.say(f"worker {process.pid} ended ({code}); starting another")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), RESTART_SECONDS)
    return OK


async def _start(found: Store, target: str | None, settings: Settings, place: int) -> asyncio.subprocess.Process:
    environment = {**os.environ, "DATABASE_URL": found.url, "FLOWFORGE_LOG_FORMAT": settings.log_format}
    if settings.metrics_port:
        environment["FLOWFORGE_METRICS_PORT"] = str(settings.metrics_port + place)
    if found.server is not None and (own := own_key_file(settings)) is not None:
        environment["FLOWFORGE_SECRETS_KEY_FILE"] = str(own)  # to them it is a database like any other
    if found.direct_url:
        environment["DATABASE_DIRECT_URL"] = found.direct_url
    command = [sys.executable, "-m", "flowforge.cli", "worker", *([target] if target else []), "--concurrency", str(settings.concurrency)]
    # A session of its own: Ctrl-C reaches the supervisor alone, which then stops the workers in order.
    return await asyncio.create_subprocess_exec(*command, env=environment, start_new_session=True)


async def _until_end(process: asyncio.subprocess.Process, stop: asyncio.Event) -> int:
    ended, asked = asyncio.create_task(process.wait()), asyncio.create_task(stop.wait())
    await asyncio.wait([ended, asked], return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if not ended.done():
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
    return await ended
