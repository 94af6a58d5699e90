"""`flowforge alerts`: what is wrong right now, and the rules and channels behind it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Noun
from flowforge.cli.failures import FAILED, OK
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal, shorten
from flowforge.durations import show


@click.group(
    "alerts", cls=Noun, examples=("flowforge alerts", "flowforge alerts rule orders-fail failed_runs --channel on-call --threshold 3")
)
@click.option("--all", "everything", is_flag=True, help="Resolved ones too.")
@server_options
async def command(terminal: Terminal, everything: bool, url: str | None, api_key: str | None) -> None:
    """List what is wrong, and who was told."""
    await _list(terminal, "/v1/alerts", None if everything else {"state": "open"}, _alert, "nothing is wrong", url, api_key)


@command.command("rules", examples=("flowforge alerts rules", "flowforge alerts rules --json"))
@server_options
async def rules(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List the rules."""
    await _list(terminal, "/v1/alert_rules", None, _rule, "there are no rules", url, api_key)


@command.command("channels", examples=("flowforge alerts channels", "flowforge alerts channels --json"))
@server_options
async def channels(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List the channels."""
    await _list(terminal, "/v1/alert_channels", None, _channel, "there are no channels", url, api_key)


@command.command(
    "rule",
    examples=(
        "flowforge alerts rule orders-fail failed_runs --channel on-call --function order.process_order --threshold 3 --window 10m",
        "flowforge alerts rule stalled stalled_queue --channel on-call --window 5m",
    ),
)
@click.argument("name")
@click.argument("kind")
@click.option("--channel", "names", multiple=True, required=True, help="Whom to tell; may be given several times.")
@click.option("--function", help="Only this function.")
@click.option("--threshold", type=int, help="failed_runs: from how many on.")
@click.option("--window", help="failed_runs: how far back to count; otherwise how old something may get.")
@click.option("--quiet-for", help="Before the same thing is told again; 4h unless given.")
@server_options
async def rule(
    terminal: Terminal,
    name: str,
    kind: str,
    names: tuple[str, ...],
    function: str | None,
    threshold: int | None,
    window: str | None,
    quiet_for: str | None,
    url: str | None,
    api_key: str | None,
) -> None:
    """Add a rule: failed_runs, stalled_queue, overdue_approval, used_budget or undispatched_events."""
    given = {"function": function, "threshold": threshold, "window": window, "quiet": quiet_for}
    body = {"name": name, "kind": kind, "channels": list(names), **{key: value for key, value in given.items() if value is not None}}
    await _add(terminal, "/v1/alert_rules", body, url, api_key)


@command.command(
    "channel",
    examples=(
        "flowforge alerts channel on-call webhook url=https://hooks.example.com/x secret_env=FLOWFORGE_ALERT_SECRET",
        "flowforge alerts channel ops smtp host=mail.example.com sender=forge@example.com to=ops@example.com",
    ),
)
@click.argument("name")
@click.argument("kind", type=click.Choice(["webhook", "slack", "smtp"]))
@click.argument("settings", nargs=-1, metavar="KEY=VALUE…")
@server_options
async def channel(terminal: Terminal, name: str, kind: str, settings: tuple[str, ...], url: str | None, api_key: str | None) -> None:
    """Add a channel. Secrets are given as names of variables that begin with FLOWFORGE_ALERT_."""
    await _add(terminal, "/v1/alert_channels", {"name": name, "settings": {"kind": kind, **_settings(settings)}}, url, api_key)


@command.command("test", examples=("flowforge alerts test on-call", "flowforge alerts test on-call --json"))
@click.argument("name")
@server_options
async def test(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> int:
    """Send a channel one message, from the server, and say how it went."""
    async with connect(url, api_key) as client:
        tried = await client.request("POST", f"/v1/alert_channels/{segment(name)}/tests")
    if terminal.json:
        terminal.json_data(tried)
    elif tried["delivered"]:
        terminal.data(f"{terminal.paint('✓', 'green')} {name} took it in {tried['ms']} ms")
    else:
        terminal.error(f"{terminal.paint('✗', 'red')} {name}: {tried['error']}")
    return OK if tried["delivered"] else FAILED


@command.command("delete", examples=("flowforge alerts delete rule orders-fail", "flowforge alerts delete channel on-call"))
@click.argument("what", type=click.Choice(["rule", "channel"]))
@click.argument("name")
@server_options
async def delete(terminal: Terminal, what: str, name: str, url: str | None, api_key: str | None) -> None:
    """Delete a rule, or a channel that no rule names."""
    async with connect(url, api_key) as client:
        await client.request("DELETE", f"/v1/alert_{what}s/{segment(name)}")
    terminal.say(f"{what} {name} is gone")


def _settings(given: tuple[str, ...]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise click.UsageError(f"{text!r} is not KEY=VALUE; write it as in  port=587")
        settings[key] = value.split(",") if key == "to" else int(value) if key == "port" and value.isdecimal() else value
        if key in ("approvals", "link_decides") and value in ("true", "false"):
            settings[key] = value == "true"
    return settings


async def _list(terminal: Terminal, path: str, params: Any, row: Any, nothing: str, url: str | None, api_key: str | None) -> None:
    async with connect(url, api_key) as client:
        found = [item async for item in client.pages(path, params=params)]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([row(terminal, item) for item in found])
    else:
        terminal.say(nothing)


async def _add(terminal: Terminal, path: str, body: dict[str, Any], url: str | None, api_key: str | None) -> None:
    async with connect(url, api_key) as client:
        made = await client.request("POST", path, json=body)
    terminal.json_data(made) if terminal.json else terminal.data(made["name"])


def _alert(terminal: Terminal, item: dict[str, Any]) -> list[str]:
    told = [delivery for delivery in item["deliveries"] if delivery["delivered_at"]]
    failed = [delivery["error"] for delivery in item["deliveries"] if delivery["error"]]
    state = terminal.paint("✓ resolved", "green") if item["resolved_at"] else terminal.paint("✗ open", "red")
    said = f"told {len(told)}" + (f", {shorten(failed[-1], 40)}" if failed else "")
    return [
        figures.ending(item["id"]),
        state,
        item["rule"],
        shorten(item["summary"], 70),
        f"seen {item['count']}",
        said,
        _age(item["opened_at"]),
    ]


def _rule(terminal: Terminal, item: dict[str, Any]) -> list[str]:
    limit = f"{item['threshold']} within {show(item['window_seconds'])}" if item["kind"] == "failed_runs" else show(item["window_seconds"])
    return [item["name"], item["kind"], item["function"] or "", limit, "→ " + ", ".join(item["channels"])]


def _channel(terminal: Terminal, item: dict[str, Any]) -> list[str]:
    settings = {key: value for key, value in item["settings"].items() if key != "kind"}
    return [item["name"], item["settings"]["kind"], shorten(json.dumps(settings, ensure_ascii=False), 90)]


def _age(text: str) -> str:
    return figures.age(datetime.fromisoformat(text))
