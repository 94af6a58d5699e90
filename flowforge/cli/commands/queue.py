"""`flowforge queue`: what waits and why; `queue pause` and `queue resume`; `queue limits` and `queue limit`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from flowforge.cli.command import Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal
from flowforge.clock import SYSTEM_CLOCK
from flowforge.durations import show as show_duration


@click.group("queue", cls=Noun, examples=("flowforge queue", "flowforge queue pause order.process_order --reason 'provider is down'"))
@server_options
async def command(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """Show open runs by function, and what keeps those that are queued."""
    async with connect(url, api_key) as client:
        queues = (await client.request("GET", "/v1/queue"))["data"]
    if terminal.json:
        terminal.json_data(queues)
    elif queues:
        terminal.table(
            [_row(queue) for queue in queues], ["function", "ready", "held", "running", "asleep", "waiting", "paused", "why", "oldest"]
        )
    else:
        terminal.say("no run is open")


@command.command("pause", examples=("flowforge queue pause order.process_order", "flowforge queue pause --all --reason maintenance"))
@click.argument("function", required=False)
@click.option("--all", "everything", is_flag=True, help="Pause the whole tenant.")
@click.option("--reason", help="Why, for people.")
@server_options
async def pause(
    terminal: Terminal, function: str | None, everything: bool, reason: str | None, url: str | None, api_key: str | None
) -> None:
    """Lease no more runs of a function; events go on to make runs, which wait."""
    async with connect(url, api_key) as client:
        paused = await client.request("PUT", _path(function, everything), json={"reason": reason})
    if terminal.json:
        terminal.json_data(paused)
    else:
        terminal.data(f"paused {function or 'everything'}")


@command.command("resume", examples=("flowforge queue resume order.process_order", "flowforge queue resume --all"))
@click.argument("function", required=False)
@click.option("--all", "everything", is_flag=True, help="End the pause of the whole tenant.")
@server_options
async def resume(terminal: Terminal, function: str | None, everything: bool, url: str | None, api_key: str | None) -> None:
    """End a pause: the runs go on, in a fair order."""
    async with connect(url, api_key) as client:
        await client.request("DELETE", _path(function, everything))
    if terminal.json:
        terminal.json_data({"resumed": function})
    else:
        terminal.data(f"resumed {function or 'everything'}")


@command.command("limits", examples=("flowforge queue limits", "flowforge queue limits --json"))
@server_options
async def limits(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List the limits that functions have."""
    async with connect(url, api_key) as client:
        found = (await client.request("GET", "/v1/limits"))["data"]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([[one["limit"], _allows(one), _set(one), one["app"]] for one in found], ["limit", "allows", "set to", "app"])
    else:
        terminal.say("no function has a limit")


@command.command("limit", examples=("flowforge queue limit stripe 20", "flowforge queue limit stripe --published"))
@click.argument("name")
@click.argument("capacity", type=click.IntRange(min=0), required=False)
@click.option("--published", is_flag=True, help="Take the change back: what the function says holds again.")
@server_options
async def limit(terminal: Terminal, name: str, capacity: int | None, published: bool, url: str | None, api_key: str | None) -> None:
    """Change a limit where it is in force; it stays so through deployments."""
    if published == (capacity is not None):
        raise click.UsageError("give a number, or --published")
    async with connect(url, api_key) as client:
        if published:
            changed = await client.request("DELETE", f"/v1/limits/{segment(name)}")
        else:
            changed = await client.request("PUT", f"/v1/limits/{segment(name)}", json={"capacity": capacity})
    if terminal.json:
        terminal.json_data(changed)
    else:
        terminal.data(f"{changed['limit']}: {changed['override'] if changed['override'] is not None else changed['capacity']}")


def _path(function: str | None, everything: bool) -> str:
    if everything == (function is not None):
        raise click.UsageError("name a function, or say --all")
    return "/v1/tenant/pause" if everything else f"/v1/functions/{segment(function or '')}/pause"


def _row(queue: dict[str, Any]) -> list[str]:
    oldest = queue["oldest_queued_at"]
    return [
        queue["function"],
        str(queue["ready"]),
        str(queue["at_gates"] + queue["gathering"]),
        *(str(queue[name]) for name in ("running", "sleeping", "waiting", "paused")),
        _why(queue),
        show_duration(SYSTEM_CLOCK.now().timestamp() - _seconds(oldest)) if oldest else "",
    ]


def _why(queue: dict[str, Any]) -> str:
    if queue["is_paused"]:
        return "the function is paused"
    if not queue["live"]:
        return "no live worker knows it"
    gates = queue["gates"]
    return gates[0]["reason"] + (f" (+{len(gates) - 1} more)" if len(gates) > 1 else "") if gates else ""


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _allows(limit: dict[str, Any]) -> str:
    if limit["per_seconds"] is None:
        return f"{limit['capacity']} at once"
    return f"{limit['capacity']} in {show_duration(limit['per_seconds'])}" + (f", burst {limit['burst']}" if limit["burst"] != 1 else "")


def _set(limit: dict[str, Any]) -> str:
    return "" if limit["override"] is None else str(limit["override"])
