"""`flowforge webhooks`: the endpoints that hear what happens, their signing keys, and what was sent to them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal, shorten

MARKS = {"pending": ("◐", "yellow"), "delivered": ("✓", "green"), "failed": ("✗", "red")}


@click.group(
    "webhooks",
    cls=Noun,
    examples=("flowforge webhooks", "flowforge webhooks add https://hooks.example.com/x --event run.failed --event 'task.*'"),
)
@server_options
async def command(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List the endpoints, and how they fare."""
    async with connect(url, api_key) as client:
        found = [endpoint async for endpoint in client.pages("/v1/webhook_endpoints")]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([_row(terminal, endpoint) for endpoint in found])
    else:
        terminal.say("nothing is sent anywhere; add an endpoint:  flowforge webhooks add https://… --event run.failed")


@command.command(
    "add",
    examples=(
        "flowforge webhooks add https://hooks.example.com/x --event run.failed",
        "flowforge webhooks add https://hooks.example.com/all --event '*' --description audit",
    ),
)
@click.argument("address", metavar="URL")
@click.option("--event", "events", multiple=True, required=True, help="A name, a family as in run.*, or *; may be given several times.")
@click.option("--description", default="", help="What it is for.")
@server_options
async def add(terminal: Terminal, address: str, events: tuple[str, ...], description: str, url: str | None, api_key: str | None) -> None:
    """Add an endpoint. Its signing key is printed once, now."""
    async with connect(url, api_key) as client:
        made = await client.request(
            "POST", "/v1/webhook_endpoints", json={"url": address, "events": list(events), "description": description}
        )
    _tell_secret(terminal, made)


@command.command("show", examples=("flowforge webhooks show 41a2f7", "flowforge webhooks show 41a2f7 --json"))
@click.argument("endpoint")
@server_options
async def show(terminal: Terminal, endpoint: str, url: str | None, api_key: str | None) -> None:
    """Show an endpoint."""
    async with connect(url, api_key) as client:
        found = await client.request("GET", f"/v1/webhook_endpoints/{segment(endpoint)}")
    _tell(terminal, found)


@command.command("set", examples=("flowforge webhooks set 41a2f7 --enable", "flowforge webhooks set 41a2f7 --event 'run.*'"))
@click.argument("endpoint")
@click.option("--address", help="Another address.")
@click.option("--event", "events", multiple=True, help="What it listens to from now on, instead of what it did.")
@click.option("--description", help="What it is for.")
@click.option("--enable/--disable", "enabled", default=None, help="Whether anything is sent there.")
@server_options
async def change(
    terminal: Terminal,
    endpoint: str,
    address: str | None,
    events: tuple[str, ...],
    description: str | None,
    enabled: bool | None,
    url: str | None,
    api_key: str | None,
) -> None:
    """Change an endpoint; what is not given stays."""
    given = {"url": address, "events": list(events) or None, "description": description, "enabled": enabled}
    body = {name: value for name, value in given.items() if value is not None}
    if not body:
        raise click.UsageError("say what is to change: --address, --event, --description, --enable or --disable")
    async with connect(url, api_key) as client:
        found = await client.request("PATCH", f"/v1/webhook_endpoints/{segment(endpoint)}", json=body)
    _tell(terminal, found)


@command.command("delete", examples=("flowforge webhooks delete 41a2f7", "flowforge webhooks delete whe_01968f3ac8b17c02a3f08241a2f70031"))
@click.argument("endpoint")
@server_options
async def delete(terminal: Terminal, endpoint: str, url: str | None, api_key: str | None) -> None:
    """Delete an endpoint, with its keys and its deliveries."""
    async with connect(url, api_key) as client:
        await client.request("DELETE", f"/v1/webhook_endpoints/{segment(endpoint)}")
    terminal.say(f"endpoint {endpoint} is gone")


@command.command("rotate", examples=("flowforge webhooks rotate 41a2f7", "flowforge webhooks rotate 41a2f7 --overlap 1h"))
@click.argument("endpoint")
@click.option("--overlap", default="24h", show_default=True, help="How long the key before it signs beside it.")
@server_options
async def rotate(terminal: Terminal, endpoint: str, overlap: str, url: str | None, api_key: str | None) -> None:
    """Give an endpoint a new signing key, which is printed once, now."""
    async with connect(url, api_key) as client:
        made = await client.request("POST", f"/v1/webhook_endpoints/{segment(endpoint)}/keys", json={"overlap": overlap})
    _tell_secret(terminal, made)


