"""What is sent: made once, so that every attempt is the same to the byte."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flowforge import ids

PAYLOAD_BYTES_MAX = 64 * 1024
_SHORT = 200  # characters of what stays where the rest is too long
_PLACES = {
    "run": "/v1/runs/",
    "approval": "/v1/approvals/",
    "task": "/v1/tasks/",
    "endpoint": "/v1/webhook_endpoints/",
    "agent": "/v1/agents/",
}


def make_payload(name: str, happened_at: datetime, data: Mapping[str, Any]) -> str:
    """The body, in the form that Standard Webhooks recommend. `data.url` is where the API has what it is about.

    A body that would be larger than 64 KiB keeps its short values and says `"truncated": true`.
    """
    place = next((path + str(data[key]) for key, path in _PLACES.items() if isinstance(data.get(key), str)), None)
    whole = dict(data) if place is None else {**data, "url": place}
    body = _dump(name, happened_at, whole)
    if len(body.encode()) <= PAYLOAD_BYTES_MAX:
        return body
    short = {
        key: value for key, value in whole.items() if value is None or (isinstance(value, str | int | float) and len(str(value)) <= _SHORT)
    }
    return _dump(name, happened_at, {**short, "truncated": True})


def run_data(row: Any) -> dict[str, Any]:
    """What is told of a run that has ended; its output is read where `url` says."""
    return {
        "run": ids.show("run", row["run_id"]),
        "function": row["function_id"],
        "attempt": row["attempt"],
        "error": None if row["error"] is None else _shown(json.loads(row["error"])),
        "agent": None if row["agent_id"] is None else ids.show("agt", row["agent_id"]),
        "task": None if row["task_id"] is None else ids.show("tsk", row["task_id"]),
        "started_at": None if row["started_at"] is None else _time(row["started_at"]),
        "ended_at": None if row["ended_at"] is None else _time(row["ended_at"]),
    }


def _shown(error: dict[str, Any]) -> dict[str, Any]:
    """Lines of code and the places of files are for those who may read the run."""
    return {name: value for name, value in error.items() if name not in ("traceback", "where")}


def _dump(name: str, happened_at: datetime, data: Mapping[str, Any]) -> str:
    return json.dumps({"type": name, "timestamp": _time(happened_at), "data": data}, ensure_ascii=False, separators=(",", ":"))


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
