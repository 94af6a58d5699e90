"""The checker catches a planted violation of each invariant, and finds none in a recording that is as it should be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.chaos import checker
from tests.chaos.evidence import EventRow, Evidence, Expected, Final, Limit, OwnerRow, RunRow, StepRow
from tests.chaos.recording import Record

EXPECTED = Expected({"e": ("f",)}, (Limit("f", 1),))

STORY: list[Record] = [
    {"what": "send", "key": "k", "name": "e", "pid": 9},
    {"what": "accepted", "key": "k", "runs": ["r"], "duplicate": False, "pid": 9},
    {"what": "send", "key": "k", "name": "e", "pid": 8},
    {"what": "accepted", "key": "k", "runs": ["r"], "duplicate": True, "pid": 8},
    {"what": "enter", "run": "r", "fence": 1, "function": "f", "pid": 1},
    {"what": "begin", "run": "r", "step": "a", "attempt": 1, "fence": 1, "function": "f", "needs": [], "pid": 1},
    {"what": "died", "whom": 1, "code": -9, "pid": 0},
    {"what": "enter", "run": "r", "fence": 2, "function": "f", "pid": 2},
    {"what": "begin", "run": "r", "step": "a", "attempt": 1, "fence": 2, "function": "f", "needs": [], "pid": 2},
    {"what": "return", "run": "r", "step": "a", "attempt": 1, "fence": 2, "function": "f", "token": "A", "size": 0, "pid": 2},
    {"what": "got", "run": "r", "step": "a", "token": "A", "pid": 2},
    {"what": "sleep", "run": "r", "name": "nap", "seconds": 5.0, "pid": 2},
    {"what": "woke", "run": "r", "name": "nap", "pid": 2},
    {"what": "begin", "run": "r", "step": "b", "attempt": 1, "fence": 2, "function": "f", "needs": ["A"], "pid": 2},
    {"what": "effect", "run": "r", "step": "b", "key": "r:b", "fresh": True, "function": "f", "pid": 2},
    {"what": "return", "run": "r", "step": "b", "attempt": 1, "fence": 2, "function": "f", "token": "B", "size": 7, "pid": 2},
    {"what": "got", "run": "r", "step": "b", "token": "B", "pid": 2},
    {"what": "leave", "run": "r", "fence": 2, "function": "f", "pid": 2},
    {"what": "stop", "whom": 2, "pid": 0},
    {"what": "died", "whom": 2, "code": 0, "pid": 0},
]
AT = {"woke": 5.02, "stop": 30.0, "died": 31.0}

FINAL = Final(
    events=(EventRow("event", "k", "e", {}),),
    runs=(RunRow("r", "f", "event", "completed", output={"fence": 2, "tokens": ["A", "B"]}),),
    steps=(StepRow("r", "a", "run", 2, "A"), StepRow("r", "b", "run", 2, "B", 7)),
)


def story(*, without: str = "", **changes: dict[str, Any]) -> list[Record]:
    """The story, told in seconds; `without` leaves records of a kind out, `begin_8={…}` changes the one at that place."""
    told, now = [], 0.0
    for place, record in enumerate(STORY):
        if record["what"] == "woke":
            now += AT["woke"]
        elif record["what"] == "stop":
            now = AT["stop"]
        now += 0.001
        changed = {"t": now, **record, **changes.get(f"{record['what']}_{place}", {})}
        if changed["what"] != without:
            told.append(changed)
    return told


def plus(*records: Record) -> list[Record]:
    told = story()
    return [*told, *({"t": told[-1]["t"] + 1, "pid": 2, "function": "f", **record} for record in records)]


def run(**changes: Any) -> Final:
    return replace(FINAL, runs=(replace(FINAL.runs[0], **changes),))


BEGIN = {"what": "begin", "run": "r", "step": "a", "attempt": 1, "fence": 2, "needs": []}
CHILD = RunRow("c", "f", None, "completed", parent_run_id="r", parent_key="x")
OTHER_RUN = RunRow("r2", "f", "event", "completed")

PLANTED: list[tuple[str, str, list[Record], Final]] = [
    ("I1", "an accepted event is gone", story(), replace(FINAL, events=(), runs=(), steps=())),
    ("I1", "an accepted event has no run", story(), replace(FINAL, runs=(), steps=())),
    ("I1", "an accepted event has two runs", story(), replace(FINAL, runs=(*FINAL.runs, OTHER_RUN))),
    ("I1", "a refused event has a run", story(accepted_1={"what": "refused"}, accepted_3={"what": "refused"}), FINAL),
    (
        "I1",
        "an event of unknown outcome has some of its runs",
        story(accepted_1={"what": "unknown"}, accepted_3={"what": "unknown"}),
        replace(FINAL, runs=(*FINAL.runs, OTHER_RUN)),
    ),
    ("I2", "a key is two events", story(), replace(FINAL, events=(*FINAL.events, EventRow("event2", "k", "e")))),
    ("I2", "a key is answered with another's run", story(accepted_3={"runs": ["r9"]}), FINAL),
    ("I2", "a key is new twice", story(accepted_3={"duplicate": False}), FINAL),
    ("I3", "an event that nobody sent", story(), replace(FINAL, events=(*FINAL.events, EventRow("event2", "k2", "e")))),
    ("I3", "an event without a key from no run", story(), replace(FINAL, events=(*FINAL.events, EventRow("event2", None, "e", {})))),
    ("I3", "a run without an event", story(), run(event_id=None)),
    ("I3", "a run whose event does not exist", story(), replace(FINAL, runs=(*FINAL.runs, replace(OTHER_RUN, event_id="event9")))),
    ("I3", "a body of a run that does not exist", plus({**BEGIN, "run": "r9"}), FINAL),
    ("I3", "an invoke with two children", story(), replace(FINAL, runs=(*FINAL.runs, CHILD, replace(CHILD, run_id="c2")))),
    ("I3", "an effect that the ledger took twice", plus({"what": "effect", "run": "r", "step": "b", "key": "r:b", "fresh": True}), FINAL),
    ("I4", "an open run that nobody owns", story(), run(state="open", output=None)),
    ("I4", "a run that is ready and stays so", story(), replace(run(state="open", output=None), owners=(OwnerRow("r", "r"),))),
    ("I4", "an ended run that is owned", story(), replace(FINAL, owners=(OwnerRow("r", "l"),))),
    ("I4", "an event that was never acted on", story(), replace(FINAL, undispatched=1)),
    ("I5", "a stored value that no body returned", story(), replace(FINAL, steps=(StepRow("r", "a", "run", 2, "Z"), FINAL.steps[1]))),
    ("I5", "a stored value of another step", story(), replace(FINAL, steps=(StepRow("r", "a", "run", 2, "B", 7), FINAL.steps[1]))),
    ("I5", "a stored value that was cut short", story(), replace(FINAL, steps=(FINAL.steps[0], StepRow("r", "b", "run", 2, "B", 6)))),
    ("I5", "a completed run with an open step", story(), replace(FINAL, steps=(*FINAL.steps, StepRow("r", "c", "run", 1)))),
    ("I5", "a run that failed", story(), run(state="failed", output=None)),
    ("I6", "a body that begins after its checkpoint", plus(BEGIN), FINAL),
    ("I6", "a repeat without a kill", story(died_6={"whom": 7}), FINAL),
    ("I6", "two repeats of one kill", [*story()[:9], {**story()[8], "pid": 3}, *story()[9:]], FINAL),
    ("I7", "a step that begins before what it depends on is stored", story(), replace(FINAL, steps=(FINAL.steps[1],))),
    ("I7", "a step that is given what was never made", story(begin_13={"needs": ["Z"]}), FINAL),
    ("I8", "a checkpoint under an old fence", story(return_9={"fence": 1}), FINAL),
    ("I8", "an end under an old fence", story(), run(output={"fence": 1, "tokens": ["A", "B"]})),
    ("I9", "a sleep that ends early", story(sleep_11={"seconds": 5.2}), FINAL),
    ("I9", "a sleep that ends late", story(woke_12={"t": 150.0}), FINAL),
    (
        "I14",
        "two at once where one may be",
        [*story()[:9], {**story()[8], "run": "r2", "pid": 3}, *story()[9:]],
        replace(FINAL, runs=(*FINAL.runs, replace(CHILD, run_id="r2"))),
    ),
    ("I17", "a process that goes on after SIGTERM", story()[:-1], FINAL),
    ("I17", "a process that ends with an error", story(died_19={"code": 1}), FINAL),
    ("I17", "a process that is killed by nobody", story(died_19={"code": -9}), FINAL),
    ("I17", "a process that takes too long", story(died_19={"t": 99.0}), FINAL),
    ("I17", "a claim after SIGTERM", [*story()[:-1], {**story()[4], "pid": 2, "t": 31.5}, story()[-1]], FINAL),
    (
        "I17",
        "a repeat of what ended in grace",
        [*story()[:-1], {**story()[15], "t": 30.1}, {**BEGIN, "step": "b", "function": "f", "t": 33, "pid": 3}, story()[-1]],
        FINAL,
    ),
]


def test_a_story_without_fault_has_no_violation():
    assert checker.check(Evidence(story(), FINAL, EXPECTED)) == []


@pytest.mark.parametrize(("invariant", "records", "final"), [pytest.param(i, r, f, id=f"{i} {name}") for i, name, r, f in PLANTED])
def test_a_planted_violation_is_caught(invariant, records, final):
    assert [found for found in checker.check(Evidence(records, final, EXPECTED)) if found.startswith(f"{invariant}:")]


def test_a_process_may_die_at_its_crash_point_while_it_stops():
    born = {"what": "born", "whom": 2, "role": "worker", "crash": "run.before_suspend:2", "pid": 0, "t": 0.0}
    assert checker.check(Evidence([born, *story(died_19={"code": -9})], FINAL, EXPECTED)) == []


def test_every_invariant_has_a_planted_violation():
    assert {invariant for invariant, *_ in PLANTED} == set(checker.INVARIANTS)


@pytest.mark.parametrize(
    "state", [OwnerRow("r", "p", "s", -3.0), OwnerRow("r", "p", "w", None, "event"), OwnerRow("r", "p", "w", None, "approval")]
)
def test_a_run_may_wait_for_what_has_a_name(state):
    waiting = replace(run(state="open", output=None), owners=(state,))
    assert checker.check(Evidence(story(), waiting, replace(EXPECTED, may_wait=frozenset({"f"})))) == []


@pytest.mark.parametrize("state", [OwnerRow("r", "r"), OwnerRow("r", "l"), OwnerRow("r", "p", "w"), OwnerRow("r", "p", "s", 4.0)])
def test_a_run_may_not_wait_for_nothing(state):
    stuck = replace(run(state="open", output=None), owners=(state,))
    found = checker.check(Evidence(story(), stuck, replace(EXPECTED, may_wait=frozenset({"f"}))))
    assert [violation for violation in found if violation.startswith("I4")]


def test_repeats_are_counted_for_each_kill():
    assert checker.repeats(Evidence(story(), FINAL, EXPECTED)) == [1, 0, 0]


@pytest.mark.parametrize("freed", ["died", "freeze", "cut_off"])
def test_a_slot_comes_back_with_its_holders_end(freed: str):
    first, second = ({**story()[5], "run": run, "pid": pid} for run, pid in (("r1", 1), ("r2", 2)))
    records = [first, {"t": 1.0, "what": freed, "whom": 1, "pid": 0}, second]
    assert list(checker.i14_limits_hold(Evidence(records, FINAL, EXPECTED))) == []
    assert list(checker.i14_limits_hold(Evidence([records[0], records[2]], FINAL, EXPECTED))) != []


def test_a_limit_has_keys_and_runs_not_bodies():
    by_run = Expected(limits=(Limit("f", 1, key=lambda record: str(record["pid"])),))
    at_once = [{**story()[5], "pid": pid, "run": run, "step": step} for pid, run, step in [(1, "r1", "a"), (1, "r1", "b"), (2, "r2", "a")]]
    assert list(checker.i14_limits_hold(Evidence(at_once, FINAL, by_run))) == []
