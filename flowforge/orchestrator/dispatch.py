"""Writing what a dispatch decides: the runs that events start, the runs that they join, the waits that they satisfy.

Functions without keyed flow control take one statement. Where flow control has to remember (see `flow/intake.py`), the dispatcher
locks first, in one transaction: the events that nobody has dispatched, what was done for their keys, the runs that still gather.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import asyncpg

from flowforge.crash import crash_point
from flowforge.db.queries import Connection, load_queries
from flowforge.durations import seconds
from flowforge.ids import new_id
from flowforge.orchestrator.flow.control import read_settings
from flowforge.orchestrator.flow.intake import Incoming, KeyName, KeyState, NewRun, Plan, keys_of, single, take_in
from flowforge.orchestrator.flow.limit import Shape, shape_of
from flowforge.orchestrator.match import key_of, value_at

if TYPE_CHECKING:
    from flowforge.db.database import Database

BOARD = "board/"  # how the names of the board's own events begin
CANCEL_KEY = "\x01cancel "  # no step can have such a key: names are printable
DEADLOCKS = 3  # one after the other, until it is somebody else's turn to find out why

T = TypeVar("T")

log = logging.getLogger("flowforge.dispatch")
sql = load_queries("flowforge.orchestrator")

WaitMatch = tuple[UUID, UUID, str, str, str]
ConditionMet = tuple[UUID, UUID, UUID, str, int]  # tenant, event, run, key, place of a wait whose condition holds


@dataclass(frozen=True)
class Written:
    """What a dispatch wrote: (event, run) pairs, and whether there is something to claim or to look at."""

    runs: Sequence[tuple[UUID, UUID]]
    ready: bool
    woken: bool = False  # of that, something that a worker holds
    told: Sequence[UUID] = ()  # tenants that somebody follows, with news of events that began nothing


async def write_dispatch(
    database: Database,
    events: Sequence[tuple[UUID, UUID, str]],
    incoming: Sequence[Incoming],
    matches: Sequence[WaitMatch],
    met: Sequence[ConditionMet] = (),
) -> Written:
    """Dispatch these committed events (tenant, event, name), once, whoever else tries it too."""
    order = sorted(set(events))
    if not any(one.flow.keyed for one in incoming):
        plan = Plan({run.run_id: run for run in map(_plain_run, incoming)})
        return await _after_deadlock(lambda: _write(database.engine, order, plan, matches, met))
    return await _after_deadlock(lambda: _write_keyed(database, order, incoming, matches, met))


async def write_plain_dispatch(
    database: Database, events: Sequence[tuple[UUID, UUID, str]], incoming: Sequence[Incoming]
) -> Written | None:
    """The same for events (tenant, event, name) that start functions without flow control.

    None, with nothing done, where a run waits for one of them. What `incoming` was read from may be older than the events' commit:
    only waits have to be looked for after it.
    """
    order = sorted(set(events))
    said = sorted({(tenant, name) for tenant, _, name in order})
    places = _places(order)
    runs = sorted(((one.tenant_id, new_id(), one) for one in incoming), key=lambda run: run[:2])
    made = await sql.dispatch_plainly.fetch(
        database.engine,
        **_event_columns(order),
        said_tenants=[tenant for tenant, _ in said],
        said_names=[name for _, name in said],
        run_events=[places[one.tenant_id, one.event_id] for _, _, one in runs],
        run_ids=[run_id for _, run_id, _ in runs],
        function_ids=[one.function_id for _, _, one in runs],
        versions=[one.version for _, _, one in runs],
        agent_ids=[one.agent_id for _, _, one in runs],
        task_ids=[one.task_id for _, _, one in runs],
    )
    if made and made[0]["what"] == "waits":
        return None
    runs_made = _runs(made)
    return Written(runs_made, bool(runs_made), told=_tenants_told(made))


async def _write_keyed(
    database: Database,
    order: Sequence[tuple[UUID, UUID, str]],
    incoming: Sequence[Incoming],
    matches: Sequence[WaitMatch],
    met: Sequence[ConditionMet],
) -> Written:
    async with database.engine.acquire() as connection, connection.transaction():
        rows = await sql.lock_events.fetch(connection, tenant_ids=[t for t, _, _ in order], event_ids=[e for _, e, _ in order])
        mine = {(row["tenant_id"], row["event_id"]) for row in rows}
        states, now = await _lock_states(connection, [one for one in incoming if (one.tenant_id, one.event_id) in mine])
        plan = take_in([one for one in incoming if (one.tenant_id, one.event_id) in mine], states, now)
        written = await _write(connection, order, plan, matches, met)
        await _remember(connection, plan, states)
        crash_point("dispatch.before_commit")
    joined = [(fate.event_id, fate.run_id) for fate in plan.fates if fate.fate == "joined" and fate.run_id is not None]
    woken = written.woken or bool(plan.cancels)
    return Written([*written.runs, *joined], written.ready or bool(plan.joins or plan.cancels), woken, written.told)


async def _after_deadlock(attempt: Callable[[], Awaitable[T]]) -> T:
    """What was undone by a deadlock is done again. Runs that gather, runs that wait and runs to be cancelled are locked one after the
    other, each sorted: two dispatches whose runs are those of the other may meet.
    """
    for _ in range(DEADLOCKS):
        try:
            return await attempt()
        except asyncpg.DeadlockDetectedError:
            log.info("dispatch.deadlock")
    return await attempt()


@dataclass
class _Started:
    """A run that was started without an event, as flow control sees it."""

    run_id: UUID
    event: Incoming
    shape: Shape
    skipped: dict[str, str] | None = None


async def shape_new_runs(
    database: Database, run_ids: Sequence[UUID] | None = None, *, age_seconds: float = 2.0
) -> Sequence[tuple[UUID, UUID]]:
    """Apply flow control to runs that were started by a call or by `step.invoke`: these, or those that a crash left.

    Such a run has no event that could be debounced, batched or over a rate; what else its function asks for holds. Returns the children
    among them that were skipped, whose parents are to be woken.
    """
    rows = await sql.unshaped_runs.fetch(database.pool, run_ids=None if run_ids is None else list(run_ids), age=age_seconds)
    rows = sorted(rows, key=lambda row: (row["tenant_id"], row["run_id"]))
    if ended := [row for row in rows if not row["is_open"]]:
        await sql.forget_unshaped.execute(
            database.pool, tenant_ids=[row["tenant_id"] for row in ended], run_ids=[row["run_id"] for row in ended]
        )
    started = [_started(row) for row in rows if row["is_open"]]
    return await _after_deadlock(lambda: _shape(database, started)) if started else []


async def _shape(database: Database, started: list[_Started]) -> Sequence[tuple[UUID, UUID]]:
    async with database.engine.acquire() as connection, connection.transaction():
        tenants, ids = [one.event.tenant_id for one in started], [one.run_id for one in started]
        mine = {row["run_id"] for row in await sql.lock_new_runs.fetch(connection, tenant_ids=tenants, run_ids=ids)}
        started = [one for one in started if one.run_id in mine]
        states, now = await _lock_states(connection, [one.event for one in started], purposes="s")
        plan = Plan()
        for one in started:
            one.skipped = single(one.event, one.run_id, states, now, plan)
        children = await sql.shape_runs.fetch(
            connection,
            tenant_ids=[one.event.tenant_id for one in started],
            run_ids=[one.run_id for one in started],
            priorities=[one.shape.priority for one in started],
            prioritized=[one.event.flow.priority != 0 for one in started],
            limits=[_limits_text(one) for one in started],
            starts=[_seconds(one.event.flow.start_timeout) for one in started],
            finishes=[_seconds(one.event.flow.timeout) for one in started],
            errors=[None if one.skipped is None else json.dumps(one.skipped) for one in started],
            **_limit_columns(started),
            **_cancel_columns([(one.event.tenant_id, one.run_id, one.event) for one in started if one.skipped is None]),
        )
        await _remember(connection, plan, states)
    return [(row["tenant_id"], row["run_id"]) for row in children]


def _started(row: Any) -> _Started:
    fields = {"id": "", "name": row["event_name"], "received_at": row["received_at"].isoformat(), "data": json.loads(row["input"])}
    flow = read_settings(row["settings"] or "{}")
    event = Incoming(
        row["tenant_id"],
        row["run_id"],
        row["event_name"],
        row["received_at"],
        {"event": fields},
        "",
        row["function_id"],
        None,
        flow,
        test=bool(row["test"]),
    )
    return _Started(row["run_id"], event, shape_of(row["function_id"], flow, row["tenant_id"], event.facts))


def _plain_run(one: Incoming) -> NewRun:
    return NewRun(new_id(), one, shape_of(one.function_id, one.flow, one.tenant_id, one.facts))


async def _lock_states(
    connection: Connection, incoming: Sequence[Incoming], purposes: str = "irdbs"
) -> tuple[dict[KeyName, KeyState], float]:
    """What was done for the keys of these events, and the database's time, both read under the locks."""
    names = sorted({name for one in incoming for name in keys_of(one).values() if name.purpose in purposes})
    now: float = await sql.now_seconds.fetchval(connection)
    if not names:
        return {}, now
    tenants, functions, kinds, keys = (list(column) for column in zip(*names, strict=True))
    rows = await sql.lock_keys.fetch(connection, tenant_ids=tenants, function_ids=functions, purposes=kinds, keys=keys)
    states = {
        KeyName(row["tenant_id"], row["function_id"], row["purpose"], row["key"]): KeyState(
            row["run_id"], row["at"], row["tat"], row["count"]
        )
        for row in rows
    }
    open_ones = {(name.tenant_id, state.run_id) for name, state in states.items() if state.run_id is not None and name.purpose in "dbs"}
    if open_ones:
        order = sorted(open_ones)
        gathering = await sql.lock_gathering.fetch(connection, tenant_ids=[t for t, _ in order], run_ids=[r for _, r in order])
        found = {(row["tenant_id"], row["run_id"]): row for row in gathering}
        for name, state in states.items():
            row = found.get((name.tenant_id, state.run_id))
            if row is not None:
                state.open, state.gathering, state.size = True, row["gathering"], row["size"]
                state.last_event = (row["received_at"], row["event_id"])
    return states, await sql.now_seconds.fetchval(connection)


