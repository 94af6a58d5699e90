"""Errors as they are stored with a step or a run, and as they come back."""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any
from uuid import UUID

from flowforge.errors import FlowForgeError, RunFailed, StepError, StepTimeout, StepUncertain
from flowforge.orchestrator.codec import well_formed
from flowforge.secrets.redact import redact

_MAX_MESSAGE = 4000
_MAX_FRAMES = 12
_OWN = str(Path(__file__).resolve().parent.parent)


def describe(error: BaseException, tenant_id: UUID) -> dict[str, Any]:
    """The error as JSON: type, message, hint, where in the user's code, and a short traceback; secrets are redacted."""

    def clean(text: str) -> str:
        return well_formed(redact(text, tenant_id=tenant_id))

    found: dict[str, Any] = {
        "type": type(error).__name__,
        "message": clean(str(error) or type(error).__name__)[:_MAX_MESSAGE],
    }
    if isinstance(error, FlowForgeError) and error.hint:
        found["hint"] = clean(error.hint)
    if isinstance(error, StepError):
        found |= {"step": error.step, "reason": clean(error.reason)[:_MAX_MESSAGE], "attempts": error.attempts}
        found |= {"error_type": error.error_type, **({} if error.item is None else {"item": error.item})}
        if error.key is not None:
            found["step_key"] = error.key
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith((_OWN, sys.prefix, "<"))]
    if frames:
        found["where"] = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
        found["traceback"] = clean("".join(traceback.format_list(frames[-_MAX_FRAMES:])))
    return found


def failed_step(text: str | None) -> str | None:
    """The name of the step whose error ended a run, if it was a step's."""
    found = json.loads(text).get("step") if text else None
    return found if isinstance(found, str) else None


def to_text(error: dict[str, Any]) -> str:
    return json.dumps(error, ensure_ascii=True)


def step_error(step: str, error: dict[str, Any], attempts: int, key: str | None = None) -> StepError:
    """The exception that a function sees for a stored error."""
    own = error.get("step") == step  # the body's error says already which step it was
    message = str(error.get("reason" if own else "message", "failed"))
    found = _kind_of(str(error.get("type", "")))(step, message, attempts=attempts, error_type=str(error.get("type", "")))
    found.key = key
    return found


def _kind_of(error_type: str) -> type[StepError]:
    if error_type in ("StepTimeout", "TimeoutError"):
        return StepTimeout
    return StepUncertain if error_type == "StepUncertain" else StepError


def raised_error(described: dict[str, Any]) -> StepError | RunFailed:
    """The error that a run failed with, as its `on_failure` gets it: the same at the first time and after every crash."""
    message, kind = str(described.get("message", "failed")), str(described.get("type", ""))
    if "step" not in described:
        return RunFailed(message, error_type=kind, where=described.get("where"))
    error = _kind_of(kind)(
        str(described["step"]), str(described.get("reason", message)), attempts=described.get("attempts", 1),
        error_type=str(described.get("error_type", "")),
    )  # fmt: skip
    error.key, error.item = described.get("step_key"), described.get("item")
    return error
