"""The command line as people meet it: a process, its two streams, its exit code."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.nursery import Born, Nursery

PATIENCE_SECONDS = 60.0
SERVE_KEY = "the-key-of-serve-in-these-tests-0123456789"  # `serve` is open to nobody; whoever is told of a server's URL gets it


class Running:
    """A `flowforge` process that goes on; its output is read as it comes."""

    def __init__(self, arguments: tuple[str, ...], directory: Path, environment: dict[str, str], nursery: Nursery | None) -> None:
        self.process: Born | subprocess.Popen[bytes]
        if nursery is not None:
            self.process = nursery.begin(arguments, directory, environment, together=True)
        else:
            command = [sys.executable, "-m", "flowforge.cli", *arguments]
            self.process = subprocess.Popen(
                command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
        self.output = ""
        self.bearer = {"authorization": f"Bearer {SERVE_KEY}"}
        self.url = ""

    def until(self, text: str, seconds: float = PATIENCE_SECONDS) -> str:
        """Read until `text` has come since the last call; returns what came."""
        assert self.process.stdout is not None
        came, deadline = "", time.monotonic() + seconds
        while text not in came:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            piece = os.read(self.process.stdout.fileno(), 65536).decode() if ready else ""
            if not piece:
                raise AssertionError(f"{text!r} did not come; what came:\n{self.output}{came}")
            came += piece
        self.output += came
        return came

    def ready(self) -> str:
        """Read the banner of a server; afterwards `url` is known."""
        banner = self.until("· ready\n")
        self.url = f"http://127.0.0.1:{banner.rpartition('listening on :')[2].partition(' ')[0]}"
        return banner

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send the signal; the exit code."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        self.output += rest.decode()
        assert self.process.returncode is not None
        return self.process.returncode


@pytest.fixture
def environment(database_url: str) -> dict[str, str]:
    """The test database, and nothing of the developer's shell."""
    path = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "DATABASE_URL": database_url, "PYTHONPATH": path}


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery | None]:
    if not hasattr(os, "pidfd_open"):
        yield None
        return
    nursery = Nursery()
    yield nursery
    nursery.close()


def forks(variables: dict[str, str]) -> bool:
    """Whether a process with these variables may be forked: not where they are for an interpreter that starts."""
    return not any(name.startswith(("PYTHON", "LD_", "COVERAGE")) for name in variables)


@pytest.fixture
def flowforge(
    tmp_path: Path, clean_url: str, environment: dict[str, str], nursery: Nursery | None
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run one command to its end."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "flowforge.cli", *arguments]
        key = {"FLOWFORGE_API_KEY": SERVE_KEY} if "FLOWFORGE_URL" in variables else {}
        wanted = {name: value for name, value in {**environment, **key, **variables}.items() if value}
        if nursery is not None and forks(variables):
            child = nursery.begin(arguments, tmp_path, wanted)
            out, err = child.communicate(PATIENCE_SECONDS * 2)
            assert child.returncode is not None
            return subprocess.CompletedProcess(command, child.returncode, out.decode(), err.decode())
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=wanted,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS * 2,
            check=False,
        )

    return run


@pytest.fixture
def start(tmp_path: Path, clean_url: str, environment: dict[str, str], nursery: Nursery | None) -> Iterator[Callable[..., Running]]:
    """Start a command that goes on; killed at the end if it still does."""
    started: list[Running] = []

    def begin(*arguments: str, **variables: str) -> Running:
        key = {"FLOWFORGE_API_KEY": SERVE_KEY} if arguments[0] == "serve" else {}
        wanted = {name: value for name, value in {**environment, **key, **variables}.items() if value}
        started.append(Running(arguments, tmp_path, wanted, nursery if forks(variables) else None))
        return started[-1]

    yield begin
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
        running.process.communicate()