async def _write(
    connection: Connection, order: Sequence[tuple[UUID, UUID, str]], plan: Plan, matches: Sequence[WaitMatch], met: Sequence[ConditionMet]
) -> Written:
    runs = sorted(plan.runs.values(), key=lambda run: (run.event.tenant_id, run.run_id))
    places = _places(order)
    m = list(zip(*((places[tenant, event], *what) for tenant, event, *what in matches), strict=True)) or [()] * 4
    c = list(zip(*((places[tenant, event], *wait) for tenant, event, *wait in met), strict=True)) or [()] * 4
    made = await sql.dispatch_events.fetch(
        connection,
        **_event_columns(order),
        match_events=m[0],
        match_names=m[1],
        match_paths=m[2],
        match_keys=m[3],
        met_events=c[0],
        met_run_ids=c[1],
        met_wait_keys=c[2],
        met_places=c[3],
        **_run_columns(runs, places),
        **_limit_columns(runs),
        **_cancel_columns([(run.event.tenant_id, run.run_id, run.event) for run in runs if run.skipped is None]),
    )
    woken = any(row["what"] == "woken" for row in made)
    runs_made = _runs(made)
    return Written(runs_made, woken or bool(runs_made), woken, _tenants_told(made))


def _places(order: Sequence[tuple[UUID, UUID, str]]) -> dict[tuple[UUID, UUID], int]:
    return {(tenant, event): place for place, (tenant, event, _) in enumerate(order, 1)}


