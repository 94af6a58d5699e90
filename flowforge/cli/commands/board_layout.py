"""Verbs of `flowforge board` that are about boards and columns as such, about links between tasks, and about tasks as files."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from flowforge.cli.command import Command, Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal, shorten

CATEGORIES = ("backlog", "todo", "doing", "review", "done")
ROWS_AT_ONCE = 500
FAILED = 1

board_option = click.option("--board", default="FF", show_default=True, help="Which board, by prefix or name.")


@click.group("columns", cls=Noun, examples=("flowforge board columns", "flowforge board columns set Doing --limit 3"))
@board_option
@server_options
async def columns(terminal: Terminal, board: str, url: str | None, api_key: str | None) -> None:
    """List the columns of a board with what they mean and allow."""
    async with connect(url, api_key) as client:
        _columns(terminal, await client.request("GET", f"/v1/boards/{segment(board)}"))


@columns.command("add", examples=("flowforge board columns add Testing --before Done", "flowforge board columns add Testing --limit 5"))
@click.argument("name")
@board_option
@click.option("--category", type=click.Choice(CATEGORIES))
@click.option("--limit", "wip_limit", type=int, help="How many cards may stand in it.")
@click.option("--on-leave", type=click.Choice(["cancel", "park"]), help="What becomes of an agent's run when its card is moved away.")
@click.option("--before", metavar="COLUMN")
@click.option("--after", metavar="COLUMN")
@server_options
async def add(terminal: Terminal, board: str, url: str | None, api_key: str | None, **given: Any) -> None:
    """Add a column, at the right end unless told otherwise."""
    body = {name: value for name, value in given.items() if value is not None}
    async with connect(url, api_key) as client:
        _columns(terminal, await client.request("POST", f"/v1/boards/{segment(board)}/columns", json=body))


@columns.command(
    "set", examples=("flowforge board columns set Doing --limit 3", "flowforge board columns set Todo --name Next --after Doing")
)
@click.argument("column")
@board_option
@click.option("--name", help="Another name.")
@click.option("--category", type=click.Choice(CATEGORIES))
@click.option("--limit", "wip_limit", type=int, help="How many cards may stand in it.")
@click.option("--no-limit", is_flag=True)
@click.option("--on-leave", type=click.Choice(["cancel", "park"]), help="What becomes of an agent's run when its card is moved away.")
@click.option("--starts/--starts-nobody", default=None, help="Whether a card that comes in starts its agent.")
@click.option("--before", metavar="COLUMN")
@click.option("--after", metavar="COLUMN")
@server_options
async def set_(terminal: Terminal, column: str, board: str, no_limit: bool, url: str | None, api_key: str | None, **given: Any) -> None:
    """Rename COLUMN, limit it, give it another meaning or policy, or put it elsewhere."""
    body = {name: value for name, value in given.items() if value is not None} | ({"wip_limit": None} if no_limit else {})
    if not body:
        raise click.UsageError("say what to change")
    async with connect(url, api_key) as client:
        _columns(terminal, await client.request("PATCH", f"/v1/boards/{segment(board)}/columns/{segment(column)}", json=body))


@columns.command("delete", examples=("flowforge board columns delete Testing", "flowforge board columns delete Testing --move-to Review"))
@click.argument("column")
@board_option
@click.option("--move-to", metavar="COLUMN", help="Where its cards go first.")
@server_options
async def delete(terminal: Terminal, column: str, board: str, move_to: str | None, url: str | None, api_key: str | None) -> None:
    """Delete COLUMN: an empty one, or one whose cards go elsewhere first."""
    path = f"/v1/boards/{segment(board)}/columns/{segment(column)}"
    async with connect(url, api_key) as client:
        _columns(terminal, await client.request("DELETE", path, params={"move_to": move_to} if move_to else None))


@click.group("boards", cls=Noun, examples=("flowforge board boards", "flowforge board boards add Operations OPS"))
@server_options
async def boards(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List the boards."""
    async with connect(url, api_key) as client:
        found = [board async for board in client.pages("/v1/boards")]
    if terminal.json:
        terminal.json_data(found)
    else:
        terminal.table([[board["prefix"], board["name"], " · ".join(board["columns"])] for board in found])


@boards.command("add", examples=("flowforge board boards add Operations OPS", "flowforge board boards add Desk DESK --json"))
@click.argument("name")
@click.argument("prefix")
@server_options
async def add_board(terminal: Terminal, name: str, prefix: str, url: str | None, api_key: str | None) -> None:
    """Make a board called NAME, whose keys begin with PREFIX."""
    async with connect(url, api_key) as client:
        _columns(terminal, await client.request("POST", "/v1/boards", json={"name": name, "prefix": prefix}))


