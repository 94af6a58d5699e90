"""Runs from outside: start one, wake one, cancel one, look at one.

What happens to a run while it is open is its owner row's; every function here that changes something goes through that row's
lock (ENGINE.md, rules 1 and 3), and can be used inside a caller's transaction.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.orchestrator import hints
from flowforge.orchestrator.dispatch import shape_new_runs
from flowforge.orchestrator.event import NewEvent, store_events, wake_parents
from flowforge.orchestrator.flow.limit import AGENT_LANE
from flowforge.orchestrator.queue import gate_reason
from flowforge.orchestrator.selection import ALL_RUNS, RunFilter, select_runs
from flowforge.orchestrator.states import FINAL_STATES as FINAL_STATES
from flowforge.orchestrator.states import RUN_STATES as RUN_STATES
from flowforge.orchestrator.states import STEP_STATES
from flowforge.orchestrator.states import RunState as RunState
from flowforge.orchestrator.states import StepState as StepState

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

sql = load_queries("flowforge.orchestrator")

_BEGINS_A_RUN = frozenset({"invoke", "agent"})

WORK_ENDED = "board/task.ended"  # nobody works on a card any more; the board says the same of its own acts


@dataclass(frozen=True)
class RunView:
    """A run as the API and the command line show it. JSON values are parsed; `seq` is the stream's number that it includes."""

    run_id: UUID
    label: str
    function: str
    state: RunState
    trigger: str
    input: Any
    output: Any
    error: dict[str, Any] | None
    attempt: int
    cost: Decimal | None  # None: a call that was answered has no price
    agent: str | None
    task: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    due: datetime | None
    reason: str | None
    progress: dict[str, Any] | None  # {done, message}: the latest that it said
    seq: int
    version: str | None = None
    origin_run_id: UUID | None = None
    origin_step: str | None = None
    dismissed_at: datetime | None = None
    unpriced_calls: int = 0  # answered, and nobody knows the price
    unknown_calls: int = 0  # sent and never answered: what they cost is in no sum
    test: bool = False
    event_id: UUID | None = None
    parent_run_id: UUID | None = None

    @property
    def event(self) -> str | None:
        """The event that began it."""
        return None if self.event_id is None else ids.show("evt", self.event_id)

    @property
    def parent(self) -> str | None:
        """The run of which a step began it."""
        return None if self.parent_run_id is None else ids.show("run", self.parent_run_id)

    @property
    def origin(self) -> str | None:
        """The run that this one is a replay of."""
        return None if self.origin_run_id is None else ids.show("run", self.origin_run_id)

    @property
    def id(self) -> str:
        return ids.show("run", self.run_id)


@dataclass(frozen=True)
class StepView:
    """A step as the API and the command line show it; `ms` is the duration of its last attempt, `seq` how far the stream was then."""

    key: str
    name: str
    kind: str
    state: StepState
    attempt: int
    attempts: list[dict[str, Any]]
    parent: str | None
    input: Any
    output: Any
    error: dict[str, Any] | None
    ms: float | None
    cost: Decimal | None
    model: str | None
    input_tokens: int | None
    output_tokens: int | None
    started_at: datetime
    ended_at: datetime | None
    due: datetime | None
    reused: bool = False
    seq: int = 0
    child_run_id: UUID | None = None

    @property
    def child(self) -> str | None:
        """The run that it began and waits for."""
        return None if self.child_run_id is None else ids.show("run", self.child_run_id)


async def start_run(
    database: Database,
    tenant_id: UUID,
    function_id: str,
    input_json: str,
    *,
    run_id: UUID | None = None,
    agent_id: UUID | None = None,
    task_id: UUID | None = None,
    test: bool = False,
    bell: Bell | None = None,
) -> UUID:
    """Start a function by its id, without an event. Raises NotFound when no worker ever published it."""
    run_id = run_id or ids.new_id()
    await start_in(database.pool, tenant_id, function_id, input_json, run_id, agent_id=agent_id, task_id=task_id, test=test)
    await shape_new_runs(database, [run_id])
    if bell is not None:
        bell.ring(hints.READY)
    return run_id


async def start_in(
    connection: Connection,
    tenant_id: UUID,
    function_id: str,
    input_json: str,
    run_id: UUID,
    *,
    agent_id: UUID | None = None,
    task_id: UUID | None = None,
    test: bool = False,
) -> bool:
    """The same inside the caller's transaction, who calls `shape_new_runs` and rings the bell afterwards. False: it was there."""
    made = await sql.start_run.fetchval(
        connection,
        tenant_id=tenant_id,
        run_id=run_id,
        function_id=function_id,
        input=input_json,
        agent_id=agent_id,
        task_id=task_id,
        test=test,
    )
    if made is None:
        known = [row["function_id"] for row in await sql.function_ids.fetch(connection)]
        raise NotFound("function", function_id, known)
    return bool(made)


