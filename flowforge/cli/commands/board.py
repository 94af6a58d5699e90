"""`flowforge board`: the board as columns of text; its verbs find, show and change its tasks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Noun
from flowforge.cli.commands.board_layout import boards, columns, export, import_, link, unlink
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal, shorten
from flowforge.errors import NotFound

if TYPE_CHECKING:
    from flowforge.api.client import AsyncClient

DEFAULT_BOARD = "FF"
PRIORITIES = ("none", "low", "medium", "high", "urgent")


@click.group("board", cls=Noun, examples=("flowforge board", 'flowforge board add "Refund ORD-9218" --assign atlas'))
@click.option("--board", default=DEFAULT_BOARD, show_default=True, help="Which board, by prefix or name.")
@click.option("--column", help="Only this column.")
@server_options
async def command(terminal: Terminal, board: str, column: str | None, url: str | None, api_key: str | None) -> None:
    """Show the board: cards by column, with assignee, state and cost."""
    async with connect(url, api_key) as client:
        shown = await client.request("GET", f"/v1/boards/{segment(board)}")
        params = {"column": column, "limit": 1000}
        cards = [card async for card in client.pages(f"/v1/boards/{segment(board)}/cards", params=params)]
    if terminal.json:
        terminal.json_data({**shown, "cards": cards})
    elif cards:
        _draw(terminal, shown["columns"], cards)
    elif column is not None:
        terminal.say(f"no task is in {column}")
    else:
        terminal.say('the board is empty; add a task with  flowforge board add "…"')


command.add_command(columns)
command.add_command(boards)
command.add_command(export)
command.add_command(import_)
command.add_command(link)
command.add_command(unlink)


@command.command(
    "list", examples=("flowforge board list --sort priority --blocked", "flowforge board list --assignee atlas --label refund")
)
@click.option("--board", help="Only this board.")
@click.option("--column", multiple=True, help="Only this column; several times for more.")
@click.option("--assignee", help="Only of this agent or person; nobody for those without.")
@click.option("--label", multiple=True, help="Only with this label; several times for all of them.")
@click.option("--priority", multiple=True, type=click.Choice(PRIORITIES), help="Only of this priority; several times for more.")
@click.option("--due-before", metavar="MOMENT", help="Only what is due before it.")
@click.option("--due-after", metavar="MOMENT", help="Only what is due then or later.")
@click.option("--blocked/--not-blocked", default=None, help="Only what waits for others, or only what does not.")
@click.option("--parent", metavar="TASK", help="Only its children.")
@click.option("--archived", is_flag=True, help="Archived tasks too.")
@click.option("--sort", type=click.Choice(["number", "position", "updated", "due", "priority"]), default="number", show_default=True)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@server_options
async def list_(terminal: Terminal, limit: int, url: str | None, api_key: str | None, **wanted: Any) -> None:
    """List tasks."""
    params = {name: value for name, value in wanted.items() if value not in (None, (), False) or name == "blocked"}
    async with connect(url, api_key) as client:
        found = [task async for task in client.pages("/v1/tasks", params=_query(params), limit=limit)]
    _list(terminal, found, "no task is like that")


@command.command("search", examples=("flowforge board search refund", 'flowforge board search "ord-92 carrier" --json'))
@click.argument("words")
@click.option("--board", help="Only this board.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@server_options
async def search(terminal: Terminal, words: str, board: str | None, limit: int, url: str | None, api_key: str | None) -> None:
    """Find tasks by key, or by the beginnings of WORDS in title, description and comments; the latest change first."""
    async with connect(url, api_key) as client:
        params = _query({"q": words, "board": board, "sort": "updated"})
        found = [task async for task in client.pages("/v1/tasks", params=params, limit=limit)]
    _list(terminal, found, f"no task holds {words!r}")


@command.command("show", examples=("flowforge board show FF-14", "flowforge board show FF-14 --json"))
@click.argument("task")
@server_options
async def show(terminal: Terminal, task: str, url: str | None, api_key: str | None) -> None:
    """Show TASK with its checklist, its links and what was said on it."""
    async with connect(url, api_key) as client:
        found = await client.request("GET", f"/v1/tasks/{segment(task)}")
    if terminal.json:
        terminal.json_data(found)
        return
    _show(terminal, found)
    for name in ("priority", "labels", "due_at", "owner", "parent", "depends_on", "blocked_by"):
        if (value := found.get(name)) not in (None, [], "none"):
            terminal.data(f"  {name.replace('_', ' ')}  {', '.join(value) if isinstance(value, list) else value}")
    children = found.get("children") or {"total": 0}
    if children["total"]:
        terminal.data(f"  children  {children['done']}/{children['total']} done  {figures.spent(children['cost'])}".rstrip())
    for item in found.get("checklist") or []:
        terminal.data(f"  [{'x' if item['done'] else ' '}] {item['text']}")
    if found["description"]:
        terminal.data(f"\n{found['description']}")
    for said in found["comments"]:
        terminal.data(f"\n{terminal.paint(said['author'], 'bold')}  {said['text']}")


@command.command(
    "add", examples=('flowforge board add "Analyze churn"', 'flowforge board add "Refund ORD-9218" --assign atlas --after FF-3')
)
@click.argument("title")
@click.option("--description", default=None, help="Markdown.")
@click.option("--board", default=None, help="Which board; FF unless given.")
@click.option("--column", default=None, help="Where to put it; the first column unless given.")
@click.option("--assign", "assignee", metavar="WHO", help="An agent (or user:NAME) to assign it to.")
@click.option("--priority", type=click.Choice(PRIORITIES))
@click.option("--label", "labels", multiple=True, help="Several times for more.")
@click.option("--due", "due_at", metavar="MOMENT", help="As in 2026-12-24T18:00:00Z.")
@click.option("--parent", metavar="TASK", help="The task that it is a part of.")
@click.option("--after", "depends_on", multiple=True, metavar="TASK", help="A task that has to be done first; several times for more.")
@click.option("--item", "checklist", multiple=True, help="A checklist item; several times for more.")
@server_options
async def add(terminal: Terminal, assignee: str | None, url: str | None, api_key: str | None, **given: Any) -> None:
    """Add a task."""
    body = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items() if value not in (None, ())}
    async with connect(url, api_key) as client:
        if assignee is not None:
            body["assignee"] = await _assignee(client, assignee)
        task = await client.request("POST", "/v1/tasks", json=body)
    _show(terminal, task)


@command.command("edit", examples=("flowforge board edit FF-14 --priority high --label refund", "flowforge board edit FF-14 --no-due"))
@click.argument("task")
@click.option("--title")
@click.option("--description", help="Markdown.")
@click.option("--priority", type=click.Choice(PRIORITIES))
@click.option("--label", "labels", multiple=True, help="Instead of the labels that it has; several times for more.")
@click.option("--no-labels", is_flag=True)
@click.option("--due", "due_at", metavar="MOMENT", help="As in 2026-12-24T18:00:00Z.")
@click.option("--no-due", is_flag=True)
@click.option("--owner", metavar="NAME", help="The person who stays responsible.")
@click.option("--parent", metavar="TASK")
@click.option("--no-parent", is_flag=True)
@server_options
async def edit(terminal: Terminal, task: str, url: str | None, api_key: str | None, **given: Any) -> None:
    """Change fields of TASK; what is not given stays."""
    patch = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items() if value not in (None, (), False)}
    for flag, field in (("no_labels", "labels"), ("no_due", "due_at"), ("no_parent", "parent")):
        if patch.pop(flag, False):
            patch[field] = None
    if not patch:
        raise click.UsageError("say what to change")
    async with connect(url, api_key) as client:
        changed = await client.request("PATCH", f"/v1/tasks/{segment(task)}", json=patch)
    _show(terminal, changed)


@command.command("assign", examples=("flowforge board assign FF-14 atlas", "flowforge board assign FF-14 user:mira"))
@click.argument("task")
@click.argument("who")
@click.option("--park", is_flag=True, help="An agent does not start until the task is moved to a column that starts it.")
@server_options
async def assign(terminal: Terminal, task: str, who: str, park: bool, url: str | None, api_key: str | None) -> None:
    """Assign TASK to WHO: an agent, who starts as soon as it can, or a person (user:NAME where an agent has the same name)."""
    async with connect(url, api_key) as client:
        body = {**(await _assignee(client, who) or {}), **({"start": False} if park else {})}
        changed = await client.request("PUT", f"/v1/tasks/{segment(task)}/assignee", json=body)
    _show(terminal, changed)


@command.command("move", examples=("flowforge board move FF-14 Doing", "flowforge board move FF-14 Done --before FF-7"))
@click.argument("task")
@click.argument("column")
@click.option("--before", metavar="TASK", help="Before this one.")
@click.option("--after", metavar="TASK", help="Behind this one; at the end unless given.")
@server_options
async def move(
    terminal: Terminal, task: str, column: str, before: str | None, after: str | None, url: str | None, api_key: str | None
) -> None:
    """Move TASK to COLUMN. Moving it away from an agent that works on it cancels or parks the agent's run, as the column says."""
    body = {name: value for name, value in (("column", column), ("before", before), ("after", after)) if value is not None}
    async with connect(url, api_key) as client:
        changed = await client.request("PUT", f"/v1/tasks/{segment(task)}/column", json=body)
    _show(terminal, changed)


