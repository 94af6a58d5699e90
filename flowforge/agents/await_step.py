"""The wait until the work on a card has ended, however it ends: done, handed in, failed, cancelled, taken away.

How it stands is read from the card; the event `board/task.ended` says when to look. Both sides commit first and look second: an end that
came before the wait is seen by its first look, and one that comes later finds the wait's row. Where the work has begun again by the time
that a run looks, the row is armed anew, and the card read once more.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.agents.framing import framed
from flowforge.agents.hearing import TRUSTED
from flowforge.agents.loop_tool import Calling, Tainted
from flowforge.board.telling import ENDED
from flowforge.db.queries import load_queries
from flowforge.orchestrator.change import EventWait
from flowforge.orchestrator.match import key_of
from flowforge.orchestrator.waits import NotYet, Outcome, PendingWait, register_wait_kind

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.future import StepFuture

KIND = "dependency"
RESULT_CHARACTERS_MAX = 20_000  # of one card, that the model reads

sql = load_queries("flowforge.agents")


def await_card(calling: Calling, key: str, task_id: UUID) -> StepFuture[Any]:
    """Wait for the end of the work on a card while holding nothing. The wait was noted by `delegation.keep_waits`."""

    def waits(step_key: str) -> list[EventWait]:
        return [EventWait(step_key, ENDED, "data.task_id", key_of(task_id.hex), calling.execution.event.received_at)]

    asked = {"task": key, "task_id": task_id.hex}
    return calling.execution.wait(KIND, key, input=asked, ref=task_id, parent=calling.parent, identity=calling.identity(key), events=waits)


def told(ends: Sequence[dict[str, Any]], secret: str) -> Any:
    """What a model reads of these ends; from outside, and in a frame, what agents say that have read what comes from there."""
    shown = [_shown(end, secret) for end in ends]
    result = shown[0] if len(shown) == 1 else shown
    sources = frozenset(f"result of {end['task']}" for end in ends if end["tainted"])
    return Tainted(result, sources) if sources else result


def _shown(end: dict[str, Any], secret: str) -> dict[str, Any]:
    shown = {name: value for name, value in end.items() if name != "tainted"}
    if end["tainted"] and end["result"] is not None:
        shown["result"] = framed(f"result of {end['task']}", end["result"], secret)
    return shown


async def look(database: Database, waits: Sequence[PendingWait]) -> list[Outcome | NotYet | None]:
    """How these waits stand."""
    ends = await read_ends(database, [(wait.tenant_id, _card_of(wait)) for wait in waits])
    open_waits = [wait for wait, end in zip(waits, ends, strict=True) if end is None]
    if open_waits and await _rearm(database, open_waits):
        ends = await read_ends(database, [(wait.tenant_id, _card_of(wait)) for wait in waits])
    await _drop(database, [wait for wait, end in zip(waits, ends, strict=True) if end is not None])
    return [None if end is None else Outcome(end) for end in ends]


async def read_ends(database: Database, cards: Sequence[tuple[UUID, UUID]]) -> list[dict[str, Any] | None]:
    """How the work on each of these cards (tenant, task) has ended; None where it goes on."""
    rows = await sql.read_awaited.fetch(database.engine, tenant_ids=[tenant for tenant, _ in cards], task_ids=[task for _, task in cards])
    said = await _handed_in(database, cards, rows)
    ends = [_state(row, said) for row in rows]
    ended = [card for card, end in zip(cards, ends, strict=True) if end is not None]
    last = {}
    if ended:
        found = await sql.last_comments.fetch(database.engine, tenant_ids=[one for one, _ in ended], task_ids=[one for _, one in ended])
        last = {row["task_id"]: row for row in found}
    return [None if end is None else _end(row, end, said, last) for row, end in zip(rows, ends, strict=True)]


async def _handed_in(database: Database, cards: Sequence[tuple[UUID, UUID]], rows: Sequence[Any]) -> dict[UUID, str]:
    """What was handed in by these cards' latest runs, by the comment's id."""
    wanted = [
        (tenant_id, task_id, ids.derived_id(row["run_id"], what))
        for (tenant_id, task_id), row in zip(cards, rows, strict=True)
        if row["run_id"] is not None
        for what in ("result", "failure")
    ]
    if not wanted:
        return {}
    tenants, tasks, comments = (list(column) for column in zip(*wanted, strict=True))
    found = await sql.read_comments_of.fetch(database.engine, tenant_ids=tenants, task_ids=tasks, comment_ids=comments)
    return {row["comment_id"]: row["text"] for row in found}


def _state(row: Any, said: dict[UUID, str]) -> str | None:
    """The word for how the work on a card has ended; None: it goes on, or has not begun."""
    if row["task_id"] is None:
        return "deleted"
    if row["category"] == "done":
        return "done"
    if row["is_archived"]:
        return "archived"
    if row["agent_id"] is None:
        return _without_agent(row)
    return None if row["is_waiting"] else _of_agent(row, said)


def _without_agent(row: Any) -> str | None:
    if row["person_id"] is not None:
        return None if row["to_agent_id"] is None else "handed to a person"
    return "taken away" if row["was_assigned"] else None


def _of_agent(row: Any, said: dict[UUID, str]) -> str | None:
    if row["run_id"] is None:
        return None
    if not row["is_assigned"] and ids.derived_id(row["run_id"], "result") in said:
        return "handed in"
    if not row["is_assigned"] and ids.derived_id(row["run_id"], "failure") in said:
        return "failed"
    if row["run_state"] in ("failed", "cancelled"):
        return str(row["run_state"])
    return "cancelled" if not row["is_assigned"] else None


def _end(row: Any, state: str, said: dict[UUID, str], last: dict[UUID, Any]) -> dict[str, Any]:
    handed_in = None
    if row["run_id"] is not None:
        texts = (said.get(ids.derived_id(row["run_id"], what)) for what in ("result", "failure"))
        handed_in = next((text for text in texts if text is not None), None)
    word = last.get(row["task_id"])
    result = handed_in if handed_in is not None else None if word is None else word["text"]
    outside = row["is_tainted"] if handed_in is not None else word is not None and word["author_kind"] not in TRUSTED
    return {
        "task": row["key"],
        "title": "(from outside)" if row["is_titled_outside"] else row["title"],
        "state": state,
        "by": row["assignee"],
        "column": row["column_name"],
        "result": None if result is None else result[:RESULT_CHARACTERS_MAX],
        "tainted": outside,
    }


async def _rearm(database: Database, waits: Sequence[PendingWait]) -> bool:
    rearmed = await sql.rearm_waits.fetch(
        database.engine,
        tenant_ids=[wait.tenant_id for wait in waits],
        run_ids=[wait.run_id for wait in waits],
        keys=[wait.key for wait in waits],
    )
    return bool(rearmed)


async def _drop(database: Database, waits: Sequence[PendingWait]) -> None:
    if waits:
        await sql.drop_waits.execute(
            database.engine,
            tenant_ids=[wait.tenant_id for wait in waits],
            run_ids=[wait.run_id for wait in waits],
            task_ids=[_card_of(wait) for wait in waits],
        )


def _card_of(wait: PendingWait) -> UUID:
    return UUID(json.loads(wait.input)["task_id"])


register_wait_kind(KIND, look)
