"""Events in: stored once, committed, then matched (ENGINE.md, rule 2: commit, then look, on both sides).

`store_events` writes the events and a dispatch row for each; `dispatch` matches triggers and waits in a later statement that
deletes the dispatch row, so each event is acted on exactly once, by whoever gets there; a sweeper finishes after a crash.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.audit import log as audit
from flowforge.crash import crash_point
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import InvalidInput
from flowforge.orchestrator import codec, hints
from flowforge.orchestrator.condition import conditional_matches
from flowforge.orchestrator.context import event_id_text
from flowforge.orchestrator.dispatch import Written, write_dispatch, write_plain_dispatch
from flowforge.orchestrator.flow.control import FlowControl, read_settings
from flowforge.orchestrator.flow.intake import Incoming, parted
from flowforge.orchestrator.match import key_of, value_at
from flowforge.orchestrator.matching import Listeners, stems_of

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

MAX_NAME = 256
MAX_KEY = 256
MAX_AUDITED_NAMES = 20
ISOLATED = {"22", "23", "42", "54"}  # classes of errors that lie in the data, not in the moment
LEFTOVER_BATCH, MAX_LEFTOVER_BATCHES = 500, 20  # of one sweep
OWN_NAMES = ("board/", "flowforge/")  # what the platform itself says; anybody may listen, nobody else may say it

log = logging.getLogger("flowforge.event")
sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class NewEvent:
    """An event to be sent. `key` is the sender's own id: the same key within seven days is the same event.

    `test`: it starts and wakes test runs only.
    """

    name: str
    data: Any
    key: str | None = None
    event_id: UUID | None = None
    test: bool = False

    def __post_init__(self) -> None:
        check_event_name(self.name)
        if self.key is not None and not (0 < len(self.key) <= MAX_KEY and self.key.isprintable()):
            raise InvalidInput(f"an event's id must have 1 to {MAX_KEY} printable characters", pointer="/id")

    @property
    def known_key(self) -> str | None:
        """The key by which it is known: a test event is never taken for a live one."""
        return None if self.key is None else parted(self.key, test=self.test)


def event_from_outside(name: str, data: Any, *, key: str | None = None, event_id: UUID | None = None, test: bool = False) -> NewEvent:
    """An event that a user sends. Raises InvalidInput, also for the names that only the platform's rooms may use."""
    event = NewEvent(name, data, key, event_id, test)
    if name.startswith(OWN_NAMES):
        own = " and ".join(f"{prefix}…" for prefix in OWN_NAMES)
        raise InvalidInput(f"the event {name!r} is for FlowForge alone to send: {own} are its own names", pointer="/name")
    return event


@dataclass(frozen=True)
class AcceptedEvent:
    """An event that is stored. `duplicate`: its key was known already, `run_ids` are then the first one's runs."""

    event_id: UUID
    key: str | None
    name: str
    run_ids: tuple[UUID, ...] = ()
    duplicate: bool = False

    @property
    def id(self) -> str:
        return self.key if self.key is not None else ids.show("evt", self.event_id)


@dataclass(frozen=True)
class StoredEvent:
    tenant_id: UUID
    event_id: UUID
    name: str
    data: str
    key: str | None
    received_at: datetime
    test: bool = False

    @property
    def shown(self) -> str:
        """The event as JSON, its data as the exact text that was stored."""
        head = json.dumps({"id": event_id_text(self.event_id, self.key), "name": self.name, "received_at": self.received_at.isoformat()})
        return f'{head[:-1]}, "data": {self.data}}}'

    def facts(self) -> dict[str, Any]:
        """What expressions see."""
        return {"event": json.loads(self.shown)}


def check_event_name(name: str) -> None:
    """Raises InvalidInput unless `name` can be an event's name (`order/created`: printable, no spaces, no *)."""
    if not 0 < len(name) <= MAX_NAME or not name.isprintable() or " " in name or "*" in name:
        raise InvalidInput(
            f"an event's name must have 1 to {MAX_NAME} printable characters without spaces and *, not {name[:40]!r}", pointer="/name"
        )


async def send_events(
    database: Database, tenant_id: UUID, events: Sequence[NewEvent], *, bell: Bell | None = None, by: Principal | None = None
) -> list[AcceptedEvent]:
    """Store events, all or none, and start what they trigger; returns one answer each, in order.

    `by`: whose act it is, one entry in the audit log for all that is new in it; code that sends an event acts for nobody.
    Raises InvalidInput (nothing stored). Safe to repeat after a lost answer when the events carry keys.
    """
    if by is not None:
        return (await send_all(database, tenant_id, [SentBy(events, by, contextvars.copy_context())], bell=bell))[0]
    return await _started(database, tenant_id, await _store(database.engine, tenant_id, events, listening=True), bell)


