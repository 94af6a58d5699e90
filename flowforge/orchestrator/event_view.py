"""Events, looked at afterwards: what came, what it started, and why a function did not run."""

from __future__ import annotations

import base64
import difflib
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from flowforge import ids
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.orchestrator.context import event_id_text
from flowforge.orchestrator.event import stored
from flowforge.orchestrator.flow_answer import FlowAnswer, flow_answers
from flowforge.orchestrator.matching import Decision, Listeners, Published
from flowforge.orchestrator.run import RunState, state_of

# ran: it has a run. skipped: its run was made and never executed. pending: the event has not been matched yet.
# flow_control: it was taken in by another run, or dropped. published_later: its trigger did not exist yet. other_name: it listens
# to something else. no_run: it should have run, and no run is there (any more).
Why = Literal["ran", "skipped", "pending", "filtered", "filter_failed", "flow_control", "published_later", "other_name", "no_run"]

NEAR = 0.75  # how similar a pattern must be to an event's name to be worth mentioning
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class ListedEvent:
    """An event in a list. `id` is the sender's own id, or `evt_…`, which `event_id` always is."""

    id: str
    event_id: str
    name: str
    received_at: datetime
    runs: list[str]
    test: bool = False


@dataclass(frozen=True)
class EventRun:
    """A run that an event started."""

    id: str
    label: str
    function: str
    state: RunState


@dataclass(frozen=True)
class Answer:
    """Why a function ran for an event, or did not. `trigger` is the one that decided, in words."""

    function: str
    outcome: Why
    reason: str | None
    trigger: str | None
    runs: list[str]


@dataclass(frozen=True)
class EventView:
    """One event: payload, runs, and an answer for each function that is concerned. `reason`: why nothing at all happened."""

    id: str
    event_id: str
    name: str
    data: Any
    received_at: datetime
    runs: list[EventRun]
    functions: list[Answer]
    reason: str | None
    test: bool = False


