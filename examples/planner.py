"""A planner that splits a task into parts for two agents and a person, waits for all of them, and sums up.

    flowforge dev                                    # in one terminal
    python examples/planner.py                       # in another; MODEL=gpt-4o to choose the model
    flowforge teams tree FF-1                        # who has which part, what it costs
    flowforge board move FF-4 Done                   # mira signs

The agents need no code of yours: the tools by which they give work to each other come with FlowForge.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import yaml

import flowforge
from flowforge.errors import Conflict

MODEL = os.environ.get("MODEL", "gpt-4o")
TEAM = yaml.safe_load((Path(__file__).parent / "team.yaml").read_text(encoding="utf-8"))

PLAN = """You plan; others do the work. Split your task into small tasks with create_task, each for one of your colleagues or,
where something has to be signed, for mira. Let a task depend on those whose results it needs. Then wait for all of them with
await_tasks, and sum up in three sentences what came of it and what is open."""

AGENTS: list[dict[str, Any]] = [
    {
        "name": "planner",
        "instructions": PLAN,
        "tools": ["create_task", "await_tasks"],
        "approval": {"create_task": False},  # it makes tasks without asking
    },
    {
        "name": "iris",
        "description": "Finds facts, each with its source.",
        "instructions": "You are iris. Find the facts.",
        "tools": ["read_task"],
    },
    {"name": "rune", "description": "Writes short, plain texts.", "instructions": "You are rune. Write the text.", "tools": ["read_task"]},
]


async def set_up(client: flowforge.AsyncClient) -> None:
    """Make the agents, the person and the team, where they are not there yet."""
    for agent in AGENTS:
        await _once(client, "/v1/agents", {"model": MODEL, "done_column": "Done", **agent})
    await _once(client, "/v1/users", {"name": "mira"})
    await _once(client, "/v1/teams", TEAM)


async def start(client: flowforge.AsyncClient) -> str:
    """Give the team its task; the key of the card."""
    body = {"title": "A page about our refunds", "description": "How long they take, and what to send.", "assignee": {"team": "launch"}}
    task = await client.request("POST", "/v1/tasks", json=body)
    return str(task["key"])


async def _once(client: flowforge.AsyncClient, path: str, body: dict[str, Any]) -> None:
    try:
        await client.request("POST", path, json=body)
    except Conflict:
        print(f"{body['name']} is there already", file=sys.stderr)


async def main() -> None:
    async with flowforge.AsyncClient(os.environ.get("FLOWFORGE_URL", "http://127.0.0.1:8288")) as client:
        await set_up(client)
        key = await start(client)
        print(f"{key} is the team's; watch it with  flowforge teams tree {key}")


if __name__ == "__main__":
    asyncio.run(main())
