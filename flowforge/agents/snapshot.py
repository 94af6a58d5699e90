"""Snapshots of a conversation: a run that comes back goes on from the last one, and replays only the turns behind it.

A snapshot is a step. It holds the messages that have come since the one before it, so all snapshots together hold each message once,
and everything else that the loop knows by heart. When a run is leased again, what its turns recorded before the last snapshot is not
read at all (`steps_of_runs` in orchestrator/sql/worker.sql says which steps are).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, ModelRequest

from flowforge.crash import crash_point
from flowforge.orchestrator.change import COMPLETED

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution

KIND = "snapshot"
EVERY_TURNS = 10  # what is replayed costs up to 30 ms a turn when the conversation is long; a snapshot, one small step

_OF_NO_USE = ("timestamp", "run_id", "conversation_id", "metadata", "instructions", "usage", "provider_details", "provider_response_id")


@dataclass(frozen=True)
class Snapshot:
    """A conversation as it stood after `turn` turns; `state` is what the loop itself knows."""

    turn: int
    messages: list[ModelMessage]
    state: dict[str, Any]


def is_due(turn: int, last: int, messages: Sequence[ModelMessage], every: int) -> bool:
    """After so many turns; not while the model is correcting itself: how often it may, nobody would remember."""
    newest = messages[-1]
    corrects = isinstance(newest, ModelRequest) and any(part.part_kind.startswith("retry") for part in newest.parts)
    return turn - last >= every and not corrects


async def take_snapshot(execution: Execution, turn: int, before: int, messages: Sequence[ModelMessage], state: dict[str, Any]) -> None:
    """Store what has come since the snapshot `before` (the number of its turn; 0: none), after `turn` turns."""

    async def body() -> dict[str, Any]:
        stored = ModelMessagesTypeAdapter.dump_python(list(messages), mode="json")
        crash_point("snapshot.before")
        return {"before": before, "messages": [_bare(message) for message in stored], "state": state}

    await execution.durable(KIND, KIND, body, identity=str(turn))
    crash_point("snapshot.after")


async def last_snapshot(execution: Execution) -> Snapshot | None:
    """The newest snapshot of this run that is stored, whole. Others are not wanted any more."""
    stored = [key for key, row in execution.memo.items() if row["kind"] == KIND and row["state"] == COMPLETED]
    turns = sorted(int(key.rpartition(":")[2]) for key in stored)
    if not turns:
        return None
    parts: list[dict[str, Any]] = []
    turn = turns[-1]
    while turn:
        parts.append(await execution.durable(KIND, KIND, _is_stored, identity=str(turn)))
        turn = parts[-1]["before"]
    for key in stored:
        execution.memo.pop(key, None)
    messages = ModelMessagesTypeAdapter.validate_python([message for part in reversed(parts) for message in part["messages"]])
    return Snapshot(turns[-1], messages, parts[0]["state"])


async def _is_stored() -> None:
    raise AssertionError("a snapshot that is stored is read")


def _bare(message: dict[str, Any]) -> dict[str, Any]:
    """Without what nothing reads of a message that has been sent."""
    bare = {name: value for name, value in message.items() if value is not None and name not in _OF_NO_USE}
    bare["parts"] = [
        {name: value for name, value in part.items() if value is not None and name != "timestamp"} for part in message["parts"]
    ]
    return bare