async def list_events(
    connection: Connection,
    tenant_id: UUID,
    *,
    name: str | None = None,
    since: datetime | None = None,
    test: bool | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> tuple[list[ListedEvent], str | None]:
    """One page of events, newest first, and the cursor of the next page. `name` may hold `*`. Raises InvalidInput for an unknown cursor."""
    before_time, before_id = _read_cursor(cursor) if cursor else (None, None)
    place = {"tenant_id": tenant_id, "since": since, "test": test, "before_time": before_time, "before_id": before_id, "limit": limit + 1}
    if name is None or "*" in name:
        rows = await sql.events_page.fetch(connection, pattern=None if name is None else _like(name), **place)
    else:
        rows = await sql.events_page_of_name.fetch(connection, name=name, **place)
    page = rows[:limit]
    runs: dict[UUID, list[str]] = defaultdict(list)
    for row in await sql.runs_of_events.fetch(connection, tenant_id=tenant_id, event_ids=[row["event_id"] for row in page]):
        runs[row["event_id"]].append(ids.show("run", row["run_id"]))
    listed = [
        ListedEvent(
            event_id_text(row["event_id"], row["key"]),
            ids.show("evt", row["event_id"]),
            row["name"],
            row["received_at"],
            runs[row["event_id"]],
            row["test"],
        )
        for row in page
    ]
    return listed, _cursor(page[-1]) if len(rows) > limit else None


async def find_event(connection: Connection, tenant_id: UUID, text: str, *, function: str | None = None) -> EventView:
    """The event that an id, the sender's own id, or an unambiguous ending names; with `function`, what it did for that one only.

    Raises NotFound, also for a function that nobody has published, or Conflict when the ending is ambiguous.
    """
    event = await _find(connection, tenant_id, text)
    triggers = await sql.published_triggers.fetch(connection, tenant_id=tenant_id)
    runs = await sql.event_runs.fetch(connection, tenant_id=tenant_id, event_id=event["event_id"])
    flow = await flow_answers(connection, tenant_id, event["event_id"])
    answers = answer(event, runs, triggers, flow, asked=function)
    if function is not None:
        answers = [one for one in answers if one.function == function]
        if not answers:
            raise NotFound("function", function, {row["function_id"] for row in triggers})
    return EventView(
        id=event_id_text(event["event_id"], event["key"]),
        event_id=ids.show("evt", event["event_id"]),
        name=event["name"],
        data=json.loads(event["data"]),
        received_at=event["received_at"],
        runs=[EventRun(ids.show("run", r["run_id"]), ids.label(r["run_id"]), r["function_id"], state_of(r)) for r in runs],
        functions=answers,
        reason=_nobody(event, answers, triggers) if function is None else None,
        test=event["test"],
    )


def answer(
    event: Any, runs: Sequence[Any], triggers: Sequence[Published], flow: Mapping[str, FlowAnswer], *, asked: str | None = None
) -> list[Answer]:
    """For each function that the event concerns: did it run, and if not, why. `asked`: this one too, whatever it listens to."""
    made: dict[str, list[Any]] = defaultdict(list)
    for run in runs:
        made[run["function_id"]].append(run)
    listeners = Listeners(row for row in triggers if row["pattern"] is not None)
    decisions = {decision.function_id: decision for decision in listeners.decide(event["name"], stored(event).facts)}
    answers = [_ran(function_id, its_runs, decisions.get(function_id), flow.get(function_id)) for function_id, its_runs in made.items()]
    answers += [_did_not_run(event, one, flow.get(one.function_id)) for one in decisions.values() if one.function_id not in made]
    others: dict[str, list[Published]] = defaultdict(list)
    for row in triggers:
        if row["function_id"] not in made and row["function_id"] not in decisions:
            others[row["function_id"]].append(row)
    answers += [_listens_elsewhere(event, f, rows) for f, rows in others.items() if f == asked or _is_near(event["name"], rows)]
    return sorted(answers, key=lambda one: one.function)


def _ran(function_id: str, runs: Sequence[Any], decision: Decision | None, flow: FlowAnswer | None) -> Answer:
    skipped = all(run["state"] == "skipped" for run in runs)
    reason = json.loads(runs[0]["error"])["message"] if skipped and runs[0]["error"] else flow.reason if flow is not None else None
    matched = decision is not None and decision.outcome == "matched"
    words = decision.trigger["words"] if decision is not None and matched else None
    return Answer(function_id, "skipped" if skipped else "ran", reason, words, [ids.show("run", run["run_id"]) for run in runs])


def _did_not_run(event: Any, decision: Decision, flow: FlowAnswer | None) -> Answer:
    def because(outcome: Why, reason: str | None, runs: Sequence[str] = ()) -> Answer:
        return Answer(decision.function_id, outcome, reason, decision.trigger["words"], list(runs))

    if flow is not None:
        return because("flow_control", flow.reason, [] if flow.run_id is None else [ids.show("run", flow.run_id)])
    if event["undispatched"]:
        return because("pending", "the event is stored and has not been matched with triggers yet")
    if decision.trigger["since"] > event["received_at"]:
        moment = decision.trigger["since"].astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        too = f"; and {decision.reason}" if decision.reason else ""
        return because("published_later", f"this trigger was published at {moment}, after the event{too}")
    if decision.outcome == "matched":
        return because("no_run", "it matches, but no run of it is kept: it was withdrawn for a time, or the run has been deleted")
    return because(decision.outcome, decision.reason)


def _listens_elsewhere(event: Any, function_id: str, rows: Sequence[Published]) -> Answer:
    words = ", ".join(row["words"] for row in rows if row["pattern"] is not None)
    listens = f"it listens to {words}, not to {event['name']}" if words else "it has no trigger: it is started by its id or by step.invoke"
    return Answer(function_id, "other_name", listens, words or None, [])


def _is_near(name: str, rows: Sequence[Published]) -> bool:
    return bool(difflib.get_close_matches(name, [row["pattern"] for row in rows if row["pattern"] is not None], n=1, cutoff=NEAR))


def _nobody(event: Any, answers: Sequence[Answer], triggers: Sequence[Published]) -> str | None:
    if any(one.outcome != "other_name" for one in answers):
        return None
    near = difflib.get_close_matches(event["name"], {row["pattern"] for row in triggers if row["pattern"] is not None}, n=1, cutoff=NEAR)
    return f"no published function listens to {event['name']}" + (f"; one listens to {near[0]}" if near else "")


async def _find(connection: Connection, tenant_id: UUID, text: str) -> Any:
    whole = ids.parse("evt", text)
    event = await sql.event_by_id.fetchrow(connection, tenant_id=tenant_id, event_id=whole) if whole is not None else None
    if event is None:
        event_id = await sql.event_of_key.fetchval(connection, tenant_id=tenant_id, key=text)
        if event_id is None:
            event_id = await _by_ending(connection, tenant_id, text)
        event = await sql.event_by_id.fetchrow(connection, tenant_id=tenant_id, event_id=event_id)
    if event is None:
        raise NotFound("event", text[:80])
    return event


async def _by_ending(connection: Connection, tenant_id: UUID, text: str) -> UUID | None:
    ending = text.removeprefix("evt_").replace("_", "").replace("-", "").lower()
    if not re.fullmatch(r"[0-9a-f]{4,31}", ending):
        return None
    rows = await sql.events_by_ending.fetch(connection, tenant_id=tenant_id, ending=ending)
    if len(rows) > 1:
        named = ", ".join(ids.show("evt", row["event_id"]) for row in rows)
        raise Conflict(f"several events end in {text!r}: {named}", hint="give more digits")
    return rows[0]["event_id"] if rows else None


def _like(name: str) -> str:
    return re.sub(r"([%_\\])", r"\\\1", name).replace("*", "%")


def _cursor(row: Any) -> str:
    microseconds = (row["received_at"] - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(microseconds.to_bytes(8, "big", signed=True) + row["event_id"].bytes).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        place = base64.urlsafe_b64decode(cursor)
        return _EPOCH + timedelta(microseconds=int.from_bytes(place[:8], "big", signed=True)), UUID(bytes=place[8:])
    except (ValueError, OverflowError):
        raise InvalidInput("this cursor is not one that was handed out", pointer="/cursor") from None
