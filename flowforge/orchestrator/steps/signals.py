"""Steps about signals: facts that are addressed to one run."""

from __future__ import annotations

import asyncio
from typing import Any

from flowforge import ids
from flowforge.durations import Duration, seconds
from flowforge.orchestrator.codec import to_json
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.run import find_run_id
from flowforge.orchestrator.signal import check_signal_name, send_signal
from flowforge.orchestrator.step_scope import current_step
from flowforge.orchestrator.steps.base import StepGroup


class SignalSteps(StepGroup):
    """Wait for signals, and send them."""

    def wait_for_signal(self, name: str, *, signal: str, timeout: Duration | None = None) -> asyncio.Future[Any]:
        """Wait for a signal to this run and return its data. One that came before is there; each is delivered once, in order.

        Raises StepTimeout when `timeout` passes; without one it waits for ever.

            verdict = await step.wait_for_signal("verdict", signal="reviewed", timeout="2d")
        """
        check_signal_name(signal)
        timeout_seconds = None if timeout is None else seconds(timeout)
        return current_execution().wait("wait_for_signal", name, input={"signal": signal}, timeout=timeout_seconds)

    def signal(self, name: str, run_id: str, signal: str, data: Any = None) -> asyncio.Future[None]:
        """Send a signal to another run, once, whatever crashes in between.

        Raises StepError when there is no such run, or it has ended.

            await step.signal("tell", order_run_id, "packed", {"parcel": 7})
        """
        execution = current_execution()
        check_signal_name(signal)
        execution.keep_secrets_out(to_json([run_id, signal, data]), f"the signal of step {name!r}")

        async def body() -> None:
            database, tenant_id = execution.host.database, execution.tenant_id
            target = await find_run_id(database.pool, tenant_id, run_id)
            signal_id = ids.derived_id(execution.run_id, current_step().key)
            await send_signal(database, tenant_id, target, signal, data, signal_id=signal_id, bell=execution.host.bell)

        given = {"run": run_id, "signal": signal, "data": data}
        return execution.durable("signal", name, body, input=given, options=self._options)
