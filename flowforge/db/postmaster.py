"""The server process over a data directory, as it describes itself in `postmaster.pid`.

A process number alone proves nothing, because numbers are given out again: a process counts as our server only when its
command line names our data.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Postmaster:
    """A server that runs, or ran, over `data`."""

    data: Path
    pid: int
    socket: str
    status: str  # starting, ready, stopping; empty while the file is half written

    @property
    def url(self) -> str:
        return f"postgresql://flowforge@/postgres?host={quote(self.socket, safe='/')}"

    def is_running(self) -> bool:
        return is_alive(self.pid) and str(self.data) in _command_line(self.pid)

    def is_ready(self) -> bool:
        """Does it accept connections?"""
        return self.status == "ready" and self.is_running()

    def end(self) -> bool:
        """Stop it by force of signals, gently first; the answer says whether it is gone."""
        for request in (signal.SIGINT, signal.SIGQUIT):  # fast shutdown, immediate shutdown
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, request)
            if wait_until(lambda: not self.is_running(), STOP_SECONDS):
                return True
        return False


def find_postmaster(data: Path) -> Postmaster | None:
    """What `postmaster.pid` says: pid, data directory, start time, port, socket directory, address, shared memory, status."""
    try:
        lines = [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except OSError:
        return None
    if not lines or not lines[0].isdigit():
        return None
    lines += [""] * 8
    return Postmaster(data, int(lines[0]), lines[4], lines[7])


def disown_dead_postmaster(data: Path) -> None:
    """Put our own number in the place of a dead server's.

    Its number may belong to another process by now, and PostgreSQL would refuse to start for as long as that one lives. It
    ignores its parent's number, and still makes sure that no old backend holds the shared memory that the file notes.
    """
    found = find_postmaster(data)
    if found is not None and not found.is_running():
        file = data / "postmaster.pid"
        file.write_text("\n".join([str(os.getpid()), *file.read_text().splitlines()[1:]]) + "\n")


def is_alive(pid: int) -> bool:
    """Is there a process of that number?"""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wait_until(fact: Callable[[], bool], seconds: float) -> bool:
    """Wait for a fact about another process; the answer says whether it came true in time."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not fact():
        if time.monotonic() >= end:
            return False
        pause.wait(0.01)
    return True


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        with contextlib.suppress(OSError):
            return subprocess.run(["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout
    return ""
