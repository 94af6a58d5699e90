"""`flowforge agents`: who there is, with which model, what each is doing and why; made, changed, paused, archived, written to files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from flowforge.cli import figures
from flowforge.cli.agent_verbs import VERBS
from flowforge.cli.command import Noun
from flowforge.cli.commands.agent_memory import memory, tell
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal
from flowforge.errors import Conflict, InvalidInput, NotFound

STATUSES = ("running", "waiting", "queued", "paused", "archived", "error", "idle")


@click.group(
    "agents",
    cls=Noun,
    examples=(
        "flowforge agents",
        "flowforge agents create atlas --model claude-sonnet-4.5 --tool issue_refund",
        "flowforge agents pause atlas --reason 'it refunds too much'",
    ),
)
@click.option("--status", type=click.Choice(STATUSES), help="Only those that are so now.")
@click.option("--skill", help="Only those with this skill.")
@click.option("--model", help="Only those with this model.")
@click.option("--archived", is_flag=True, help="Archived ones too.")
@server_options
async def command(
    terminal: Terminal, status: str | None, skill: str | None, model: str | None, archived: bool, url: str | None, api_key: str | None
) -> None:
    """List agents: model, status and why, current task, cost of today."""
    wanted: dict[str, Any] = {"status": status, "skill": skill, "model": model}
    if not archived and status != "archived":
        wanted["archived"] = "false"
    params = {name: value for name, value in wanted.items() if value is not None}
    async with connect(url, api_key) as client:
        agents = [agent async for agent in client.pages("/v1/agents", params=params)]
    if terminal.json:
        terminal.json_data(agents)
    elif agents:
        terminal.table([_row(terminal, agent) for agent in agents], ["agent", "model", "status", "task", "today", "skills", "tools"])
    elif any(name != "archived" for name in params):
        terminal.say("no agent is so")
    else:
        terminal.say("no agents yet; make one with  flowforge agents create atlas --model claude-sonnet-4.5")


@command.command("show", examples=("flowforge agents show atlas", "flowforge agents show atlas --json"))
@click.argument("name")
@server_options
async def show(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Show one agent."""
    async with connect(url, api_key) as client:
        agent = await client.request("GET", f"/v1/agents/{segment(name)}")
    if terminal.json:
        terminal.json_data(agent)
        return
    terminal.table([_row(terminal, agent)])
    for line in _terms(agent):
        terminal.data(f"  {line}")
    if agent.get("instructions"):
        terminal.data(f"\n{agent['instructions']}")


@command.command(
    "create",
    examples=(
        "flowforge agents create atlas --model gpt-4o",
        "flowforge agents create maya --model gpt-4o --skill review --tool find",
    ),
)
@click.argument("name")
@click.option("--model", required=True, help="The model's name, as LiteLLM knows it.")
@click.option("--description", help="What it is for, to people and other agents.")
@click.option("--instructions", help="What the agent is to do, and how.")
@click.option("--skill", "skills", multiple=True, help="A skill to give; may be repeated.")
@click.option("--tool", "tools", multiple=True, help="A tool to give; may be repeated.")
@click.option("--concurrency", type=int, help="How many of its runs work at once; any number unless given.")
@click.option("--budget", help="What its model calls may cost, as in 5.00/day.")
@click.option("--set", "fields", multiple=True, metavar="FIELD=JSON", help="Any other field, as in limits='{\"turns\": 50}'.")
@click.option("--note", help="Why; kept with the revision.")
@server_options
async def create(terminal: Terminal, url: str | None, api_key: str | None, **options: Any) -> None:
    """Make an agent."""
    body = _body(options)
    async with connect(url, api_key) as client:
        agent = await client.request("POST", "/v1/agents", json=body)
    terminal.json_data(agent) if terminal.json else terminal.data(agent["name"])


command.add_command(create, "add")


@command.command(
    "edit",
    examples=("flowforge agents edit atlas --model o3 --note 'it thinks longer'", "flowforge agents edit atlas   # in your editor"),
)
@click.argument("name")
@click.option("--model", help="The model's name, as LiteLLM knows it.")
@click.option("--description", help="What it is for, to people and other agents.")
@click.option("--instructions", help="What the agent is to do, and how.")
@click.option("--skill", "skills", multiple=True, help="Its skills from now on; may be repeated.")
@click.option("--tool", "tools", multiple=True, help="Its tools from now on; may be repeated.")
@click.option("--concurrency", type=int, help="How many of its runs work at once.")
@click.option("--budget", help="What its model calls may cost, as in 5.00/day.")
@click.option("--set", "fields", multiple=True, metavar="FIELD=JSON", help="Any other field; null puts it back to its default.")
@click.option("--note", help="Why; kept with the revision.")
@server_options
async def edit(terminal: Terminal, name: str, url: str | None, api_key: str | None, **options: Any) -> None:
    """Change an agent: by options, or, without any, in an editor as YAML."""
    note, patch = options.pop("note"), _body(options)
    async with connect(url, api_key) as client:
        path = f"/v1/agents/{segment(name)}"
        if not patch:
            patch = _edited(await client.request("GET", path))
        agent = await client.request("PATCH", path, json=patch | ({"note": note} if note else {}))
    terminal.json_data(agent) if terminal.json else terminal.data(f"{agent['name']} is at revision {agent['revision']}")