def _event_columns(order: Sequence[tuple[UUID, UUID, str]]) -> dict[str, Any]:
    """What the board says of its cards is told by frames of theirs, and not by the events that say it too."""
    return {
        "tenant_ids": [tenant for tenant, _, _ in order],
        "event_ids": [event for _, event, _ in order],
        "told_names": [None if name.startswith(BOARD) else name for _, _, name in order],
    }


def _runs(made: Sequence[Any]) -> list[tuple[UUID, UUID]]:
    return [(row["event_id"], row["run_id"]) for row in made if row["what"] == "run"]


def _tenants_told(made: Sequence[Any]) -> list[UUID]:
    return [row["tenant_id"] for row in made if row["what"] == "told"]


def _run_columns(runs: Sequence[NewRun], places: Mapping[tuple[UUID, UUID], int]) -> dict[str, Any]:
    return {
        "run_events": [places[run.event.tenant_id, run.event.event_id] for run in runs],
        "run_ids": [run.run_id for run in runs],
        "function_ids": [run.event.function_id for run in runs],
        "versions": [run.event.version for run in runs],
        "agent_ids": [run.event.agent_id for run in runs],
        "task_ids": [run.event.task_id for run in runs],
        "states": ["open" if run.skipped is None else "skipped" for run in runs],
        "errors": [None if run.skipped is None else json.dumps(run.skipped) for run in runs],
        "priorities": [run.shape.priority for run in runs],
        "prioritized": [run.event.flow.priority != 0 for run in runs],
        "batches": [None if run.batch is None else f"[{','.join(run.batch)}]" for run in runs],
        "limits": [_limits_text(run) for run in runs],
        "parked": [run.parked_for for run in runs],
        "dues": [run.due_seconds for run in runs],
        "starts": [_seconds(run.event.flow.start_timeout) for run in runs],
        "finishes": [_seconds(run.event.flow.timeout) for run in runs],
    }