async def wake_run(connection: Connection, tenant_id: UUID, run_id: UUID) -> bool:
    """Let a run look at what it waits for; in the same transaction as the fact that it waits for. False: it is over."""
    return await sql.wake_run.fetchval(connection, tenant_id=tenant_id, run_id=run_id) is not None


async def cancel_run(database: Database, tenant_id: UUID, run_id: UUID, *, by: str, force: bool = False, bell: Bell | None = None) -> bool:
    """Cancel a run: one that has begun is unwound by a worker (its `finally` blocks and `on_cancel` run), any other ends at once.

    `force` ends it at once, without cleaning up, whatever it is doing. False: it had ended already.
    """
    async with database.pool.acquire() as connection, connection.transaction():
        found, child = await cancel_in(connection, tenant_id, run_id, by=by, force=force)
    if child:
        await wake_parents(database, [(tenant_id, run_id)], bell=bell)
    if bell is not None:
        bell.ring(hints.READY, hints.WAKE, run_id.hex)
    return found


async def cancel_in(connection: Connection, tenant_id: UUID, run_id: UUID, *, by: str, force: bool = False) -> tuple[bool, bool]:
    """`cancel_run` inside the caller's transaction: whether it was open, and whether a parent is to be woken afterwards."""
    owner = await sql.lock_owner.fetchrow(connection, tenant_id=tenant_id, run_id=run_id)
    if owner is None:
        return False, False
    if not force and (owner["state"] == "l" or await sql.has_begun.fetchval(connection, tenant_id=tenant_id, run_id=run_id)):
        await sql.flag_cancel.execute(connection, tenant_id=tenant_id, run_id=run_id, by=by)
        return True, False
    error = json.dumps({"type": "Cancelled", "message": f"cancelled by {by}"})
    sealed = await sql.seal_cancelled.fetchrow(connection, tenant_id=tenant_id, run_id=run_id, error=error)
    if sealed is not None and sealed["task_id"] is not None:  # no code of it runs any more that could say so on the card
        told = {"task_id": sealed["task_id"].hex, "run": ids.show("run", run_id), "how": "cancelled"}
        await store_events(connection, tenant_id, [NewEvent(WORK_ENDED, told)])
    return True, sealed is not None and sealed["parent_run_id"] is not None


async def find_run(connection: Connection, tenant_id: UUID, text: str) -> RunView:
    """The run that an id, a label (`8241_a2f7`) or an unambiguous ending names. Raises NotFound, or Conflict when ambiguous."""
    views = await run_views(connection, tenant_id, [await find_run_id(connection, tenant_id, text)], blobs=True)
    if not views:
        raise NotFound("run", text)
    return views[0]


async def find_run_id(connection: Connection, tenant_id: UUID, text: str) -> UUID:
    """The id that `text` names; for a whole id it is not checked that the run exists."""
    whole = ids.parse("run", text)
    if whole is not None:
        return whole
    ending = text.removeprefix("run_").replace("_", "").replace("-", "").lower()
    if not re.fullmatch(r"[0-9a-f]{4,32}", ending):
        raise NotFound("run", text[:80])
    rows = await sql.runs_by_ending.fetch(connection, tenant_id=tenant_id, ending=ending)
    if not rows:
        raise NotFound("run", text)
    if len(rows) > 1:
        raise Conflict(
            f"several runs end in {text!r}: {', '.join(ids.show('run', row['run_id']) for row in rows)}", hint="give more digits"
        )
    return UUID(bytes=rows[0]["run_id"].bytes)


async def list_runs(
    connection: Connection, tenant_id: UUID, chosen: RunFilter = ALL_RUNS, *, limit: int = 50, cursor: str | None = None
) -> tuple[list[RunView], str | None]:
    """One page of runs, newest first, and the cursor of the next page. A page leaves out outputs of over 256 KiB.

    Raises InvalidInput for an unknown cursor.
    """
    before = _read_cursor(cursor) if cursor else None
    found = await select_runs(connection, tenant_id, chosen, before=before, limit=limit + 1)
    page = found[:limit]
    views = {view.run_id: view for view in await run_views(connection, tenant_id, page)}
    following = base64.urlsafe_b64encode(page[-1].bytes).decode().rstrip("=") if len(found) > limit else None
    return [views[run_id] for run_id in page if run_id in views], following


async def run_views(connection: Connection, tenant_id: UUID, run_ids: Sequence[UUID], *, blobs: bool = False) -> list[RunView]:
    """Runs as people see them, in no order; large outputs only with `blobs`."""
    return [_run_view(row) for row in await sql.run_view.fetch(connection, tenant_id=tenant_id, run_ids=list(run_ids), blobs=blobs)]


async def list_steps(connection: Connection, tenant_id: UUID, run_id: UUID, *, after: int = 0) -> list[StepView]:
    """All stored steps of a run, in the order of its stream; a step that is made of others stands before them. `after`: only those that
    were stored behind that number of the stream."""
    rows = await sql.run_steps.fetch(connection, tenant_id=tenant_id, run_id=run_id, after=after)
    return parents_first([_step_view(row) for row in rows])


