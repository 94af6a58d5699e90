"""`flowforge retention`: how long finished runs, events, frames and usage are kept; `set` changes it."""

from __future__ import annotations

from typing import Any

import click

from flowforge.cli.command import Noun
from flowforge.cli.server import connect, server_options
from flowforge.cli.terminal import Terminal
from flowforge.errors import InvalidInput

FOR_EVER = "forever"


@click.group("retention", cls=Noun, examples=("flowforge retention", "flowforge retention set --runs 90d --usage forever"))
@server_options
async def command(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """Show how long what is finished is kept."""
    async with connect(url, api_key) as client:
        _show(terminal, await client.request("GET", "/v1/retention"))


@command.command("set", examples=("flowforge retention set --runs 90d", "flowforge retention set --events 14d --frames 2d"))
@click.option("--runs", metavar="DURATION", help="Finished runs, after their end.")
@click.option("--events", metavar="DURATION", help="Events.")
@click.option("--frames", metavar="DURATION", help="Frames of finished runs.")
@click.option("--usage", metavar="DURATION|forever", help="What model calls used and cost.")
@server_options
async def change(terminal: Terminal, url: str | None, api_key: str | None, **ages: str | None) -> None:
    """Change it; the next sweep, within an hour, goes by it."""
    wanted = {name: None if age == FOR_EVER else age for name, age in ages.items() if age is not None}
    if not wanted:
        raise InvalidInput("nothing to change", hint="as in  flowforge retention set --runs 90d")
    async with connect(url, api_key) as client:
        _show(terminal, await client.request("PATCH", "/v1/retention", json=wanted))


def _show(terminal: Terminal, found: dict[str, Any]) -> None:
    if terminal.json:
        terminal.json_data(found)
    else:
        terminal.table([[name, found[name] or FOR_EVER] for name in ("runs", "events", "frames", "usage")])
