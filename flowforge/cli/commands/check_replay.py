"""`flowforge check-replay`: would the code go on with these runs as they were recorded?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from flowforge.cli.command import Command
from flowforge.cli.failures import FAILED, OK
from flowforge.cli.terminal import Terminal


@click.command(
    "check-replay",
    cls=Command,
    examples=("flowforge check-replay app.py order.json", "flowforge check-replay shop.flows histories/*.json --json"),
)
@click.argument("target", metavar="FILE|MODULE")
@click.argument("histories", metavar="HISTORY…", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
async def command(terminal: Terminal, target: str, histories: tuple[Path, ...]) -> int:
    """Replay recorded runs against the code in FILE|MODULE, with no effects and no database, and name every difference.

    Before a deploy: a run that is in flight goes on with the new code only if that asks for the steps which are recorded.
    """
    from flowforge.agents.work import register_builtin
    from flowforge.cli.project import find_project
    from flowforge.orchestrator.registry import REGISTRY
    from flowforge.testing.replay import read_history, replay_history

    find_project(target).load()
    register_builtin(REGISTRY)
    read = [read_history(file) for file in histories]
    reports = [await replay_history(history) for history in read]
    if terminal.json:
        terminal.json_data([asdict(report) for report in reports])
    for report in reports:
        if not terminal.json:
            sign = terminal.paint("✗ ", "red") if report.drifts else terminal.paint("✓ ", "green")
            terminal.data(sign + str(report))
    return FAILED if any(report.drifts for report in reports) else OK
