"""The checker: a pure function from evidence to violations, one small function for each invariant.

| I1  | an accepted event has exactly the runs that its triggers name; an unknown one all or none; a refused one none |
| I2  | one key, any number of sends: one event, one answer |
| I3  | no run, step or effect without an event that somebody sent |
| I4  | once the faults are healed every run has ended or waits for something that has a name |
| I5  | a completed run's steps are completed; a stored value is one that a body returned |
| I6  | no body begins after its checkpoint; a repeat has a dead, frozen, stopped or cut-off worker before it, one each |
| I7  | a step begins only after the checkpoints that it depends on |
| I8  | a write with an old fence changes nothing |
| I9  | a durable sleep never ends early, and late by no more than it takes to find the dead |
| I14 | a limit is never exceeded, also while its holders die |
| I17 | after SIGTERM nothing is claimed, bodies get their grace, the process ends with 0, and what ended is not repeated |
"""

from __future__ import annotations

import signal
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise

from tests.chaos.evidence import FINAL_STATES, Evidence, Limit, RunRow
from tests.chaos.recording import Record

SIGTERM_CLAIM_SECONDS = 1.0
EARLY_SECONDS = 0.005  # the database's clock may be slewed against the monotonic one

Check = Callable[[Evidence], Iterator[str]]


def check(evidence: Evidence) -> list[str]:
    """Every violation, each with the name of its invariant."""
    return [f"{name}: {found}" for name, invariant in INVARIANTS.items() for found in invariant(evidence)]


def i1_accepted_events_have_their_runs(e: Evidence) -> Iterator[str]:
    events = {event.key: event for event in e.final.events if event.key is not None}
    names = {record["key"]: record["name"] for _, record in e.of("send")}
    for key, answers in e.answers.items():
        told = {answer["what"] for answer in answers} or {"unknown"}
        event = events.get(key)
        runs = sorted(run.function_id for run in e.runs_of_event[event.event_id]) if event and event.event_id in e.runs_of_event else []
        wanted = sorted(e.expected.triggers.get(names[key], ()))
        if "accepted" in told:
            if event is None:
                yield f"{key} was accepted and is gone"
            elif runs != wanted:
                yield f"{key} was accepted and has the runs {runs} instead of {wanted}"
        elif told == {"refused"}:
            if event is not None or runs:
                yield f"{key} was refused and is there, with the runs {runs}"
        elif event is not None and runs != wanted:
            yield f"{key} is of unknown outcome and has the runs {runs} instead of all ({wanted}) or none"


def i2_a_key_is_one_event_with_one_answer(e: Evidence) -> Iterator[str]:
    for key, n in Counter(event.key for event in e.final.events if event.key is not None).items():
        if n > 1:
            yield f"{key} is {n} events"
    events = {event.key: event.event_id for event in e.final.events}
    for key, answers in e.answers.items():
        event_id = events.get(key)
        runs = {run.run_id for run in e.runs_of_event[event_id]} if event_id in e.runs_of_event else set()
        named = [frozenset(answer["runs"]) for answer in answers if answer["what"] == "accepted"]
        if any(not run_ids <= runs for run_ids in named):
            yield f"an answer to {key} named runs that are not its own"
        if len({run_ids for run_ids in named if run_ids}) > 1:
            yield f"{key} was answered in {len({run_ids for run_ids in named if run_ids})} ways"
        if sum(not answer["duplicate"] for answer in answers if answer["what"] == "accepted") > 1:
            yield f"{key} was new more than once"


def i3_nothing_comes_from_nothing(e: Evidence) -> Iterator[str]:
    events = {event.event_id: event for event in e.final.events}
    for event in events.values():
        if event.key is not None and event.key not in e.answers:
            yield f"the event {event.key} was never sent"
        if event.key is None and (not isinstance(event.data, dict) or event.data.get("from") not in e.runs):
            yield f"the event {event.event_id} ({event.name}) came from nobody"
    for run in e.final.runs:
        if run.event_id is None and run.parent_run_id not in e.runs:
            yield f"the run {run.run_id} ({run.function_id}) has neither an event nor a parent"
        elif run.event_id is not None and run.event_id not in events:
            yield f"the run {run.run_id} has an event that does not exist"
    for (parent, key), n in Counter((run.parent_run_id, run.parent_key) for run in e.final.runs if run.parent_run_id).items():
        if n > 1:
            yield f"step {key} of {parent} has {n} children"
    for _, record in e.of("begin", "effect"):
        if record["run"] not in e.runs:
            yield f"a body of {record['run']} ran, a run that does not exist"
    for key, n in Counter(record["key"] for _, record in e.of("effect") if record["fresh"]).items():
        if n > 1:
            yield f"the ledger took the effect {key} {n} times"


