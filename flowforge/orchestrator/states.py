"""The states of runs and steps, by the names that everybody uses."""

from __future__ import annotations

from typing import Literal

RunState = Literal["queued", "running", "sleeping", "waiting", "paused", "completed", "failed", "cancelled", "skipped"]
FINAL_STATES = ("completed", "failed", "cancelled", "skipped")
RUN_STATES: tuple[RunState, ...] = ("queued", "running", "sleeping", "waiting", "paused", "completed", "failed", "cancelled", "skipped")
StepState = Literal["running", "waiting", "completed", "failed"]
STEP_STATES: tuple[StepState, ...] = ("running", "waiting", "completed", "failed")
