"""A durable wait of one execution, from its row to what settles it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.durations import show as show_duration
from flowforge.orchestrator.change import COMPLETED, FAILED, LARGE_BYTES, WAITING, Ack, Change, Child, EventWait, StepRow
from flowforge.orchestrator.codec import to_json
from flowforge.orchestrator.failure import describe, step_error, to_text
from flowforge.orchestrator.waits import NotYet, Outcome, PendingWait, look_of

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.future import StepFuture

SLEEP = "sleep"


class OpenWait:
    """A wait that is not settled yet. Kinds without a `look` (sleep) are settled by time alone."""

    __slots__ = (
        "again", "decode", "due", "execution", "future", "hash", "input", "key", "kind", "last", "looking", "name", "parent", "ref",
        "settled", "started", "timeout", "told", "until",
    )  # fmt: skip

    def __init__(
        self,
        execution: Execution,
        future: StepFuture[Any],
        key: str,
        name: str,
        kind: str,
        input: str | None,
        hash: int,
        ref: UUID | None,
        parent: str | None,
        decode: Callable[[str], Any],
        until: datetime | None = None,
    ) -> None:
        self.execution, self.future, self.key, self.name, self.kind = execution, future, key, name, kind
        self.input, self.hash, self.ref, self.parent, self.decode = input, hash, ref, parent, decode
        self.due: datetime | None = None
        self.until = until  # a moment that the caller gave, however long the commit takes
        self.timeout: float | None = None
        self.started = execution.database_now()
        self.looking = self.again = self.last = self.settled = self.told = False

    def begin(self, timeout: float | None, events: Sequence[EventWait], child: Child | None) -> None:
        """Commit the waiting row; only then look."""
        execution = self.execution
        if self.until is not None:
            timeout = max(0.0, (self.until - execution.database_now()).total_seconds())
        self.timeout = timeout
        if child is not None and len(child.input) > LARGE_BYTES:
            execution.busy += 1
            execution.host.spawn(self._store_then_commit(timeout, child))
        else:
            self._commit(timeout, events, child)

    async def _store_then_commit(self, timeout: float | None, child: Child) -> None:
        """A large input goes first, and apart from the flush (ENGINE.md, rule 9), to the row where the child will look for it."""
        execution, blob_id = self.execution, ids.new_id()
        try:
            await execution.host.write_blob(execution.tenant_id, child.run_id, blob_id, child.input)
        except Exception as error:  # noqa: BLE001 - what cannot be stored is how the step ends
            self.settle(Outcome(error=describe(error, execution.tenant_id)))
            return
        finally:
            execution.busy -= 1
        if not execution.over and execution.door_open and not execution.reaching:
            self._commit(timeout, (), child._replace(input="null", blob_id=blob_id))
        execution.moved()

    def _commit(self, timeout: float | None, events: Sequence[EventWait], child: Child | None) -> None:
        execution = self.execution
        execution.emit("step.started", self._about() | ({"timeout_seconds": timeout} if timeout is not None else {}))

        def settle(answer: Ack | BaseException) -> None:
            if not execution.heard(answer):
                return
            if isinstance(answer, Ack):
                if child is not None:
                    execution.host.child_made(child)
                self.started = answer.now
                self._open(None if timeout is None else answer.now + timedelta(seconds=timeout))
            else:
                self.future.set_exception(step_error(self.name, {"type": "ChangeRefused", "message": str(answer)}, 1, self.key))
            execution.moved()

        execution.put(Change(execution.lease, settle, self._row(WAITING, due_in=timeout), waits=events, child=child))

    def resume(self, stored: Any) -> None:
        """Wait on, from the row of an earlier execution."""
        self.ref = stored["ref"]
        self.started = stored["started_at"]
        self.timeout = None if stored["due"] is None else (stored["due"] - stored["started_at"]).total_seconds()
        self._open(stored["due"])

    def look(self, *, final: bool = False) -> None:
        """Ask the kind whether what is waited for has come; `final`: it is due, so this look decides."""
        if look_of(self.kind) is None or self.settled or self.execution.over:
            return
        if self.looking:  # woken while looking: that look may have read just before what woke us was committed
            self.again = True
            self.last = self.last or final  # one look at a time: what a late one found must not be lost to a time-out
            return
        self.looking = True
        self.execution.busy += 1
        self.execution.host.looker.submit(self, final)

    def looked(self, outcome: Outcome | NotYet | None, final: bool) -> None:
        """The looker's answer."""
        self.looking = False
        self.execution.busy -= 1
        if self.settled or self.execution.over or not self.execution.door_open:
            self.execution.moved()
        elif isinstance(outcome, Outcome):
            self.settle(outcome)
        elif final:
            waited = show_duration(self.timeout or 0)
            self.settle(Outcome(error={"type": "StepTimeout", "message": f"nothing came within {waited}"}))
        else:
            self._tell(outcome)
            if self.again:
                self.again = False
                self.look(final=self.last)
            self.execution.moved()

    def _tell(self, not_yet: NotYet | None) -> None:
        if not_yet is not None and not self.told:
            self.told = True
            for name, data in not_yet.frames:
                self.execution.emit(name, {"step": self.key, **data})

    def come_due(self) -> None:
        """Its time has come: a sleep is over; anything else is looked at a last time."""
        if self.kind == SLEEP:
            self.settle(Outcome())
        else:
            self.look(final=True)

    def settle(self, outcome: Outcome) -> None:
        """Checkpoint how it ended, then resolve."""
        execution = self.execution
        if self.settled or execution.over or not execution.door_open:
            return
        self.settled = True
        execution.waiting.pop(self.key, None)
        execution.timers.release(self.key)
        self._tell(NotYet(outcome.untold))
        for name, data in outcome.frames:
            execution.emit(name, {"step": self.key, **data}, shared=outcome.shared)
        execution.consumed.update(outcome.taken if outcome.ref is None else (outcome.ref,))
        text = outcome.text if outcome.text is not None else to_json(outcome.value)
        if len(text) <= LARGE_BYTES:
            self._checkpoint(outcome, text, None)
        else:
            execution.busy += 1
            execution.host.spawn(self._store_then_checkpoint(outcome, text))

    async def _store_then_checkpoint(self, outcome: Outcome, text: str) -> None:
        execution = self.execution
        try:
            blob_id = await execution.store_large(text)
        except Exception as error:  # noqa: BLE001 - what cannot be stored is how the wait ended
            outcome, text, blob_id = Outcome(error=describe(error, execution.tenant_id), ref=outcome.ref), "null", None
        finally:
            execution.busy -= 1
        if not execution.over and execution.door_open:
            self._checkpoint(outcome, text, blob_id)
        execution.moved()

    def _checkpoint(self, outcome: Outcome, text: str, blob_id: UUID | None) -> None:
        execution = self.execution
        if outcome.error is None:
            row = self._row(COMPLETED, output=text if blob_id is None else None, blob_id=blob_id)
        else:
            row = self._row(FAILED, error=to_text(outcome.error))
        row.ref = outcome.ref or self.ref
        row.seq = execution.frames.next_seq()
        row.seconds = max(0.0, (execution.database_now() - self.started).total_seconds())

        def settle(answer: Ack | BaseException) -> None:
            if not execution.heard(answer) or (isinstance(answer, Ack) and execution.gives_back()):
                return
            if isinstance(answer, BaseException):
                self.future.set_exception(step_error(self.name, {"type": "ChangeRefused", "message": str(answer)}, 1, self.key))
            elif outcome.error is not None:
                self.future.set_exception(step_error(self.name, outcome.error, 1, self.key))
            else:
                self.future.set_result(self.decode(text))
            execution.moved()

        execution.put(Change(execution.lease, settle, row, unwait=self.key))

    def pending(self) -> PendingWait:
        execution = self.execution
        return PendingWait(
            execution.tenant_id,
            execution.run_id,
            self.key,
            self.name,
            self.kind,
            self.ref,
            self.input or "null",
            self.parent,
            self.due,
            execution.agent_id,
            execution.task_id,
            frozenset(execution.consumed),
        )

    def _open(self, due: datetime | None) -> None:
        self.due = due = self.until or due
        self.execution.waiting[self.key] = self
        if due is not None:
            self.execution.timers.hold(self.key, due, self.come_due)
        if not self.settled:
            self.look()

    def _row(self, state: int, **values: Any) -> StepRow:
        return StepRow(
            self.key,
            self.name,
            self.kind,
            state,
            self.execution.frames.seq,
            hash=self.hash,
            input=self.input,
            parent=self.parent,
            announced=True,
            ref=self.ref,
            **values,
        )

    def _about(self) -> dict[str, Any]:
        about: dict[str, Any] = {"step": self.key, "name": self.name, "kind": self.kind, "attempt": 1, "parent": self.parent}
        if self.input is not None:
            about["input"] = json.loads(self.input)
        return about
