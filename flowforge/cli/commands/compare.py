"""`flowforge compare`: what another model would have made of a run, side by side with what was made of it."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Command
from flowforge.cli.failures import FAILED, OK
from flowforge.cli.server import connect, server_options
from flowforge.cli.terminal import Terminal, shorten

if TYPE_CHECKING:
    from flowforge.testing.compare import Comparison
    from flowforge.testing.course import Course

CELL = 44


@click.command(
    "compare",
    cls=Command,
    examples=(
        "flowforge compare 8241_a2f7 --model claude-sonnet-4.5",
        "flowforge compare tests/runs/lost_parcel/run.json --app app.py --model gpt-4o --model gpt-4o-mini",
    ),
)
@click.argument("id", metavar="RUN|FILE")
@click.option("--model", "models", multiple=True, required=True, help="A model to ask instead; several make several columns.")
@click.option("--app", metavar="FILE|MODULE", help="The run's code; by default the module in its function's id.")
@server_options
async def command(terminal: Terminal, id: str, models: tuple[str, ...], app: str | None, url: str | None, api_key: str | None) -> int:
    """Ask other models what a run asked, and show path, output, tokens, cost and latency side by side.

    The model calls are real, with the keys of this environment. Nothing else is: tools and steps are answered from the record, and
    those that were not called like this then are not executed.
    """
    from flowforge.agents.work import register_builtin
    from flowforge.cli.commands.export_test import find_code
    from flowforge.orchestrator.registry import REGISTRY
    from flowforge.testing.compare import compare_run
    from flowforge.testing.replay import read_history

    if id.endswith(".json"):
        history = read_history(id)
    else:
        async with connect(url, api_key) as client:
            run = await client.runs.get(id)
            history = read_history(await client.request("GET", f"/v1/runs/{run.id}/history"))
    find_code(history, app).load()
    register_builtin(REGISTRY)
    comparison = await compare_run(history, models=models)
    if terminal.json:
        original, *others = (side.as_json() for side in (comparison.original, *comparison.others))
        terminal.json_data({"run": comparison.run, "function": comparison.function, "original": original, "others": others})
    else:
        show(terminal, comparison)
    return OK if all(side.state == "completed" for side in comparison.others) else FAILED


def show(terminal: Terminal, comparison: Comparison) -> None:
    """The comparison as a table, the paths under it, and how the outputs differ."""
    from flowforge.testing.drift import difference, shown

    sides = (comparison.original, *comparison.others)
    terminal.table([["", *(_title(side, place == 0) for place, side in enumerate(sides))], *_figures(comparison.original, sides)])
    terminal.data()
    for number, visits in enumerate(zip_longest(*(side.path for side in sides)), 1):
        row = [shorten("" if visit is None else str(visit), CELL) for visit in visits]
        differs = len(set(row)) > 1
        sign = terminal.paint("≠", "ember") if differs else " "
        terminal.data(f"{sign} {number:>3}  " + "  ".join(cell.ljust(CELL) for cell in row).rstrip())
    for side in comparison.others:
        terminal.data()
        if side.stopped is not None or side.error is not None:
            terminal.data(f"{side.model}: {side.stopped or side.error}")
        elif side.output == comparison.original.output:
            terminal.data(f"{side.model}: the same output")
        else:
            told = difference(comparison.original.output, side.output)
            terminal.data(f"{side.model}: another output")
            for line in told.splitlines() if told else (f"- {shown(comparison.original.output)}", f"+ {shown(side.output)}"):
                terminal.data(f"  {line}")


def _title(side: Course, recorded: bool) -> str:
    return f"{side.model} (recorded)" if recorded else side.model


def _figures(original: Course, sides: tuple[Course, ...]) -> list[list[str]]:
    def row(name: str, cell: Any) -> list[str]:
        return [name, *(cell(side) for side in sides)]

    return [
        row("end", lambda side: side.state),
        row("model calls", lambda side: str(side.calls)),
        row("tool calls", lambda side: str(sum(visit.kind == "tool" for visit in side.path))),
        row("tokens", lambda side: figures.tokens(side.input_tokens, side.output_tokens)),
        row("cost", lambda side: _cost(original, side)),
        row("model time", lambda side: figures.milliseconds(side.latency_ms)),
    ]


def _cost(original: Course, side: Course) -> str:
    """The money, the change against the recorded run where both are known, and how many calls have no price."""
    words = [figures.money(side.cost) or "unknown"]
    if side is not original and side.cost is not None and original.cost and not side.unpriced and not original.unpriced:
        words.append(f"({(side.cost - original.cost) / original.cost * 100:+.0f} %)")
    if side.unpriced and side.cost is not None:
        words.append(f"+ {side.unpriced} unpriced")
    return " ".join(words)
