"""Acts on many runs: previewed, confirmed, then carried out in batches that each commit together with the place they got to.

A preview says how many runs there are and fixes the moment up to which runs count. The act must bring both: when by then
another number matches, it is refused, so that what was previewed is what is done. Batches go from the newest run to the oldest;
whoever dies between two of them (a server, a worker) is replaced by any worker, and no run is acted on twice.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, get_args
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit.log import append
from flowforge.clock import SYSTEM_CLOCK
from flowforge.crash import crash_point
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, FlowForgeError, InvalidInput, NotFound
from flowforge.orchestrator import hints
from flowforge.orchestrator.deletion import delete_in
from flowforge.orchestrator.dismissal import dismiss_in
from flowforge.orchestrator.event import wake_parents
from flowforge.orchestrator.fork import Wish, replay_in
from flowforge.orchestrator.outage import is_refusal
from flowforge.orchestrator.run import cancel_in
from flowforge.orchestrator.run_pause import pause_in, resume_in
from flowforge.orchestrator.selection import Only, RunFilter, count_runs, select_runs
from flowforge.orchestrator.version import move_in

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

BulkAction = Literal["cancel", "replay", "delete", "dismiss", "pause", "resume", "move"]
BATCH = 50
SAMPLE = 10
MOST = 1_000_000  # runs in one act
SLACK = 10  # so many more or fewer than previewed are let pass, or a tenth

_ONLY: dict[str, Only] = {
    "cancel": "open", "replay": "ended", "delete": "ended", "dismiss": "failed", "pause": "open", "resume": "paused", "move": "open",
}  # fmt: skip
BULK = "bulk"  # the topic on which workers hear of new ones

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class BulkOptions:
    """What the action needs beside the runs: `force` for delete (open ones too), a replay's wish, a pause's reason, a move's version."""

    force: bool = False
    from_step: str | None = None
    from_failure: bool = False
    input: str | None = None
    reason: str | None = None
    to: str | None = None

    def to_json(self) -> str:
        return json.dumps({name: value for name, value in self.__dict__.items() if value})


@dataclass(frozen=True)
class Preview:
    """What a bulk act would meet: how many runs, the newest of them, and the moment up to which it looked."""

    count: int
    sample: tuple[UUID, ...]
    as_of: datetime


@dataclass(frozen=True)
class Bulk:
    """An act on many runs, and how far it has got. `refused` runs were in a state that did not allow it."""

    bulk_id: UUID
    action: str
    filter: RunFilter
    expected: int
    done: int
    refused: int
    by: str
    created_at: datetime
    ended_at: datetime | None

    @property
    def id(self) -> str:
        return self.bulk_id.hex


async def preview(connection: Connection, tenant_id: UUID, action: str, chosen: RunFilter, options: BulkOptions) -> Preview:
    """How many runs `act_on` would meet now. Raises InvalidInput for an unknown action."""
    only = _only(action, options)
    chosen = _up_to(chosen, await sql.moment.fetchval(connection))
    assert chosen.until is not None
    count = await count_runs(connection, tenant_id, chosen, only=only, limit=MOST)
    return Preview(count, tuple(await select_runs(connection, tenant_id, chosen, only=only, limit=SAMPLE)), chosen.until)


