"""Forks: a finished run is run again, from its start or from one of its steps, as a new run that names its origin.

What is reused follows from the order of the run's stream alone. Running again from a step K keeps every step that was settled
before K's result was stored, and every step that is known to have begun before then: neither can have followed from K's result.
The set is closed (what a kept step followed from was settled before it began), so no kept step lacks its ground. All else runs
again: K itself, what came after it, and what had not ended. Reused are results, not acts: a kept `send_event` sends nothing, a
kept `invoke` gives its child's output, a kept wait or approval is over, a kept failure is raised as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.audit.log import append
from flowforge.crash import crash_point
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.orchestrator import hints
from flowforge.orchestrator.change import COMPLETED, FAILED
from flowforge.orchestrator.endings import OF_THE_END
from flowforge.orchestrator.failure import failed_step
from flowforge.orchestrator.states import STEP_STATES, StepState

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

BATCH_BYTES = 16 * 1024 * 1024  # of large outputs copied by one statement

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class Wish:
    """What a replay is to be: from which step (a key or a name; None: the start), with which input (JSON; None: the same).

    `from_failure` means: from the step that made the run fail, or from after everything that was recorded when its own code did.
    """

    from_step: str | None = None
    from_failure: bool = False
    input: str | None = None

    def __post_init__(self) -> None:
        if self.from_step is not None and self.from_failure:
            raise InvalidInput("a replay begins from a step or from the failure, not from both", pointer="/from_failure")


@dataclass(frozen=True)
class PlannedStep:
    """A step of the origin; `cost` is what it cost then."""

    key: str
    name: str
    kind: str
    state: StepState
    cost: Decimal | None


@dataclass(frozen=True)
class ReplayPlan:
    """What a replay will do: `reused` results, and steps that run `again` if the code still comes by them."""

    origin: UUID
    function: str
    version: str | None
    from_step: str | None
    reused: tuple[PlannedStep, ...]
    again: tuple[PlannedStep, ...]
    warnings: tuple[str, ...]
    run_id: UUID | None = None  # the new run; None for a plan alone

    @property
    def new_run(self) -> str:
        return "" if self.run_id is None else ids.show("run", self.run_id)


async def plan_replay(connection: Connection, tenant_id: UUID, run_id: UUID, wish: Wish) -> ReplayPlan:
    """What `replay_run` would do; changes nothing. Raises NotFound, and Conflict for a run that has not ended."""
    return (await _planned(connection, tenant_id, run_id, wish))[0]


async def replay_run(
    database: Database, principal: Principal, run_id: UUID, wish: Wish, *, new_id: UUID | None = None, bell: Bell | None = None
) -> ReplayPlan:
    """Run a finished run again: all of the new run appears at once or nothing of it. The same `new_id` makes no second one."""
    async with database.pool.acquire() as connection, connection.transaction():
        plan, made = await replay_in(connection, principal.tenant_id, run_id, wish, new_id=new_id or ids.new_id())
        if made:
            detail = {
                "origin": ids.show("run", run_id),
                "from": plan.from_step,
                "reused": len(plan.reused),
                "edited": wish.input is not None,
            }
            await append(connection, principal, "run.replay", "run", plan.new_run, detail)
    if bell is not None:
        bell.ring(hints.READY)
    return plan


async def replay_in(connection: Connection, tenant_id: UUID, run_id: UUID, wish: Wish, *, new_id: UUID) -> tuple[ReplayPlan, bool]:
    """`replay_run` inside the caller's transaction, who writes the audit entry; with the plan whether the run was made now."""
    plan, blobs = await _planned(connection, tenant_id, run_id, wish)
    place = {"tenant_id": tenant_id, "run_id": run_id, "new_id": new_id}
    pin = await sql.pin_of.fetchval(connection, function_id=plan.function)
    made = await sql.replay_run.fetchval(connection, **place, version=plan.version, pin=pin, input=wish.input, origin_step=plan.from_step)
    if made is not None:
        await sql.replay_checkpoints.execute(connection, **place, keys=[step.key for step in plan.reused])
        for batch in _batches(blobs):
            await sql.replay_blobs.execute(connection, **place, blob_ids=batch)
        crash_point("replay.before_commit")
    return replace(plan, run_id=new_id), made is not None


