"""`flowforge functions`: what the workers have published, what triggers it, and when a schedule comes next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from flowforge.cli.command import Command
from flowforge.cli.figures import until
from flowforge.cli.server import connect, server_options
from flowforge.cli.terminal import Terminal


@click.command("functions", cls=Command, examples=("flowforge functions", "flowforge functions --all --json"))
@click.option("--all", "everything", is_flag=True, help="Also the built-in ones.")
@server_options
async def command(terminal: Terminal, everything: bool, url: str | None, api_key: str | None) -> None:
    """List functions: triggers, retries, and whether a running worker knows them."""
    async with connect(url, api_key) as client:
        functions = [function async for function in client.pages("/v1/functions") if everything or not function["builtin"]]
    if terminal.json:
        terminal.json_data(functions)
    elif functions:
        terminal.table([_row(terminal, function) for function in functions], ["function", "triggers", "retries", "source", "worker"])
    else:
        terminal.say("no functions yet; a worker publishes its own when it starts:  flowforge dev")


def _row(terminal: Terminal, function: dict[str, Any]) -> list[str]:
    return [
        function["id"],
        _triggers(function),
        f"retries {function['retries']}",
        function["source"] or "",
        "" if function["live"] else terminal.paint("no live worker", "dim"),
    ]


def _triggers(function: dict[str, Any]) -> str:
    """`cron 0 3 * * * Europe/Oslo, next in 4 h 12 m` for a schedule, the words alone for others."""
    coming = [schedule["next_at"] for schedule in function["schedules"] if schedule["next_at"]]
    soonest = min(map(datetime.fromisoformat, coming), default=None)
    words = ", ".join(function["triggers"]) or "called by its id"
    return words if soonest is None else f"{words}, next {until(soonest)}"
