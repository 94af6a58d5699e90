"""`flowforge agents`: who there is, with which model, and what each is doing; `add` makes one."""

from __future__ import annotations

from typing import Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal


@click.group("agents", cls=Noun, examples=("flowforge agents", "flowforge agents add atlas --model claude-sonnet-4.5 --tool issue_refund"))
@server_options
async def command(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List agents: model, status, current task, cost of today."""
    async with connect(url, api_key) as client:
        agents = [agent async for agent in client.pages("/v1/agents")]
    if terminal.json:
        terminal.json_data(agents)
    elif agents:
        terminal.table([_row(terminal, agent) for agent in agents], ["agent", "model", "status", "task", "today", "skills", "tools"])
    else:
        terminal.say("no agents yet; make one with  flowforge agents add atlas --model claude-sonnet-4.5")


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
    if agent.get("instructions"):
        terminal.data(f"\n{agent['instructions']}")


@command.command(
    "add",
    examples=("flowforge agents add atlas --model gpt-4o", "flowforge agents add maya --model gpt-4o --skill review --tool search_kb"),
)
@click.argument("name")
@click.option("--model", required=True, help="The model's name, as LiteLLM knows it.")
@click.option("--instructions", default="", help="What the agent is to do, and how.")
@click.option("--skill", "skills", multiple=True, help="A skill to give; may be repeated.")
@click.option("--tool", "tools", multiple=True, help="A tool to give; may be repeated.")
@server_options
async def add(
    terminal: Terminal,
    name: str,
    model: str,
    instructions: str,
    skills: tuple[str, ...],
    tools: tuple[str, ...],
    url: str | None,
    api_key: str | None,
) -> None:
    """Make an agent."""
    body = {"name": name, "model": model, "instructions": instructions, "skills": list(skills), "tools": list(tools)}
    async with connect(url, api_key) as client:
        agent = await client.request("POST", "/v1/agents", json=body)
    if terminal.json:
        terminal.json_data(agent)
    else:
        terminal.data(agent["name"])


def _row(terminal: Terminal, agent: dict[str, Any]) -> list[str]:
    return [
        agent["name"],
        agent["model"],
        terminal.state(agent["status"]),
        agent.get("task") or "",
        figures.spent(agent.get("cost_today")),
        ", ".join(agent.get("skills") or []),
        ", ".join(agent.get("tools") or []),
    ]
