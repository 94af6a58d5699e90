"""What a run waits for, as a sentence that also says how a test can bring it about."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowforge.orchestrator.run import RunView, StepView


@dataclass(frozen=True)
class Waiting:
    """A step that is not settled yet. `event` and `match` for a wait for an event, `until` where it ends by itself."""

    step: str
    kind: str
    asked: Mapping[str, Any]
    until: datetime | None

    @property
    def event(self) -> str | None:
        """The name of the awaited event."""
        return self.asked.get("event") if self.kind == "wait_for_event" else None

    @property
    def match(self) -> str | None:
        """`data.order_id = "ORD-1"`, where the wait is for an event with that field."""
        path = self.asked.get("match")
        return None if path is None else f"{path} = {self.asked.get('key')}"

    def __str__(self) -> str:
        until = f" until {self.until:%Y-%m-%d %H:%M:%S}" if self.until is not None else ""
        return f"{self.what} (step {self.step!r}){until}; {self._how()}"

    @property
    def what(self) -> str:
        """What it waits for: `it waits for the event 'payment/settled'`."""
        if self.kind == "sleep":
            return "it sleeps"
        if self.kind == "wait_for_event":
            return f"it waits for the event {self.event!r}" + (f" where {self.match}" if self.match else "")
        if self.kind == "approve":
            return f"it waits for a person to decide about {self.asked.get('tool', 'this')!r}"
        if self.kind == "invoke":
            return f"it waits for a run of {self.asked.get('function')!r}"
        if self.until is not None:
            return "a failed step waits for its next attempt"
        return f"it waits for a {self.kind}"

    def _how(self) -> str:
        advance = "forge.clock.advance(…) or forge.clock.auto_skip = True lets time pass"
        if self.kind == "wait_for_event":
            return f"await forge.send({self.event!r}, …) sends it" + (f", {advance}" if self.until is not None else "")
        if self.kind == "approve":
            return "await forge.approve() or forge.deny() decides"
        if self.kind == "invoke":
            return "look at what that one waits for: await forge.runs()"
        return advance if self.until is not None else "nothing in this test brings it about"


def waits_of(steps: Sequence[StepView]) -> tuple[Waiting, ...]:
    """The open waits among a run's steps, in their order."""
    return tuple(
        Waiting(step.key, step.kind, step.input if isinstance(step.input, dict) else {}, step.due)
        for step in steps
        if step.state == "waiting"
    )


def why_not(run: RunView, waits: Sequence[Waiting], wanted: Sequence[str]) -> str:
    """Why the run is not in one of the wanted states, in one sentence or one for each thing that it waits for."""
    head = f"{run.function} {run.label} is {run.state}, not {' or '.join(wanted)}"
    if run.error is not None:
        return f"{head}: {run.error.get('type')}: {run.error.get('message')}"
    if run.reason is not None:
        return f"{head}: {run.reason}"
    if run.ended_at is not None:
        return f"{head}: it returned {json.dumps(run.output)[:300]}" if run.state == "completed" else head
    return f"{head}: " + " | ".join(str(wait) for wait in waits) if waits else head
