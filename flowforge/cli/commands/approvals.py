"""`flowforge approvals`: what waits for a person; `approve` and `deny` decide it, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Noun
from flowforge.cli.commands.send import put
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal, shorten
from flowforge.errors import InvalidInput

if TYPE_CHECKING:
    from flowforge.api.client import Client


@click.group("approvals", cls=Noun, examples=("flowforge approvals", "flowforge approvals approve a2f71c03 --edit amount=300"))
@click.option("--all", "everything", is_flag=True, help="Decided ones too.")
@server_options
async def command(terminal: Terminal, everything: bool, url: str | None, api_key: str | None) -> None:
    """List what waits for a person's decision."""
    async with connect(url, api_key) as client:
        found = [item async for item in client.pages("/v1/approvals", params=None if everything else {"state": "pending"})]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table(
            [_row(terminal, item) for item in found], ["id", "state", "tool", "arguments", "effect", "agent", "task", "spent", "asked"]
        )
    else:
        terminal.say("nothing waits for you")


@command.command("show", examples=("flowforge approvals show a2f71c03", "flowforge approvals show a2f71c03 --json"))
@click.argument("id")
@server_options
async def show(terminal: Terminal, id: str, url: str | None, api_key: str | None) -> None:
    """Show one approval with its exact arguments."""
    async with connect(url, api_key) as client:
        item = await find(client, id)
    terminal.json_data(item) if terminal.json else describe(terminal, item)


@command.command("approve", examples=("flowforge approvals approve a2f71c03", "flowforge approvals approve a2f71c03 --edit amount=300"))
@click.argument("id")
@click.option("--edit", "edits", multiple=True, metavar="JSON|KEY=VALUE", help="Other arguments: the whole as JSON, or one field.")
@click.option("--reason", help="For the record.")
@server_options
async def approve(terminal: Terminal, id: str, edits: tuple[str, ...], reason: str | None, url: str | None, api_key: str | None) -> None:
    """Approve a call, as it stands or with edited arguments."""
    async with connect(url, api_key) as client:
        item = await find(client, id)
        edited = edit(item["arguments"], edits) if edits else None
        if edited is not None and not terminal.json:
            difference(terminal, item["arguments"], edited)
        decided = await decide(client, item, {"approved": True, "edited_args": edited, "reason": reason})
    _result(terminal, item, decided, "approved")


@command.command("deny", examples=("flowforge approvals deny a2f71c03", 'flowforge approvals deny a2f71c03 --reason "the parcel arrived"'))
@click.argument("id")
@click.option("--reason", help="What the agent is told.")
@server_options
async def deny(terminal: Terminal, id: str, reason: str | None, url: str | None, api_key: str | None) -> None:
    """Deny a call; the agent reads the reason."""
    async with connect(url, api_key) as client:
        item = await find(client, id)
        decided = await decide(client, item, {"approved": False, "edited_args": None, "reason": reason})
    _result(terminal, item, decided, "denied")


async def find(client: Client, text: str) -> dict[str, Any]:
    """The approval with this id or unambiguous ending. Raises NotFound, and Conflict for an ending of several."""
    item: dict[str, Any] = await client.request("GET", f"/v1/approvals/{segment(text)}")
    return item


def edit(arguments: dict[str, Any], edits: tuple[str, ...]) -> dict[str, Any]:
    """The arguments with the edits made: a JSON object replaces them, `key=value` changes one field."""
    result: dict[str, Any] = json.loads(json.dumps(arguments))
    for text in edits:
        if text.lstrip().startswith("{"):
            try:
                result = json.loads(text)
            except ValueError as error:
                raise InvalidInput(f"--edit is not JSON: {error}") from None
            continue
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise InvalidInput(f"--edit {text!r} is neither JSON nor KEY=VALUE", hint="as in  --edit amount=300")
        put(result, key.split("."), value)
    return result


async def decide(client: Client, item: dict[str, Any], decision: dict[str, Any]) -> Any:
    """Decide an approval, once. Raises Conflict when somebody was faster, Gone when it has expired."""
    return await client.request("POST", f"/v1/approvals/{item['id']}/decision", json=decision)


def describe(terminal: Terminal, item: dict[str, Any], line: Callable[[str], None] | None = None) -> None:
    """What a person must know to decide, as data unless `line` takes it elsewhere."""
    line = line or terminal.data
    who = " · ".join(str(part) for part in (item.get("agent"), item.get("task"), figures.ending(item["id"])) if part)
    line(f"{terminal.state(item['state'])}  {terminal.paint(item['tool'], 'bold')}  {who}")
    for key, value in (item.get("arguments") or {}).items():
        line(f"  {key:<12} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    line(f"  {'effect':<12} {item.get('effect')}{'' if item.get('reversible') else ', cannot be undone'}")
    for name in ("reason", "run"):
        if item.get(name):
            line(f"  {name:<12} {item[name]}")
    if item.get("cost_so_far"):
        line(f"  {'spent':<12} {figures.money(item['cost_so_far'])} so far")


def difference(terminal: Terminal, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Which arguments change, as talk."""
    for key in {**before, **after}:
        if before.get(key) != after.get(key):
            old, new = (json.dumps(side[key], ensure_ascii=False) if key in side else "nothing" for side in (before, after))
            terminal.say(f"  {key}: {old} → {new}")


def _result(terminal: Terminal, item: dict[str, Any], decided: Any, word: str) -> None:
    if terminal.json:
        terminal.json_data(decided)
    elif terminal.quiet:
        terminal.data(item["id"])
    else:
        terminal.data(f"{terminal.state(word)}  {item['tool']}  {figures.ending(item['id'])}")


def _row(terminal: Terminal, item: dict[str, Any]) -> list[str]:
    asked = datetime.fromisoformat(item["created_at"]) if item.get("created_at") else None
    return [
        figures.ending(item["id"]),
        terminal.state(item["state"]),
        item["tool"],
        shorten(json.dumps(item.get("arguments"), ensure_ascii=False), 48),
        item.get("effect") or "",
        item.get("agent") or "",
        item.get("task") or "",
        figures.spent(item.get("cost_so_far")),
        figures.age(asked),
    ]
