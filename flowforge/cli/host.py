"""What the processes of ours share: the database they stand on and the signals that end them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from flowforge.errors import DatabaseUnavailable
from flowforge.settings import Settings, default_data

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.db.embedded import EmbeddedPostgres
    from flowforge.db.migrate import Migrated

GUARD_SECONDS = 1.0
APP_LOGIN = "flowforge_app"  # what the processes of ours are in the embedded server; its migrations are the superuser's

T = TypeVar("T")

log = logging.getLogger("flowforge.cli")


@dataclass(frozen=True)
class Store:
    """A PostgreSQL that is up: its URLs, and how to name it to people."""

    url: str
    direct_url: str | None
    shown: str
    pooler: bool = False
    server: EmbeddedPostgres | None = None
    url_of_owner: str | None = None

    @property
    def migration_url(self) -> str:
        return self.url_of_owner or self.direct_url or self.url

    async def migrate(self, app_login: str | None = None) -> Migrated:
        """Bring the schema up to date and let that login in; in the embedded server, our own."""
        from flowforge.db.migrate import migrate

        return await migrate(self.migration_url, app_login=app_login or (APP_LOGIN if self.server is not None else None))


def settings_for(root: Path | None = None, **overrides: Any) -> Settings:
    """The settings of this process; a project that lies outside of the current directory keeps its database beside it."""
    settings = Settings.from_environment(**overrides)
    here = Path.cwd()
    if root is None or root.is_relative_to(here) or settings.data != default_data(here):
        return settings
    return replace(settings, data=default_data(root))


@contextmanager
def store(settings: Settings, *, durable: bool = True) -> Iterator[Store]:
    """The database of `DATABASE_URL`, or the embedded one for as long as the context lasts. Call it from the main thread."""
    if settings.database_url is not None:
        yield Store(settings.database_url, settings.database_direct_url, _shown(settings.database_url), settings.database_pooler)
        return
    from flowforge.db.embedded import EmbeddedPostgres
    from flowforge.db.login import as_login

    server = EmbeddedPostgres(settings.data, binaries=settings.postgres_binaries, durable=durable)
    try:
        owner = server.start()
        yield Store(as_login(owner, APP_LOGIN), None, f"embedded postgres {_near(settings.data)}", server=server, url_of_owner=owner)
    finally:
        server.stop()


@asynccontextmanager
async def opened(found: Store, *, pool_size: int = 8) -> AsyncIterator[Database]:
    """The store, open. An embedded server that this process only shares is started again here when its owner leaves."""
    from flowforge.db.database import Database

    guard = asyncio.create_task(_guard(found.server)) if found.server is not None else None
    try:
        async with await Database.open(found.url, direct_url=found.direct_url, pooler=found.pooler, pool_size=pool_size) as database:
            yield database
    finally:
        if guard is not None:
            guard.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await guard


def run(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` on the fastest loop that is installed, in a process that lives for it."""
    # Runs in flight are many young objects, and hardly any of them in cycles; what is imported is never garbage. To look through
    # it all at every 700 new objects takes a fifth of a busy worker's time.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    try:
        import uvloop
    except ImportError:  # Windows and PyPy have none
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


@contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set. A second signal takes its usual course: whoever asks twice does not want to wait."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    numbers = (signal.SIGTERM, signal.SIGINT)

    def ask() -> None:
        stop.set()
        for number in numbers:
            loop.remove_signal_handler(number)

    for number in numbers:
        loop.add_signal_handler(number, ask)
    try:
        yield stop
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def _guard(server: EmbeddedPostgres) -> None:
    """Its owner's end takes the server from its guests; whoever notices first becomes the owner. The URL stays the same."""
    while True:
        await asyncio.sleep(GUARD_SECONDS)
        try:
            _ = server.url
        except DatabaseUnavailable:
            try:
                server.start()
            except DatabaseUnavailable as error:
                log.warning("postgres.away", extra={"error": repr(error)})


def _shown(url: str) -> str:
    """A database URL for people: without user and password."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2] or "socket"
    return f"postgres {host}{parts.path}"


def _near(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
