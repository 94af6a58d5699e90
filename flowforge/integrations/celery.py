"""Celery and FlowForge beside each other: a Celery task sends events, a durable function calls Celery tasks.

from flowforge.integrations.celery import celery_step, send

@app.task
def charge(order):                                        # in Celery: an ordinary task tells FlowForge
    send("order/charged", {"order_id": order["id"]}, id=f"charged-{order['id']}")

@flowforge.function(trigger="order/charged")
async def thumbnails(ctx):                                # in FlowForge: the task runs in Celery's workers
    return await celery_step("resize", resize, [ctx.event.data["order_id"]])
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flowforge.durations import Duration, seconds
from flowforge.durations import show as show_duration
from flowforge.errors import StepError, StepMisuse, StepTimeout
from flowforge.ids import derived_id
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.retry import Backoff, next_delay
from flowforge.orchestrator.step_scope import current_step
from flowforge.orchestrator.threads import in_thread
from flowforge.sending import send_over_http
from flowforge.steps import step

WATCH_SECONDS = 30.0  # how long a run stays in memory for a result; then it sleeps between looks
LOOK_SECONDS_MIN, LOOK_SECONDS_MAX = 0.02, 1.0
LOOK_RETRIES = 20  # while the result backend is away: a quarter of an hour
SLEEP_SECONDS_MAX = 300.0

# Celery's words for how a task is, and one of ours.
PENDING, SUCCESS, REVOKED = "PENDING", "SUCCESS", "REVOKED"
READY_STATES = frozenset({SUCCESS, "FAILURE", REVOKED})
TIMEOUT = "TIMEOUT"


def send(name: str, data: Any = None, *, id: str | None = None) -> str:
    """`flowforge.send` for code that is not async: a Celery task in a prefork worker, a Django view. Returns the event's id.

    Over HTTP to FLOWFORGE_URL, with a loop and a connection of its own; it leaves neither behind. Give an `id` where it may be repeated.
    Raises StepMisuse inside a running loop, InvalidInput, ServerUnavailable.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise StepMisuse("this send would block the running loop", hint="write  await flowforge.send(…)")
    loop = asyncio.new_event_loop()  # asyncio.run would also take away the loop that this thread may have had before
    try:
        return loop.run_until_complete(send_over_http(name, data, id=id))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def celery_step(
    name: str,
    task: Any,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    retries: int | None = None,
    timeout: Duration | None = None,
    **options: Any,
) -> Any:
    """Run a Celery task in Celery's workers and return its result, durably. `options` go to `apply_async` (`queue=`, `priority=`).

    Sent once: the sending is a step of its own (`<name>.send`), and the task's id is derived from run, step and attempt. If the worker dies
    between sending and checkpoint, the task is sent again, under the same id, unless Celery's result backend has heard of it. While the
    task runs no thread is held; after half a minute the run sleeps and looks again, more and more seldom.
    A task that fails is sent again by our rules: `retries` times (the function's, unless given), with growing delays. `timeout` is for one
    attempt; the task is revoked then. Raises StepError, StepTimeout, and StepMisuse for a task without results.
    """
    _must_have_results(name, task)
    call = _Call(name, task, list(args), dict(kwargs or {}), options)
    execution = current_execution()
    allowed = execution.function.retries if retries is None else retries
    limit = None if timeout is None else seconds(timeout)
    for attempt in range(1, allowed + 2):
        sent = await step.run(f"{name}.send", call.send, call.asked, attempt)
        found = await _outcome(call, _Sent(sent["task"], sent["at"], attempt, allowed, limit))
        if found["state"] == SUCCESS:
            return found["result"]
        if found["delay"] is None:
            raise (StepTimeout if found["state"] == TIMEOUT else StepError)(
                name, found["message"], attempts=attempt, error_type=found["type"]
            )
        await step.sleep(f"{name}.retry", found["delay"])
    raise AssertionError("the last attempt has no delay")


