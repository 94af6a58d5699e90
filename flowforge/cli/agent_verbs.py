"""What becomes of an agent, on the command line: revisions, pauses, archives, its queue, and what it does right now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from flowforge.cli import figures
from flowforge.cli.agent_run import run
from flowforge.cli.agent_triggers import triggers
from flowforge.cli.command import Command
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal, shorten


@click.command("pause", cls=Command, examples=("flowforge agents pause atlas", "flowforge agents pause atlas --reason 'a look'"))
@click.argument("name")
@click.option("--reason", help="Shown with the agent and with what waits for it.")
@click.option("--stop", is_flag=True, help="Cancel the steps in hand too.")
@server_options
async def pause(terminal: Terminal, name: str, reason: str | None, stop: bool, url: str | None, api_key: str | None) -> None:
    """Pause an agent: it ends the step in hand, and what is new queues."""
    body: dict[str, Any] = {"stop": True} if stop else {}
    await _post(terminal, name, "pause", body | ({"reason": reason} if reason else {}), url, api_key)


@click.command("resume", cls=Command, examples=("flowforge agents resume atlas", "flowforge agents resume atlas --json"))
@click.argument("name")
@server_options
async def resume(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Let a paused agent go on."""
    await _post(terminal, name, "resume", None, url, api_key)


@click.command("archive", cls=Command, examples=("flowforge agents archive atlas", "flowforge agents archive atlas --reassign-to kepler"))
@click.argument("name")
@click.option("--reassign-to", metavar="AGENT", help="Give its cards to this agent.")
@click.option("--cancel", is_flag=True, help="Cancel its runs and take its cards from everybody.")
@server_options
async def archive(terminal: Terminal, name: str, reassign_to: str | None, cancel: bool, url: str | None, api_key: str | None) -> None:
    """Let an agent take no more work; its past stays."""
    body: dict[str, Any] = {"cancel": True} if cancel else {}
    await _post(terminal, name, "archive", body | ({"reassign_to": reassign_to} if reassign_to else {}), url, api_key)


@click.command("unarchive", cls=Command, examples=("flowforge agents unarchive atlas", "flowforge agents unarchive atlas --json"))
@click.argument("name")
@server_options
async def unarchive(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Let an archived agent take work again."""
    await _post(terminal, name, "unarchive", None, url, api_key)


@click.command("rollback", cls=Command, examples=("flowforge agents rollback atlas 3", "flowforge agents rollback atlas 3 --note strict"))
@click.argument("name")
@click.argument("revision", type=int)
@click.option("--note", help="Why; kept with the revision.")
@server_options
async def rollback(terminal: Terminal, name: str, revision: int, note: str | None, url: str | None, api_key: str | None) -> None:
    """Go back to an earlier revision, as a new one."""
    body: dict[str, Any] = {"revision": revision} | ({"note": note} if note else {})
    await _post(terminal, name, "rollback", body, url, api_key)


@click.command("revisions", cls=Command, examples=("flowforge agents revisions atlas", "flowforge agents revisions atlas --json"))
@click.argument("name")
@server_options
async def revisions(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """List who changed an agent, when and why."""
    async with connect(url, api_key) as client:
        found = [one async for one in client.pages(f"/v1/agents/{segment(name)}/revisions")]
    if terminal.json:
        terminal.json_data(found)
        return
    terminal.table([[str(one["revision"]), _age(one["created_at"]), one["made_by"] or "", one["note"] or ""] for one in found])


@click.command("diff", cls=Command, examples=("flowforge agents diff atlas 2 3", "flowforge agents diff atlas 2 3 --json"))
@click.argument("name")
@click.argument("before", type=int)
@click.argument("after", type=int)
@server_options
async def diff(terminal: Terminal, name: str, before: int, after: int, url: str | None, api_key: str | None) -> None:
    """Compare two revisions."""
    async with connect(url, api_key) as client:
        found = await client.request("GET", f"/v1/agents/{segment(name)}/diff", params={"from": before, "to": after})
    if terminal.json:
        terminal.json_data(found)
        return
    for change in found["changes"]:
        if change["text"] is not None:
            terminal.data(f"{change['field'].removeprefix('/')}:\n{change['text']}")
        else:
            terminal.data(f"{change['field'].removeprefix('/')}: {change['before']!r} → {change['after']!r}")
    if not found["changes"]:
        terminal.say("they are the same")


@click.command("queue", cls=Command, examples=("flowforge agents queue atlas", "flowforge agents queue atlas --json"))
@click.argument("name")
@server_options
async def queue(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """List what waits for an agent, the next one first."""
    async with connect(url, api_key) as client:
        found = [one async for one in client.pages(f"/v1/agents/{segment(name)}/queue")]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([[str(one["ahead"] + 1), one["task"] or one["run"], one["title"] or "", _age(one["queued_at"])] for one in found])
    else:
        terminal.say("nothing waits")


@click.command("tail", cls=Command, examples=("flowforge agents tail atlas", "flowforge agents tail atlas --json"))
@click.argument("name")
@server_options
async def tail(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Follow what an agent does, until you stop it."""
    from flowforge.cli.narrator import Narrator

    narrators: dict[str, Narrator] = {}
    async with connect(url, api_key) as client:
        agent = await client.request("GET", f"/v1/agents/{segment(name)}")
        terminal.say(f"{agent['name']}: {agent['status_text']}")
        async for frame in client.stream(f"/v1/agents/{segment(name)}/stream", after=agent["seq"]):
            data = dict(frame.data)
            if terminal.json:
                terminal.json_data({"seq": frame.seq, "event": frame.name, "data": data})
            elif frame.name == "agent.status":
                terminal.data(f"{figures.time_of_day()} {terminal.state(str(data.get('status')))} {data.get('reason') or ''}".rstrip())
            else:
                run_id = str(data.get("run") or "")
                told = narrators.setdefault(run_id, Narrator(terminal, terminal.data, label=shorten(run_id, 12), thoughts=True))
                told.tell(frame.name, data)


VERBS = (pause, resume, archive, unarchive, rollback, revisions, diff, queue, triggers, run, tail)


async def _post(terminal: Terminal, name: str, verb: str, body: dict[str, Any] | None, url: str | None, api_key: str | None) -> None:
    async with connect(url, api_key) as client:
        agent = await client.request("POST", f"/v1/agents/{segment(name)}/{verb}", json=body)
    if terminal.json:
        terminal.json_data(agent)
    else:
        terminal.data(f"{agent['name']}: {agent['status_text']} (revision {agent['revision']})")


def _age(moment: str) -> str:
    return figures.age(datetime.fromisoformat(moment))
