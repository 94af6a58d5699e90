"""`flowforge worker`: executes runs of the functions in a file or module, in one process or several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flowforge.cli.command import Command
from flowforge.cli.failures import OK
from flowforge.cli.terminal import Terminal

if TYPE_CHECKING:
    from flowforge.cli.host import Store
    from flowforge.cli.project import Project
    from flowforge.settings import Settings


@click.command(
    "worker",
    cls=Command,
    examples=("flowforge worker app.py", "flowforge worker   # agents that need no code", "flowforge worker shop.flows --processes 4"),
)
@click.argument("target", metavar="[FILE|MODULE]", required=False)
@click.option("--concurrency", type=click.IntRange(1, 100_000), help="Runs that one process executes at once; 200 unless given.")
@click.option("--processes", type=click.IntRange(1, 256), default=1, show_default=True, help="How many worker processes.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="How log records look (FLOWFORGE_LOG_FORMAT); text unless given.")
def command(terminal: Terminal, target: str | None, concurrency: int | None, processes: int, log_format: str | None) -> int:
    """Run a worker until SIGTERM, which lets running steps end and hands the runs back. Without any code it runs agents."""
    from flowforge.cli.host import run, settings_for, store
    from flowforge.cli.log_lines import log_to_stderr
    from flowforge.cli.project import find_project

    project = find_project(target, codeless=True)
    settings = settings_for(project.root, concurrency=concurrency, log_format=log_format)
    log_to_stderr(verbose=terminal.verbose, settings=settings)
    if processes == 1:
        project.load()
    with store(settings) as found:
        if processes == 1:
            return run(_work(terminal, project, settings, found))
        return run(_work_together(terminal, target, settings, found, processes))


async def _work(terminal: Terminal, project: Project, settings: Settings, found: Store) -> int:
    from flowforge.audit.keeper import keeping_the_log
    from flowforge.cli.banner import CODELESS, as_json, registered
    from flowforge.cli.engine import measured, ringing, working
    from flowforge.cli.host import opened, stop_signals
    from flowforge.db.migrate import require_current
    from flowforge.orchestrator.registry import REGISTRY
    from flowforge.secrets.key_source import vault_of
    from flowforge.skills.tool import TOOLS

    vault = vault_of(settings)
    with stop_signals() as stop:
        await _migrate_embedded(found)
        async with opened(found) as database, ringing(database) as bell:
            await require_current(database)
            async with (
                keeping_the_log(database),
                measured(database, settings),
                working(database, bell, project, settings, vault) as worker,
            ):
                if terminal.json:
                    terminal.json_data({"event": "ready", "worker": worker.worker_id.hex, **as_json(REGISTRY, TOOLS)})
                else:
                    terminal.say(f"{project.app} · {found.shown}")
                    for line in registered(terminal, REGISTRY, TOOLS):
                        terminal.say(line)
                    if project.is_codeless:
                        terminal.say(CODELESS)
                    terminal.data("→ working · ready")
                await stop.wait()
                terminal.say("stopping: running steps may end, nothing new is begun")
    terminal.say("stopped")
    return OK


async def _work_together(terminal: Terminal, target: str | None, settings: Settings, found: Store, processes: int) -> int:
    from flowforge.cli.supervisor import supervise
    from flowforge.secrets.key_source import vault_of

    vault_of(settings)  # the file with its key, beside an embedded database, is there before the workers want it
    # The workers get the embedded database by its URL, like any other, and so they leave its schema alone.
    await _migrate_embedded(found)
    return await supervise(terminal, found, target, settings, processes)


async def _migrate_embedded(found: Store) -> None:
    """A database of one's own is migrated on purpose, by `flowforge migrate`."""
    if found.server is not None:
        await found.migrate()