@command.command("delete", examples=("flowforge agents delete atlas", "flowforge agents archive atlas   # one that has worked"))
@click.argument("name")
@server_options
async def delete(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Take away an agent that never worked."""
    async with connect(url, api_key) as client:
        await client.request("DELETE", f"/v1/agents/{segment(name)}")
    terminal.say(f"agent {name} is gone")


@command.command("apply", examples=("flowforge agents apply agents.yaml", "flowforge agents apply agents/atlas.yaml --note 'as agreed'"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--note", help="Why; kept with the revisions.")
@server_options
async def apply(terminal: Terminal, file: Path, note: str | None, url: str | None, api_key: str | None) -> None:
    """Make the agents of a YAML file what it says; what it leaves out goes back to its default."""
    from flowforge.agents.agent_file import read_agent_file, read_text

    definitions = read_agent_file(read_text(file), file.name)
    done = []
    async with connect(url, api_key) as client:
        for definition in definitions:
            body = definition.model_dump(mode="json") | ({"note": note} if note else {})
            try:
                before = await client.request("GET", f"/v1/agents/{definition.name}")
            except NotFound:
                before = None
            if before is None:
                agent = await client.request("POST", "/v1/agents", json=body)
            else:
                agent = await client.request("PATCH", f"/v1/agents/{definition.name}", json=_whole(before, body))
            same = before is not None and before["revision"] == agent["revision"]
            done.append({"name": agent["name"], "revision": agent["revision"], "changed": not same})
            if not terminal.json:
                terminal.data(f"{agent['name']}: " + ("as it was" if same else f"revision {agent['revision']}"))
    if terminal.json:
        terminal.json_data(done)


@command.command("export", examples=("flowforge agents export atlas", "flowforge agents export atlas > agents/atlas.yaml"))
@click.argument("name")
@server_options
async def export(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Write an agent's definition as YAML."""
    from flowforge.agents.agent_file import written

    async with connect(url, api_key) as client:
        agent = await client.request("GET", f"/v1/agents/{segment(name)}")
    terminal.data(written(agent).rstrip("\n"))


for verb in VERBS:
    command.add_command(verb)


def _body(options: dict[str, Any]) -> dict[str, Any]:
    """What was said of an agent, as the API wants it."""
    fields = options.pop("fields")
    body = {name: list(value) if isinstance(value, tuple) else value for name, value in options.items() if value not in (None, ())}
    for text in fields:
        name, equals, value = text.partition("=")
        try:
            body[name] = json.loads(value) if equals else None
        except ValueError:
            body[name] = value
    return body


def _edited(agent: dict[str, Any]) -> dict[str, Any]:
    """The patch that somebody makes of an agent in their editor."""
    from flowforge.agents.agent_file import read_agent_file, written

    text = click.edit(written(agent), extension=".yaml")
    if text is None:
        raise Conflict("nothing was changed")
    found = read_agent_file(text, agent["name"])
    if len(found) != 1:
        raise InvalidInput(f"this describes {len(found)} agents, not one")
    return _whole(agent, found[0].model_dump(mode="json"))


def _whole(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """A merge patch that leaves nothing of objects that were there: what they no longer hold is null."""
    patch: dict[str, Any] = {}
    for name, value in after.items():
        old = before.get(name)
        patch[name] = {**dict.fromkeys(old), **value} if isinstance(old, dict) and isinstance(value, dict) else value
    return patch


command.add_command(memory)
command.add_command(tell)


def _row(terminal: Terminal, agent: dict[str, Any]) -> list[str]:
    state = agent["status"]
    text = agent.get("status_text")
    return [
        agent["name"],
        agent["model"],
        f"{terminal.glyph(state)} {text}" if text else terminal.state(state),
        agent.get("task") or "",
        figures.spent(agent.get("cost_today")),
        ", ".join(agent.get("skills") or []),
        ", ".join(agent.get("tools") or []),
    ]


def _terms(agent: dict[str, Any]) -> list[str]:
    """What bounds it, in lines."""
    lines = [agent["description"]] if agent.get("description") else []
    if agent.get("budget"):
        lines.append(f"budget {agent['budget']}, {figures.spent(agent.get('budget_used'))} used")
    limits = {name: value for name, value in (agent.get("limits") or {}).items() if value is not None and name != "on_limit"}
    if limits:
        lines.append("limits " + ", ".join(f"{name} {value}" for name, value in limits.items()))
    if agent.get("concurrency"):
        lines.append(f"concurrency {agent['concurrency']}, {agent.get('queued', 0)} queued")
    if agent.get("owned_by"):
        lines.append(f"defined by code in {agent['owned_by']}")
    lines.append(f"revision {agent.get('revision', 1)}")
    return lines
