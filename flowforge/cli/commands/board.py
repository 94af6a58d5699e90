"""`flowforge board`: the task board as columns of text; `add`, `assign` and `move` act on its tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal, shorten
from flowforge.errors import NotFound

if TYPE_CHECKING:
    from flowforge.api.client import Client

COLUMNS = ("Backlog", "Todo", "Doing", "Review", "Done")


@click.group("board", cls=Noun, examples=("flowforge board", 'flowforge board add "Refund ORD-9218" --assign atlas'))
@click.option("--column", help="Only this column.")
@server_options
async def command(terminal: Terminal, column: str | None, url: str | None, api_key: str | None) -> None:
    """Show the board: tasks by column, with assignee, state and cost."""
    async with connect(url, api_key) as client:
        tasks = [task async for task in client.pages("/v1/tasks", params={"column": column})]
    if terminal.json:
        terminal.json_data(tasks)
    elif tasks:
        _draw(terminal, tasks)
    elif column is not None:
        terminal.say(f"no task is in {column}")
    else:
        terminal.say('the board is empty; add a task with  flowforge board add "…"')


@command.command("add", examples=('flowforge board add "Analyze churn"', 'flowforge board add "Refund ORD-9218" --assign atlas'))
@click.argument("title")
@click.option("--description", default=None, help="Markdown.")
@click.option("--column", default=None, help="Where to put it; the first column unless given.")
@click.option("--assign", "assignee", metavar="WHO", help="An agent (or user:NAME) to assign it to.")
@server_options
async def add(
    terminal: Terminal, title: str, description: str | None, column: str | None, assignee: str | None, url: str | None, api_key: str | None
) -> None:
    """Add a task."""
    async with connect(url, api_key) as client:
        body = {"title": title, "description": description, "column": column, "assignee": await _assignee(client, assignee)}
        task = await client.request("POST", "/v1/tasks", json={name: value for name, value in body.items() if value is not None})
    _show(terminal, task)


@command.command("assign", examples=("flowforge board assign FF-14 atlas", "flowforge board assign FF-14 user:mira"))
@click.argument("task")
@click.argument("who")
@server_options
async def assign(terminal: Terminal, task: str, who: str, url: str | None, api_key: str | None) -> None:
    """Assign TASK to WHO: an agent, whose run starts at once, or a person (user:NAME where an agent has the same name)."""
    async with connect(url, api_key) as client:
        changed = await client.request("PUT", f"/v1/tasks/{segment(task)}/assignee", json=await _assignee(client, who))
    _show(terminal, changed)


@command.command("move", examples=("flowforge board move FF-14 Doing", "flowforge board move FF-14 Done"))
@click.argument("task")
@click.argument("column")
@server_options
async def move(terminal: Terminal, task: str, column: str, url: str | None, api_key: str | None) -> None:
    """Move TASK to COLUMN. Moving it away from an agent that works on it cancels the agent's run."""
    async with connect(url, api_key) as client:
        changed = await client.request("PUT", f"/v1/tasks/{segment(task)}/column", json={"column": column})
    _show(terminal, changed)


async def _assignee(client: Client, who: str | None) -> dict[str, str] | None:
    """Who is meant: an agent of that name, else a person. The prefixes `agent:` and `user:` say it outright."""
    if who is None:
        return None
    kind, colon, name = who.partition(":")
    if colon and kind in {"agent", "user"}:
        return {kind: name}
    agents = [agent["name"] async for agent in client.pages("/v1/agents")]
    if who in agents:
        return {"agent": who}
    users = [user["name"] async for user in client.pages("/v1/users")]
    if who in users:
        return {"user": who}
    raise NotFound("agent or user", who, [*agents, *users])


def _draw(terminal: Terminal, tasks: list[dict[str, Any]]) -> None:
    names = [*COLUMNS, *sorted({task["column"] for task in tasks} - set(COLUMNS))]
    keys = max(len(task["key"]) for task in tasks)
    for name in names:
        inside = [task for task in tasks if task["column"] == name]
        if not inside:
            continue
        terminal.data(f"{terminal.paint(name.upper(), 'bold')}  {terminal.paint(str(len(inside)), 'dim')}")
        for task in inside:
            facts = [_who(task), terminal.state(task["state"]) if task.get("state") else "", figures.spent(task.get("cost"))]
            terminal.data(f"  {task['key']:<{keys}}  {shorten(task['title'], 48):<48}  {'  '.join(filter(None, facts))}".rstrip())


def _show(terminal: Terminal, task: dict[str, Any]) -> None:
    if terminal.json:
        terminal.json_data(task)
    elif terminal.quiet:
        terminal.data(task["key"])
    else:
        who = f" · {_who(task)}" if _who(task) else ""
        terminal.data(f"{task['key']}  {shorten(task['title'], 60)}  {task['column']}{who}")


def _who(task: dict[str, Any]) -> str:
    assignee = task.get("assignee")
    if isinstance(assignee, dict):
        return str(assignee.get("agent") or assignee.get("user") or assignee.get("name") or "")
    return str(assignee or "")
