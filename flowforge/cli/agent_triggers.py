"""`flowforge agents triggers`: what starts an agent without anybody's code."""

from __future__ import annotations

from typing import Any

import click

from flowforge.cli.command import Command
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal, shorten


@click.command(
    "triggers",
    cls=Command,
    examples=(
        "flowforge agents triggers atlas",
        "flowforge agents triggers atlas --on order/created --if 'event.data.total > 1000' --title 'Look at {{event.data.id}}'",
        "flowforge agents triggers atlas --cron '0 9 * * 1-5' --tz Europe/Oslo --ask 'Report what is open.'",
        "flowforge agents triggers atlas --remove trg_01968f3ac8b17c02a3f08241a2f70009",
    ),
)
@click.argument("name")
@click.option("--on", "event", metavar="EVENT", help="Start it when this event comes; a pattern may hold *.")
@click.option("--cron", help="Start it at these times.")
@click.option("--tz", help="The time zone of --cron; UTC unless given.")
@click.option("--webhook", metavar="NAME", help="Start it by what is posted to /hooks/NAME.")
@click.option("--if", "if_", metavar="EXPRESSION", help="Only when this holds.")
@click.option("--title", help="Make a card with this title; {{expressions}} are filled in.")
@click.option("--description", help="What the card says.")
@click.option("--ask", "prompt", help="Make a run without a card, which is asked this.")
@click.option("--remove", metavar="ID", help="Take this one away.")
@server_options
async def triggers(terminal: Terminal, name: str, url: str | None, api_key: str | None, **given: str | None) -> None:
    """List what starts an agent; give it a trigger, or take one away."""
    removed = given.pop("remove")
    body = {field.rstrip("_"): value for field, value in given.items() if value is not None}
    if removed is not None and body:
        raise click.UsageError("--remove takes one away; say what to add in another command")
    path = f"/v1/agents/{segment(name)}/triggers"
    async with connect(url, api_key) as client:
        if removed is not None:
            await client.request("DELETE", f"{path}/{segment(removed)}")
            terminal.say(f"{removed} is gone")
            return
        if body:
            made = await client.request("POST", path, json=body | ({"makes": "run"} if "prompt" in body else {}))
            terminal.json_data(made) if terminal.json else terminal.data(made["id"])
            return
        found = [one async for one in client.pages(path)]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([_row(one) for one in found])
    else:
        terminal.say(
            f"nothing starts {name} by itself; give it a trigger with  flowforge agents triggers {name} --on order/created --title …"
        )


def _row(one: dict[str, Any]) -> list[str]:
    when = one["event"] or (f"cron {one['cron']} {one['tz']}" if one["cron"] else f"webhook {one['webhook']}")
    makes = one["title"] if one["makes"] == "task" else f"asks: {one['prompt']}"
    return [one["id"], when + (f" if {one['if']}" if one["if"] else ""), shorten(makes or "", 60)]
