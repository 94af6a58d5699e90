"""What an agent is doing, derived by one query from its runs and never stored.

running: a run of it is leased to a worker. waiting: a run of it waits for an approval, an event, a timer or a free worker.
paused: a run of it was paused by a person or by the engine. error: its latest run failed. idle: none of these.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from flowforge import ids

AgentStatus = Literal["running", "waiting", "paused", "idle", "error"]


@dataclass(frozen=True)
class AgentView:
    """An agent as others see it: its definition, and what it does now."""

    agent_id: UUID
    id: str
    name: str
    model: str
    instructions: str
    skills: tuple[str, ...]
    tools: tuple[str, ...]
    approval: dict[str, bool]
    done_column: str
    status: AgentStatus
    task: str | None  # the key of the card it works on
    run: str | None  # the id of the run it works in
    cost_today: str | None  # USD since midnight UTC; None when a call's price is unknown
    revision: int
    created_at: datetime
    seq: int  # of its stream: what this view includes


def view_of(row: Any) -> AgentView:
    """The view in a row of `list_agents`."""
    return AgentView(
        agent_id=row["agent_id"],
        id=ids.show("agt", row["agent_id"]),
        name=row["name"],
        model=row["model"],
        instructions=row["instructions"],
        skills=tuple(row["skills"]),
        tools=tuple(row["tools"]),
        approval=json.loads(row["approval"]),
        done_column=row["done_column"],
        status=status_of(row["owner_state"], row["parked_for"], row["latest_state"]),
        task=row["task_key"],
        run=ids.show("run", row["run_id"]) if row["run_id"] is not None else None,
        cost_today=_money(row["cost_today"]),
        revision=row["revision"],
        created_at=row["created_at"],
        seq=row["seq"],
    )


def status_of(owner_state: str | None, parked_for: str | None, latest_state: str | None) -> AgentStatus:
    """The status that follows from the agent's current run (None when no run of it is open) and the state of its latest one."""
    if owner_state is None:
        return "error" if latest_state == "failed" else "idle"
    if owner_state == "l":
        return "running"
    return "paused" if parked_for == "p" else "waiting"


def _money(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
