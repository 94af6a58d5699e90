"""The execution that the code at hand belongs to: how steps find their run, and logs what to name."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from flowforge import ids
from flowforge.errors import StepMisuse
from flowforge.log_fields import SOURCES
from flowforge.orchestrator.step_scope import SCOPE

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution

EXECUTION: ContextVar[Execution | None] = ContextVar("flowforge_execution", default=None)


def current_execution() -> Execution:
    """The run that this code belongs to. Raises StepMisuse outside of one."""
    execution = EXECUTION.get()
    if execution is None:
        raise StepMisuse("no run is executing here", hint="call step.* inside a function registered with @flowforge.function")
    return execution


def _log_fields() -> dict[str, str | int]:
    """What a log record written by a run's code, or by the engine for it, belongs to."""
    execution = EXECUTION.get()
    if execution is None:
        return {}
    fields: dict[str, str | int] = {
        "run": execution.shown_id,
        "function": execution.function_id,
        "tenant": ids.show("tnt", execution.tenant_id),
        "worker": execution.host.worker_id.hex,
    }
    scope = SCOPE.get()
    if scope is not None:
        fields |= {"step": scope.key, "attempt": scope.attempt}
    return fields


SOURCES.append(_log_fields)
