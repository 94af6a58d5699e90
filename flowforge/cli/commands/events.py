"""`flowforge events`: the list; `flowforge events show ID`: what one started, and why a function did not run."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import click

from flowforge import ids
from flowforge.cli import figures
from flowforge.cli.command import Noun
from flowforge.cli.failures import OK
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal
from flowforge.clock import SYSTEM_CLOCK
from flowforge.durations import seconds

# How an answer reads: as the state whose sign and colour it takes, and in words.
_OUTCOMES = {
    "ran": ("completed", "ran"),
    "skipped": ("skipped", "skipped"),
    "pending": ("queued", "not matched yet"),
    "filtered": ("skipped", "filtered out"),
    "filter_failed": ("failed", "filter failed"),
    "flow_control": ("skipped", "flow control"),
    "published_later": ("skipped", "published later"),
    "other_name": ("skipped", "other name"),
    "no_run": ("failed", "no run"),
}


@click.group("events", cls=Noun, examples=("flowforge events --name 'order/*' --since 1h", "flowforge events show ord-9218"))
@click.option("--name", metavar="NAME", help="Only events of this name; * stands for anything.")
@click.option("--since", metavar="DURATION", help="Only events received in the last 1h, 2d …")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many at most.")
@server_options
async def command(terminal: Terminal, name: str | None, since: str | None, limit: int, url: str | None, api_key: str | None) -> int:
    """List events, the newest first."""
    earliest = None if since is None else (SYSTEM_CLOCK.now() - timedelta(seconds=seconds(since))).isoformat()
    params = {"name": name, "since": earliest, "limit": min(limit, 200)}
    async with connect(url, api_key) as client:
        pages = client.pages("/v1/events", params={k: v for k, v in params.items() if v is not None}, limit=limit)
        events = [event async for event in pages]
    if terminal.json:
        terminal.json_data(events)
    elif events:
        terminal.table([_row(event) for event in events], ["event", "name", "runs", "received"])
    else:
        terminal.say("no events" + (" match" if name or since else " yet; send one with  flowforge send NAME"))
    return OK


@command.command("show", examples=("flowforge events show ord-9218", "flowforge events show evt_0196… --function order.review_large"))
@click.argument("id")
@click.option("--function", metavar="NAME", help="Say why this function ran, or did not.")
@server_options
async def show(terminal: Terminal, id: str, function: str | None, url: str | None, api_key: str | None) -> int:
    """Show one event: its data, the runs that it started, and for every function that it concerns why it did not run."""
    params = None if function is None else {"function": function}
    async with connect(url, api_key) as client:
        event = await client.request("GET", f"/v1/events/{segment(id)}", params=params)
    if terminal.json:
        terminal.json_data(event)
        return OK
    known = "" if event["id"] == event["event_id"] else f"  {event['event_id']}"
    received = figures.age(datetime.fromisoformat(event["received_at"]))
    terminal.data(f"{terminal.paint(event['name'], 'bold')}  {event['id']}{terminal.paint(known, 'dim')}  {received}")
    terminal.data(f"  {json.dumps(event['data'], ensure_ascii=False)}")
    states = {run["id"]: run["state"] for run in event["runs"]}
    if event["functions"]:
        terminal.table([_answer(terminal, answer, states) for answer in event["functions"]])
    if event["reason"]:
        terminal.data(f"  {event['reason']}")
    return OK


def _row(event: dict[str, Any]) -> list[str]:
    runs = ", ".join(ids.label(run) for run in event["runs"][:3])
    more = f" and {len(event['runs']) - 3} more" if len(event["runs"]) > 3 else ""
    return [event["id"], event["name"], runs + more, figures.age(datetime.fromisoformat(event["received_at"]))]


def _answer(terminal: Terminal, answer: dict[str, Any], states: dict[str, str]) -> list[str]:
    state, words = _OUTCOMES.get(answer["outcome"], ("queued", answer["outcome"]))
    runs = ", ".join(f"{ids.label(run)} {states.get(run, '')}".rstrip() for run in answer["runs"])
    why = "  ".join(filter(None, [runs, answer["reason"]])) or answer["trigger"] or ""
    return [f"  {terminal.glyph(state)} {answer['function']}", words, why]
