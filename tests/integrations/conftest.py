"""Real brokers, each a private instance on loopback with a directory of its own, gone with the test run."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flowforge.db.database import Database
from flowforge.integrations.intake import Intake
from flowforge.integrations.queue import Queue
from flowforge.orchestrator.retry import Backoff

PROCESS = Path(__file__).parent / "intake_process.py"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def binary(name: str, *places: str) -> str:
    """A server's program. Where CI runs it must be there; elsewhere its tests are skipped."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", *places]))
    if found is None and os.environ.get("FLOWFORGE_CI") == "1":
        pytest.fail(f"{name} is not installed")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


class Broker:
    """A server process that can be stopped and started again on the same port and directory."""

    def __init__(self, command: list[str], port: int, directory: Path, environment: dict[str, str] | None = None) -> None:
        self.command, self.port, self.directory = command, port, directory
        self.environment = {**os.environ, **(environment or {})}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.directory / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.directory, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError((self.directory / "server.log").read_text()[-3000:])

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


@pytest.fixture(scope="session")
def broker_directory() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="flowforge-broker-"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def redis(broker_directory: Path) -> Iterator[Broker]:
    """Redis with a password, so that a log which showed it would be noticed."""
    program, port, directory = binary("redis-server"), free_port(), broker_directory / "redis"
    directory.mkdir()
    options = ["--bind", "127.0.0.1", "--port", str(port), "--requirepass", "redis-pass", "--appendonly", "yes", "--dir", str(directory)]
    broker = Broker([program, *options], port, directory)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def nats_server(broker_directory: Path) -> Iterator[Broker]:
    program, port, directory = binary("nats-server"), free_port(), broker_directory / "nats"
    directory.mkdir()
    options = ["-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(directory), "--user", "ff", "--pass", "nats-pass"]
    broker = Broker([program, *options], port, directory)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def rabbitmq(broker_directory: Path) -> Iterator[Broker]:
    """RabbitMQ under this user, with a name server (epmd) of its own."""
    binary("rabbitmq-server")
    found = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    program = str(found[-1]) if found else binary("rabbitmq-server")
    port, epmd, directory = free_port(), free_port(), broker_directory / "rabbitmq"
    directory.mkdir()
    (directory / "plugins").write_text("[].")
    environment = {
        "HOME": str(directory),
        "RABBITMQ_NODENAME": f"fftest{port}@localhost",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(directory / "data"),
        "RABBITMQ_LOG_BASE": str(directory / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "plugins"),
        "RABBITMQ_CONFIG_FILE": str(directory / "none"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(directory / "none.config"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(epmd),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1",
    }
    broker = Broker([program], port, directory, environment)
    broker.start()
    yield broker
    broker.stop()
    for name in ("epmd", *map(str, Path("/usr/lib/erlang").glob("erts-*/bin/epmd"))):
        if program_of := shutil.which(name):
            subprocess.run([program_of, "-kill"], env=broker.environment, capture_output=True, check=False)
            break


@pytest.fixture
async def intake(database: Database) -> AsyncIterator[Callable[[Queue], Intake]]:
    """Start an intake of a queue; stopped at the end."""
    started: list[Intake] = []

    def start(queue: Queue) -> Intake:
        intake = Intake(queue, database, backoff=Backoff(0.05, 0.2))
        intake.start()
        started.append(intake)
        return intake

    yield start
    await asyncio.gather(*(intake.stop() for intake in started))


@pytest.fixture
def intake_process(clean_url: str) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """A real process that receives from a queue; with `crash` it dies by SIGKILL at that point."""
    started: list[subprocess.Popen[bytes]] = []

    def start(queue: Queue, crash: str = "") -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, str(PROCESS), clean_url, queue.url, queue.event, str(queue.redeliver_seconds)],
            env={**os.environ, "FLOWFORGE_CRASH": crash, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


class Stored:
    """What has come in."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def events(self) -> list[Any]:
        return list(await self.database.pool.fetch("select name, key, data from flowforge.event order by received_at, event_id"))

    async def count(self, count: int, seconds: float = 20) -> list[Any]:
        """The events, once there are so many."""
        async with asyncio.timeout(seconds):
            while len(found := await self.events()) < count:
                await asyncio.sleep(0.02)
        assert len(found) == count
        return found


@pytest.fixture
def stored(database: Database) -> Stored:
    return Stored(database)
