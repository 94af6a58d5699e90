"""Who does the work of the demo: a worker in this process, or, to be killed, workers in child processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from flowforge.cli.demo.scene import Scene
from flowforge.cli.engine import working
from flowforge.cli.project import find_project
from flowforge.errors import FlowForgeError
from flowforge.settings import Settings

TOOLS_MODULE = "flowforge.cli.demo.tools"


@asynccontextmanager
async def in_process_worker(scene: Scene, settings: Settings) -> AsyncIterator[None]:
    """A worker beside the API, as in `flowforge dev`; what model calls need is loaded first, so that the timeline shows the work."""
    from flowforge.orchestrator.models.warming import warm_models

    await asyncio.to_thread(warm_models().join)
    project = find_project(TOOLS_MODULE)
    project.load()
    async with working(scene.database, scene.bell, project, settings):
        yield


class ChildWorker:
    """`flowforge worker` in a process of its own; `kill` is SIGKILL, from which nothing can clean up."""

    def __init__(self, scene: Scene) -> None:
        self._environment = {**os.environ, **scene.environment}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        """Start a worker and wait until it says that it is ready."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "flowforge.cli", "worker", TOOLS_MODULE, "--quiet", env=self._environment, stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            if b"ready" in line:
                return
        raise FlowForgeError("the demo's worker did not start")

    async def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()

    async def stop(self) -> None:
        """SIGTERM, and its end."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), 10)
                return
            await self.kill()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()
