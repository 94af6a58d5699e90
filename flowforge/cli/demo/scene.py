"""What has to be there before the story begins: a fresh database, the scripted provider, the API, and the board's people."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flowforge.cli.demo.ledger import Ledger
from flowforge.cli.demo.tools import LEDGER
from flowforge.cli.engine import ringing
from flowforge.cli.host import APP_LOGIN, Store, opened
from flowforge.cli.scripted_model import point_at
from flowforge.settings import Settings

if TYPE_CHECKING:
    from flowforge.api.client import AsyncClient
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell
    from flowforge.testing.scripted_provider import Script

AGENT, PERSON, ORDER, AMOUNT = "atlas", "mira", "ORD-9218", 420
CHUNK_SECONDS = 0.03  # between two pieces of what a model says, where somebody watches it speak
MODEL = "claude-sonnet-4.5"
TITLE = f"Refund {ORDER}"
DESCRIPTION = f"Ada Reyes writes: my parcel never arrived. Please look the order {ORDER} up and refund ${AMOUNT}."
INSTRUCTIONS = "You are Atlas, of the support team. Look an order up before you promise anything. Refund what the task asks for."


@dataclass(frozen=True)
class Scene:
    """Everything is up, and nothing has happened yet."""

    database: Database
    bell: Bell
    url: str
    ledger: Ledger
    store: Store
    environment: dict[str, str]  # for workers in processes of their own
    needs_key: bool


@contextmanager
def stage(script: Script, settings: Settings, *, watched: bool) -> Iterator[tuple[Store, Ledger, dict[str, str]]]:
    """A fresh database and ledger in a directory that is removed afterwards, and the provider. To be entered before the loop."""
    from flowforge.db.embedded import EmbeddedPostgres
    from flowforge.db.login import as_login
    from flowforge.testing.scripted_provider import ScriptedProvider

    directory = _fresh_directory()
    server = EmbeddedPostgres(directory, binaries=settings.postgres_binaries)
    try:
        with ScriptedProvider(script, chunk_delay_seconds=CHUNK_SECONDS if watched else 0.0) as provider:
            owner = server.start()
            url = as_login(owner, APP_LOGIN)
            ledger = Ledger(directory / "ledger.sqlite")
            added = {**provider.environment(), LEDGER: str(ledger.file)}
            point_at(added)
            yield (
                Store(url, None, "embedded postgres, fresh for this demo", server=server, url_of_owner=owner),
                ledger,
                {**added, "DATABASE_URL": url},
            )
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


@asynccontextmanager
async def scene(found: Store, ledger: Ledger, environment: dict[str, str], settings: Settings) -> AsyncIterator[Scene]:
    """The API over that database, serving."""
    from flowforge.api.app import create_app
    from flowforge.api.server import Server

    await found.migrate()
    async with (
        opened(found) as database,
        ringing(database) as bell,
        Server(create_app(database, settings=settings, bell=bell), settings.host, settings.port) as server,
    ):
        yield Scene(database, bell, server.url, ledger, found, environment, settings.api_key is not None)


async def set_the_board(client: AsyncClient, say: Callable[[str], None]) -> tuple[str, str]:
    """A person, an agent, a task: as anybody would make them, over HTTP. Returns the ids of agent and task."""
    await client.request("POST", "/v1/users", json={"name": PERSON})
    body = {"name": AGENT, "model": MODEL, "instructions": INSTRUCTIONS, "tools": ["lookup_order", "issue_refund"]}
    agent = await client.request("POST", "/v1/agents", json=body)
    say(f"user {PERSON} · agent {AGENT} ({MODEL}) with lookup_order and issue_refund, which moves money and asks first")
    task = await client.request("POST", "/v1/tasks", json={"title": TITLE, "description": DESCRIPTION})
    say(f"task {task['key']}: {TITLE}")
    task = await client.request("PUT", f"/v1/tasks/{task['key']}/assignee", json={"agent": AGENT})
    say(f"{task['key']} assigned to {AGENT}")
    return agent["id"], task["key"]


def _fresh_directory() -> Path:
    """Open to the user that runs the server for root; the server itself closes what is inside."""
    place = "/var/tmp" if os.path.isdir("/var/tmp") else None  # noqa: S108 - mkdtemp makes the name
    directory = Path(tempfile.mkdtemp(prefix=f"flowforge-demo-{os.getpid()}-", dir=place))
    directory.chmod(0o755)
    return directory
