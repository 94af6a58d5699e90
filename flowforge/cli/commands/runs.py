"""`flowforge runs`: the list; `runs show ID`: one run as a timeline; `runs export ID`: its history; the verbs act on one run or many."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Noun
from flowforge.cli.failures import OK
from flowforge.cli.run_verbs import add_verbs, chosen, filter_options
from flowforge.cli.server import connect, server_options
from flowforge.cli.terminal import Terminal, shorten


@click.group("runs", cls=Noun, examples=("flowforge runs --failed --since 1h", "flowforge runs replay --failed --since 1h --dry-run"))
@filter_options
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many at most.")
@server_options
async def command(terminal: Terminal, limit: int, url: str | None, api_key: str | None, **options: Any) -> int:
    """List runs, the newest first."""
    wanted = chosen(**options)
    params = {name: str(value).lower() if isinstance(value, bool) else value for name, value in wanted.items()}
    async with connect(url, api_key) as client:
        runs = [run async for run in client.pages("/v1/runs", params={**params, "limit": min(limit, 200)}, limit=limit)]
    if terminal.json:
        terminal.json_data(runs)
    elif runs:
        terminal.table([_row(terminal, run) for run in runs], ["run", "function", "state", "took", "cost", "task", "agent", "made", "why"])
    else:
        terminal.say("no runs" + (" match" if wanted else " yet; start one with  flowforge send NAME"))
    return OK


@command.command("show", examples=("flowforge runs show 8241_a2f7", "flowforge runs show run_0196… --json"))
@click.argument("id")
@server_options
async def show(terminal: Terminal, id: str, url: str | None, api_key: str | None) -> int:
    """Show one run: its steps as a timeline, with cost, and the error of the step that failed."""
    from flowforge.cli.waterfall import draw

    async with connect(url, api_key) as client:
        run = await client.runs.get(id)
        if terminal.json:
            steps = [step async for step in client.pages(f"/v1/runs/{run.id}/steps")]
            terminal.json_data({**await client.request("GET", f"/v1/runs/{run.id}"), "steps": steps})
        else:
            for line in draw(terminal, run, [step async for step in client.runs.steps(run.id)]):
                terminal.data(line)
    return OK


@command.command("export", examples=("flowforge runs export 8241_a2f7 > order.json", "flowforge check-replay app.py order.json"))
@click.argument("id")
@server_options
async def export(terminal: Terminal, id: str, url: str | None, api_key: str | None) -> int:
    """Print a run's history, as tests and `flowforge check-replay` take it. It holds the run's data as it is."""
    async with connect(url, api_key) as client:
        run = await client.runs.get(id)
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
        _why(run),
    ]


def _why(run: dict[str, Any]) -> str:
    """Why it failed, or why it does not go on."""
    error = run.get("error") if run["state"] == "failed" else None
    return shorten(f"{error.get('type')}: {error.get('message')}" if error else run.get("reason") or "", 60)


add_verbs(command)