async def _outcome(call: _Call, sent: _Sent) -> dict[str, Any]:
    """How this attempt ends, whenever it does: first watched, then looked at between sleeps."""
    waited = pause = WATCH_SECONDS
    while True:
        found: dict[str, Any] = await step.options(retries=LOOK_RETRIES).run(call.name, call.watch, sent)
        if found["state"] != PENDING:
            return found
        if sent.limit_seconds is not None:  # the same at every replay: reckoned, not measured
            pause = max(1.0, min(pause, sent.limit_seconds - waited))
        await step.sleep(f"{call.name}.wait", pause)
        waited, pause = waited + pause, min(pause * 2, SLEEP_SECONDS_MAX)


@dataclass(frozen=True)
class _Sent:
    """One attempt on its way."""

    task_id: str
    at: str
    attempt: int
    allowed: int
    limit_seconds: float | None

    def is_late(self, now: datetime) -> bool:
        return self.limit_seconds is not None and now >= datetime.fromisoformat(self.at) + timedelta(seconds=self.limit_seconds)


@dataclass(frozen=True)
class _Call:
    """What is asked of Celery. All that it does there is blocking, short, and done in a thread."""

    name: str
    task: Any
    args: list[Any]
    kwargs: dict[str, Any]
    options: dict[str, Any]

    @property
    def asked(self) -> dict[str, Any]:
        return {"task": self.task.name, "args": self.args, "kwargs": self.kwargs}

    async def send(self, _asked: dict[str, Any], attempt: int) -> dict[str, Any]:
        scope = current_step()
        task_id = str(derived_id(scope.execution.run_id, f"celery:{scope.key}:{attempt}"))
        if (await in_thread(self._meta, task_id))["status"] == PENDING:  # which is what Celery says of a task that it does not know, too
            await in_thread(self.task.apply_async, args=self.args, kwargs=self.kwargs, task_id=task_id, **self.options)
        return {"task": task_id, "at": scope.execution.database_now().isoformat()}

    async def watch(self, sent: _Sent) -> dict[str, Any]:
        """How the task ended, or that it has not within WATCH_SECONDS."""
        execution = current_step().execution
        until, pause = execution.clock.monotonic() + WATCH_SECONDS, LOOK_SECONDS_MIN
        while True:
            meta = await in_thread(self._meta, sent.task_id)
            if meta["status"] in READY_STATES:
                return _ended(meta, sent, execution.host.backoff)
            if sent.is_late(execution.database_now()):
                await in_thread(self.task.app.control.revoke, sent.task_id)
                return _late(sent, execution.host.backoff)
            if execution.clock.monotonic() >= until:
                return {"state": PENDING}
            await execution.clock.sleep(pause)
            pause = min(pause * 1.5, LOOK_SECONDS_MAX)

    def _meta(self, task_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.task.app.backend.get_task_meta(task_id)
        return found


def _ended(meta: dict[str, Any], sent: _Sent, backoff: Backoff) -> dict[str, Any]:
    if meta["status"] == SUCCESS:
        return {"state": SUCCESS, "result": meta["result"]}
    error = meta["result"] if isinstance(meta["result"], BaseException) else RuntimeError(str(meta["result"]))
    # Somebody has revoked it on purpose: that is no accident to try again after.
    delay = None if meta["status"] == REVOKED else next_delay(error, sent.attempt, sent.allowed, backoff)
    return {"state": meta["status"], "type": type(error).__name__, "message": str(error) or type(error).__name__, "delay": delay}


def _late(sent: _Sent, backoff: Backoff) -> dict[str, Any]:
    message = f"the Celery task took longer than {show_duration(sent.limit_seconds or 0)}"
    delay = next_delay(TimeoutError(), sent.attempt, sent.allowed, backoff)
    return {"state": TIMEOUT, "type": "StepTimeout", "message": message, "delay": delay}


def _must_have_results(name: str, task: Any) -> None:
    from celery.backends.base import DisabledBackend

    if getattr(task, "ignore_result", False) or isinstance(task.app.backend, DisabledBackend):
        raise StepMisuse(
            f'step "{name}" would wait for ever: the results of {task.name} are kept nowhere',
            hint="give the Celery app a result backend, and the task ignore_result=False",
        )
