"""`flowforge send NAME`: send an event, follow the runs that it starts, exit with their status."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

import click

from flowforge import ids
from flowforge.cli.command import Command
from flowforge.cli.failures import FAILED, OK
from flowforge.cli.narrator import Narrator
from flowforge.cli.server import connect, server_options
from flowforge.cli.terminal import Terminal
from flowforge.errors import InvalidInput

if TYPE_CHECKING:
    from flowforge.api.client import AsyncClient
    from flowforge.api.client.models import Run, SentEvent


@click.command(
    "send",
    cls=Command,
    examples=(
        "flowforge send order/created -d total=420 -d customer.name=Mira",
        "flowforge send order/created --data '{\"total\": 420}' --no-follow",
    ),
)
@click.argument("name")
@click.option("-d", "pairs", multiple=True, metavar="KEY=VALUE", help="One field of the data; a dot reaches inside.")
@click.option("--data", "text", metavar="JSON", help="The data as JSON; - reads it from stdin.")
@click.option("--id", "id", metavar="ID", help="The event's own id: a second event with it starts nothing.")
@click.option("--follow/--no-follow", default=True, help="Print the runs' steps live and wait for their end (default).")
@server_options
async def command(
    terminal: Terminal,
    name: str,
    pairs: tuple[str, ...],
    text: str | None,
    id: str | None,
    follow: bool,
    url: str | None,
    api_key: str | None,
) -> int:
    """Send the event NAME; print the ids of the runs it starts, then their steps live, and exit with their status."""
    data = event_data(pairs, text)
    async with connect(url, api_key) as client:
        sent = await client.events.send(name, data, id=id)
        _announce(terminal, sent)
        if not follow or not sent.runs:
            _result(terminal, sent, [])
            return OK
        await asyncio.gather(*(_follow(terminal, client, run, name) for run in sent.runs))
        runs: list[Run] = [await client.runs.get(run) for run in sent.runs]
        _result(terminal, sent, runs)
        return OK if all(run.state in {"completed", "skipped"} for run in runs) else FAILED


def event_data(pairs: tuple[str, ...], text: str | None) -> dict[str, Any]:
    """The data of `--data` with the fields of `-d` put into it."""
    data = _json_object(sys.stdin.read() if text == "-" else text) if text is not None else {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise InvalidInput(f"-d {pair!r} is not KEY=VALUE", hint="as in  -d total=420")
        put(data, key.split("."), value)
    return data


def put(data: dict[str, Any], path: list[str], value: str) -> None:
    """Set a field, making the objects on the way. What reads as JSON is JSON (420, true, [1, 2]); anything else is text."""
    for part in path[:-1]:
        inner = data.setdefault(part, {})
        if not isinstance(inner, dict):
            raise InvalidInput(f"{'.'.join(path)} reaches into {part}, which is not an object")
        data = inner
    try:
        data[path[-1]] = json.loads(value, parse_constant=_no_constant)
    except ValueError:
        data[path[-1]] = value


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"--data is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidInput("--data must be a JSON object", hint="as in  --data '{\"total\": 420}'")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value")


def _announce(terminal: Terminal, sent: SentEvent) -> None:
    if terminal.json:
        return
    for run in sent.runs:
        terminal.data(run)
    if sent.duplicate:
        terminal.say(f"{sent.id} was sent before; it started nothing new")
    elif not sent.runs:
        terminal.say(f"it started nothing; the event is stored, and says why:  flowforge events show {sent.id}")


async def _follow(terminal: Terminal, client: AsyncClient, run: str, name: str) -> None:
    narrator = Narrator(terminal, _silent if terminal.json else terminal.say, label=ids.label(run), trigger=name)
    async for frame in client.runs.follow(run):
        narrator.tell(frame.name, frame.data)
        if frame.name == "run.paused":  # it goes on when a person says so, which may be never
            terminal.say(f"it waits for a person:  flowforge runs resume {ids.label(run)}")
            return


def _silent(line: str) -> None:
    return None


def _result(terminal: Terminal, sent: SentEvent, runs: list[Run]) -> None:
    if terminal.json:
        states = [{"id": run.id, "state": run.state, "output": run.output, "error": run.error, "cost": run.cost} for run in runs]
        terminal.json_data({"id": sent.id, "name": sent.name, "duplicate": sent.duplicate, "runs": states or sent.runs})
