"""`flowforge questions`: what agents ask people; `answer` lets them go on."""

from __future__ import annotations

from typing import Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal, shorten


@click.group("questions", cls=Noun, examples=("flowforge questions", 'flowforge questions answer a2f71c03 "the second one"'))
@click.option("--all", "everything", is_flag=True, help="Answered ones too.")
@server_options
async def command(terminal: Terminal, everything: bool, url: str | None, api_key: str | None) -> None:
    """List what agents wait to hear from people."""
    async with connect(url, api_key) as client:
        found = [one async for one in client.pages("/v1/questions", params=None if everything else {"state": "open"})]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([_row(terminal, one) for one in found], ["id", "state", "agent", "task", "to", "question"])
    else:
        terminal.say("nobody asks anything")


@command.command("show", examples=("flowforge questions show a2f71c03", "flowforge questions show a2f71c03 --json"))
@click.argument("id")
@server_options
async def show(terminal: Terminal, id: str, url: str | None, api_key: str | None) -> None:
    """Show one question with its options."""
    async with connect(url, api_key) as client:
        one = await client.request("GET", f"/v1/questions/{segment(id)}")
    if terminal.json:
        terminal.json_data(one)
        return
    terminal.data(f"{terminal.state(one['state'])}  {one['agent'] or ''}  {one['task'] or ''}".rstrip())
    terminal.data(f"\n{one['question']}")
    for number, option in enumerate(one["options"] or (), 1):
        terminal.data(f"  {number}. {option}")
    if one["answer"]:
        terminal.data(f"\n{one['answered_by']}: {one['answer']}")


@command.command("answer", examples=('flowforge questions answer a2f71c03 "the second one"', "flowforge questions answer a2f71c03 2"))
@click.argument("id")
@click.argument("answer")
@server_options
async def answer_(terminal: Terminal, id: str, answer: str, url: str | None, api_key: str | None) -> None:
    """Answer a question, by words or by an option's number; its agent goes on."""
    async with connect(url, api_key) as client:
        one = await client.request("POST", f"/v1/questions/{segment(id)}/answer", json={"answer": answer})
    terminal.json_data(one) if terminal.json else terminal.say(f"answered: {one['answer']}")


def _row(terminal: Terminal, one: dict[str, Any]) -> list[str]:
    return [
        figures.ending(one["id"]),
        terminal.state(one["state"]),
        one["agent"] or "",
        one["task"] or "",
        one["to"] or "",
        shorten(" ".join(one["question"].split()), 80),
    ]
