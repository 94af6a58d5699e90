"""What `flowforge dev` does: API, worker and the live account of runs beside each other, and the new code when files change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from flowforge import __version__, ids
from flowforge.api.served_code import CodeFault, ServedCode
from flowforge.cli import figures
from flowforge.cli.banner import CODELESS, as_json, registered
from flowforge.cli.engine import publish_offers, ringing, working
from flowforge.cli.failures import OK
from flowforge.cli.host import Store, opened, stop_signals
from flowforge.cli.project import ImportFailed, Project
from flowforge.cli.tail import RunTail
from flowforge.cli.terminal import Terminal
from flowforge.clock import SYSTEM_CLOCK
from flowforge.durations import show
from flowforge.errors import ConfigurationError
from flowforge.metrics import watching_the_loop
from flowforge.settings import Settings

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.db.migrate import Migrated
    from flowforge.orchestrator.worker.worker import Worker

_IGNORED = frozenset(
    {".git", ".flowforge", ".venv", "venv", "node_modules", "__pycache__", "site-packages", ".mypy_cache", ".pytest_cache"}
)
_WATCHED = (".py", "SKILL.md", "prices.toml")


class Development:
    """One `flowforge dev`."""

    def __init__(self, terminal: Terminal, project: Project, settings: Settings, found: Store, *, model: str, reload: bool) -> None:
        self._terminal, self._project, self._settings, self._found = terminal, project, settings, found
        self._model, self._reload = model, reload
        self._code = ServedCode(reloads=reload)
        self._begun = SYSTEM_CLOCK.monotonic()

    async def run(self) -> int:
        """Until SIGTERM or SIGINT; running steps may end first."""
        from flowforge.api.app import create_app
        from flowforge.api.server import Server
        from flowforge.cli.audit_log import keeping
        from flowforge.secrets.key_source import vault_of

        vault = vault_of(self._settings)
        with stop_signals() as stop:
            migrated = await self._found.migrate()
            async with opened(self._found) as database, ringing(database) as bell:
                app = create_app(database, settings=self._settings, bell=bell, vault=vault)
                app.state.code = self._code
                async with working(database, bell, self._project, self._settings, vault) as worker:
                    async with (
                        keeping(app, database, self._settings, vault, unsigned=logging.INFO),
                        watching_the_loop(SYSTEM_CLOCK),
                        Server(app, self._settings.host, self._settings.port) as server,
                    ):
                        await self._announce(database, migrated, server.url, server.port)
                        async with RunTail(self._terminal, database, bell, self._line):
                            await self._until(stop, database, worker)
                    self._terminal.say("stopping: running steps may end, waiting runs stay in the database")
        self._terminal.say("stopped")
        return OK

    async def _until(self, stop: asyncio.Event, database: Database, worker: Worker) -> None:
        if not self._reload:
            await stop.wait()
            return
        async for names in _changes(self._project, stop):
            await self._take_over(names, database, worker)

    async def _take_over(self, names: list[str], database: Database, worker: Worker) -> None:
        """The changed code, if it can be imported; the old one goes on serving if not."""
        from flowforge.orchestrator.registry import REGISTRY

        what = ", ".join(names)
        try:
            self._project.load()
            await publish_offers(database, self._project)
        except ConfigurationError as error:
            traceback = error.traceback.rstrip() if isinstance(error, ImportFailed) else None
            self._code.fault = CodeFault(tuple(names), error.message, traceback, SYSTEM_CLOCK.now())
            if traceback is not None:
                self._terminal.error(traceback)
            self._terminal.error(self._now("✗", "red", f"{what} changed, but {error.message}; the code before it goes on serving"))
            return
        self._code.fault = None
        await worker.reload()
        functions = ", ".join(function.name for function in REGISTRY if not function.builtin) or "no function"
        self._line(self._now("~", "ember", f"{what} changed: {functions} reloaded{await _carried_over(database)}"))

    async def _announce(self, database: Database, migrated: Migrated, url: str, port: int) -> None:
        from flowforge.agents.agent import list_agents
        from flowforge.api.dashboard import own_dashboard
        from flowforge.orchestrator.registry import REGISTRY
        from flowforge.skills.tool import TOOLS

        took = show(SYSTEM_CLOCK.monotonic() - self._begun)
        if self._terminal.json:
            facts = {"event": "ready", "url": url, "port": port, "database": self._found.shown, **as_json(REGISTRY, TOOLS)}
            self._terminal.json_data(facts)
            return
        if not self._terminal.quiet:
            agents = (await list_agents(database.pool, ids.DEFAULT_TENANT)).data
            schema = f"migrated {migrated.after:04}" if migrated.applied else f"schema {migrated.after:04}"
            self._terminal.data(f"flowforge {__version__} · {self._project.app} · {self._found.shown} ({schema})")
            for line in registered(self._terminal, REGISTRY, TOOLS, agents, model=self._model):
                self._terminal.data(line)
            if self._project.is_codeless:
                self._terminal.data(CODELESS)
            elif not any(not function.builtin for function in REGISTRY):
                self._terminal.data(f"  no functions yet: {self._project.app} registers none with @flowforge.function")
            login = "needs the key FLOWFORGE_API_KEY" if self._settings.api_key else "open to this machine, no key needed"
            what = "dashboard" if own_dashboard().is_built else "API"  # which is at the same address
            self._terminal.data(f"  {self._terminal.paint(f'{what:<10}', 'dim')} {url}   {login}   up in {took}")
        self._terminal.data(f"→ listening on :{port} · ready")

    def _line(self, text: str) -> None:
        if not self._terminal.json and not self._terminal.quiet:
            self._terminal.data(text)

    def _now(self, sign: str, style: str, text: str) -> str:
        return f"{figures.time_of_day()} {self._terminal.paint(sign, style)} {text}"


async def _changes(project: Project, stop: asyncio.Event) -> AsyncIterator[list[str]]:
    """The names of files that changed, whenever some did, until `stop`."""
    from watchfiles import Change, awatch

    def matters(change: Change, path: str) -> bool:
        inner = path.removeprefix(str(project.root)).split("/")
        return path.endswith(_WATCHED) and not _IGNORED.intersection(inner)

    async for changes in awatch(project.root, watch_filter=matters, stop_event=stop, debounce=300, step=50):
        yield sorted({path.removeprefix(f"{project.root}/") for _, path in changes})


async def _carried_over(database: Database) -> str:
    """How many runs now go on with other code than they began with."""
    from flowforge.db.queries import load_queries

    count: int = await load_queries("flowforge.cli").count_open_runs.fetchval(database.pool)
    return f"; {count} open {'run continues' if count == 1 else 'runs continue'} on the new code" if count else ""
