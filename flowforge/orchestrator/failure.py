"""Errors as they are stored with a step or a run, and as they come back."""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

from flowforge.errors import FlowForgeError, StepError, StepTimeout
from flowforge.orchestrator.codec import well_formed
from flowforge.secrets.redact import redact

_MAX_MESSAGE = 4000
_MAX_FRAMES = 12
_OWN = str(Path(__file__).resolve().parent.parent)


def describe(error: BaseException) -> dict[str, Any]:
    """The error as JSON: type, message, hint, where in the user's code, and a short traceback; secrets are redacted."""
    found: dict[str, Any] = {
        "type": type(error).__name__,
        "message": well_formed(redact(str(error) or type(error).__name__)[:_MAX_MESSAGE]),
    }
    if isinstance(error, FlowForgeError) and error.hint:
        found["hint"] = error.hint
    if isinstance(error, StepError):
        found["step"] = error.step
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith((_OWN, sys.prefix, "<"))]
    if frames:
        found["where"] = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
        found["traceback"] = well_formed(redact("".join(traceback.format_list(frames[-_MAX_FRAMES:]))))
    return found


def failed_step(text: str | None) -> str | None:
    """The name of the step whose error ended a run, if it was a step's."""
    found = json.loads(text).get("step") if text else None
    return found if isinstance(found, str) else None


def to_text(error: dict[str, Any]) -> str:
    return json.dumps(error, ensure_ascii=True)


def step_error(step: str, error: dict[str, Any], attempts: int) -> StepError:
    """The exception that a function sees for a stored error."""
    kind = StepTimeout if error.get("type") in ("StepTimeout", "TimeoutError") else StepError
    return kind(step, str(error.get("message", "failed")), attempts=attempts, error_type=str(error.get("type", "")))
