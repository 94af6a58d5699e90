"""`flowforge runs`: the list; `flowforge runs show ID`: one run as a timeline; `flowforge runs export ID`: its history."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Noun
from flowforge.cli.failures import OK
from flowforge.cli.server import connect, server_options
from flowforge.cli.terminal import Terminal
from flowforge.clock import SYSTEM_CLOCK
from flowforge.durations import seconds

STATES = ("queued", "running", "sleeping", "waiting", "paused", "completed", "failed", "cancelled", "skipped")


@click.group("runs", cls=Noun, examples=("flowforge runs --failed --since 1h", "flowforge runs show 8241_a2f7"))
@click.option("--state", type=click.Choice(STATES), help="Only runs in this state.")
@click.option("--failed", is_flag=True, help="Short for --state failed.")
@click.option("--fn", "function", metavar="NAME", help="Only runs of this function.")
@click.option("--since", metavar="DURATION", help="Only runs made in the last 1h, 2d …")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many at most.")
@server_options
async def command(
    terminal: Terminal,
    state: str | None,
    failed: bool,
    function: str | None,
    since: str | None,
    limit: int,
    url: str | None,
    api_key: str | None,
) -> int:
    """List runs, the newest first."""
    params = {"state": "failed" if failed else state, "function": function, "limit": min(limit, 200)}
    earliest = None if since is None else SYSTEM_CLOCK.now().timestamp() - seconds(since)
    runs: list[dict[str, Any]] = []
    async with connect(url, api_key) as client:
        async for run in client.pages("/v1/runs", params={k: v for k, v in params.items() if v is not None}, limit=limit):
            if earliest is not None and datetime.fromisoformat(run["created_at"]).timestamp() < earliest:
                break
            runs.append(run)
    if terminal.json:
        terminal.json_data(runs)
    elif runs:
        terminal.table([_row(terminal, run) for run in runs], ["run", "function", "state", "took", "cost", "task", "agent", "made"])
    else:
        terminal.say("no runs" + (" match" if state or failed or function or since else " yet; start one with  flowforge send NAME"))
    return OK


@command.command("show", examples=("flowforge runs show 8241_a2f7", "flowforge runs show run_0196… --json"))
@click.argument("id")
@server_options
async def show(terminal: Terminal, id: str, url: str | None, api_key: str | None) -> int:
    """Show one run: its steps as a timeline, with cost, and the error of the step that failed."""
    from flowforge.cli.waterfall import draw

    async with connect(url, api_key) as client:
        run = await client.run(id)
        if terminal.json:
            steps = [step async for step in client.pages(f"/v1/runs/{run.id}/steps")]
            terminal.json_data({**await client.request("GET", f"/v1/runs/{run.id}"), "steps": steps})
        else:
            for line in draw(terminal, run, await client.steps(run.id)):
                terminal.data(line)
    return OK


@command.command("export", examples=("flowforge runs export 8241_a2f7 > order.json", "flowforge check-replay app.py order.json"))
@click.argument("id")
@server_options
async def export(terminal: Terminal, id: str, url: str | None, api_key: str | None) -> int:
    """Print a run's history, as tests and `flowforge check-replay` take it. It holds the run's data as it is."""
    async with connect(url, api_key) as client:
        run = await client.run(id)
        history = await client.request("GET", f"/v1/runs/{run.id}/history")
    terminal.data(json.dumps(history, indent=None if terminal.json else 2, ensure_ascii=False))
    return OK


def _row(terminal: Terminal, run: dict[str, Any]) -> list[str]:
    started, ended, created = (
        datetime.fromisoformat(t) if (t := run.get(f"{name}_at")) else None for name in ("started", "ended", "created")
    )
    over = run["state"] in {"completed", "failed", "cancelled", "skipped"}
    return [
        run.get("label") or figures.ending(run["id"]),
        run["function"],
        terminal.state(run["state"]),
        figures.elapsed(started, ended) if ended or not over else "",
        figures.spent(run.get("cost")),
        run.get("task") or "",
        run.get("agent") or "",
        figures.age(created),
    ]