@command.command("ping", examples=("flowforge webhooks ping 41a2f7", "flowforge webhooks ping 41a2f7 --json"))
@click.argument("endpoint")
@server_options
async def ping(terminal: Terminal, endpoint: str, url: str | None, api_key: str | None) -> None:
    """Send a test delivery."""
    async with connect(url, api_key) as client:
        made = await client.request("POST", f"/v1/webhook_endpoints/{segment(endpoint)}/pings")
    _tell_sent(terminal, made)


@command.command("deliveries", examples=("flowforge webhooks deliveries", "flowforge webhooks deliveries --endpoint 41a2f7 --state failed"))
@click.option("--endpoint", help="Only those for this endpoint.")
@click.option("--state", type=click.Choice(list(MARKS)), help="Only those in this state.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="How many, the newest first.")
@server_options
async def deliveries(terminal: Terminal, endpoint: str | None, state: str | None, limit: int, url: str | None, api_key: str | None) -> None:
    """List what was sent, and what is to be sent."""
    params = {name: value for name, value in {"endpoint": endpoint, "state": state, "limit": limit}.items() if value is not None}
    async with connect(url, api_key) as client:
        found = (await client.request("GET", "/v1/webhook_deliveries", params=params))["data"]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([_delivery(terminal, one) for one in found])
    else:
        terminal.say("nothing was sent")


@command.command("delivery", examples=("flowforge webhooks delivery 08241a2f7", "flowforge webhooks delivery 08241a2f7 --json"))
@click.argument("delivery")
@server_options
async def delivery(terminal: Terminal, delivery: str, url: str | None, api_key: str | None) -> None:
    """Show what was sent, and how each attempt ended."""
    async with connect(url, api_key) as client:
        found = await client.request("GET", f"/v1/webhook_deliveries/{segment(delivery)}")
    if terminal.json:
        terminal.json_data(found)
        return
    terminal.table([_delivery(terminal, found)])
    terminal.table([_attempt(one) for one in found["attempts"]] or [["", "not tried yet"]])
    terminal.data(json.dumps(found["payload"], ensure_ascii=False, indent=2))


@command.command("redeliver", examples=("flowforge webhooks redeliver 08241a2f7", "flowforge webhooks redeliver 08241a2f7 --json"))
@click.argument("delivery")
@server_options
async def redeliver(terminal: Terminal, delivery: str, url: str | None, api_key: str | None) -> None:
    """Send a delivery again, under its own id."""
    async with connect(url, api_key) as client:
        found = await client.request("POST", f"/v1/webhook_deliveries/{segment(delivery)}/redeliveries")
    _tell_sent(terminal, found)


def _tell_sent(terminal: Terminal, one: dict[str, Any]) -> None:
    if terminal.json:
        terminal.json_data(one)
        return
    terminal.say(f"on its way; how it went:  flowforge webhooks delivery {figures.ending(one['id'])}")
    terminal.data(one["id"])


def _tell_secret(terminal: Terminal, made: dict[str, Any]) -> None:
    if terminal.json:
        terminal.json_data(made)
        return
    terminal.say(f"{made['id']}; its signing key, which is not shown again:")
    terminal.data(made["secret"] or "")


def _tell(terminal: Terminal, endpoint: dict[str, Any]) -> None:
    terminal.json_data(endpoint) if terminal.json else terminal.table([_row(terminal, endpoint)])


def _row(terminal: Terminal, endpoint: dict[str, Any]) -> list[str]:
    if not endpoint["enabled"]:
        state = terminal.paint("✗ disabled", "red")
    elif endpoint["failing_since"]:
        state = terminal.paint(f"◐ failing, {_age(endpoint['failing_since'])}", "yellow")
    else:
        state = terminal.paint("● enabled", "green")
    notes = [endpoint["description"], endpoint["disabled_because"] or "", "two keys" if len(endpoint["keys"]) > 1 else ""]
    return [
        figures.ending(endpoint["id"]),
        state,
        shorten(endpoint["url"], 60),
        " ".join(endpoint["events"]),
        ", ".join(note for note in notes if note),
    ]


def _delivery(terminal: Terminal, one: dict[str, Any]) -> list[str]:
    mark, colour = MARKS[one["state"]]
    attempts = f"attempt {one['attempt']}" if one["attempt"] else "not tried yet"
    state = terminal.paint(f"{mark} {one['state']}", colour)
    ending = figures.ending(one["endpoint"])
    return [
        figures.ending(one["id"]),
        state,
        one["event"],
        f"→ {ending}",
        attempts,
        shorten(one["error"] or "", 60),
        _age(one["created_at"]),
    ]


def _attempt(one: dict[str, Any]) -> list[str]:
    status = "" if one["status"] is None else str(one["status"])
    return [f"attempt {one['attempt']}", status, f"{one['ms']} ms", one["error"] or "", shorten(one["answer"] or "", 80)]


def _age(text: str) -> str:
    return figures.age(datetime.fromisoformat(text))
