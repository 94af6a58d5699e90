"""`flowforge delegations`: who decides for whom while they are away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from flowforge.cli.command import Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal
from flowforge.clock import SYSTEM_CLOCK
from flowforge.durations import seconds

DELEGATIONS = "/v1/approval_delegations"
EXAMPLES = ("flowforge delegations", "flowforge delegations to jonas --for 7d", "flowforge delegations end dlg_0196…")


@click.group("delegations", cls=Noun, examples=EXAMPLES)
@server_options
async def command(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List who decides approvals for whom now."""
    async with connect(url, api_key) as client:
        found = [one async for one in client.pages(DELEGATIONS)]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([[one["id"], one["from"], one["to"], one["until"]] for one in found], ["id", "from", "to", "until"])
    else:
        terminal.say("everybody decides for themselves; hand yours on:  flowforge delegations to NAME --for 7d")


@command.command("to", examples=("flowforge delegations to jonas --for 7d", "flowforge delegations to jonas --for 12h --json"))
@click.argument("name")
@click.option("--for", "duration", metavar="DURATION", required=True, help="How long, as in 7d.")
@server_options
async def to(terminal: Terminal, name: str, duration: str, url: str | None, api_key: str | None) -> None:
    """Let another person of your role decide what is for you by name. An earlier delegation of yours ends."""
    until = (SYSTEM_CLOCK.now() + timedelta(seconds=seconds(duration))).isoformat()
    async with connect(url, api_key) as client:
        made = await client.request("POST", DELEGATIONS, json={"to": name, "until": until})
    _told(terminal, made)


@command.command(
    "end", examples=("flowforge delegations end dlg_01968f3ac8b17c02a3f08241a2f70051", "flowforge delegations end dlg_0196… -q")
)
@click.argument("id")
@server_options
async def end(terminal: Terminal, id: str, url: str | None, api_key: str | None) -> None:
    """Decide for yourself again; an admin ends anybody's."""
    async with connect(url, api_key) as client:
        await client.request("DELETE", f"{DELEGATIONS}/{segment(id)}")
    terminal.say(f"{id} has ended")


def _told(terminal: Terminal, made: dict[str, Any]) -> None:
    if terminal.json:
        terminal.json_data(made)
    elif terminal.quiet:
        terminal.data(made["id"])
    else:
        terminal.data(f"{made['to']} decides for {made['from']} until {made['until']}  {made['id']}")