@dataclass(frozen=True)
class SentBy:
    """What somebody sends in one request. `context`: that request's, in which its entry in the audit log is written."""

    events: Sequence[NewEvent]
    by: Principal
    context: contextvars.Context


async def send_all(
    database: Database, tenant_id: UUID, requests: Sequence[SentBy], *, bell: Bell | None = None
) -> list[list[AcceptedEvent]]:
    """What several people of a tenant send, stored in one transaction, all or none, with an entry in the audit log for each of them that
    sent something new; then what it triggers is started. Returns an answer for each, in order."""
    events = [event for request in requests for event in request.events]
    async with database.pool.acquire() as connection, connection.transaction():
        kept = await _store(connection, tenant_id, events, listening=True)
        new = {event.event_id for event in kept.new}
        entries, place = [], 0
        for request in requests:
            accepted = kept.accepted[place : place + len(request.events)]
            place += len(accepted)
            if mine := [one for one in accepted if one.event_id in new and not one.duplicate]:
                entries.append(request.context.run(_entry, request.by, mine))
        await audit.append_all(connection, tenant_id, entries)
    answers = iter(await _started(database, tenant_id, kept, bell))
    return [[next(answers) for _ in request.events] for request in requests]


def _entry(by: Principal, new: Sequence[AcceptedEvent]) -> audit.NewEntry:
    detail = {"count": len(new), "names": sorted({event.name for event in new})[:MAX_AUDITED_NAMES]}
    return audit.compose(by, "event.send", "event", ids.show("evt", new[0].event_id), detail)


async def _started(database: Database, tenant_id: UUID, kept: Kept, bell: Bell | None) -> list[AcceptedEvent]:
    crash_point("event.after_insert")
    runs = await _dispatch_kept(database, kept, bell) if kept.fresh else {}
    elsewhere = [event.event_id for event in kept.accepted if event.event_id not in runs]
    if elsewhere:  # duplicates, and what a sweeper was quicker to dispatch
        runs |= await _runs_of(database.pool, tenant_id, elsewhere)
    return [AcceptedEvent(e.event_id, e.key, e.name, tuple(runs.get(e.event_id, ())), e.duplicate) for e in kept.accepted]


async def store_events(connection: Connection, tenant_id: UUID, events: Sequence[NewEvent]) -> list[UUID]:
    """Store events inside the caller's transaction; after the commit call `dispatch_pending` with the returned ids."""
    return [event.event_id for event in (await _store(connection, tenant_id, events)).accepted]


async def dispatch_pending(database: Database, tenant_id: UUID, event_ids: Sequence[UUID], *, bell: Bell | None = None) -> list[UUID]:
    """Match committed events with triggers and waits now, instead of at the next sweep. Returns the runs made."""
    crash_point("event.after_insert")
    rows = await sql.undispatched_events.fetch(database.pool, tenant_id=tenant_id, event_ids=list(event_ids), age=0.0, limit=len(event_ids))
    return await dispatch(database, [stored(r) for r in rows], bell=bell)


async def dispatch_leftovers(database: Database, *, bell: Bell | None = None, age_seconds: float = 2.0) -> int:
    """Match what a crash between store and match left behind, and what came by the outbox. Returns how many events were looked at."""
    looked_at = 0
    for _ in range(MAX_LEFTOVER_BATCHES):
        rows = await sql.undispatched_events.fetch(database.pool, tenant_id=None, event_ids=None, age=age_seconds, limit=LEFTOVER_BATCH)
        await _dispatch_each([stored(r) for r in rows], database, bell)
        looked_at += len(rows)
        if len(rows) < LEFTOVER_BATCH:
            break
    return looked_at


async def _dispatch_each(events: Sequence[StoredEvent], database: Database, bell: Bell | None) -> None:
    """All at once; where that fails on one of them, alone: what cannot be dispatched goes to the end of the queue, and stops nobody."""
    try:
        await dispatch(database, events, bell=bell)
        return
    except Exception as error:
        if not lies_in_the_data(error):
            raise
        log.warning("events.not_dispatched", extra={"events": len(events), "error": repr(error)[:500]})
    if len(events) == 1:
        await sql.postpone_dispatch.execute(database.pool, tenant_id=events[0].tenant_id, event_id=events[0].event_id)
        return
    half = len(events) // 2
    await _dispatch_each(events[:half], database, bell)
    await _dispatch_each(events[half:], database, bell)


