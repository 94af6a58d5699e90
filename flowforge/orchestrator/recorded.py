"""What a context records or says on its own account, without a step of the user's: the time, and how far the run is."""

from __future__ import annotations

import json
import weakref
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flowforge.orchestrator.branch import BRANCH
from flowforge.orchestrator.change import COMPLETED, Change, StepRow
from flowforge.orchestrator.replay import is_settled

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution

NOW = "ctx.now"
PROGRESS_SECONDS = 0.1


def recorded_now(execution: Execution) -> datetime:
    """The database's time, the same at every replay.

    Its row is queued before whatever follows from it, so it needs no commit of its own: nothing that is stored later can have seen
    another time.
    """
    key = (BRANCH.get() or execution.root_branch).key(NOW)
    stored = execution.recall(key, "now", NOW, 0)
    if is_settled(stored):
        return datetime.fromisoformat(json.loads(stored["output"]))
    now = execution.database_now()
    if execution.door_open and not execution.over:
        row = StepRow(key, NOW, "now", COMPLETED, execution.frames.next_seq(2), output=json.dumps(now.isoformat()))
        execution.put(Change(execution.lease, execution.written, step=row))
    return now


class Progress:
    """How far one execution says that its run is: of many words within a moment the last one counts."""

    def __init__(self, execution: Execution) -> None:
        self._execution: Execution = weakref.proxy(execution)  # it goes as soon as nobody else holds it
        self._said: dict[str, Any] | None = None

    def say(self, done: float, message: str) -> None:
        execution = self._execution
        if self._said is None and execution.door_open and not execution.over:
            execution.loop.call_later(PROGRESS_SECONDS, self.tell)
        self._said = {"done": round(done, 4), "message": message}

    def tell(self) -> None:
        """Put what was said last on the stream, unless it stands there already."""
        said, self._said = self._said, None
        if said is not None:
            self._emit(said)

    def _emit(self, said: dict[str, Any]) -> None:
        try:
            self._execution.emit("run.progress", said)
        except ReferenceError:
            return  # the run has left this worker within that moment