@command.command("archive", examples=("flowforge board archive FF-14", "flowforge board archive FF-14 --undo"))
@click.argument("task")
@click.option("--undo", is_flag=True, help="Take it out again.")
@server_options
async def archive(terminal: Terminal, task: str, undo: bool, url: str | None, api_key: str | None) -> None:
    """Put TASK away: it is in no list unless asked for, and keeps its key."""
    async with connect(url, api_key) as client:
        changed = await client.request("DELETE" if undo else "PUT", f"/v1/tasks/{segment(task)}/archive")
    _show(terminal, changed)


@command.command(
    "comment", examples=('flowforge board comment FF-14 "@atlas please check the address"', "git log -1 | flowforge board comment FF-14 -")
)
@click.argument("task")
@click.argument("text")
@click.option("--reply-to", metavar="ID", help="A comment of the task to answer.")
@server_options
async def comment(terminal: Terminal, task: str, text: str, reply_to: str | None, url: str | None, api_key: str | None) -> None:
    """Say TEXT (Markdown; - reads it from stdin) on TASK. `@name` mentions a person, or wakes an agent."""
    words = sys.stdin.read() if text == "-" else text
    body = {"text": words} if reply_to is None else {"text": words, "reply_to": reply_to}
    async with connect(url, api_key) as client:
        said = await client.request("POST", f"/v1/tasks/{segment(task)}/comments", json=body)
    if terminal.json:
        terminal.json_data(said)
    elif terminal.quiet:
        terminal.data(said["id"])
    else:
        told = [f"@{name}" for one in said["mentions"] for name in one.values()]
        terminal.data(f"{task}  {shorten(said['text'], 60)}{'  · ' + ' '.join(told) if told else ''}")


