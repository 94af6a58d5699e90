"""`flowforge replay`: run a finished run again; what is reused and what runs again is told before it is done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TextIO

import click

from flowforge.cli import figures
from flowforge.cli.command import Command
from flowforge.cli.confirmation import confirm
from flowforge.cli.failures import OK
from flowforge.cli.server import connect, server_options
from flowforge.cli.terminal import Terminal
from flowforge.errors import InvalidInput

if TYPE_CHECKING:
    from flowforge.api.client.models import Replay


@click.command("replay", cls=Command, examples=("flowforge replay 8241_a2f7 --from fraud --dry-run", "flowforge replay 8241_a2f7 --yes"))
@click.argument("id")
@click.option("--from", "from_step", metavar="STEP", help="Key or name of the step from which it runs again; what came before is reused.")
@click.option("--from-failure", is_flag=True, help="From the step that made it fail.")
@click.option("--input", "input_file", type=click.File(), metavar="FILE", help="Another input, as JSON; - reads it from stdin.")
@click.option("--dry-run", is_flag=True, help="Only tell what would happen.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@server_options
async def command(
    terminal: Terminal,
    id: str,
    from_step: str | None,
    from_failure: bool,
    input_file: TextIO | None,
    dry_run: bool,
    yes: bool,
    url: str | None,
    api_key: str | None,
) -> int:
    """Run a finished run again, as a new run: from its start, or from a step, under the code of now."""
    wish: dict[str, Any] = {"from_failure": from_failure} | ({"from_step": from_step} if from_step else {})
    if input_file is not None:
        wish["input"] = _read(input_file)
    async with connect(url, api_key) as client:
        plan = await client.runs.replay(id, **wish, dry_run=True)
        if not terminal.json:
            describe(terminal, plan)
        if not dry_run:
            confirm(f"run {plan.function} again?", yes=yes)
            plan = await client.runs.replay(id, **wish)
    if terminal.json:
        terminal.json_data(plan.as_dict())
    elif plan.run is not None:
        terminal.data(plan.run)
        terminal.say(f"see it with  flowforge runs show {figures.ending(plan.run)}")
    return OK


def describe(terminal: Terminal, plan: Replay) -> None:
    """What is reused and what runs again, as talk."""
    start = f" from {plan.from_step}" if plan.from_step else ""
    terminal.say(f"{plan.function}, replay of {figures.ending(plan.origin)}{start}" + (f", version {plan.version}" if plan.version else ""))
    for sign, word, steps in (("=", "reused", plan.reused), ("↻", "again", plan.again)):
        for step in steps:
            cost = figures.spent(step.cost) if step.cost else ""
            kind = "" if step.kind == "run" else step.kind
            terminal.say("  ".join(filter(None, [f"  {sign} {word:<6}", step.key, kind, step.state, cost])))
    if not plan.reused:
        terminal.say("  nothing is reused")
    for warning in plan.warnings:
        terminal.say(f"  ! {warning}")


def _read(file: TextIO) -> Any:
    try:
        return json.load(file)
    except ValueError as error:
        raise InvalidInput(f"{file.name} is not JSON: {error}") from None