def parents_first(steps: Sequence[StepView]) -> list[StepView]:
    """What a step is made of behind it, all else in the same order."""
    by_key = {step.key: step for step in steps}
    placed: dict[str, StepView] = {}
    for step in steps:
        line = [step]
        while (above := by_key.get(line[-1].parent or "")) is not None and above.key not in placed:
            line.append(above)
        placed.update((one.key, one) for one in reversed(line) if one.key not in placed)
    return list(placed.values())


def _read_cursor(cursor: str) -> UUID:
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise InvalidInput("this cursor is not one that was handed out", pointer="/cursor") from None


def state_of(row: Any) -> RunState:
    """The state that a joined run and owner row show."""
    if row["state"] != "open":
        return row["state"]  # type: ignore[no-any-return]
    if row["owner_state"] == "l":
        return "running"
    if row["owner_state"] == "p":
        return {"s": "sleeping", "w": "waiting", "p": "paused"}.get(row["parked_for"], "queued")  # type: ignore[return-value]
    return "queued"


def _run_view(row: Any) -> RunView:
    state = state_of(row)
    reason = row["reason"]
    if row["cancel"] and state not in FINAL_STATES:
        reason = f"it is being cancelled by {row['cancelled_by']}" if row["cancelled_by"] else "it is being cancelled"
    if state == "queued":
        reason = _why_queued(row) or reason
    return RunView(
        run_id=row["run_id"],
        label=ids.label(row["run_id"]),
        function=row["function_id"],
        state=state,
        trigger=row["event_name"],
        input=_parsed(row["input"] if row["input_blob"] is None else row["input_blob"].decode()),
        output=_output(row),
        error=_parsed(row["error"]),
        attempt=row["owner_attempt"] or row["attempt"],
        cost=row["cost"],
        agent=row["agent_name"],
        task=row["task_key"],
        created_at=row["created_at"],
        started_at=row["started_at"] or row["lease_started_at"],
        ended_at=row["ended_at"],
        due=row["due"],
        reason=reason,
        progress=_progress(row["progress"]),
        seq=row["seq"],
        version=row["version"] if row["pin"] is None else row["pin"],
        origin_run_id=row["origin_run_id"],
        origin_step=row["origin_step"],
        dismissed_at=row["dismissed_at"],
        unpriced_calls=row["unpriced_calls"],
        unknown_calls=row["unknown_calls"],
        test=row["test"],
        event_id=row["event_id"],
        parent_run_id=row["parent_run_id"],
    )


def _why_queued(row: Any) -> str | None:
    """What a queued run waits for; None when it is simply its turn that has not come."""
    if row["gate_rule"] == AGENT_LANE and row["agent_paused_by"] is not None:
        why = row["agent_pause_reason"]
        return f"agent {row['agent_name']} is paused by {row['agent_paused_by']}" + (f": {why}" if why else "")
    if row["gate_rule"] is not None:
        key = row["agent_name"] if row["gate_rule"] == AGENT_LANE else row["gate_key"]
        return gate_reason(row["gate_rule"], key, row["gate_capacity"], row["gate_period"])
    if row["paused_by"] is not None:
        what = f"the function {row['paused_function']}" if row["paused_function"] else "the tenant"
        return f"{what} is paused by {row['paused_by']}" + (f": {row['pause_reason']}" if row["pause_reason"] else "")
    if row["parked_for"] in ("d", "b"):
        return "debounced: it waits for quiet" if row["parked_for"] == "d" else "it gathers a batch of events"
    if not row["known"]:
        return f"no live worker knows the function {row['function_id']}"
    if not row["pin_known"]:
        return f"waits for a worker with version {row['pin']} of {row['function_id']}"
    return None


def _progress(text: str | None) -> dict[str, Any] | None:
    said = _parsed(text)
    return None if said is None else {"done": said["done"], "message": said["message"]}


def _step_view(row: Any) -> StepView:
    attempts = _parsed(row["failures"]) or []
    return StepView(
        key=row["key"],
        name=row["name"],
        kind=row["kind"],
        state=STEP_STATES[row["state"]],
        attempt=row["attempt"],
        attempts=attempts,
        parent=row["parent"],
        input=_parsed(row["input"]),
        output=_output(row),
        error=_parsed(row["error"]),
        ms=(row["ended_at"] - row["started_at"]).total_seconds() * 1000 if row["ended_at"] else None,
        cost=row["cost"],
        model=row["model"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        due=row["due"],
        reused=row["reused"],
        seq=row["seq"],
        child_run_id=row["ref"] if row["kind"] in _BEGINS_A_RUN else None,
    )


def _output(row: Any) -> Any:
    return _parsed(row["output"] if row["blob"] is None else row["blob"].decode())


def _parsed(text: str | None) -> Any:
    return None if text is None else json.loads(text)