def _limit_columns(runs: Sequence[Any]) -> dict[str, Any]:
    limits = sorted({limit for run in runs if run.shape is not None for limit in run.shape.limits})
    return {
        "limit_ids": [limit.limit_id for limit in limits],
        "limit_tenants": [limit.tenant_id for limit in limits],
        "limit_rules": [limit.rule for limit in limits],
        "limit_keys": [limit.key for limit in limits],
    }


def _cancel_columns(runs: Sequence[tuple[UUID, UUID, Incoming]]) -> dict[str, Any]:
    rows = []
    for _, run_id, event in runs:
        for place, rule in enumerate(event.flow.cancel_on):
            there, value = value_at(event.facts["event"], rule.match) if rule.match else (True, None)
            if there:
                match = key_of(value) if rule.match else ""
                rows.append((run_id, f"{CANCEL_KEY}{place}", rule.event, rule.match or "", match, rule.if_ or "", _seconds(rule.timeout)))
    columns = list(zip(*rows, strict=True)) or [()] * 7
    names = ("cancel_run_ids", "cancel_keys", "cancel_events", "cancel_paths", "cancel_matches", "cancel_conditions", "cancel_withins")
    return dict(zip(names, columns, strict=True))


async def _remember(connection: Connection, plan: Plan, states: dict[KeyName, KeyState]) -> None:
    """What the next dispatch has to know, and what this one does to runs that are there."""
    changed = sorted((name, state) for name, state in states.items() if state.changed)
    if changed:
        await sql.write_keys.execute(
            connection,
            tenant_ids=[name.tenant_id for name, _ in changed],
            function_ids=[name.function_id for name, _ in changed],
            purposes=[name.purpose for name, _ in changed],
            keys=[name.key for name, _ in changed],
            run_ids=[state.run_id for _, state in changed],
            ats=[state.at for _, state in changed],
            tats=[state.tat for _, state in changed],
            counts=[state.count for _, state in changed],
        )
    if plan.joins:
        await _join(connection, plan)
    if plan.cancels:
        await sql.ask_cancel.execute(
            connection,
            tenant_ids=[tenant for tenant, _, _ in plan.cancels],
            run_ids=[run for _, run, _ in plan.cancels],
            errors=[json.dumps({"type": "Singleton", "message": why}) for _, _, why in plan.cancels],
        )
    if plan.fates:
        fates = {fate[:4]: fate for fate in plan.fates}
        columns = zip(*(fates[key] for key in sorted(fates)), strict=True)
        names = ("tenant_ids", "event_ids", "function_ids", "fates", "run_ids", "details")
        await sql.write_fates.execute(connection, **dict(zip(names, columns, strict=True)))


async def _join(connection: Connection, plan: Plan) -> None:
    joins = sorted(plan.joins.values(), key=lambda join: (join.tenant_id, join.run_id))
    await sql.join_runs.execute(
        connection,
        tenant_ids=[join.tenant_id for join in joins],
        run_ids=[join.run_id for join in joins],
        event_ids=[join.event.event_id if join.event else None for join in joins],
        dues=[join.due_seconds for join in joins],
        appended=[",".join(join.appended) or None for join in joins],
        limits=[_limits_text(join) for join in joins],
        priorities=[join.shape.priority if join.shape else None for join in joins],
    )
    replaced = [(join.tenant_id, join.run_id, join.event) for join in joins if join.event is not None]
    if any(event.flow.concurrency or event.flow.throttle for _, _, event in replaced):
        await sql.write_limits.execute(connection, **_limit_columns(joins))
    if any(event.flow.cancel_on for _, _, event in replaced):
        columns = _cancel_columns(replaced)
        tenants = {run_id: tenant for tenant, run_id, _ in replaced}
        await sql.rewrite_cancels.execute(
            connection,
            tenant_ids=[tenant for tenant, _, _ in replaced],
            run_ids=[run_id for _, run_id, _ in replaced],
            cancel_tenants=[tenants[run_id] for run_id in columns["cancel_run_ids"]],
            **columns,
        )


def _limits_text(run: Any) -> str | None:
    """An array of ids as PostgreSQL reads it: arrays of arrays would have to be rectangular."""
    if run.shape is None or not run.shape.limits:
        return None
    return "{" + ",".join(str(limit.limit_id) for limit in run.shape.limits) + "}"


def _seconds(duration: Any) -> float | None:
    return None if duration is None else seconds(duration)
