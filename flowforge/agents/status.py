"""What an agent is doing and why, derived by one query from its runs and never stored.

archived, paused: what a person decided about it. running: a run of it is leased to a worker. waiting: a run of it waits for a person,
an event, another run or a time. queued: its work waits for its turn. error: its latest run failed. idle: none of these.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from flowforge import durations, ids
from flowforge.agents.definition import AgentDefinition

AgentStatus = Literal["running", "waiting", "queued", "paused", "archived", "error", "idle"]
ReasonKind = Literal[
    "task", "run", "approval", "question", "dependency", "event", "signal", "child", "timer", "limit", "worker", "person", "failure",
    "work",
]  # fmt: skip

SUBJECT_CHARACTERS_MAX = 200
_QUESTIONS = ("question", "ask", "ask_human")  # the kinds of waits that are questions to people
_WAITS: dict[str, ReasonKind] = {
    "approve": "approval",
    "wait_for_event": "event",
    "wait_for_events": "event",
    "wait_for_signal": "signal",
    "invoke": "child",
    "sleep": "timer",
    "dependency": "dependency",
    **dict.fromkeys(_QUESTIONS, "question"),
}


@dataclass(frozen=True)
class StatusReason:
    """Why an agent has its status: what it is about, and since when. `text` is the whole of it as one sentence."""

    kind: ReasonKind
    subject: str | None
    since: datetime | None
    text: str


@dataclass(frozen=True)
class AgentView:
    """An agent as others see it: its definition, and what it does now."""

    agent_id: UUID
    definition: AgentDefinition
    revision: int
    owned_by: str | None  # the app whose code defines it; None: people do
    status: AgentStatus
    reason: StatusReason
    task: str | None  # the key of the card it works on
    run: str | None  # the id of the run it works in
    queued: int  # runs that wait for their turn, counted up to a thousand
    cost_today: str | None  # USD since midnight UTC; None when a call's price is unknown
    budget_used: str | None  # USD of the definition's budget, in the day or month that is now; None: it has none
    paused_at: datetime | None
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    seq: int  # of its stream: what this view includes

    @property
    def id(self) -> str:
        return ids.show("agt", self.agent_id)

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def model(self) -> str:
        return self.definition.model

    @property
    def instructions(self) -> str:
        return self.definition.instructions

    @property
    def skills(self) -> tuple[str, ...]:
        return self.definition.skills

    @property
    def tools(self) -> tuple[str, ...]:
        return self.definition.tools

    @property
    def approval(self) -> dict[str, bool]:
        return dict(self.definition.approval)

    @property
    def done_column(self) -> str:
        return self.definition.done_column


def view_of(row: Any) -> AgentView:
    """The view in a row of `list_agents`."""
    status, reason = status_of(row)
    definition = AgentDefinition.model_validate_json(row["definition"])
    return AgentView(
        agent_id=row["agent_id"],
        definition=definition,
        revision=row["revision"],
        owned_by=row["app"],
        status=status,
        reason=reason,
        task=row["task_key"],
        run=ids.show("run", row["run_id"]) if row["run_id"] is not None else None,
        queued=row["queued"],
        cost_today=_money(row["cost_today"]),
        budget_used=None if definition.budget is None else _money(row["budget_used"]),
        paused_at=row["paused_at"],
        archived_at=row["archived_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        seq=row["seq"],
    )


def status_of(row: Any) -> tuple[AgentStatus, StatusReason]:
    """The status and its reason that follow from a row of `list_agents`."""
    if row["archived_at"] is not None:
        return "archived", _reason(row, "person", row["archived_by"], row["archived_at"], f"archived by {row['archived_by']}")
    if row["paused_at"] is not None:
        why = f": {row['pause_reason']}" if row["pause_reason"] else ""
        return "paused", _reason(row, "person", row["paused_by"], row["paused_at"], f"paused by {row['paused_by']}{why}")
    state = row["owner_state"]
    if state is None:
        return _without_work(row)
    if state == "l":
        return "running", _running(row)
    if state == "p" and row["parked_for"] == "p":
        text = row["run_reason"] or "its run is paused"
        return "paused", _reason(row, "run", ids.show("run", row["run_id"]), row["said_at"], text)
    if state == "p" and row["parked_for"] in ("w", "s"):
        return "waiting", _waiting(row)
    return "queued", _queued(row)


def _without_work(row: Any) -> tuple[AgentStatus, StatusReason]:
    if row["latest_state"] == "failed":
        error = json.loads(row["latest_error"]) if row["latest_error"] else {}
        message = _short(str(error.get("message", "no reason given")))
        return "error", _reason(row, "failure", error.get("type"), row["latest_ended_at"], f"last run failed: {message}")
    return "idle", _reason(row, "work", None, row["latest_ended_at"] or row["created_at"], "idle", since=True)


def _running(row: Any) -> StatusReason:
    what = row["task_key"] or f"run {ids.label(row['run_id'])}"
    at = [f"turn {row['turns']}"] if row["turns"] else []
    at += [row["tool"]] if row["tool"] else []
    text = f"running {what}" + (f" ({', '.join(at)})" if at else "")
    return _reason(row, "task" if row["task_key"] else "run", what, row["run_started_at"], text)


def _waiting(row: Any) -> StatusReason:
    if row["wait_kind"] is None:  # it sleeps until a retry, or is just leaving
        text = "waiting" if row["due"] is None else f"waiting until {row['due']:%Y-%m-%d %H:%M} UTC"
        return _reason(row, "timer", None, row["said_at"], text)
    kind = _WAITS.get(row["wait_kind"], "event")
    subject, words = _awaited(row, kind)
    return _reason(row, kind, subject, row["approval_since"] or row["wait_since"], f"waiting: {words}", since=True)


def _awaited(row: Any, kind: ReasonKind) -> tuple[str, str]:
    """What it waits for, and that in words."""
    given = json.loads(row["wait_input"]) if row["wait_input"] else None
    given = given if isinstance(given, dict) else {}
    name = _short(row["wait_name"])
    if kind == "approval":
        tool = row["approval_tool"] or given.get("tool") or name
        return tool, f"approval for {tool}"
    if kind == "question":
        whom = _short(str(given.get("to") or "a person"))
        return whom, f"question to {whom}"
    if kind == "child":
        return name, f"the run of {name}"
    return name, f"{kind} {name}"


def _queued(row: Any) -> StatusReason:
    if row["owner_state"] == "g" and row["capacity"] is not None:
        ahead = max(row["queued"] - 1, 0)
        text = f"queued: {ahead} ahead (concurrency {row['capacity']})"
        return _reason(row, "limit", str(row["capacity"]), row["run_created_at"], text)
    return _reason(row, "worker", None, row["run_created_at"], "queued: waits for a worker")


def _reason(row: Any, kind: ReasonKind, subject: str | None, at: datetime | None, text: str, *, since: bool = False) -> StatusReason:
    if since and at is not None:
        text += f" since {durations.about((row['now'] - at).total_seconds())}"
    return StatusReason(kind, subject, at, text)


def _short(text: str) -> str:
    return text if len(text) <= SUBJECT_CHARACTERS_MAX else text[: SUBJECT_CHARACTERS_MAX - 1] + "…"


def _money(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