async def act_on(
    database: Database,
    principal: Principal,
    action: str,
    chosen: RunFilter,
    options: BulkOptions,
    *,
    count: int,
    as_of: datetime,
    bulk_id: UUID | None = None,
    bell: Bell | None = None,
) -> Bulk:
    """Begin an act that was previewed with `count` runs at `as_of`. Workers carry it out, or `carry_on`. One audit entry stands for all.

    Raises Conflict when clearly more or fewer runs match than were previewed.
    """
    bulk_id = bulk_id or ids.new_id()
    if (present := await sql.find_bulk.fetchrow(database.pool, tenant_id=principal.tenant_id, bulk_id=bulk_id)) is not None:
        return _bulk(present)  # sent again: by now other runs match
    chosen = _up_to(chosen, as_of)
    found = await count_runs(database.pool, principal.tenant_id, chosen, only=_only(action, options), limit=MOST)
    if abs(found - count) > max(SLACK, count // 10):
        raise Conflict(
            f"{found} runs match now, {count} did in the preview",
            winner={"count": found},
            hint="look at a new preview, then confirm that one",
        )
    async with database.pool.acquire() as connection, connection.transaction():
        made = await sql.make_bulk.fetchval(
            connection,
            tenant_id=principal.tenant_id,
            bulk_id=bulk_id,
            action=action,
            filter=chosen.to_json(),
            options=options.to_json(),
            principal_kind=principal.kind,
            principal=principal.name,
            as_of=as_of,
            expected=found,
        )
        if made is not None:
            detail = {"filter": json.loads(chosen.to_json()), "options": json.loads(options.to_json()), "expected": found}
            await append(connection, principal, f"run.bulk_{action}", "bulk", bulk_id.hex, detail)
    if bell is not None:
        bell.ring(BULK)
    return await find_bulk(database.pool, principal.tenant_id, bulk_id)


async def find_bulk(connection: Connection, tenant_id: UUID, bulk_id: UUID) -> Bulk:
    """An act on many runs, as far as it has got. Raises NotFound."""
    row = await sql.find_bulk.fetchrow(connection, tenant_id=tenant_id, bulk_id=bulk_id)
    if row is None:
        raise NotFound("bulk act", bulk_id.hex)
    return _bulk(row)


async def list_bulks(connection: Connection, tenant_id: UUID, *, limit: int = 50, before: UUID | None = None) -> list[Bulk]:
    """The newest acts on many runs, of those that are older than `before`."""
    return [_bulk(row) for row in await sql.list_bulks.fetch(connection, tenant_id=tenant_id, limit=limit, before=before)]


async def carry_on(
    database: Database, *, tenant_id: UUID | None = None, bulk_id: UUID | None = None, seconds: float = 2.0, bell: Bell | None = None
) -> bool:
    """Carry out batches of the given act, or of any, for about so long. False: nothing is left that nobody else is at."""
    until = SYSTEM_CLOCK.monotonic() + seconds
    while SYSTEM_CLOCK.monotonic() < until:
        if not await _batch(database, tenant_id, bulk_id, bell):
            return False
    return True


async def _batch(database: Database, tenant_id: UUID | None, bulk_id: UUID | None, bell: Bell | None) -> bool:
    """One batch and its place, in one transaction. False: there was none to do."""
    ended_children: list[tuple[UUID, UUID]] = []
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.take_bulk.fetchrow(connection, tenant_id=tenant_id, bulk_id=bulk_id)
        if row is None:
            return False
        tenant, options = row["tenant_id"], BulkOptions(**json.loads(row["options"]))
        principal = Principal(tenant, row["principal_kind"], row["principal"])
        runs = await select_runs(
            connection,
            tenant,
            RunFilter.from_json(row["filter"]),
            only=_only(row["action"], options),
            before=row["place"],
            limit=BATCH,
        )
        await sql.lock_batch.fetch(connection, tenant_id=tenant, run_ids=runs)
        act = _Act(connection, principal, row["bulk_id"], options, ended_children)
        done = [await _one(act, row["action"], run_id) for run_id in runs]
        await sql.move_bulk.execute(
            connection,
            tenant_id=tenant,
            bulk_id=row["bulk_id"],
            place=runs[-1] if runs else None,
            done=sum(done),
            refused=len(done) - sum(done),
            over=len(runs) < BATCH,
        )
        crash_point("bulk.batch")
    if ended_children:
        await wake_parents(database, ended_children, bell=bell)
    if bell is not None and runs:
        bell.ring(hints.READY, hints.WAKE)
    return True


@dataclass(frozen=True)
class _Act:
    """Within one batch: who acts, how, and which ended children have a parent to be told."""

    connection: Connection
    principal: Principal
    bulk_id: UUID
    options: BulkOptions
    ended_children: list[tuple[UUID, UUID]]


async def _one(act: _Act, action: str, run_id: UUID) -> bool:
    try:
        async with act.connection.transaction():  # type: ignore[attr-defined]  # a savepoint: one run that cannot be is not the others' fault
            return await _ACTS[action](act, run_id)
    except FlowForgeError:
        return False
    except Exception as error:
        if is_refusal(error):
            return False
        raise


async def _cancel(act: _Act, run_id: UUID) -> bool:
    found, is_child = await cancel_in(act.connection, act.principal.tenant_id, run_id, by=act.principal.name)
    if is_child:
        act.ended_children.append((act.principal.tenant_id, run_id))
    return found


async def _replay(act: _Act, run_id: UUID) -> bool:
    wish = Wish(act.options.from_step, act.options.from_failure, act.options.input)
    return (await replay_in(act.connection, act.principal.tenant_id, run_id, wish, new_id=ids.derived_id(act.bulk_id, run_id.hex)))[1]


async def _delete(act: _Act, run_id: UUID) -> bool:
    return await delete_in(act.connection, act.principal.tenant_id, run_id, force=act.options.force)


async def _dismiss(act: _Act, run_id: UUID) -> bool:
    return await dismiss_in(act.connection, act.principal, run_id)


async def _pause(act: _Act, run_id: UUID) -> bool:
    return await pause_in(act.connection, act.principal, run_id, reason=act.options.reason)


async def _resume(act: _Act, run_id: UUID) -> bool:
    return await resume_in(act.connection, act.principal.tenant_id, run_id)


async def _move(act: _Act, run_id: UUID) -> bool:
    return await move_in(act.connection, act.principal.tenant_id, run_id, act.options.to)


_ACTS: dict[str, Callable[[_Act, UUID], Awaitable[bool]]] = {
    "cancel": _cancel,
    "replay": _replay,
    "delete": _delete,
    "dismiss": _dismiss,
    "pause": _pause,
    "resume": _resume,
    "move": _move,
}


def _only(action: str, options: BulkOptions) -> Only:
    if action not in _ONLY:
        raise InvalidInput(f"an action is one of {', '.join(get_args(BulkAction))}, not {action!r}", pointer="/action")
    return "any" if action == "delete" and options.force else _ONLY[action]


def _up_to(chosen: RunFilter, as_of: datetime) -> RunFilter:
    return chosen if chosen.until is not None and chosen.until <= as_of else replace(chosen, until=as_of)


def _bulk(row: Any) -> Bulk:
    return Bulk(
        row["bulk_id"],
        row["action"],
        RunFilter.from_json(row["filter"]),
        row["expected"],
        row["done"],
        row["refused"],
        row["principal"],
        row["created_at"],
        row["ended_at"],
    )
