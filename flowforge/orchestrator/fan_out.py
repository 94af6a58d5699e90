"""One function over many items: each item a durable step of its own, a bounded number of them in motion.

Items that are recorded cost a look-up and no task. The others begin in order, one for each place that is free; their checkpoints
meet in the committer, so a full batch is one write. An item's place is free when its result is stored.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from flowforge.errors import StepError
from flowforge.orchestrator.arguments import kept_and_digest
from flowforge.orchestrator.codec import Codec
from flowforge.orchestrator.durable_step import DurableStep
from flowforge.orchestrator.future import StepFuture
from flowforge.orchestrator.replay import give, is_settled
from flowforge.orchestrator.retry import StepOptions

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution

MAX_KEPT_ITEM = 2 * 1024  # of each item's input, for people: ten thousand large ones would be stored ten thousand times
KIND = "run"


class FanOut:
    """One `step.map` of one execution. `future` resolves to the results in the order of the items."""

    def __init__(
        self,
        execution: Execution,
        future: StepFuture[Any],
        name: str,
        keys: Sequence[str],
        items: Sequence[Any],
        body: Callable[[Any], Callable[[], Awaitable[Any]]],
        codec: Codec,
        options: StepOptions,
        concurrency: int,
        return_exceptions: bool,
    ) -> None:
        self.execution, self.future, self.name, self.keys, self.items = execution, future, name, keys, items
        self.body, self.codec, self.options = body, codec, options
        self.concurrency, self.return_exceptions = concurrency, return_exceptions
        self.results: list[Any] = [None] * len(items)
        self.errors: dict[int, BaseException] = {}
        self.begun: dict[int, Any] = {}  # items that an earlier execution began and did not settle, by place
        self.left = len(items)
        self.todo: Iterator[int] = iter(())
        self.in_motion = 0
        self.context = copy_context()

    def begin(self) -> None:
        """Take what is recorded, then go on with the rest."""
        memo = self.execution.memo
        recorded = [place for place, key in enumerate(self.keys) if key in memo] if memo else []
        settled: set[int] = set()
        for place in recorded:
            stored = self.execution.recall(self.keys[place], KIND, self.name, kept_and_digest(_given(self.items[place]))[1])
            if is_settled(stored):
                settled.add(place)
                self._follow(place, give, stored, self.codec.decode)
            else:
                self.begun[place] = stored
        self.todo = iter([*self.begun, *(place for place in range(len(self.items)) if place not in settled and place not in self.begun)])
        self._go_on()

    def _go_on(self) -> None:
        execution = self.execution
        while self.in_motion < self.concurrency and not execution.over and execution.door_open:
            place = next(self.todo, None)
            if place is None:
                break
            if execution.reaching or (self.errors and not self.return_exceptions and place not in self.begun):
                continue  # nothing new begins after a failure, or when the run is being cancelled
            self.context.copy().run(self._begin, place)
        if not self.in_motion and not execution.reaching:
            self._end()

    def _begin(self, place: int) -> None:
        execution, item = self.execution, self.items[place]
        text, digest = kept_and_digest(_given(item))
        future: StepFuture[Any] = StepFuture(loop=execution.loop)
        kept = execution.kept(text, MAX_KEPT_ITEM)
        step = DurableStep(
            execution, future, self.keys[place], self.name, KIND, self.body(item), kept, digest, None, self.options,
            self.codec, False, self.options.on_uncertain == "fail",
        )  # fmt: skip
        self._watch(place, future)
        stored = self.begun.get(place)
        if stored is None:
            step.begin()
        else:
            step.resume(stored)

    def _follow(self, place: int, give: Callable[..., None], stored: Any, decode: Any) -> None:
        """Take a recorded result; only one that has to be fetched takes a place."""
        future: StepFuture[Any] = StepFuture(loop=self.execution.loop)
        give(self.execution, future, stored, decode)
        if future.done():
            self._take(place, future)
        else:
            self._watch(place, future)

    def _watch(self, place: int, future: StepFuture[Any]) -> None:
        self.in_motion += 1

        def done(future: StepFuture[Any]) -> None:
            self.in_motion -= 1
            self._take(place, future)
            self._go_on()

        future.add_done_callback(done)

    def _take(self, place: int, future: StepFuture[Any]) -> None:
        self.left -= 1
        error = future.exception()
        if error is not None:
            self.errors[place] = self.results[place] = error
        else:
            self.results[place] = future.result()

    def _end(self) -> None:
        if self.future.done():
            return
        if self.errors and not self.return_exceptions:
            first = self.errors[min(self.errors)]
            if isinstance(first, StepError):
                first.item = min(self.errors)
            self.future.set_exception(first)
        elif not self.left:
            self.future.set_result(self.results)


def _given(item: Any) -> tuple[Any]:
    return (item,)
