"""A worker that dies inside the test's own process, as if killed: from one moment to the next nothing of it goes on.

What cannot be killed is frozen: its runs' tasks never wake again, so no `finally` block runs and no effect follows; what it was
about to write is never written. (A body that runs in a thread goes on to its end there; nobody hears of it.) `thaw`, at the end
of the test, lets the frozen tasks unwind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextvars import Context
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from flowforge.orchestrator.worker.worker import Worker

SETTLING_ROUNDS = 20  # of the loop: a task that was about to run when the worker died still runs to its next await
UNWIND_ROUNDS = 10


class WorkerDied(asyncio.CancelledError):
    """Ends the code that got to the crash point. A cancellation, so that neither `except Exception` nor a log takes it for an error."""


class Frozen(NamedTuple):
    """A task that waits for something, and will not hear of it."""

    task: asyncio.Task[Any]
    waiter: asyncio.Future[Any]
    wake_up: Callable[[Any], object]
    context: Context


class Vanished:
    """What is left of a worker that died here."""

    def __init__(self, worker: Worker) -> None:
        self.worker_id = worker.worker_id
        self.heartbeat = worker.heartbeat
        self._frozen: list[Frozen] = []
        self._drivers = [driver for driver, _ in worker.active.values()]
        self._tasks = {task for _, task in worker.active.values()}
        self._freeze_the_runs(SETTLING_ROUNDS)
        for driver in self._drivers:
            driver.execution.over, driver.execution.door_open = True, False
            driver.execution.timers.stop()
        self._stop_the_worker(worker)

    async def thaw(self) -> None:
        """Let the frozen tasks be cancelled after all: a loop cannot be closed over them."""
        tasks = {frozen.task for frozen in self._frozen}
        for frozen in self._frozen:
            frozen.task.cancel()
        for frozen in self._frozen:
            frozen.waiter.add_done_callback(frozen.wake_up, context=frozen.context)
        for _ in range(UNWIND_ROUNDS):
            left = [task for task in tasks | set(self._all_tasks()) if not task.done()]
            if not left:
                return
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=0.05)

    def _freeze_the_runs(self, rounds: int) -> None:
        for task in self._all_tasks():
            waiter = getattr(task, "_fut_waiter", None)
            if waiter is not None and not waiter.done():
                self._freeze(task, waiter)
        if rounds:
            asyncio.get_running_loop().call_soon(self._freeze_the_runs, rounds - 1)

    def _freeze(self, task: asyncio.Task[Any], waiter: asyncio.Future[Any]) -> None:
        for callback, context in list(getattr(waiter, "_callbacks", None) or ()):
            if getattr(callback, "__self__", None) is task:
                waiter.remove_done_callback(callback)
                self._frozen.append(Frozen(task, waiter, callback, context))

    def _all_tasks(self) -> Iterable[asyncio.Task[Any]]:
        current = asyncio.current_task()
        for driver in self._drivers:
            yield from (task for task in (*driver.execution.tasks, *driver.execution.bodies) if task is not current)
        yield from self._tasks

    @staticmethod
    def _stop_the_worker(worker: Worker) -> None:
        worker._stopping = True
        for withdraw in worker._offered:
            withdraw()
        current = asyncio.current_task()
        committer, looker, sweeper = worker.committer, worker.looker, worker.sweeper
        committer._closed = True
        for task in (*worker._started_up, *worker._side, *looker._tasks, committer._draining, sweeper._task):
            if task is not None and task is not current:
                task.cancel()
        for connection in (committer._connection, worker.claimer._connection):
            if connection is not None:
                connection.terminate()
        worker.heartbeat._stop.set()
