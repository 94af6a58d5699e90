"""What every engine in the comparison can be asked to do. Its worker processes write down what they see in `facts`."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from side_by_side.facts import Facts


class Contender:
    name: str
    most_done = 20_000  # steps done before the kill of W5, at most: beyond that it takes minutes to get there
    most_sleepers = 100_000
    events = 40  # of W4
    two_workers = True

    def __init__(self, directory: Path) -> None:
        self.directory = directory / type(self).__name__.lower()
        self.directory.mkdir(parents=True, mode=0o755)
        self.facts = Facts(self.directory / "facts")
        self.workers: list[subprocess.Popen[bytes]] = []

    async def open(self) -> None:
        """Install what it needs and start its server, once."""

    async def close(self) -> None:
        """End whatever `open` has started."""

    async def fresh(self) -> None:
        """Nothing is left of the workload before."""

    async def start(self, workers: int = 1, **environment: str) -> None:
        """Start worker processes and wait until they say that they are ready."""
        raise NotImplementedError

    async def begin(self, kind: str, inputs: list[dict[str, Any]]) -> None:
        """Start a run for each input; returns once they are stored."""
        raise NotImplementedError

    async def ended(self) -> None:
        """Returns when every run has ended."""
        raise NotImplementedError

    async def transactions(self) -> int | None:
        """How many transactions its database has seen; None where there is no such thing."""
        return None

    def servers(self) -> list[int]:
        """The processes whose CPU counts besides the workers'."""
        raise NotImplementedError

    def holders(self) -> list[int]:
        """The processes that would hold what a sleeping run needs."""
        return [worker.pid for worker in self.workers]

    def spawn(self, command: list[str], environment: dict[str, str], log: str, **more: Any) -> subprocess.Popen[bytes]:
        with (self.directory / log).open("ab") as out:
            settings = {**os.environ, "BENCH_FACTS": str(self.facts.path), **environment}
            return subprocess.Popen(command, env=settings, stdout=out, stderr=subprocess.STDOUT, **more)

    def kill(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self.workers.clear()

    async def stop(self) -> None:
        for worker in self.workers:
            worker.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 20
        while any(worker.poll() is None for worker in self.workers) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        self.kill()

    async def logged(self, log: str, words: str, count: int = 1, seconds: float = 60) -> None:
        """Wait until the log says it so often; a worker that died first is an error with the end of its log."""
        deadline = time.monotonic() + seconds
        while (text := (self.directory / log).read_text()).count(words) < count:
            if time.monotonic() > deadline or any(worker.poll() is not None for worker in self.workers):
                raise RuntimeError(f"{self.name} did not start:\n{text[-2000:]}")
            await asyncio.sleep(0.005)
