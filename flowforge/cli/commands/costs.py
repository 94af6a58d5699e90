"""`flowforge costs`: what model calls cost, beside the time before, by model, agent, day …"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Command
from flowforge.cli.server import connect, server_options
from flowforge.cli.terminal import Terminal, shorten
from flowforge.errors import InvalidInput

GROUPS = ("model", "provider", "tenant", "agent", "function", "task", "day", "run")
BAR = 20  # characters of the longest one

_AGO = {"7d": "wk/wk", "1w": "wk/wk", "1d": "day/day", "24h": "day/day"}
_FIRST_CALL = 'a step that calls a model is all it takes:  await step.ai("greet", model="gpt-4o", prompt="hello")'


@click.command(
    "costs", cls=Command, examples=("flowforge costs", "flowforge costs --by agent --since 30d", "flowforge costs --csv > costs.csv")
)
@click.option("--by", type=click.Choice(GROUPS), default="model", show_default=True, help="What calls are put together by.")
@click.option("--since", metavar="DURATION|TIME", default="7d", show_default=True, help="From when on.")
@click.option("--until", metavar="DURATION|TIME", help="Up to when; now without it.")
@click.option("--model", metavar="NAME", help="Only calls of this model.")
@click.option("--provider", metavar="NAME", help="Only calls to this provider.")
@click.option("--function", metavar="ID", help="Only calls of runs of this function.")
@click.option("--agent", metavar="NAME", help="Only calls of this agent.")
@click.option("--task", metavar="KEY", help="Only calls for this task.")
@click.option("--run", metavar="ID", help="Only calls of this run.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many lines at most.")
@click.option("--csv", "as_csv", is_flag=True, help="Print every line as CSV.")
@server_options
async def command(
    terminal: Terminal,
    by: str,
    since: str,
    until: str | None,
    limit: int,
    as_csv: bool,
    url: str | None,
    api_key: str | None,
    **only: str | None,
) -> None:
    """Show what model calls cost, beside the time of equal length before."""
    if as_csv and terminal.json:
        raise InvalidInput("--csv and --json are two forms of the same", hint="give one of them")
    wanted = {name: value for name, value in {"group_by": by, "since": since, "until": until, **only}.items() if value is not None}
    async with connect(url, api_key) as client:
        if as_csv:
            click.echo(await client.text("/v1/usage", params={**wanted, "format": "csv"}), nl=False)
            return
        report = await client.request("GET", "/v1/usage", params={**wanted, "limit": min(limit, 200)})
        while report["next_cursor"] and len(report["data"]) < limit:
            page = {"limit": min(limit - len(report["data"]), 200), "cursor": report["next_cursor"]}
            more = await client.request("GET", "/v1/usage", params={**wanted, **page})
            report["data"] += more["data"]
            report["next_cursor"] = more["next_cursor"]
    if terminal.json:
        terminal.json_data(report)
    else:
        _show(terminal, report, since)


def _show(terminal: Terminal, report: dict[str, Any], since: str) -> None:
    totals = report["totals"]
    if not totals["calls"] and not totals["previous"]["calls"]:
        terminal.say(f"no model was called in this time; {_FIRST_CALL}")
        return
    terminal.data(f"{terminal.paint(_money(totals), 'bold')}  {_change(totals, _AGO.get(since, 'to the time before'))}".rstrip())
    by = report["group_by"]
    dearest = max((Decimal(group["cost"] or 0) for group in report["data"]), default=Decimal(0))
    if report["data"]:
        terminal.table([_line(group, dearest) for group in report["data"]], [by, "cost", "", "change", "calls", "tokens"])
    if report["next_cursor"]:
        terminal.say("there are more; --limit shows them")
    for remark in _remarks(totals):
        terminal.say(remark)


def _line(group: dict[str, Any], dearest: Decimal) -> list[str]:
    cost = Decimal(group["cost"] or 0)
    bar = "▇" * max(1, round(BAR * cost / dearest)) if cost > 0 else ""
    return [
        shorten(group["name"] or "(none)", 40),
        _money(group),
        bar,
        _change(group, ""),
        f"{group['calls']:,}",
        figures.tokens(group["input_tokens"], group["output_tokens"]),
    ]


def _money(sums: dict[str, Any]) -> str:
    return figures.money(sums["cost"]) or "no price"


def _change(sums: dict[str, Any], compared: str) -> str:
    """`−18 % wk/wk`; nothing where there is nothing to compare with."""
    change = sums["change_percent"]
    if change is None:
        return ""
    sign = "−" if change < 0 else "+" if change > 0 else "±"
    return f"{sign}{abs(change):g} % {compared}".rstrip()


def _remarks(totals: dict[str, Any]) -> Iterator[str]:
    if Decimal(totals["saved"]) > 0:
        yield f"{figures.money(totals['saved'])} saved: {_calls(totals['cached_calls'], 'was', 'were')} answered from the cache"
    if totals["unpriced"]:
        yield f"{_calls(totals['unpriced'], 'has', 'have')} no price and {_counts(totals['unpriced'])} not in it: say one in prices.toml"
    if totals["unknown"]:
        yield f"{_calls(totals['unknown'], 'was', 'were')} never answered; what that cost is not known here"
    if totals["estimated"]:
        yield f"of {_calls(totals['estimated'])} the tokens are estimated, for the provider did not count them"


def _calls(count: int, one: str = "", many: str = "") -> str:
    return f"{count:,} call {one}".rstrip() if count == 1 else f"{count:,} calls {many}".rstrip()


def _counts(count: int) -> str:
    return "is" if count == 1 else "are"