def lies_in_the_data(error: Exception) -> bool:
    """Would it fail again, whoever tries, and whenever?"""
    state = getattr(error, "sqlstate", None)
    return state[:2] in ISOLATED if state else isinstance(error, ValueError | TypeError | LookupError | RecursionError)


def stored(row: Any) -> StoredEvent:
    """An event from its row."""
    return StoredEvent(row["tenant_id"], row["event_id"], row["name"], row["data"], row["key"], row["received_at"], row["test"])


@dataclass(frozen=True)
class Kept:
    """What a store has kept: an answer for each event, those that are no duplicates, and of these what this very call has written.

    `triggers`: what may want them, as it was when they were stored. `waits`: some run may wait for one.
    """

    accepted: Sequence[AcceptedEvent] = ()
    fresh: Sequence[StoredEvent] = ()
    new: Sequence[StoredEvent] = ()
    triggers: Sequence[Any] = ()
    waits: bool = False


async def _store(connection: Connection, tenant_id: UUID, events: Sequence[NewEvent], *, listening: bool = False) -> Kept:
    wanted = [(event, event.event_id or ids.new_id(), codec.to_json(event.data)) for event in events]
    first: dict[str, UUID] = {}
    rows = []
    for event, event_id, data in wanted:
        if event.known_key is None or first.setdefault(event.known_key, event_id) == event_id:
            rows.append((event_id, event.key, event.known_key, event.name, data, event.test))
    if not rows:
        return Kept()
    rows.sort(key=lambda row: (row[2] or "", row[0]))
    event_ids, keys, known_keys, event_names, data_texts, tests = (list(column) for column in zip(*rows, strict=True))
    names = sorted(set(event_names))
    found: dict[str, list[Any]] = defaultdict(list)
    for row in await sql.store_events.fetch(
        connection, tenant_id=tenant_id, event_ids=event_ids, keys=keys, known_keys=known_keys, event_names=event_names, data=data_texts,
        tests=tests,
        listening=listening, names=names if listening else [], stems=stems_of(names) if listening else [],
    ):  # fmt: skip
        found[row["what"]].append(row)
    now: datetime = found["now"][0]["received_at"]
    owners = {row["key"]: row["event_id"] for row in found["key"]}
    accepted, fresh = [], []
    for event, event_id, data in wanted:
        kept = event_id if event.known_key is None else owners[event.known_key]
        accepted.append(AcceptedEvent(kept, event.key, event.name, (), kept != event_id))
        if kept == event_id:
            fresh.append(StoredEvent(tenant_id, event_id, event.name, data, event.key, now, event.test))
    inserted = {row["event_id"] for row in found["new"]}
    return Kept(accepted, fresh, [event for event in fresh if event.event_id in inserted], found["trigger"], bool(found["waits"]))


async def dispatch(database: Database, events: Sequence[StoredEvent], *, bell: Bell | None = None) -> list[UUID]:
    """Match committed events with triggers and open waits, once; returns the runs that this call made."""
    return [run for runs in (await _dispatch(database, events, bell)).values() for run in runs] if events else []


async def _dispatch_kept(database: Database, kept: Kept, bell: Bell | None) -> dict[UUID, list[UUID]]:
    """The same right after the store, which knows the triggers: most events need nothing else to be looked up."""
    if not kept.waits:
        incoming = _all_incoming(kept.fresh, kept.triggers)
        if all(one.flow.plain for one in incoming):
            events = [(event.tenant_id, event.event_id, event.name) for event in kept.fresh]
            written = await write_plain_dispatch(database, events, incoming)
            if written is not None:
                return _told(written, kept.fresh, incoming, bell)
    return await _dispatch(database, kept.fresh, bell)


async def _dispatch(database: Database, events: Sequence[StoredEvent], bell: Bell | None) -> dict[UUID, list[UUID]]:
    """The runs made or joined, by event; an event that nothing listens to has an empty list, one dispatched elsewhere is missing."""
    said = sorted({(event.tenant_id, event.name) for event in events})
    names = [name for _, name in said]
    candidates = await sql.match_candidates.fetch(database.engine, tenant_ids=[t for t, _ in said], names=names, stems=stems_of(names))
    incoming = _all_incoming(events, [row for row in candidates if row["what"] == "trigger"])
    matches = [match for event in events for match in _wait_matches(event, candidates)]
    met = await _conditional_matches(database, events, candidates)
    written = await write_dispatch(database, [(e.tenant_id, e.event_id, e.name) for e in events], incoming, matches, met)
    return _told(written, events, incoming, bell)


