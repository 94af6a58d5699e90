"""What an execution says on its streams: frames, numbered at once and in the order of its steps, written with the next flush."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flowforge import ids
from flowforge.orchestrator.change import FrameRow
from flowforge.orchestrator.codec import well_formed

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution


class Frames:
    """The frames of one execution that no change has taken along yet. Its steps have their numbers from here, too."""

    def __init__(self, seq: int) -> None:
        self.seq = seq  # the last number that was given out
        self._said: list[FrameRow] = []

    def __len__(self) -> int:
        return len(self._said)

    def next_seq(self, count: int = 1) -> int:
        self.seq += count
        return self.seq

    def say(self, name: str, data: dict[str, Any], shared: bool) -> None:
        self._said.append(FrameRow(self.next_seq(), name, well_formed(json.dumps(data, ensure_ascii=False, default=str)), shared))

    def take(self) -> list[FrameRow]:
        said, self._said = self._said, []
        return said


def emit_start(execution: Execution) -> None:
    """Say that the run is being executed (again)."""
    if execution.lease.fence > 1:
        execution.emit("run.resumed", {"attempt": execution.attempt, "memoized": len(execution.memo)})
    emit_status(execution, "running")


def emit_status(execution: Execution, status: str) -> None:
    """The status of the agent whose run this is."""
    if execution.agent_id is not None:
        task = ids.show("tsk", execution.task_id) if execution.task_id else None
        execution.emit("agent.status", {"agent": ids.show("agt", execution.agent_id), "status": status, "task": task})
