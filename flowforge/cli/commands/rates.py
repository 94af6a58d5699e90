"""`flowforge rates`: how fast a tenant may ask; `set` and `reset` for the operator of the deployment."""

from __future__ import annotations

from typing import Any

import click

from flowforge.cli.command import Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal
from flowforge.errors import InvalidInput


@click.group("rates", cls=Noun, examples=("flowforge rates", "flowforge rates set acme --requests 12000 --events 600000"))
@server_options
async def command(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """Show how fast the tenant may ask."""
    async with connect(url, api_key) as client:
        _show(terminal, await client.request("GET", "/v1/rate_limits"))


@command.command("set", examples=("flowforge rates set acme --requests 12000", "flowforge rates set acme --streams 1000"))
@click.argument("tenant")
@click.option("--requests", type=click.IntRange(min=1), help="Requests a minute.")
@click.option("--events", type=click.IntRange(min=1), help="Events a minute.")
@click.option("--streams", type=click.IntRange(min=1), help="Live streams open at once.")
@server_options
async def change(
    terminal: Terminal,
    tenant: str,
    requests: int | None,
    events: int | None,
    streams: int | None,
    url: str | None,
    api_key: str | None,
) -> None:
    """Set how fast a tenant may ask; what is not given is as for everybody."""
    wanted = {"requests_per_minute": requests, "events_per_minute": events, "streams": streams}
    if not any(wanted.values()):
        raise InvalidInput("nothing to set", hint="as in  flowforge rates set acme --requests 12000")
    async with connect(url, api_key) as client:
        _show(terminal, await client.request("PUT", f"/v1/rate_limits/{segment(tenant)}", json=wanted))


@command.command("reset", examples=("flowforge rates reset acme", "flowforge rates reset acme --json"))
@click.argument("tenant")
@server_options
async def reset(terminal: Terminal, tenant: str, url: str | None, api_key: str | None) -> None:
    """Let a tenant ask as fast as everybody."""
    async with connect(url, api_key) as client:
        await client.request("DELETE", f"/v1/rate_limits/{segment(tenant)}")
    terminal.say(f"{tenant} may ask as fast as everybody")


def _show(terminal: Terminal, found: dict[str, Any]) -> None:
    if terminal.json:
        terminal.json_data(found)
        return
    share = "" if found["key_share"] == 1 else f", of which one key may send {found['key_share']:.0%}"
    terminal.table(
        [
            ["requests", f"{found['requests_per_minute']:,} a minute{share}"],
            ["events", f"{found['events_per_minute']:,} a minute{share}"],
            ["streams", f"{found['streams']:,} open at once"],
        ]
    )
    if not found["counted"]:
        terminal.say("nothing is counted while the API is open to this machine")