async def _planned(connection: Connection, tenant_id: UUID, run_id: UUID, wish: Wish) -> tuple[ReplayPlan, list[tuple[UUID, int]]]:
    """The plan, and the large outputs of what it reuses with their sizes."""
    origin = await sql.replay_origin.fetchrow(connection, tenant_id=tenant_id, run_id=run_id)
    if origin is None:
        raise NotFound("run", ids.show("run", run_id))
    if origin["state"] == "open":
        raise Conflict(f"run {ids.label(run_id)} has not ended", winner={"state": "open"}, hint="cancel it first, then replay it")
    if not origin["published"]:
        raise NotFound("function", origin["function_id"])
    found = await sql.replay_steps.fetch(connection, tenant_id=tenant_id, run_id=run_id)
    steps = [step for step in found if not step["key"].startswith(OF_THE_END)]  # how the origin ended is not how the new run begins
    begins = _begins(await sql.replay_begins.fetch(connection, tenant_id=tenant_id, run_id=run_id))
    start = _start(steps, wish, origin)
    undone = _bound_to(start, steps)
    again_from = wish.from_step is not None or wish.from_failure
    kept = [step for step in steps if step["key"] not in undone and _is_kept(step, start, begins)] if again_from else []
    keys = {step["key"] for step in kept}
    again = [step for step in steps if step["key"] not in keys]
    plan = ReplayPlan(
        origin=run_id,
        function=origin["function_id"],
        version=origin["present_version"],
        from_step=None if start is None else start["key"],
        reused=tuple(map(_planned_step, kept)),
        again=tuple(map(_planned_step, again)),
        warnings=tuple(_warnings(origin, kept, again, wish)),
    )
    return plan, [(step["blob_id"], step["bytes"] or 0) for step in kept if step["blob_id"] is not None]


def _start(steps: Sequence[Any], wish: Wish, origin: Any) -> Any:
    """The step from which the run begins again; None for the start, and for the end of what was recorded."""
    if wish.from_failure:
        name = failed_step(origin["error"])
        found = [step for step in steps if step["state"] == FAILED and (name is None or step["name"] == name)]
        return found[-1] if found and name is not None else None
    if wish.from_step is None:
        return None
    for step in steps:
        if step["key"] == wish.from_step:
            return step
    named = [step for step in steps if step["name"] == wish.from_step]
    if not named:
        raise NotFound("step", wish.from_step, [step["key"] for step in steps])
    if len(named) > 1:
        keys = ", ".join(step["key"] for step in named[:10])
        raise Conflict(f"the run has {len(named)} steps of the name {wish.from_step!r}", hint=f"give one of their keys: {keys}")
    return named[0]


def _begins(frames: Sequence[Any]) -> dict[str, int]:
    """By step, the number of the first frame that told of its begin; quick steps tell of none."""
    begins: dict[str, int] = {}
    for frame in frames:
        begins.setdefault(json.loads(frame["data"]).get("step"), frame["seq"])
    return begins


def _is_kept(step: Any, start: Any, begins: Mapping[str, int]) -> bool:
    """Is the result of `step` there, without a chance that it followed from that of `start`?"""
    if step["state"] not in (COMPLETED, FAILED):
        return False
    if start is None:
        return True
    if step["key"] == start["key"]:
        return False
    if start["state"] not in (COMPLETED, FAILED):  # it gave no result that anything could have followed from
        return True
    return bool(min(step["seq"], begins.get(step["key"], step["seq"])) < start["seq"])


def _bound_to(start: Any, steps: Sequence[Any]) -> set[str]:
    """What cannot outlive `start`: the steps that it is made of, and those that are made of it (their results came after its own)."""
    if start is None:
        return set()
    parents = {step["key"]: step["parent"] for step in steps}
    stored_at = {step["key"]: step["seq"] for step in steps}
    above = {key for key in _ancestors(start["key"], parents) if stored_at.get(key, 0) > start["seq"]}
    return above | {key for key in parents if start["key"] in _ancestors(key, parents)}


def _ancestors(key: str, parents: Mapping[str, str | None]) -> Iterator[str]:
    above = parents.get(key)
    while above is not None:
        yield above
        above = parents.get(above)


def _planned_step(step: Any) -> PlannedStep:
    return PlannedStep(step["key"], step["name"], step["kind"], STEP_STATES[step["state"]], step["cost"])


_AGAIN = {
    "send_event": "sends its event again",
    "invoke": "starts its child run again",
    "approve": "asks for approval again",
    "tool": "calls its tool again",
}


def _warnings(origin: Any, kept: Sequence[Any], again: Sequence[Any], wish: Wish) -> Iterator[str]:
    for step in again:
        if step["kind"] in _AGAIN:
            yield f"{step['key']} {_AGAIN[step['kind']]}"
    cost = sum((step["cost"] for step in again if step["cost"]), Decimal(0))
    if cost:
        yield f"what runs again cost ${cost.normalize():f} the first time"
    if kept and wish.input is not None:
        yield "the reused steps keep what they gave for the old input"
    if origin["version"] != origin["present_version"]:
        yield f"it was recorded by version {origin['version'] or 'none'} and runs under {origin['present_version'] or 'none'}"
    if not origin["live"]:
        yield f"no live worker knows the function {origin['function_id']}: the new run waits for one"


def _batches(blobs: Sequence[tuple[UUID, int]]) -> Iterator[list[UUID]]:
    batch: list[UUID] = []
    size = 0
    for blob_id, length in blobs:
        if batch and size + length > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(blob_id)
        size += length
    if batch:
        yield batch
