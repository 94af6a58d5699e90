"""What an execution says on its streams: frames, numbered at once and in the order of its steps, written with the next flush."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flowforge import ids
from flowforge.orchestrator.change import FrameRow
from flowforge.orchestrator.codec import well_formed
from flowforge.secrets.opened import OPENED

if TYPE_CHECKING:
    from uuid import UUID

    from flowforge.orchestrator.execution import Execution

Spans = list[tuple[int, int]]  # of numbers that follow each other, the first and the last of each


DELTA_FRAMES = frozenset({"message.delta", "reasoning.delta", "tool_call.args_delta"})
_CLOSING = frozenset({"message.completed", "step.retrying"})  # stands for the deltas of its step before it, or voids them


class Frames:
    """The frames of one execution that no change has taken along yet. Its steps have their numbers from here, too."""

    def __init__(self, seq: int, tenant_id: UUID) -> None:
        self.seq = seq  # the last number that was given out
        self._tenant_id = tenant_id
        self._said: list[FrameRow] = []
        self._deltas: dict[str, Spans] = {}  # by step, those for which nothing stands yet
        self._spent: dict[str, Spans] = {}  # by step, those that nobody needs once the step is settled

    def __len__(self) -> int:
        return len(self._said)

    def next_seq(self, count: int = 1) -> int:
        self.seq += count
        return self.seq

    def say(self, name: str, data: dict[str, Any], shared: bool) -> None:
        seq = self.next_seq()
        text = OPENED.hide(json.dumps(data, ensure_ascii=False, default=str), self._tenant_id)
        self._said.append(FrameRow(seq, name, well_formed(text), shared))
        if name in DELTA_FRAMES or name in _CLOSING:
            self._tell_apart(seq, name, str(data.get("step")))

    def take_spent(self, step_key: str) -> Spans:
        """The numbers of the step's deltas for which a whole message stands, or that are void: for when it is settled."""
        self._deltas.pop(step_key, None)  # said by an attempt that failed in the middle: people may want to see how far it got
        return self._spent.pop(step_key, [])

    def take(self) -> list[FrameRow]:
        said, self._said = self._said, []
        return said

    def _tell_apart(self, seq: int, name: str, step_key: str) -> None:
        if name in _CLOSING:
            self._spent.setdefault(step_key, []).extend(self._deltas.pop(step_key, []))
            return
        spans = self._deltas.setdefault(step_key, [])
        if spans and spans[-1][1] == seq - 1:
            spans[-1] = (spans[-1][0], seq)
        else:
            spans.append((seq, seq))


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
