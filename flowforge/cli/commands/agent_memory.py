"""`flowforge agents memory` and `flowforge agents tell`: what an agent remembers, and a word with one at work."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import click

from flowforge.cli.command import Command, Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal


@click.group("memory", cls=Noun, examples=("flowforge agents memory list atlas", "flowforge agents memory search atlas refund limit"))
def memory(terminal: Terminal) -> None:
    """Show, search, write, change and delete an agent's notes."""
    if click.get_current_context().invoked_subcommand is None:
        raise click.UsageError("say what to do with whose notes, as in  flowforge agents memory list atlas")


@memory.command("list", examples=("flowforge agents memory list atlas", "flowforge agents memory list atlas --task FF-12"))
@click.argument("agent")
@click.option("--task", help="Only notes of this task.")
@click.option("--tag", help="Only notes with this tag.")
@server_options
async def list_(terminal: Terminal, agent: str, task: str | None, tag: str | None, url: str | None, api_key: str | None) -> None:
    """List an agent's notes, newest first."""
    given = urlencode({name: value for name, value in (("task", task), ("tag", tag)) if value is not None})
    async with connect(url, api_key) as client:
        notes = [note async for note in client.pages(f"{_path(agent)}?{given}" if given else _path(agent))]
    _show(terminal, notes, f"{agent} has no notes")


@memory.command("search", examples=("flowforge agents memory search atlas refund limit", "flowforge agents memory search atlas sea --json"))
@click.argument("agent")
@click.argument("words", nargs=-1, required=True)
@server_options
async def search(terminal: Terminal, agent: str, words: tuple[str, ...], url: str | None, api_key: str | None) -> None:
    """Search an agent's notes; the best match comes first."""
    async with connect(url, api_key) as client:
        found = await client.request("GET", f"{_path(agent)}?{urlencode({'q': ' '.join(words)})}")
    _show(terminal, found["data"], "no note has any of these words")


@memory.command("show", examples=("flowforge agents memory show atlas 8241a2f7", "flowforge agents memory show atlas 8241a2f7 --json"))
@click.argument("agent")
@click.argument("note")
@server_options
async def show(terminal: Terminal, agent: str, note: str, url: str | None, api_key: str | None) -> None:
    """Show one note with its text."""
    async with connect(url, api_key) as client:
        found = await client.request("GET", f"{_path(agent)}/{segment(note)}")
    if terminal.json:
        terminal.json_data(found)
        return
    terminal.table([_row(found)])
    terminal.data(f"\n{found['text']}")


@memory.command(
    "add",
    examples=(
        'flowforge agents memory add atlas "Refund limit" "At most 500 dollars."',
        'flowforge agents memory add atlas "Tone" "Be kind." --pin --tag style',
    ),
)
@click.argument("agent")
@click.argument("title")
@click.argument("text")
@click.option("--task", help="Only for work on this task.")
@click.option("--tag", "tags", multiple=True, help="A tag; may be repeated.")
@click.option("--pin", "pinned", is_flag=True, help="Always show its title to the agent.")
@server_options
async def add(terminal: Terminal, agent: str, url: str | None, api_key: str | None, **given: Any) -> None:
    """Write a note for an agent."""
    async with connect(url, api_key) as client:
        made = await client.request("POST", _path(agent), json={**given, "tags": list(given["tags"])})
    terminal.json_data(made) if terminal.json else terminal.data(made["id"])


@memory.command("edit", examples=('flowforge agents memory edit atlas 8241a2f7 --text "At most 400 dollars."',))
@click.argument("agent")
@click.argument("note")
@click.option("--title")
@click.option("--text")
@click.option("--tag", "tags", multiple=True, help="Its tags from now on; may be repeated.")
@click.option("--pin/--no-pin", "pinned", default=None, help="Always show its title to the agent.")
@server_options
async def edit(terminal: Terminal, agent: str, note: str, url: str | None, api_key: str | None, **given: Any) -> None:
    """Change a note."""
    changes = {name: list(value) if name == "tags" else value for name, value in given.items() if value not in (None, ())}
    if not changes:
        raise click.UsageError("nothing to change: give --title, --text, --tag or --pin")
    async with connect(url, api_key) as client:
        changed = await client.request("PATCH", f"{_path(agent)}/{segment(note)}", json=changes)
    terminal.json_data(changed) if terminal.json else terminal.table([_row(changed)])


@memory.command("delete", examples=("flowforge agents memory delete atlas 8241a2f7",))
@click.argument("agent")
@click.argument("note")
@server_options
async def delete(terminal: Terminal, agent: str, note: str, url: str | None, api_key: str | None) -> None:
    """Delete a note for good."""
    async with connect(url, api_key) as client:
        await client.request("DELETE", f"{_path(agent)}/{segment(note)}")
    terminal.say(f"note {note} is gone")


@click.command(
    "tell",
    cls=Command,
    examples=('flowforge agents tell atlas "The customer has called."', 'flowforge agents tell atlas "Wait." --task FF-12'),
)
@click.argument("agent")
@click.argument("text")
@click.option("--task", help="Of its tasks the one that is meant.")
@server_options
async def tell(terminal: Terminal, agent: str, text: str, task: str | None, url: str | None, api_key: str | None) -> None:
    """Say something to an agent at work; it reads it at its next turn."""
    async with connect(url, api_key) as client:
        said = await client.request("POST", f"/v1/agents/{segment(agent)}/messages", json={"text": text, "task": task})
    terminal.json_data(said) if terminal.json else terminal.say(f"{agent} reads it at its next turn")


def _path(agent: str) -> str:
    return f"/v1/agents/{segment(agent)}/memory"


def _show(terminal: Terminal, notes: list[dict[str, Any]], nothing: str) -> None:
    if terminal.json:
        terminal.json_data(notes)
    elif notes:
        terminal.table([_row(note) for note in notes], ["note", "title", "task", "tags", "by", ""])
    else:
        terminal.say(nothing)


def _row(note: dict[str, Any]) -> list[str]:
    marks = ["pinned"] if note["pinned"] else []
    marks += [f"after reading {', '.join(note['tainted'])}"] if note["tainted"] else []
    return [note["id"][-8:], note["title"], note["task"] or "", ", ".join(note["tags"]), note["by"], "; ".join(marks)]
