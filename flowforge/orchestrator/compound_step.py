"""A step made of steps: to its function it is one, with one result; what it is made of is recorded step by step.

    triage                      ai     running ──► completed
    ├ triage/turn:1             ai
    ├ triage/look_up:call_1     tool
    └ triage/turn:2             ai

Its body runs as a task of the run, outside of any step, in a branch of its own. A row says that it has begun, so that watchers see
it; after a crash the body runs again over what its steps have recorded. Its own result is stored like any step's, and from then
on a replay takes that and lets the rows below it go. It has no attempts of its own: those are its steps'.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from flowforge.errors import LeaseLost, StepError, StepMisuse
from flowforge.orchestrator.branch import BRANCH, Branch
from flowforge.orchestrator.change import COMPLETED, FAILED, RUNNING, Ack, Change, StepRow
from flowforge.orchestrator.codec import Codec
from flowforge.orchestrator.failure import describe, step_error, to_text

if TYPE_CHECKING:
    from uuid import UUID

    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.future import StepFuture


class CompoundStep:
    """One compound step of one execution, from its begin here to its checkpoint."""

    __slots__ = ("body", "codec", "execution", "future", "hash", "input", "key", "kind", "name", "started")

    def __init__(
        self,
        execution: Execution,
        future: StepFuture[Any],
        key: str,
        name: str,
        kind: str,
        body: Callable[[str], Awaitable[Any]],
        input: str | None,
        hash: int,
        codec: Codec,
    ) -> None:
        self.execution, self.future, self.key, self.name, self.kind, self.body = execution, future, key, name, kind, body
        self.input, self.hash, self.codec = input, hash, codec
        self.started = execution.database_now()

    def begin(self, stored: Any) -> None:
        """Run the body; `stored` is the row of an execution that began it before."""
        execution = self.execution
        if stored is not None:
            self.started = stored["started_at"]
        elif not execution.reaching:
            self._announce()
        inside = copy_context()
        inside.run(BRANCH.set, None)  # its task is no branch of the function's code
        task = execution.loop.create_task(self._run(), context=inside)
        execution.adopt_orderly(task)
        asyncio.Future.add_done_callback(self.future, lambda future: task.cancel() if future.cancelled() else None)  # nobody's await

    def _announce(self) -> None:
        execution = self.execution
        execution.emit("step.started", {"step": self.key, "name": self.name, "kind": self.kind, "attempt": 1, "parent": None})
        execution.put(Change(execution.lease, execution.written, self._row(RUNNING)))

    async def _run(self) -> None:
        execution = self.execution
        BRANCH.set(Branch(f"{self.key}/", execution.adopt_orderly, home=f"{self.key}/"))
        try:
            encoded = self.codec.encode(await self.body(self.key))
            execution.keep_secrets_out(encoded.text, f"the result of step {self.name!r}")
            blob_id = await self._store_large(encoded.text)
        except StepMisuse as error:  # the code is wrong, or not the one that was recorded: nothing to be kept
            if not self.future.done():
                self.future.set_exception(error)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a body raises is the step's failure
            self._store(self._row(FAILED, error=to_text(_described(error, execution.tenant_id))), error)
        else:
            output = encoded.text if blob_id is None else None
            self._store(self._row(COMPLETED, output=output, blob_id=blob_id, tagged=encoded.tagged), encoded.read(self.codec))

    async def _store_large(self, text: str) -> UUID | None:
        self.execution.busy += 1
        try:
            return await self.execution.store_large(text)
        finally:
            self.execution.busy -= 1
            self.execution.moved()

    def _store(self, row: StepRow, outcome: Any) -> None:
        """Checkpoint how it ended, then resolve."""
        execution = self.execution
        if execution.over or not execution.door_open:
            return
        row.seq = execution.frames.next_seq()

        def settle(answer: Ack | BaseException) -> None:
            if not execution.heard(answer) or (isinstance(answer, Ack) and execution.gives_back()):
                return
            if not self.future.done():
                self._resolve(answer if isinstance(answer, BaseException) else outcome)
            execution.moved()

        execution.put(Change(execution.lease, settle, row))

    def _resolve(self, outcome: Any) -> None:
        if isinstance(outcome, BaseException) and not isinstance(outcome, LeaseLost):
            self.future.set_exception(step_error(self.name, _described(outcome, self.execution.tenant_id), 1, self.key))
        else:
            self.future.set_result(outcome)

    def _row(self, state: int, **values: Any) -> StepRow:
        seconds = max(0.0, (self.execution.database_now() - self.started).total_seconds())
        return StepRow(
            self.key, self.name, self.kind, state, self.execution.frames.seq, hash=self.hash, input=self.input, announced=True,
            seconds=seconds, **values,
        )  # fmt: skip


def _described(error: BaseException, tenant_id: UUID) -> dict[str, Any]:
    """The error as the step's own; where one of its steps gave up, what that one failed with."""
    described = describe(error, tenant_id)
    if not isinstance(error, StepError):
        return described
    return {"type": error.error_type or described["type"], "message": described["reason"], "below": error.key} | (
        {"hint": error.hint} if error.hint else {}
    )
