"""Commands of `flowforge` as processes that are forked from one which has imported everything: most of a short command's time is imports.

Where there are no pidfds (any system but Linux), a command is an ordinary new process.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

SCRIPT = Path(__file__).parent / "nursery_process.py"
BIRTH_SECONDS = 60.0  # the first one waits for the imports


class Born:
    """A forked command, with what `subprocess.Popen` has of it."""

    def __init__(self, nursery: Nursery, pid: int, stdout: IO[bytes], stderr: IO[bytes] | None) -> None:
        self.nursery, self.pid, self.stdout, self.stderr = nursery, pid, stdout, stderr
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.nursery.hear(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        until = time.monotonic() + (BIRTH_SECONDS if timeout is None else timeout)
        while self.poll() is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("flowforge", timeout or BIRTH_SECONDS)
            self.nursery.hear(0.05)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """What it still says until both ends are closed, and its end."""
        said = {stream: bytearray() for stream in (self.stdout, self.stderr) if stream is not None}
        open_ones, until = [stream for stream in said if not stream.closed], time.monotonic() + (timeout or BIRTH_SECONDS)
        while open_ones:
            ready, _, _ = select.select(open_ones, [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise subprocess.TimeoutExpired("flowforge", timeout or BIRTH_SECONDS)
            for stream in ready:
                piece = os.read(stream.fileno(), 65536)
                said[stream] += piece
                if not piece:
                    open_ones.remove(stream)
        for stream in said:
            stream.close()
        self.wait(max(0.1, until - time.monotonic()))
        return bytes(said[self.stdout]), bytes(said[self.stderr]) if self.stderr is not None else b""


class Nursery:
    """Forks commands. Close it at the end of the session."""

    def __init__(self) -> None:
        self.door, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(other.fileno())], pass_fds=[other.fileno()], stdin=subprocess.DEVNULL
        )
        other.close()
        self.born: dict[int, Born] = {}
        self.gone: dict[int, int] = {}
        self._newest: int | None = None

    def begin(self, arguments: Sequence[str], directory: Path, environment: Mapping[str, str], *, together: bool = False) -> Born:
        """Fork a command without standard input; `together`: stderr goes where stdout goes."""
        nothing = os.open(os.devnull, os.O_RDONLY)
        (out, its_out), (err, its_err) = os.pipe(), (-1, -1) if together else os.pipe()
        order = {"arguments": list(arguments), "directory": str(directory), "environment": dict(environment)}
        self._newest = None
        socket.send_fds(self.door, [json.dumps(order).encode()], [nothing, its_out, its_out if together else its_err])
        for file in {nothing, its_out, its_err} - {-1}:
            os.close(file)
        until = time.monotonic() + BIRTH_SECONDS
        while self._newest is None:
            assert time.monotonic() < until, "no command was born"
            self.hear(1)
        pid: int = self._newest
        child = self.born[pid] = Born(self, pid, os.fdopen(out, "rb", 0), None if together else os.fdopen(err, "rb", 0))
        child.returncode = self.gone.pop(pid, None)
        return child

    def hear(self, seconds: float) -> None:
        """Take in what has happened, or happens within this time."""
        while select.select([self.door], [], [], seconds)[0]:
            fact, pid, *code = self.door.recv(1024).decode().split()
            if fact == "born":
                self._newest = int(pid)
            elif int(pid) in self.born:
                self.born.pop(int(pid)).returncode = int(code[0])
            else:
                self.gone[int(pid)] = int(code[0])
            seconds = 0

    def close(self) -> None:
        self.door.close()
        self.process.wait()
