"""The crew's checker catches a planted violation of each invariant, and finds none where all is as it should be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from flowforge.board.activity import Activity
from flowforge.board.replay import CardState, ToldCard
from tests.chaos.crew.cards import EFFECTS, TITLES
from tests.chaos.crew.checker import HELD_BYTES_MAX, INVARIANTS, check
from tests.chaos.crew.evidence import Answered, CardRow, DecidedRow, Effect, Evidence, Followed, RunRow, Shown, Stalled, UsageRow
from tests.chaos.crew.readers import Got
from tests.testing.test_approval_checker import approval
from tests.testing.test_approval_checker import vote as vote_of

COST = Decimal("0.01")
MODEL = "gpt-4o"


def card(number: int, title: str) -> CardRow:
    history = (entry("created", title=title, column_id="col_1"), entry("moved", to="Done", column_id="col_5"))
    told = ToldCard(f"FF-{number}", CardState(title=title, column_id="col_5"), history, {})
    return CardRow(title, "FF", number, "Done", True, f"i{number:07d}", 1, told)


def entry(action: Any, **detail: Any) -> Activity:
    return Activity(UUID(int=1), "person", "mira", action, detail, datetime(2026, 11, 23, tzinfo=UTC))


def call(title: str, n: int = 0, **changes: Any) -> UsageRow:
    return replace(UsageRow(title, "atlas", f"run of {title}", "turn:1", MODEL, "answered", (100 + n, 20), COST), **changes)


CARDS = tuple(card(number, title) for number, title in enumerate(sorted(TITLES), start=1))
RUNS = tuple(RunRow(f"run of {title}", title, "atlas", "completed", f"{title} is done") for title in sorted(TITLES))
DONE = tuple(Effect(f"key {n}", *effect) for n, effect in enumerate(sorted(EFFECTS)))
DECIDED = (
    DecidedRow("qst_1", "answered", "jonas"),
    *(
        DecidedRow(f"apr_{one.key}", "approved", "mira", one.tool, {"order": one.order, "amount": one.amount})
        for one in DONE
        if one.tool in ("refund", "wire")
    ),
)
RECORDS = [
    {"what": "answered", "who": "jonas", "about": "qst_1", "status": 200},
    {"what": "lost", "who": "mira", "about": "qst_1", "status": 409, "winner": "jonas"},
    *({"what": "decided", "who": "mira", "about": one.id, "state": "approved"} for one in DECIDED[1:]),
]
USAGE = tuple(call(title, n) for n, title in enumerate(sorted(TITLES)))
FRAMES = tuple(Got(seq, name, "d") for seq, name in enumerate(["run.queued", "run.started", "message.completed", "run.completed"], start=1))
SUMS = dict.fromkeys(sorted(TITLES), COST)
WHOLE = Evidence(
    records=RECORDS,
    cards=CARDS,
    next_numbers={"FF": 41},
    runs=RUNS,
    decided=DECIDED,
    effects=DONE,
    turns=tuple((row.run, row.step) for row in USAGE),
    usage=USAGE,
    answered=tuple(Answered(row.title, MODEL, 1, row.tokens) for row in USAGE),
    shown=Shown(SUMS, SUMS, {f"run of {title}": COST for title in TITLES}, {"atlas": 40 * COST}, 40 * COST, 40 * COST),
    followed=(Followed("run run_1", FRAMES, FRAMES),),
    stalled=(Stalled(10, 50_000_000, 300_000),),
)
FIRST = CARDS[0]
SEEN = WHOLE.followed[0]
PAID = next(one for one in DONE if one.tool == "refund")
assert WHOLE.shown is not None


def with_card(**changes: Any) -> Evidence:
    return replace(WHOLE, cards=(replace(FIRST, **changes), *CARDS[1:]))


def with_run(**changes: Any) -> Evidence:
    return replace(WHOLE, runs=(replace(RUNS[0], **changes), *RUNS[1:]))


def with_usage(*rows: UsageRow) -> Evidence:
    return replace(WHOLE, usage=(*rows, *USAGE[1:]))


def with_reader(*frames: Got) -> Evidence:
    return replace(WHOLE, followed=(replace(SEEN, got=frames),))


def with_record(**record: Any) -> Evidence:
    return replace(WHOLE, records=[*RECORDS, record])


def without(about: str) -> Evidence:
    return replace(WHOLE, records=[record for record in RECORDS if record["about"] != about])


def shown(**changes: Any) -> Evidence:
    assert WHOLE.shown is not None
    return replace(WHOLE, shown=replace(WHOLE.shown, **changes))


MOVED = replace(FIRST.told, is_now=replace(FIRST.told.is_now, column_id="col_2"))
MADE_AGAIN = replace(FIRST.told, history=(FIRST.told.history[0], *FIRST.told.history))

PLANTED: list[tuple[str, str, Evidence]] = [
    ("done", "a card that is not done", with_card(column="Doing")),
    ("done", "a card too few", replace(WHOLE, cards=CARDS[1:])),
    ("done", "a card that was made twice", replace(WHOLE, cards=(*CARDS, card(41, FIRST.title)))),
    ("done", "a run that failed", with_run(state="failed")),
    ("done", "a run that is owned", replace(WHOLE, owned=1)),
    ("done", "work that came to nothing", with_run(result="it came to nothing")),
    ("once", "an effect too few", replace(WHOLE, effects=DONE[1:])),
    ("once", "an effect twice, under two keys", replace(WHOLE, effects=(*DONE, replace(DONE[0], key="another")))),
    ("once", "an effect of another amount", replace(WHOLE, effects=(replace(DONE[0], amount=9999), *DONE[1:]))),
    ("I10", "two who were told that they decided", with_record(what="decided", who="mira", about=DECIDED[1].id)),
    ("I10", "one who was told, and another decided", with_record(what="answered", who="mira", about="qst_1")),
    ("I10", "one who was told, and nobody decided", replace(WHOLE, decided=(replace(DECIDED[0], by=None), *DECIDED[1:]))),
    ("I10", "a loser who is told another winner", with_record(what="lost", who="jonas", about=DECIDED[1].id, status=409, winner="jonas")),
    ("I10", "a loser who is told no winner", with_record(what="lost", who="jonas", about=DECIDED[1].id, status=409, winner=None)),
    ("I10", "a decision of which nobody was told", without(DECIDED[1].id)),
    ("I10", "an effect of a call that was denied", replace(WHOLE, decided=(DECIDED[0], replace(DECIDED[1], state="denied"), *DECIDED[2:]))),
    ("I10", "an effect that was not approved", replace(WHOLE, decided=DECIDED[:-1], records=without(DECIDED[-1].id).records)),
    ("I10", "two effects of one approval", replace(WHOLE, effects=(*DONE, replace(PAID, key="another")))),
    (
        "I10",
        "a promise of the review queue that does not hold",
        replace(WHOLE, approvals=replace(WHOLE.approvals, approvals=(approval(decisions=2),), votes=(vote_of("ann"), vote_of("bob")))),
    ),
    ("I11", "a call that is counted twice", with_usage(USAGE[0], USAGE[0])),
    ("I11", "a call that is not counted", with_usage()),
    ("I11", "a call with other tokens", with_usage(replace(USAGE[0], tokens=(1, 1)))),
    ("I11", "a call that nobody answered", replace(WHOLE, answered=WHOLE.answered[1:])),
    ("I11", "an answer that was lost without a word", replace(WHOLE, answered=(WHOLE.answered[0], *WHOLE.answered))),
    ("I11", "a call of a step that was never checkpointed", replace(WHOLE, turns=WHOLE.turns[1:])),
    ("I11", "a card that shows another sum", shown(cards={**SUMS, FIRST.title: 2 * COST})),
    ("I11", "a card that shows nothing", shown(cards={title: COST for title in SUMS if title != FIRST.title})),
    ("I11", "trees that are not the whole", shown(trees={**SUMS, FIRST.title: 2 * COST})),
    ("I11", "a run that shows another sum", shown(runs={f"run of {title}": 2 * COST for title in TITLES})),
    ("I11", "an agent that shows another sum", shown(agents={"atlas": 39 * COST, "iris": COST})),
    ("I11", "a report that is not the whole", shown(report=COST)),
    ("I11", "a budget that is not the whole", shown(budget=41 * COST)),
    ("I11", "a call in doubt that is not shown", with_usage(USAGE[0], replace(USAGE[0], outcome="unknown", cost=None))),
    ("I12", "a number that two cards have", with_card(number=2)),
    ("I12", "a number that was used up by nothing", replace(WHOLE, next_numbers={"FF": 42})),
    ("I12", "a number that is given again", replace(WHOLE, next_numbers={"FF": 40})),
    ("I12", "a card that the audit log has made twice", with_card(made=2)),
    ("I12", "a card that its history has made twice", with_card(told=MADE_AGAIN)),
    ("I12", "a card in a column of another board", with_card(column_of_board=False)),
    ("I12", "two cards at one place", with_card(position=CARDS[1].position)),
    ("I12", "a card that stands elsewhere than its history says", with_card(told=MOVED)),
    ("I12", "a history that lost an entry", with_card(told=replace(FIRST.told, history=FIRST.told.history[:1]))),
    ("I13", "a frame twice", with_reader(*FRAMES[:2], *FRAMES[1:])),
    ("I13", "a frame out of order", with_reader(FRAMES[1], FRAMES[0], *FRAMES[2:])),
    ("I13", "a frame that never came", with_reader(FRAMES[0], *FRAMES[2:])),
    ("I13", "an end that never came", with_reader(*FRAMES[:-1])),
    ("I13", "a frame that is not stored", with_reader(*FRAMES, Got(9, "log", "d"))),
    ("I13", "a frame with other words", with_reader(replace(FRAMES[0], digest="x"), *FRAMES[1:])),
    ("I13", "a reader who has to begin anew", replace(WHOLE, followed=(replace(SEEN, resets=1),))),
    ("I13", "a reader who stalls and is given memory", replace(WHOLE, stalled=(Stalled(10, 50_000_000, HELD_BYTES_MAX + 1),))),
]


def test_a_board_without_fault_has_no_violation():
    assert check(WHOLE) == []


def test_what_may_be_is_no_violation():
    doubtful = replace(USAGE[0], outcome="unknown", cost=None, tokens=(0, 0))
    assert WHOLE.shown is not None
    lost = replace(
        with_usage(USAGE[0], doubtful),
        answered=(WHOLE.answered[0], *WHOLE.answered),
        shown=replace(WHOLE.shown, unknown_calls=1),
    )
    assert check(lost) == []  # it was answered, and its worker died before it had the answer
    delta = Got(10, "message.delta", "d")
    assert check(with_reader(*FRAMES, delta)) == []  # it was dropped when the message was complete
    by_mira = replace(DECIDED[1], by="mira")
    retried = [record for record in RECORDS if record["about"] != by_mira.id]
    retried.append({"what": "lost", "who": "mira", "about": by_mira.id, "status": 409, "winner": "mira"})
    assert check(replace(WHOLE, records=retried)) == []  # the server died between her decision and its answer
    assert check(replace(WHOLE, effects=(replace(DONE[0], asked=3), *DONE[1:]))) == []  # the books honour the key


@pytest.mark.parametrize(("invariant", "evidence"), [pytest.param(i, e, id=f"{i} {name}") for i, name, e in PLANTED])
def test_a_planted_violation_is_caught(invariant: str, evidence: Evidence):
    assert [found for found in check(evidence) if found.startswith(f"{invariant}:")], check(evidence)


def test_every_invariant_has_a_planted_violation():
    assert {invariant for invariant, *_ in PLANTED} == set(INVARIANTS)