def i4_every_run_ends_or_waits_for_something_named(e: Evidence) -> Iterator[str]:
    owners = {owner.run_id: owner for owner in e.final.owners}
    if e.final.undispatched:
        yield f"{e.final.undispatched} events or ended children were never acted on"
    for run in e.final.runs:
        owner = owners.get(run.run_id)
        if run.state in FINAL_STATES:
            if owner is not None:
                yield f"{run.run_id} has ended and is still owned ({owner.state})"
        elif owner is None:
            yield f"{run.run_id} ({run.function_id}) is open and owned by nobody"
        elif run.function_id not in e.expected.may_wait:
            why = owner.waits_for or owner.reason or "nothing"
            yield f"{run.run_id} ({run.function_id}) never ended: {owner.state}{owner.parked_for or ''}, waits for {why}"
        elif owner.state != "p" or not _has_a_name(owner.waits_for, owner.overdue_seconds):
            yield f"{run.run_id} ({run.function_id}) waits for nothing that has a name ({owner.state}{owner.parked_for or ''})"
    for run_id in owners.keys() - e.runs.keys():
        yield f"{run_id} is owned and does not exist"


def _has_a_name(waits_for: str | None, overdue_seconds: float | None) -> bool:
    return waits_for is not None or (overdue_seconds is not None and overdue_seconds < 0)


def i5_stored_values_are_what_bodies_returned(e: Evidence) -> Iterator[str]:
    for step in e.final.steps:
        run = e.runs.get(step.run_id)
        if run is not None and run.state == "completed" and step.state < 2:
            yield f"{step.run_id} has completed, but its step {step.key} has not"
        if step.token is None:
            continue
        made = e.returned.get(step.token)
        if made is None:
            yield f"{step.key} of {step.run_id} holds a value that no body returned"
        elif (made["run"], made["step"], made["size"]) != (step.run_id, step.key, step.size):
            yield f"{step.key} of {step.run_id} holds what {made['step']} of {made['run']} returned"
    for run in e.final.runs:
        if run.state == "failed":
            yield f"{run.run_id} ({run.function_id}) has failed, which this workload never does: {run.error}"
        for token in _tokens(run):
            step = e.steps.get((run.run_id, e.returned[token]["step"])) if token in e.returned else None
            if step is None or step.token != token:
                yield f"the output of {run.run_id} was made of a value that is not stored"


def _tokens(run: RunRow) -> list[str]:
    return list(run.output.get("tokens", ())) if isinstance(run.output, dict) else []


def i6_no_body_begins_after_its_checkpoint(e: Evidence) -> Iterator[str]:
    stored: dict[tuple[str, str], int] = {}
    for place, record in e.of("got", "stored"):
        stored.setdefault((record["run"], record["step"]), place)
    for body, begins in e.begins.items():
        checkpoint = stored.get((body.run, body.step))
        for place, record in begins:
            if checkpoint is not None and place > checkpoint:
                yield f"{body.step} of {body.run} began again in {record['pid']} after its checkpoint"
        for (at, one), (later, other) in pairwise(begins):
            if not _ended_between(e, one["pid"], at, later):
                yield f"{body.step} of {body.run} ran in {one['pid']} and again in {other['pid']}, and nothing had happened between"


def _ended_between(e: Evidence, pid: int, after: int, before: int) -> bool:
    """Was that process killed, frozen, stopped or cut off between the two? (One cut off before may be found dead only now.)"""
    return any(place < before and (place > after or end["what"] == "cut_off") for place, end in e.ends_of_process.get(pid, ()))


def repeats(e: Evidence) -> list[int]:
    """How many bodies were repeated because of each kill, freeze or stop: at most those that were in flight in that process."""
    caused: Counter[int] = Counter()
    for begins in e.begins.values():
        for (at, one), (later, _) in pairwise(begins):
            causes = [place for place, _ in e.ends_of_process.get(one["pid"], ()) if at < place < later]
            caused[causes[0] if causes else -1] += 1
    return [caused[place] for ends in e.ends_of_process.values() for place, _ in ends]


def i7_steps_begin_after_what_they_depend_on(e: Evidence) -> Iterator[str]:
    for _, record in e.of("begin"):
        for token in record["needs"]:
            made = e.returned.get(token)
            step = e.steps.get((made["run"], made["step"])) if made is not None else None
            if step is None or step.token != token:
                yield f"{record['step']} of {record['run']} began with a value that was never checkpointed"


