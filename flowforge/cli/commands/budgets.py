"""`flowforge budgets`: what model calls may spend, and what is used of it; how fast models may be called."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal

BAR = 20  # characters
MARKS = {"open": ("●", "green"), "warning": ("◐", "yellow"), "exceeded": ("✗", "red")}


@click.group("budgets", cls=Noun, examples=("flowforge budgets", "flowforge budgets set atlas-daily 25 --agent atlas --per day --ask"))
@server_options
async def command(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List budgets with what is used of them now."""
    async with connect(url, api_key) as client:
        found = [budget async for budget in client.pages("/v1/budgets")]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([_row(terminal, budget) for budget in found])
    else:
        terminal.say("there are no budgets; make one:  flowforge budgets set all 250 --per month")


@command.command("show", examples=("flowforge budgets show atlas-daily", "flowforge budgets show each-run --json"))
@click.argument("name")
@server_options
async def show(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Show a budget and who uses it."""
    async with connect(url, api_key) as client:
        budget = await client.request("GET", f"/v1/budgets/{segment(name)}")
        spending = (await client.request("GET", f"/v1/budgets/{segment(name)}/spending"))["data"]
    if terminal.json:
        terminal.json_data({**budget, "spending": spending})
        return
    terminal.table([_row(terminal, budget)])
    unit = budget["unit"]
    terminal.table([[f"  {one['subject']}", _amount(one["used"], unit), _held(one, unit), _unknown(one)] for one in spending])


@command.command(
    "set",
    examples=(
        "flowforge budgets set all 250 --per month",
        "flowforge budgets set each-run 2 --each-run --function order.process_order",
        "flowforge budgets set atlas-daily 25 --agent atlas --per day --ask",
    ),
)
@click.argument("name")
@click.argument("amount")
@click.option("--unit", type=click.Choice(["usd", "tokens", "calls"]), help="What is counted; usd unless given.")
@click.option(
    "--per", "period", type=click.Choice(["day", "month", "total"]), help="Days and months are UTC's; month unless given, total for a run."
)
@click.option("--agent", help="Only this agent.")
@click.option("--task", help="Only this task.")
@click.option("--run", help="Only this run.")
@click.option("--function", help="Only this function.")
@click.option("--each-agent", is_flag=True, help="Each agent by itself.")
@click.option("--each-task", is_flag=True, help="Each task by itself.")
@click.option("--each-run", is_flag=True, help="Each run by itself; with --function each of its.")
@click.option("--warn-at", metavar="SHARE", help="Warn at this share of it; 0.8 unless given.")
@click.option("--ask/--fail", default=None, help="Beyond it wait for a person, or fail (as without either).")
@server_options
async def set_(terminal: Terminal, url: str | None, api_key: str | None, **given: Any) -> None:
    """Make a budget, or change the amount, threshold and outcome of one that there is."""
    over = {} if given["ask"] is None else {"over": "ask" if given["ask"] else "fail"}
    terms = {"amount": given["amount"], **over} | ({"warn_at": given["warn_at"]} if given["warn_at"] else {})
    said = _measure(given)
    async with connect(url, api_key) as client:
        present = [budget async for budget in client.pages("/v1/budgets") if budget["name"] == given["name"]]
        if present:
            _check_same(said, present[0])
            made = await client.request("PATCH", f"/v1/budgets/{segment(given['name'])}", json=terms)
        else:
            period = "total" if said.get("scope") == "run" else "month"
            body = {"name": given["name"], "scope": "tenant", "unit": "usd", "period": period, **said, **terms}
            made = await client.request("POST", "/v1/budgets", json=body)
    if terminal.json:
        terminal.json_data(made)
    else:
        terminal.table([_row(terminal, made)])


@command.command("raise", examples=("flowforge budgets raise all 50", "flowforge budgets raise each-task 5 --of FF-12"))
@click.argument("name")
@click.argument("amount")
@click.option("--of", "subject", help="Whose, where the budget is for each by itself.")
@server_options
async def lift(terminal: Terminal, name: str, amount: str, subject: str | None, url: str | None, api_key: str | None) -> None:
    """Let more be spent in the day or month that is now."""
    body = {"amount": amount} | ({"subject": subject} if subject else {})
    async with connect(url, api_key) as client:
        raised = await client.request("POST", f"/v1/budgets/{segment(name)}/raises", json=body)
    terminal.json_data(raised) if terminal.json else terminal.table([_row(terminal, raised)])


@command.command("delete", examples=("flowforge budgets delete atlas-daily", "flowforge budgets delete bud_8241a2f7"))
@click.argument("name")
@server_options
async def delete(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Take a budget away."""
    async with connect(url, api_key) as client:
        await client.request("DELETE", f"/v1/budgets/{segment(name)}")
    terminal.say(f"budget {name} is gone")


@command.command(
    "limits",
    examples=(
        "flowforge budgets limits",
        "flowforge budgets limits gpt-4o --tokens 450000 --requests 5000",
        "flowforge budgets limits gpt-4o --none",
    ),
)
@click.argument("model", required=False)
@click.option("--tokens", type=int, help="Tokens a minute, of prompts and answers.")
@click.option("--requests", type=int, help="Requests a minute.")
@click.option("--none", "no_limit", is_flag=True, help="Take the limit away.")
@server_options
async def limits(
    terminal: Terminal, model: str | None, tokens: int | None, requests: int | None, no_limit: bool, url: str | None, api_key: str | None
) -> None:
    """List how fast models may be called; set or take away the limit of one."""
    async with connect(url, api_key) as client:
        if model is not None and no_limit:
            await client.request("DELETE", f"/v1/model_limits/{segment(model)}")
        elif model is not None:
            rates = {"tokens_per_minute": tokens, "requests_per_minute": requests}
            await client.request("PUT", f"/v1/model_limits/{segment(model)}", json=rates)
        found = (await client.request("GET", "/v1/model_limits"))["data"]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([[one["model"], _rate(one, "tokens"), _rate(one, "requests"), _blocked(terminal, one)] for one in found])
    else:
        terminal.say("no model has a limit")


def _measure(given: dict[str, Any]) -> dict[str, str]:
    """What was said of what it counts."""
    scope, subject = _scope(given)
    said = {"scope": None if scope == "tenant" else scope, "subject": subject, "unit": given["unit"], "period": given["period"]}
    if scope == "run" and given["period"] not in (None, "total"):
        raise click.UsageError("a run's budget is for the whole of it; leave --per out")
    return {name: value for name, value in said.items() if value is not None}


def _check_same(said: dict[str, str], present: dict[str, Any]) -> None:
    for name, value in said.items():
        if present[name] != value:
            told = f"the {name} of the budget {present['name']} is {present[name] or 'each'}, not {value}"
            raise click.UsageError(f"{told}; what a budget counts is fixed: delete it first, or choose another name")


def _scope(given: dict[str, Any]) -> tuple[str, str | None]:
    each = [scope for scope in ("agent", "task", "run") if given[f"each_{scope}"]]
    named = [scope for scope in ("agent", "task", "run", "function") if given[scope]]
    if each == ["run"] and named in ([], ["function"]):
        return "run", given["function"]
    if len(each) + len(named) > 1:
        raise click.UsageError("a budget is for one of --agent, --task, --run, --function and --each-…")
    if each:
        return each[0], None
    return (named[0], given[named[0]]) if named else ("tenant", None)


def _row(terminal: Terminal, budget: dict[str, Any]) -> list[str]:
    mark, colour = MARKS[budget["state"]]
    unit, limit = budget["unit"], Decimal(budget["amount"]) + Decimal(budget["raised"])
    each = budget["left"] is None
    whose = (
        f"each {budget['scope']}" if each else budget["scope"] if budget["subject"] is None else f"{budget['scope']} {budget['subject']}"
    )
    period = {"day": "a day", "month": "a month", "total": "in all"}[budget["period"]]
    share = Decimal(budget["fullest"])
    return [
        terminal.paint(f"{mark} {budget['name']}", colour),
        whose,
        f"{_amount(budget['used'], unit)} of {_amount(Decimal(budget['amount']) if each else limit, unit)} {period}",
        terminal.paint(_bar(share), colour) + f" {share:.0%}",
        _held(budget, unit),
        "asks" if budget["over"] == "ask" else "",
        _unknown(budget),
    ]


def _bar(share: Decimal) -> str:
    filled = min(BAR, round(share * BAR))
    return "█" * filled + "░" * (BAR - filled)


def _amount(amount: str | Decimal, unit: str) -> str:
    return figures.money(amount) if unit == "usd" else f"{Decimal(amount):,.0f} {unit}"


def _held(one: dict[str, Any], unit: str) -> str:
    return f"{_amount(one['reserved'], unit)} in flight" if Decimal(one["reserved"]) else ""


def _unknown(one: dict[str, Any]) -> str:
    return f"{one['unknown_calls']} unanswered" if one["unknown_calls"] else ""


def _rate(one: dict[str, Any], what: str) -> str:
    rate = one[f"{what}_per_minute"]
    return "" if rate is None else f"{rate:,} {what}/min"


def _blocked(terminal: Terminal, one: dict[str, Any]) -> str:
    return "" if one["blocked_until"] is None else terminal.paint(f"left alone until {one['blocked_until']}", "yellow")
