"""The verbs of `flowforge runs`: each acts on runs by id, or on all that a filter chooses, after a preview."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Command
from flowforge.cli.confirmation import confirm
from flowforge.cli.failures import FAILED, OK, explain
from flowforge.cli.server import connect, server_options
from flowforge.cli.terminal import Terminal
from flowforge.clock import SYSTEM_CLOCK
from flowforge.durations import seconds
from flowforge.errors import FlowForgeError, InvalidInput

if TYPE_CHECKING:
    from flowforge.api.client import AsyncClient

STATES = ("queued", "running", "sleeping", "waiting", "paused", "completed", "failed", "cancelled", "skipped")
POLL_SECONDS = 0.5

Act = Callable[["AsyncClient", str, dict[str, Any]], Awaitable[Any]]


@dataclass(frozen=True)
class Verb:
    """One act: how it is told (`{n} runs cancelled`), how it is done to one run, and its own options."""

    name: str
    help: str
    past: str
    one: Act
    options: tuple[click.Option, ...] = ()


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose runs; `chosen` reads them."""
    for option in reversed(
        (
            click.option("--state", type=click.Choice(STATES), help="Only runs in this state."),
            click.option("--failed", is_flag=True, help="Only failed runs that nobody has dismissed."),
            click.option("--fn", "function", metavar="NAME", help="Only runs of this function."),
            click.option("--error", "error_type", metavar="CLASS", help="Only runs that failed with an error of this class."),
            click.option("--text", "q", metavar="TEXT", help="Only runs with this in their error."),
            click.option("--since", metavar="DURATION", help="Only runs made in the last 1h, 2d …"),
            click.option("--until", metavar="DURATION", help="Only runs made longer ago than that."),
        )
    ):
        command = option(command)
    return command


def chosen(
    state: str | None, failed: bool, function: str | None, error_type: str | None, q: str | None, since: str | None, until: str | None
) -> dict[str, Any]:
    """The filter that the options say, as the API takes it."""
    found: dict[str, Any] = {
        "state": state,
        "function": function,
        "error_type": error_type,
        "q": q,
        "since": _ago(since),
        "until": _ago(until),
    }
    if failed:
        found |= {"state": "failed", "dismissed": False}
    return {name: value for name, value in found.items() if value is not None}


def add_verbs(group: click.Group) -> None:
    for verb in VERBS:
        group.add_command(_command(verb))


def _command(verb: Verb) -> Command:
    @filter_options
    @click.option("--dry-run", is_flag=True, help="Only tell which runs it would be.")
    @click.option("-y", "--yes", is_flag=True, help="Do not ask.")
    @server_options
    async def run(
        terminal: Terminal, ids: tuple[str, ...], dry_run: bool, yes: bool, url: str | None, api_key: str | None, **options: Any
    ) -> int:
        wanted = {option.name: options.pop(option.name) for option in verb.options}
        runs = chosen(**options)
        if bool(ids) == bool(runs):
            raise InvalidInput(
                "name runs, or choose them", hint=f"flowforge runs {verb.name} ID …  or  flowforge runs {verb.name} --failed"
            )
        async with connect(url, api_key) as client:
            if ids:
                return await _each(terminal, client, verb, ids, wanted, dry_run)
            return await _all(terminal, client, verb, runs, wanted, dry_run=dry_run, yes=yes)

    examples = (f"flowforge runs {verb.name} 8241_a2f7", f"flowforge runs {verb.name} --fn order.ship --since 1h --dry-run")
    run.__doc__ = verb.help
    parameters = [click.Argument(["ids"], nargs=-1, metavar="[ID]..."), *verb.options, *reversed(run.__click_params__)]  # type: ignore[attr-defined]
    return Command(verb.name, callback=run, examples=examples, params=parameters, help=verb.help)