def i8_an_old_fence_changes_nothing(e: Evidence) -> Iterator[str]:
    newest: dict[tuple[str, str], int] = defaultdict(int)
    for _, record in e.of("begin"):
        place = record["run"], record["step"]
        newest[place] = max(newest[place], record["fence"])
    for step in e.final.steps:
        made = e.returned.get(step.token) if step.token is not None else None
        if made is not None and made["fence"] < newest[step.run_id, step.key]:
            yield f"{step.key} of {step.run_id} was stored under fence {made['fence']} after {newest[step.run_id, step.key]} had begun it"
    entered: dict[str, int] = defaultdict(int)
    for _, record in e.of("enter"):
        entered[record["run"]] = max(entered[record["run"]], record["fence"])
    for run in e.final.runs:
        fence = run.output.get("fence") if isinstance(run.output, dict) else None
        if fence is not None and fence < entered[run.run_id]:
            yield f"{run.run_id} was ended under fence {fence} after {entered[run.run_id]} had begun"


def i9_sleep_never_ends_early(e: Evidence) -> Iterator[str]:
    began: dict[tuple[str, str], Record] = {}
    woke: dict[tuple[str, str], Record] = {}
    for _, record in e.of("sleep"):
        began.setdefault((record["run"], record["name"]), record)
    for _, record in e.of("woke"):
        woke.setdefault((record["run"], record["name"]), record)
    trouble = [record["t"] for _, record in e.of("fault", "died", "freeze", "thaw", "stop", "cut_off", "healed", "resumed")]
    for place, end in woke.items():
        begin = began[place]
        due = begin["t"] + begin["seconds"]
        if end["t"] < due - EARLY_SECONDS:
            yield f"{place[1]} of {place[0]} ended {due - end['t']:.3f} s early"
        last = max((t for t in trouble if t <= end["t"]), default=due)
        late = end["t"] - max(due, last)
        if late > e.expected.late_seconds:
            yield f"{place[1]} of {place[0]} ended {late:.1f} s late"


def i14_limits_hold(e: Evidence) -> Iterator[str]:
    for limit in e.expected.limits:
        yield from _check_limit(e, limit)


def _check_limit(e: Evidence, limit: Limit) -> Iterator[str]:
    """A run holds a slot while a body of it is in flight, or until its process is dead, frozen or cut off: then it has no lease."""
    bodies: dict[str, set[tuple[str, int, str]]] = defaultdict(set)  # of each key: (run, process, step)
    for _, record in e.of("begin", "return", "raise", "died", "freeze", "cut_off"):
        if "whom" in record:
            for held in bodies.values():
                held -= {body for body in held if body[1] == record["whom"]}
        elif record["function"] == limit.function:
            held, body = bodies[limit.key(record)], (record["run"], record["pid"], record["step"])
            if record["what"] != "begin":
                held.discard(body)
                continue
            held.add(body)
            if (n := len({run for run, _, _ in held})) > limit.limit:
                yield f"{n} runs of {limit.function} at once for {limit.key(record)!r}, the limit is {limit.limit}"


def i17_sigterm_drains(e: Evidence) -> Iterator[str]:
    armed = {record["whom"] for _, record in e.of("born") if record["crash"]}
    for place, asked in e.of("stop"):
        pid = asked["whom"]
        later = [record for record in e.records[place:] if record["pid"] == pid]
        died = next((record for record in e.records[place:] if record["what"] == "died" and record["whom"] == pid), None)
        if died is None:
            yield f"{pid} was asked to stop and goes on"
            continue
        killed = any(record["what"] == "kill" and record["whom"] == pid for record in e.records[place:])
        if killed or (pid in armed and died["code"] == -signal.SIGKILL):  # it came by its crash point while it stopped
            continue
        if died["code"] != 0:
            yield f"{pid} was asked to stop and ended with {died['code']}"
        if died["t"] - asked["t"] > e.expected.grace_seconds + 10:
            yield f"{pid} took {died['t'] - asked['t']:.1f} s to stop"
        for record in later:
            if record["what"] == "enter" and record["t"] > asked["t"] + SIGTERM_CLAIM_SECONDS:
                yield f"{pid} began {record['run']} {record['t'] - asked['t']:.1f} s after it was asked to stop"
        ended = {(r["run"], r["step"], r["attempt"]): r for r in later if r["what"] == "return"}
        for body, begins in e.begins.items():
            if body in ended and len([b for _, b in begins if b["t"] > ended[body]["t"]]) > 0:
                yield f"{body.step} of {body.run} ended within the grace of {pid} and was repeated"


INVARIANTS: dict[str, Check] = {
    "I1": i1_accepted_events_have_their_runs,
    "I2": i2_a_key_is_one_event_with_one_answer,
    "I3": i3_nothing_comes_from_nothing,
    "I4": i4_every_run_ends_or_waits_for_something_named,
    "I5": i5_stored_values_are_what_bodies_returned,
    "I6": i6_no_body_begins_after_its_checkpoint,
    "I7": i7_steps_begin_after_what_they_depend_on,
    "I8": i8_an_old_fence_changes_nothing,
    "I9": i9_sleep_never_ends_early,
    "I14": i14_limits_hold,
    "I17": i17_sigterm_drains,
}
