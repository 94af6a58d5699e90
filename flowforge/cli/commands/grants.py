"""`flowforge grants`: what people have said need not be asked about again, and taking that back."""

from __future__ import annotations

from typing import Any

import click

from flowforge.cli.command import Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal


@click.group("grants", cls=Noun, examples=("flowforge grants", "flowforge grants --task FF-12", "flowforge grants revoke grt_0196…"))
@click.option("--task", help="Only of this task.")
@click.option("--all", "everything", is_flag=True, help="Those that cannot be used any more too.")
@server_options
async def command(terminal: Terminal, task: str | None, everything: bool, url: str | None, api_key: str | None) -> None:
    """List grants, oldest first."""
    wanted = ({"task": task} if task else {}) | ({} if everything else {"holds": "true"})
    async with connect(url, api_key) as client:
        found = [one async for one in client.pages("/v1/grants", params=wanted or None)]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([_row(one) for one in found], ["id", "task", "tool", "for", "used", "until", "by"])
    else:
        terminal.say("nothing is granted; grant with a decision:  flowforge approvals approve ID --grant call")


@command.command(
    "revoke", examples=("flowforge grants revoke grt_01968f3ac8b17c02a3f08241a2f70041", "flowforge grants revoke grt_01968f3a… --json")
)
@click.argument("id")
@server_options
async def revoke(terminal: Terminal, id: str, url: str | None, api_key: str | None) -> None:
    """The next such call is asked about."""
    async with connect(url, api_key) as client:
        grant = await client.request("DELETE", f"/v1/grants/{segment(id)}")
    terminal.json_data(grant) if terminal.json else terminal.data(f"{grant['tool']} on {grant['task']} is asked about again")


def _row(grant: dict[str, Any]) -> list[str]:
    used = str(grant["uses"]) if grant["uses_max"] is None else f"{grant['uses']} of {grant['uses_max']}"
    what = "this very call" if grant["scope"] == "call" else "any call"
    end = (grant["revoked_at"] and f"revoked by {grant['revoked_by']}") or grant["expires_at"] or ""
    return [grant["id"], grant["task"] or "", grant["tool"], what, used, end, grant["granted_by"]]
