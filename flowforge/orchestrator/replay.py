"""What is stored of a run, handed out to the steps that come by it again. A row is let go as soon as it is used."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.errors import ReplayMismatch, StepError
from flowforge.orchestrator.change import COMPLETED, FAILED
from flowforge.orchestrator.failure import step_error

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.future import StepFuture

Decode = Callable[[str, bool], Any]


def recall(execution: Execution, key: str, kind: str, name: str, digest: int) -> Any:
    """The row of this step, or None. Raises ReplayMismatch when it is of another kind, or was given other arguments."""
    stored = execution.memo.pop(key, None)
    if stored is None:
        return None
    if stored["kind"] != kind:
        raise ReplayMismatch(
            f'step "{name}" was recorded as {stored["kind"]} and is now {kind}',
            hint="give the changed step another name; runs in flight keep what they have recorded",
        )
    if stored["hash"] != digest:
        _arguments_changed(execution, key, name, reused=stored["reused"])
    return stored


def is_settled(stored: Any) -> bool:
    return stored is not None and stored["state"] in (COMPLETED, FAILED)


def give(execution: Execution, future: StepFuture[Any], stored: Any, decode: Decode) -> None:
    """Resolve `future` as the settled row says."""
    if stored["state"] == FAILED:
        future.set_exception(step_error(stored["name"], json.loads(stored["error"]), stored["attempt"], stored["key"]))
    elif stored["blob_id"] is not None:
        _load(execution, future, stored, decode)
    else:
        future.set_result(decode(stored["output"], stored["tagged"]))


def rows_below(memo: dict[str, Any]) -> dict[str, list[str]]:
    """By a step's key, the keys of the steps that are recorded as its own."""
    below: dict[str, list[str]] = {}
    for key, row in memo.items():
        if row["parent"] is not None:
            below.setdefault(row["parent"], []).append(key)
    return below


def let_go_below(memo: dict[str, Any], below: dict[str, list[str]], key: str) -> None:
    """Forget the rows of the steps that a step was made of, and of those below them: its own result stands for all of them."""
    for child in below.pop(key, ()):
        memo.pop(child, None)
        let_go_below(memo, below, child)


def taken_events(stored: Any) -> list[UUID]:
    """The events that a settled wait took."""
    if not stored["kind"].startswith("wait_for_event"):
        return []
    if stored["kind"] == "wait_for_events" and stored["output"]:
        return [UUID(event["uuid"]) for event in json.loads(stored["output"])]
    return [stored["ref"]] if stored["ref"] else []


def _arguments_changed(execution: Execution, key: str, name: str, *, reused: bool) -> None:
    if reused:  # somebody decided that its result stands
        message = "its result is reused, though it was recorded with other arguments"
        execution.emit("log", {"level": "warning", "step": key, "message": message})
        return
    if execution.version is None or execution.version == execution.function.version:
        raise ReplayMismatch(
            f'step "{name}" ({key}) was recorded with other arguments',
            hint="a step's arguments must follow from the event and from earlier steps: move time, chance and reads into steps;"
            " if the code has changed, register it under a new version=",
        )
    execution.emit("log", {"level": "warning", "step": key, "message": "replayed with other arguments than recorded, by another version"})


def _load(execution: Execution, future: StepFuture[Any], stored: Any, decode: Decode) -> None:
    async def load() -> None:
        try:
            text = await execution.host.read_blob(execution.tenant_id, execution.run_id, stored["blob_id"])
            if not future.done():
                future.set_result(decode(text, stored["tagged"]))
        except Exception as error:  # noqa: BLE001 - its class is gone, or its row: the function must hear of it, not wait
            if not future.done():
                future.set_exception(StepError(stored["name"], f"its stored result cannot be read: {error}"))
        finally:
            execution.busy -= 1
            execution.moved()

    execution.busy += 1
    execution.host.spawn(load())
