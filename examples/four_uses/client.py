"""The four uses of FlowForge from Python: an agent with skills, a card for it, its reasoning as it thinks, and a person's yes.

    flowforge dev examples/refund_agent.py        # in one terminal
    python examples/four_uses/client.py           # in another

Without a provider's key a scripted model plays the agent's part. FLOWFORGE_URL and FLOWFORGE_API_KEY name another server, MODEL
another model. The same in a program with an event loop: `flowforge.AsyncClient`, `await` before each call and `async for` over lists
and streams.
"""

from __future__ import annotations

import os

import flowforge
from flowforge.api.client.models import Agent, Approval, Run, Task
from flowforge.errors import Conflict

SKILL = """---
name: refunds
description: How we pay customers back. Use it when money is to be returned.
---
Look the order up first. Refund what was paid, never more, and say in one sentence what you did.
"""


def register(client: flowforge.Client) -> Agent:
    """1. An agent with a skill and two tools, which the worker publishes. One that is there already stays as it is."""
    client.skills.create(files={"SKILL.md": SKILL})
    try:
        return client.agents.create(
            name="atlas",
            model=os.environ.get("MODEL", "claude-sonnet-4.5"),
            instructions="You look after refunds.",
            skills=["refunds"],
            tools=["lookup_order", "issue_refund"],
        )
    except Conflict:
        return client.agents.get("atlas")


def assign(client: flowforge.Client, agent: Agent) -> Task:
    """2. A card on the board, given to the agent: it starts as soon as it can."""
    task = client.tasks.create(title="Refund ORD-9218", description="The parcel was lost. The customer wants $420 back.")
    return client.tasks.assign(task.key, agent=agent.name, if_match=task.revision)


def watch(client: flowforge.Client, task: Task) -> Run:
    """3. What the agent thinks and does, live over Server-Sent Events, until its run has ended. A cut connection is resumed."""
    assert task.run is not None, f"{task.key} waits for its turn"
    for frame in client.runs.follow(task.run):
        match frame.name:
            case "reasoning.delta":
                print(frame.data["text"], end="", flush=True)
            case "tool_call.executing":
                print(f"\n→ {frame.data['tool']}({frame.data['arguments']})")
            case "approval.requested":
                review(client, task)
    return client.runs.wait(task.run, timeout="1m")


def review(client: flowforge.Client, task: Task) -> list[Approval]:
    """4. The review queue: the exact call is shown and decided; here it is approved with a smaller amount."""
    decided = []
    for approval in client.approvals.list(state="pending", task=task.key):
        print(f"\n{approval.reason}\n  {approval.tool}({approval.arguments})")
        smaller = {**approval.arguments, "amount": 300}
        decided.append(client.approvals.decide(approval.id, approved=True, edited_args=smaller, hash=approval.hash))
        print(f"  approved with {smaller}")
    return decided


def main() -> None:
    url = os.environ.get("FLOWFORGE_URL", "http://127.0.0.1:8288")
    with flowforge.Client(url, os.environ.get("FLOWFORGE_API_KEY")) as client:
        agent = register(client)
        task = assign(client, agent)
        print(f"{task.key} is {agent.name}'s")
        run = watch(client, task)
        print(f"\n{run.output['result']}\n{run.state}, ${run.cost}")


if __name__ == "__main__":
    main()
