"""`flowforge agents run`: an agent at work without a card, and its answer."""

from __future__ import annotations

import json
from typing import Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Command
from flowforge.cli.failures import FAILED, OK
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal


@click.command(
    "run",
    cls=Command,
    examples=('flowforge agents run atlas "Which orders look like fraud?"', "flowforge agents run atlas 'Report.' --budget 0.50 --no-wait"),
)
@click.argument("name")
@click.argument("prompt")
@click.option("--budget", metavar="USD", help="What its model calls may cost.")
@click.option("--no-wait", is_flag=True, help="Print the run and end; its output will be the answer.")
@server_options
async def run(terminal: Terminal, name: str, prompt: str, budget: str | None, no_wait: bool, url: str | None, api_key: str | None) -> int:
    """Let an agent work without a card, and print what it answers."""
    async with connect(url, api_key) as client:
        body: dict[str, Any] = {"prompt": prompt} | ({"budget": budget} if budget else {})
        begun = await client.request("POST", f"/v1/agents/{segment(name)}/runs", json=body)
        if no_wait:
            terminal.json_data(begun) if terminal.json else terminal.data(begun["id"])
            return OK
        terminal.say(f"run {begun['label']}; see it with  flowforge runs show {figures.ending(begun['id'])}")
        async for _ in client.runs.follow(begun["id"]):
            pass
        done = await client.request("GET", f"/v1/runs/{begun['id']}")
    if terminal.json:
        terminal.json_data(done)
    elif done["state"] == "completed":
        answer = done["output"]
        terminal.data(answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False))
    else:
        terminal.error(f"{done['state']}: {(done['error'] or {}).get('message') or done['reason'] or ''}".rstrip(": "))
    return OK if done["state"] == "completed" else FAILED
