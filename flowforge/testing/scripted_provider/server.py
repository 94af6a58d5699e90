"""The scripted provider in this process: a thread with its own event loop, on a free port of the loopback address."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
from types import TracebackType

import uvicorn
from starlette.types import ASGIApp

from flowforge.errors import FlowForgeError
from flowforge.testing.scripted_provider.app import Behaviour, Received, create_app
from flowforge.testing.scripted_provider.fault import Fault, FaultKind
from flowforge.testing.scripted_provider.reply import Script
from flowforge.testing.scripted_provider.scripts import everyday

_START_SECONDS = 10.0
_STOP_SECONDS = 5.0

__all__ = ["Received", "ScriptedProvider"]


class ScriptedProvider:
    """A model provider on loopback that answers by a script.

    >>> with ScriptedProvider() as provider:
    ...     provider.base_url.startswith("http://127.0.0.1:")
    True
    """

    def __init__(self, script: Script = everyday, *, port: int = 0, chunk_delay_seconds: float = 0.0) -> None:
        self._behaviour = Behaviour(script, chunk_delay_seconds)
        self._wanted_port = port
        self._port: int | None = None
        self._thread: threading.Thread | None = None
        self._server: _Server | None = None

    def start(self) -> str:
        """Listen, and return the base URL for OpenAI clients (`http://127.0.0.1:PORT/v1`)."""
        if self._server is not None:
            return self.base_url
        listener = socket.create_server(("127.0.0.1", self._wanted_port))
        self._port = listener.getsockname()[1]
        self._server = server = _Server(create_app(self._behaviour))
        self._thread = threading.Thread(target=server.run, args=([listener],), name="scripted-provider", daemon=True)
        self._thread.start()
        if not server.listening.wait(_START_SECONDS):
            raise FlowForgeError(f"the scripted provider did not start within {_START_SECONDS:.0f} s")
        return self.base_url

    def stop(self) -> None:
        """Close the port; open streams are dropped. Safe to repeat."""
        if self._server is None or self._thread is None:
            return
        self._server.end()
        self._thread.join(_STOP_SECONDS)
        self._thread = self._server = None

    @property
    def base_url(self) -> str:
        """What OPENAI_BASE_URL wants."""
        return f"{self.root_url}/v1"

    @property
    def root_url(self) -> str:
        """What ANTHROPIC_BASE_URL wants."""
        if self._port is None:
            raise FlowForgeError("the scripted provider is not started", hint="call start(), or use it in a with statement")
        return f"http://127.0.0.1:{self._port}"

    def environment(self) -> dict[str, str]:
        """The variables that send model calls here, by the client that needs no library: it starts at once."""
        key = "sk-scripted-provider-000000000000"
        return {
            "OPENAI_BASE_URL": self.base_url,
            "OPENAI_API_KEY": key,
            "ANTHROPIC_BASE_URL": self.root_url,
            "ANTHROPIC_API_KEY": key,
            "FLOWFORGE_MODEL_CLIENT": os.environ.get("FLOWFORGE_MODEL_CLIENT") or "http",
        }

    @property
    def requests(self) -> list[Received]:
        """Everything that was asked so far, oldest first."""
        return self._behaviour.requests

    def answer_with(self, script: Script) -> None:
        """Follow another script from the next request on."""
        self._behaviour.script = script

    def fail_next(self, kind: FaultKind, *, times: int = 1, retry_after: float | None = None, model: str | None = None) -> None:
        """Fail the next requests, all or those of one model, then be well again."""
        self._behaviour.faults += [(Fault(kind, retry_after), model)] * times

    def be_well(self) -> None:
        """Forget the failures that were ordered and have not come."""
        self._behaviour.faults.clear()

    def __enter__(self) -> ScriptedProvider:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


class _Server(uvicorn.Server):
    """A server that says when it listens, and sends no header that would differ between two recordings."""

    def __init__(self, app: ASGIApp) -> None:
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # a dropped connection is scripted, not news
        self.listening = threading.Event()
        self._ended = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self.listening.set()

    async def main_loop(self) -> None:
        await self._ended.wait()  # uvicorn looks ten times a second whether it is to end; a test suite stops hundreds of these

    def end(self) -> None:
        """Stop at once, from any thread."""
        self.should_exit = self.force_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._ended.set)
