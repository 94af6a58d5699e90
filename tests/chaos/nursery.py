"""The harness's side of the nursery: processes that are born at once, and whose ends are known exactly."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.chaos.recording import Recorder

ROOT = Path(__file__).parent.parent.parent
READY_SECONDS = 60.0


class Child:
    """One process of a trial."""

    def __init__(self, nursery: Nursery, pid: int, recorder: Recorder) -> None:
        self.nursery, self.pid, self.recorder = nursery, pid, recorder
        self.ready: list[str] | None = None
        self.code: int | None = None

    @property
    def alive(self) -> bool:
        self.nursery.hear(0)
        return self.code is None

    @property
    def was_killed(self) -> bool:
        return self.code == -signal.SIGKILL

    def kill(self) -> None:
        """SIGKILL, now. The nursery writes the death down."""
        if self.alive:
            self.recorder.write("kill", whom=self.pid)
            os.kill(self.pid, signal.SIGKILL)

    def freeze(self) -> None:
        self.recorder.write("freeze", whom=self.pid)
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        self.recorder.write("thaw", whom=self.pid)
        os.kill(self.pid, signal.SIGCONT)

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        if self.alive:
            self.recorder.write("stop", whom=self.pid)
            os.kill(self.pid, signal.SIGTERM)

    async def over(self, seconds: float) -> bool:
        """Has it ended within that time?"""
        end = asyncio.get_running_loop().time() + seconds
        while self.alive and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.02)
        return not self.alive

    async def is_ready(self) -> None:
        async with asyncio.timeout(READY_SECONDS):
            while self.ready is None and self.alive:
                await asyncio.sleep(0.01)


class Nursery:
    """A process that has imported all that is slow, and forks others that begin at once (see `processes.py`). `household` is its module."""

    def __init__(self, household: str = "tests.chaos.processes") -> None:
        command = [sys.executable, "-m", household]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.children: dict[int, Child] = {}
        self._heard = b""
        self._newest: int | None = None
        self._recorder: Recorder | None = None

    def birth(self, recorder: Recorder, **order: Any) -> Child:
        """Fork a process that obeys this order."""
        assert self.process.stdin is not None
        self._recorder, self._newest = recorder, None
        self.process.stdin.write(json.dumps({**order, "recording": str(recorder.path)}).encode() + b"\n")
        while self._newest is None:
            self.hear(30)
        return self.children[self._newest]

    def hear(self, seconds: float) -> None:
        """Take in what the nursery has said, or says within this time."""
        assert self.process.stdout is not None
        while select.select([self.process.stdout], [], [], seconds)[0]:
            piece = os.read(self.process.stdout.fileno(), 65536)
            assert piece, "the nursery is gone"
            *lines, self._heard = (self._heard + piece).split(b"\n")
            for line in lines:
                self._take(*line.decode().split())
            seconds = 0

    def _take(self, fact: str, pid_text: str, *rest: str) -> None:
        pid = int(pid_text)
        if pid not in self.children or (fact == "born" and self.children[pid].code is not None):
            assert self._recorder is not None
            self.children[pid] = Child(self, pid, self._recorder)
        if fact == "born":
            self._newest = pid
        elif fact == "ready":
            self.children[pid].ready = list(rest)
        else:
            self.children[pid].code = int(rest[0])

    def close(self) -> None:
        """End it, and with it whoever of its children still lives."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


class Loner(Child):
    """A process that is started in a special way, not forked: with another clock, say."""

    def __init__(self, nursery: Nursery, recorder: Recorder, environment: dict[str, str], **order: Any) -> None:
        order["recording"] = str(recorder.path)
        command = [sys.executable, "-m", "tests.chaos.processes", json.dumps(order)]
        self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, bufsize=0)
        super().__init__(nursery, self.process.pid, recorder)
        recorder.write("born", whom=self.pid, role=order["role"], crash="")

    @property
    def alive(self) -> bool:
        assert self.process.stdout is not None
        if self.ready is None and select.select([self.process.stdout], [], [], 0)[0]:
            self.ready = self.process.stdout.readline().decode().split()[2:]
        if self.code is None and (code := self.process.poll()) is not None:
            self.code = code
            self.recorder.write("died", whom=self.pid, code=code)
        return self.code is None
