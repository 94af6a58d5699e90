"""`flowforge tail`: what happens in the tenant, as it happens, until you stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import click

from flowforge.cli import figures
from flowforge.cli.command import Command
from flowforge.cli.server import connect, server_options
from flowforge.cli.terminal import Terminal, shorten

if TYPE_CHECKING:
    from flowforge.cli.narrator import Narrator

NARRATORS_MAX = 1000  # runs that are told at once; of the oldest it is forgotten what it has said so far
ENDS = ("run.completed", "run.failed", "run.cancelled", "run.skipped")
ABOUT_RUNS = ("run", "step", "message", "tool_call", "usage", "budget", "log", "skill")
SHOWN_CHARACTERS = 60


@click.command(
    "tail",
    cls=Command,
    examples=("flowforge tail", "flowforge tail --kind 'task.*' --kind run.failed", "flowforge tail --all --json"),
)
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only these: a name (run.failed) or a family (task.*). Repeatable.")
@click.option("--all", "everything", is_flag=True, help="From the first frame that is kept, not from now on.")
@server_options
async def command(terminal: Terminal, kinds: tuple[str, ...], everything: bool, url: str | None, api_key: str | None) -> None:
    """Follow runs, agents, tasks and approvals of the whole tenant, until you stop it."""
    told = _Told(terminal)
    query = urlencode([("kinds", kind) for kind in kinds])
    async with connect(url, api_key) as client:
        newest = (await client.request("GET", f"/v1/frames?limit=1&{query}".rstrip("&")))["seq"]
        async for frame in client.stream(f"/v1/stream?{query}".rstrip("?"), after=0 if everything else newest):
            told.tell(frame.seq, frame.name, dict(frame.data))


class _Told:
    """What was told so far, by run."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._narrators: dict[str, Narrator] = {}

    def tell(self, seq: int | None, name: str, data: dict[str, Any]) -> None:
        if self._terminal.json:
            self._terminal.json_data({"seq": seq, "event": name, "data": data})
        elif name in ("reset", "lagged"):
            self._terminal.say(f"something was missed ({name})")
        elif name.partition(".")[0] in ABOUT_RUNS and "run" in data:
            self._narrator(str(data["run"])).tell(name, data)
            if name in ENDS:
                del self._narrators[str(data["run"])]
        elif seq is not None:
            self._terminal.data(f"{figures.time_of_day()} {name}  {_words(data)}".rstrip())

    def _narrator(self, run: str) -> Narrator:
        from flowforge import ids
        from flowforge.cli.narrator import Narrator

        if run not in self._narrators:
            if len(self._narrators) >= NARRATORS_MAX:
                del self._narrators[next(iter(self._narrators))]
            self._narrators[run] = Narrator(self._terminal, self._terminal.data, label=ids.label(run))
        return self._narrators[run]


def _words(data: dict[str, Any]) -> str:
    """The plain values of a frame on one line."""
    plain = {key: value for key, value in data.items() if isinstance(value, str | int | float) and value != ""}
    return "  ".join(f"{key} {shorten(str(value), SHOWN_CHARACTERS)}" for key, value in plain.items())