async def _assignee(client: AsyncClient, who: str | None) -> dict[str, str] | None:
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


def _query(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters of an address; yes and no as it wants them."""
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in params.items() if value is not None}


def _list(terminal: Terminal, tasks: list[dict[str, Any]], nothing: str) -> None:
    if terminal.json:
        terminal.json_data(tasks)
    elif not tasks:
        terminal.say(nothing)
    else:
        terminal.table(
            [[task["key"], shorten(task["title"], 48), task["column"], _who(task), _priority(task), _waits(task)] for task in tasks]
        )


def _draw(terminal: Terminal, shown: list[dict[str, Any]], cards: list[dict[str, Any]]) -> None:
    keys = max(len(card["key"]) for card in cards)
    for column in shown:
        inside = [card for card in cards if card["column"] == column["name"]]
        if not inside:
            continue
        limit = f"/{column['wip_limit']}" if column["wip_limit"] else ""
        terminal.data(f"{terminal.paint(column['name'].upper(), 'bold')}  {terminal.paint(str(column['count']) + limit, 'dim')}")
        for card in inside:
            state = terminal.state(card["state"]) if card.get("state") else ""
            facts = [_who(card), state, figures.spent(card.get("cost")), _priority(card), _waits(card)]
            terminal.data(f"  {card['key']:<{keys}}  {shorten(card['title'], 48):<48}  {'  '.join(filter(None, facts))}".rstrip())


def _priority(task: dict[str, Any]) -> str:
    return "" if task.get("priority", "none") == "none" else str(task["priority"])


def _waits(task: dict[str, Any]) -> str:
    """What the task waits for."""
    if task.get("blocked_by"):
        return f"waits for {', '.join(task['blocked_by'])}"
    return "waits for room" if task.get("waits") else ""


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