@click.command("link", cls=Command, examples=("flowforge board link FF-5 FF-3", "flowforge board link FF-5 FF-3 --json"))
@click.argument("task")
@click.argument("on")
@server_options
async def link(terminal: Terminal, task: str, on: str, url: str | None, api_key: str | None) -> None:
    """Let TASK wait for ON: its agent does not start before that one is done."""
    async with connect(url, api_key) as client:
        _linked(terminal, await client.request("PUT", f"/v1/tasks/{segment(task)}/dependencies/{segment(on)}"))


@click.command("unlink", cls=Command, examples=("flowforge board unlink FF-5 FF-3", "flowforge board unlink FF-5 FF-3 --json"))
@click.argument("task")
@click.argument("on")
@server_options
async def unlink(terminal: Terminal, task: str, on: str, url: str | None, api_key: str | None) -> None:
    """Let TASK no longer wait for ON."""
    async with connect(url, api_key) as client:
        _linked(terminal, await client.request("DELETE", f"/v1/tasks/{segment(task)}/dependencies/{segment(on)}"))


@click.command(
    "export", cls=Command, examples=("flowforge board export --format csv > board.csv", "flowforge board export --board OPS > ops.json")
)
@board_option
@click.option("--format", type=click.Choice(["json", "csv"]), default="json", show_default=True)
@click.option("--archived", is_flag=True, help="Archived tasks too.")
@server_options
async def export(terminal: Terminal, board: str, format: str, archived: bool, url: str | None, api_key: str | None) -> None:
    """Write a board's tasks to standard output, as JSON or as a table."""
    params = {"format": format, "archived": str(archived).lower()}
    async with connect(url, api_key) as client:
        async for piece in client.download(f"/v1/boards/{segment(board)}/export", params=params):
            sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


@click.command(
    "import", cls=Command, examples=("flowforge board import board.csv --dry-run", "flowforge board import ops.json --board OPS")
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@board_option
@click.option("--dry-run", is_flag=True, help="Make nothing, and say what would be made.")
@server_options
async def import_(terminal: Terminal, file: Path, board: str, dry_run: bool, url: str | None, api_key: str | None) -> int:
    """Make a task of each row of FILE, a table (.csv) or what export wrote; exits with 1 when a row was refused."""
    reports: list[dict[str, Any]] = []
    async with connect(url, api_key) as client:
        for body in _bodies(file):
            answer = await client.request("POST", f"/v1/boards/{segment(board)}/import", json={**body, "dry_run": dry_run})
            reports += answer["data"]
    refused = [report for report in reports if report["outcome"] == "refused"]
    if terminal.json:
        terminal.json_data(reports)
    else:
        for report in reports:
            for error in report["errors"]:
                terminal.data(f"{report['external_id'] or 'row ' + str(report['row'])}  {error['pointer']}  {error['detail']}")
        counts = [f"{sum(report['outcome'] == outcome for report in reports)} {outcome}" for outcome in ("created", "present", "refused")]
        terminal.say(", ".join(counts) + (" (nothing was made)" if dry_run else ""))
    return FAILED if refused else 0


def _bodies(file: Path) -> list[dict[str, Any]]:
    """What is sent: a table as one, tasks in parts. Raises UsageError for a file that is neither."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
        if file.suffix.lower() == ".csv":
            return [{"csv": text}]
        found = json.loads(text)
        tasks = found["tasks"] if isinstance(found, dict) else found
        if not isinstance(tasks, list):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise click.UsageError(f"{file} is neither a table (.csv) nor JSON with tasks") from None
    return [{"tasks": tasks[start : start + ROWS_AT_ONCE]} for start in range(0, len(tasks), ROWS_AT_ONCE)] or [{"tasks": []}]


def _columns(terminal: Terminal, board: dict[str, Any]) -> None:
    if terminal.json:
        terminal.json_data(board)
        return
    rows = []
    for column in board["columns"]:
        limit = f"{column['count']}/{column['wip_limit']}" if column["wip_limit"] else str(column["count"])
        rows.append(
            [
                column["name"],
                column["category"],
                limit,
                "parks" if column["on_leave"] == "park" else "",
                "starts" if column["starts"] else "",
            ]
        )
    terminal.table(rows)


def _linked(terminal: Terminal, task: dict[str, Any]) -> None:
    if terminal.json:
        terminal.json_data(task)
    else:
        waits = f"  waits for {', '.join(task['blocked_by'])}" if task["blocked_by"] else ""
        terminal.data(f"{task['key']}  {shorten(task['title'], 60)}{waits}")