async def _each(terminal: Terminal, client: AsyncClient, verb: Verb, ids: tuple[str, ...], wanted: dict[str, Any], dry_run: bool) -> int:
    code, done = OK, []
    for run_id in ids:
        try:
            run = await client.runs.get(run_id)
            result = None if dry_run else await verb.one(client, run.id, wanted)
        except FlowForgeError as error:
            sentence, hint, failed = explain(error)
            terminal.error(terminal.paint("✗ ", "red") + sentence + (f"\n  {hint}" if hint else ""))
            code = code or failed
            continue
        made = result if isinstance(result, str) else run.id
        done.append(made)
        if not terminal.json:
            terminal.data(made) if terminal.quiet else terminal.data(
                f"{run.label}  {run.function}  {'would be ' if dry_run else ''}{verb.past}" + (f"  {made}" if made != run.id else "")
            )
    if terminal.json:
        terminal.json_data(done)
    return code


async def _all(
    terminal: Terminal, client: AsyncClient, verb: Verb, runs: dict[str, Any], wanted: dict[str, Any], *, dry_run: bool, yes: bool
) -> int:
    options = {name: value for name, value in wanted.items() if value}
    body = {"action": verb.name, "filter": runs, "options": options}
    seen = await client.request("POST", "/v1/runs/bulk", json={**body, "dry_run": True})
    sample = ", ".join(map(figures.ending, seen["sample"][:5])) + (", …" if seen["count"] > 5 else "")
    terminal.say(f"{seen['count']} runs would be {verb.past}" + (f": {sample}" if sample else ""))
    if dry_run or not seen["count"]:
        terminal.json_data(seen) if terminal.json else None
        return OK
    confirm(f"{verb.name} {seen['count']} runs?", yes=yes)
    bulk = (await client.request("POST", "/v1/runs/bulk", json={**body, "confirm": seen["confirm"]}))["bulk"]
    while bulk["ended_at"] is None:
        terminal.say(f"  {bulk['done'] + bulk['refused']} of {bulk['expected']}")
        await asyncio.sleep(POLL_SECONDS)
        bulk = await client.request("GET", f"/v1/runs/bulk/{bulk['id']}")
    if terminal.json:
        terminal.json_data(bulk)
    else:
        refused = f", {bulk['refused']} were not in a state for it" if bulk["refused"] else ""
        terminal.data(f"{bulk['done']} runs {verb.past}{refused}")
    return FAILED if bulk["refused"] and not bulk["done"] else OK


def _ago(duration: str | None) -> str | None:
    return None if duration is None else (SYSTEM_CLOCK.now().astimezone(UTC) - timedelta(seconds=seconds(duration))).isoformat()


async def _replay(client: AsyncClient, run_id: str, wanted: dict[str, Any]) -> str | None:
    return (await client.runs.replay(run_id, **{name: value for name, value in wanted.items() if value})).run


VERBS = (
    Verb("cancel", "Cancel open runs.", "cancelled", lambda client, run, _: client.runs.cancel(run)),
    Verb(
        "replay",
        "Run finished runs again; `flowforge replay` shows the plan for one.",
        "replayed",
        _replay,
        (
            click.Option(["--from", "from_step"], metavar="STEP", help="From this step of each."),
            click.Option(["--from-failure"], is_flag=True, help="From the step that made it fail."),
        ),
    ),
    Verb(
        "delete",
        "Delete finished runs with all that is theirs; costs and the audit log stay.",
        "deleted",
        lambda client, run, wanted: client.runs.delete(run, force=wanted["force"]),
        (click.Option(["--force"], is_flag=True, help="Open ones too, whatever they are doing."),),
    ),
    Verb(
        "pause",
        "Pause open runs, until they are resumed.",
        "paused",
        lambda client, run, wanted: client.runs.pause(run, reason=wanted["reason"]),
        (click.Option(["--reason"], metavar="TEXT", help="Shown with the run."),),
    ),
    Verb("resume", "Let paused runs go on.", "resumed", lambda client, run, _: client.runs.resume(run)),
    Verb("dismiss", "Take failed runs off the list of failures.", "dismissed", lambda client, run, _: client.runs.dismiss(run)),
    Verb(
        "move",
        "Let another version of their code execute open runs.",
        "moved",
        lambda client, run, wanted: client.runs.move(run, version=wanted["to"]),
        (click.Option(["--to"], metavar="VERSION", required=True, help="The version of the function."),),
    ),
)