def _told(written: Written, events: Sequence[StoredEvent], incoming: Sequence[Incoming], bell: Bell | None) -> dict[UUID, list[UUID]]:
    if bell is not None and (written.ready or written.told):
        urgent = [hints.READY] if written.ready else []
        bell.ring(*urgent, *([hints.WAKE] if written.woken else []), *(tenant.hex for tenant in written.told))
    wanted = {one.event_id for one in incoming}
    started: dict[UUID, list[UUID]] = {event.event_id: [] for event in events if event.event_id not in wanted}
    for event_id, run_id in written.runs:
        started.setdefault(event_id, []).append(run_id)
    return started


def _all_incoming(events: Sequence[StoredEvent], triggers: Sequence[Any]) -> list[Incoming]:
    if not any(row.get("tenant_id") for row in triggers):
        listeners = Listeners(triggers)
        return [one for event in events for one in _incoming(event, listeners)]
    tenants = {event.tenant_id for event in events}
    own = {tenant: Listeners(row for row in triggers if row.get("tenant_id") in (None, tenant)) for tenant in tenants}
    return [one for event in events for one in _incoming(event, own[event.tenant_id])]


def _incoming(event: StoredEvent, listeners: Listeners) -> list[Incoming]:
    """The event, once for each function that it starts."""
    found = []
    facts = cache(event.facts)
    for row in listeners.matched(event.name, facts):
        labels, flow = _settings(row["settings"])
        known = facts() if labels or not flow.plain else {}
        agent_id, task_id = (_label(known["event"]["data"] if known else None, labels.get(name)) for name in ("agent_id", "task_id"))
        found.append(
            Incoming(
                event.tenant_id, event.event_id, event.name, event.received_at, known, event.shown if flow.batch else "",
                row["function_id"], row["version"], flow, agent_id, task_id, event.test,
            )
        )  # fmt: skip
    return found


@lru_cache(maxsize=4096)
def _settings(text: str) -> tuple[dict[str, str], FlowControl]:
    """A function's run labels and flow control, from its published settings."""
    return json.loads(text).get("labels") or {}, read_settings(text)


def _label(data: Any, path: str | None) -> UUID | None:
    value = value_at(data, path)[1] if path else None
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _wait_matches(event: StoredEvent, candidates: Sequence[Any]) -> list[tuple[Any, ...]]:
    found = []
    data: Any = None
    for row in candidates:
        if row["what"] != "wait" or row["tenant_id"] != event.tenant_id or row["pattern"] != event.name:
            continue
        path = row["match_path"]
        if path and data is None:
            data = {"data": json.loads(event.data), "name": event.name}
        there, value = value_at(data, path) if path else (True, None)
        if there:
            found.append((event.tenant_id, event.event_id, event.name, path, key_of(value) if path else ""))
    return found


async def _conditional_matches(database: Database, events: Sequence[StoredEvent], candidates: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Waits with a condition are asked one by one, where there are any for an event's name."""
    asking = {(row["tenant_id"], row["pattern"]) for row in candidates if row["what"] == "condition"}
    return [
        match for event in events if (event.tenant_id, event.name) in asking for match in await conditional_matches(database.pool, event)
    ]


async def _runs_of(connection: Connection, tenant_id: UUID, event_ids: list[UUID]) -> dict[UUID, list[UUID]]:
    runs: dict[UUID, list[UUID]] = {}
    for row in await sql.runs_of_events.fetch(connection, tenant_id=tenant_id, event_ids=event_ids):
        runs.setdefault(row["event_id"], []).append(row["run_id"])
    return runs


async def wake_parents(database: Database, children: Sequence[tuple[UUID, UUID]], *, bell: Bell | None = None) -> None:
    """Tell the parents of ended child runs (tenant, run) to look."""
    order = sorted(set(children))
    woken = await sql.wake_parents.fetch(database.engine, tenant_ids=[tenant for tenant, _ in order], run_ids=[run for _, run in order])
    if bell is not None and woken:
        bell.ring(hints.READY, hints.WAKE)


async def wake_leftover_parents(database: Database, *, bell: Bell | None = None, age_seconds: float = 2.0) -> int:
    """Wake the parents that a crash after their child's end left asleep. Returns how many children there were."""
    rows = await sql.unwoken_parents.fetch(database.pool, age=age_seconds)
    if rows:
        await wake_parents(database, [(row["tenant_id"], row["run_id"]) for row in rows], bell=bell)
        await asyncio.sleep(0)
    return len(rows)
