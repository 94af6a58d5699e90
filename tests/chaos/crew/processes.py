"""The processes of a crew's trial: workers with agents, servers that let nobody in without a proof, and the books.

`python -m tests.chaos.crew.processes` is the nursery (see `tests/chaos/processes.py`).
"""

from __future__ import annotations

import base64
import os

from flowforge.agents.work import register_builtin, warm
from flowforge.api.app import create_app
from flowforge.api.server import Server
from flowforge.cli.host import stop_signals
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.retry import Backoff
from flowforge.orchestrator.worker import Worker
from flowforge.secrets.key_ring import KeyRing
from flowforge.secrets.vault import Vault
from flowforge.settings import Settings
from tests.chaos.crew.ledger import crew_tools, keep_books
from tests.chaos.processes import Order, nurse, opened, say
from tests.chaos.recording import Recorder

OPERATOR = "the operator's key of this trial, long enough"
KEK = base64.b64encode(bytes(range(32))).decode()


async def work(order: Order, _: Recorder) -> None:
    """A worker with the crew's tools, until SIGTERM."""
    os.environ.update(order["environment"])
    registry = Registry()
    register_builtin(registry, crew_tools(order["ledger"]))
    database = await opened(order)
    with stop_signals() as stop:
        worker = Worker(
            database,
            registry,
            app="crew",
            concurrency=order.get("slots", 16),
            backoff=Backoff(0.02, 0.05),
            linger_seconds=order.get("linger_seconds", 0.05),
            vanished_seconds=order.get("vanished_seconds", 0.5),
            poll_seconds=1.0,
        )
        await worker.start()
        say("ready", os.getpid())
        await stop.wait()
        await worker.stop()
    await database.close()


async def serve(order: Order, _: Recorder) -> None:
    """The API, until SIGTERM."""
    database, bell = await opened(order), Bell()
    await bell.open(database)
    settings = Settings(api_key=OPERATOR, rate_limits=False)
    with stop_signals() as stop:
        app = create_app(database, settings=settings, bell=bell, vault=Vault(KeyRing.from_text(KEK)))
        async with Server(app, "127.0.0.1", order["port"]) as server:
            say("ready", os.getpid(), server.port)
            await stop.wait()
    await bell.close()
    await database.close()


if __name__ == "__main__":
    warm()  # pydantic-ai, once for all that are born
    nurse({"worker": work, "server": serve, "ledger": keep_books})
