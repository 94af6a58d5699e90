"""The checker of a crew's trial: a pure function from evidence to violations, one small function for each invariant.

| done | every card is done, every run has completed with what was wanted, and nothing is owned any more |
| once | the world outside has seen each effect that was wanted once, and no other |
| I10  | an approval or a question is decided once; the loser was told who won; what was denied or never approved has no effect |
| I11  | the ledger of model calls is what the provider answered, each once; every sum that is shown is the sum of its rows |
| I12  | numbers are unique on a board and never used again; a card stands in one column, at one place; its history folds to what it is |
| I13  | a reader who was cut and resumed holds each frame once and in order; one who stalls costs bounded memory |
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise

from flowforge.testing import approval_checker
from tests.chaos.crew.cards import EFFECTS, GATED, TITLES
from tests.chaos.crew.evidence import Evidence, Followed, UsageRow

DELTAS = frozenset({"message.delta", "reasoning.delta", "tool_call.args_delta"})  # dropped once a message stands for them
HELD_BYTES_MAX = 1024 * 1024  # for one reader who does not read

Check = Callable[[Evidence], Iterator[str]]


def check(evidence: Evidence) -> list[str]:
    """Every violation, each with the name of its invariant."""
    return [f"{name}: {found}" for name, invariant in INVARIANTS.items() for found in invariant(evidence)]


def all_is_done(e: Evidence) -> Iterator[str]:
    if e.owned:
        yield f"{e.owned} runs are owned though all should be over"
    for title, n in (Counter(card.title for card in e.cards) - Counter(TITLES)).items():
        yield f"there are {n} more cards {title!r} than were wanted"
    for title in sorted(TITLES - {card.title for card in e.cards}):
        yield f"the card {title!r} was never made"
    for card in e.cards:
        if card.column != "Done":
            yield f"{card.told.key} ({card.title}) stands in {card.column}"
    results: dict[str, list[str | None]] = defaultdict(list)
    for run in e.runs:
        results[run.title].append(run.result)
        if run.state != "completed":
            yield f"{run.run} of {run.agent} on {run.title!r} is {run.state}"
    for title, told in results.items():
        if f"{title} is done" not in told:
            yield f"{title!r} was handed in as {told}"


def every_effect_once(e: Evidence) -> Iterator[str]:
    seen = Counter((effect.tool, effect.order, effect.amount) for effect in e.effects)
    for effect in sorted(EFFECTS.keys() | seen.keys()):
        if seen[effect] != EFFECTS[effect]:
            yield f"{effect} was done {seen[effect]} times, and is wanted {EFFECTS[effect]} times"


def i10_decided_once(e: Evidence) -> Iterator[str]:
    yield from approval_checker.check(e.approvals)
    told: Counter[str] = Counter(record["about"] for record in e.of("decided", "answered"))
    lost = [record for record in e.of("lost") if record["status"] == 409]
    by = {one.id: one.by for one in e.decided}
    for about, n in told.items():
        if n > 1:
            yield f"{n} people were told that they had decided {about}"
        if by.get(about) is None:
            yield f"somebody was told that {about} is decided, and it is not"
    for record in e.of("decided", "answered"):
        if by.get(record["about"]) not in (None, record["who"]):
            yield f"{record['who']} was told to have decided {record['about']}, and {by[record['about']]} had"
    for record in lost:
        if record["winner"] is None or record["winner"] != by.get(record["about"]):
            yield f"{record['who']} lost {record['about']} and was told that {record['winner']} won; it was {by.get(record['about'])}"
    yield from _nobody_was_told(e, told, {(record["about"], record["who"]) for record in lost})
    yield from _effects_were_approved(e)


def _nobody_was_told(e: Evidence, told: Counter[str], lost: set[tuple[str, str]]) -> Iterator[str]:
    """Whoever decided was told so, or, where the answer was lost with a server, that they had been first themselves."""
    for one in e.decided:
        if one.by is not None and not told[one.id] and (one.id, one.by) not in lost:
            yield f"{one.id} was decided by {one.by}, who was never told so"


def _effects_were_approved(e: Evidence) -> Iterator[str]:
    approved: Counter[tuple[str, str, int]] = Counter()
    for one in e.decided:
        if one.state == "approved" and one.tool in GATED and not one.settles:
            approved[one.tool, one.call["order"], one.call["amount"]] += 1
    for effect, n in Counter((one.tool, one.order, one.amount) for one in e.effects if one.tool in GATED).items():
        if n > approved[effect]:
            yield f"{effect} was done {n} times and approved {approved[effect]} times"


def i11_costs_add_up(e: Evidence) -> Iterator[str]:
    answered = [row for row in e.usage if row.outcome == "answered"]
    yield from _each_turn_is_counted_once(e, answered)
    yield from _what_is_counted_was_answered(e, answered)
    if e.shown is None:
        return
    for what, sums, of in (
        ("card", e.shown.cards, lambda row: row.title),
        ("run", e.shown.runs, lambda row: row.run),
        ("agent", e.shown.agents, lambda row: row.agent),
    ):
        yield from _compare(what, sums, _added(e.usage, of))
    whole = sum((row.cost for row in e.usage if row.cost is not None), Decimal(0))
    for what, total in (("report", e.shown.report), ("budget", e.shown.budget), ("trees", sum(e.shown.trees.values(), Decimal(0)))):
        if total != whole:
            yield f"the {what} says {total}, and the calls cost {whole}"
    unknown = sum(row.outcome == "unknown" for row in e.usage)
    if e.shown.unknown_calls != unknown:
        yield f"{e.shown.unknown_calls} calls are shown as unanswered, and {unknown} are"


def _each_turn_is_counted_once(e: Evidence, answered: list[UsageRow]) -> Iterator[str]:
    counted = Counter((row.run, row.step) for row in answered)
    for turn in e.turns:
        if counted[turn] != 1:
            yield f"{turn[1]} of {turn[0]} is counted {counted[turn]} times"
    for turn in counted.keys() - set(e.turns):
        yield f"{turn[1]} of {turn[0]} is counted, and was never checkpointed"


def _what_is_counted_was_answered(e: Evidence, answered: list[UsageRow]) -> Iterator[str]:
    """What the provider answered is in the ledger with its tokens, or, where its worker was killed, as a call of which nobody knows."""
    provided: dict[tuple[str, str, int | None], Counter[tuple[int, int]]] = defaultdict(Counter)
    for one in e.answered:
        provided[one.title, one.model, one.turn][one.tokens] += 1
    unknown = Counter((row.title, row.model, row.turn) for row in e.usage if row.outcome == "unknown")
    booked: dict[tuple[str, str, int | None], Counter[tuple[int, int]]] = defaultdict(Counter)
    for row in answered:
        booked[row.title, row.model, row.turn][row.tokens] += 1
    for call in sorted(provided.keys() | booked.keys(), key=str):
        for tokens, n in (booked[call] - provided[call]).items():
            yield f"the ledger has {call} with {tokens} tokens {n} times more than the provider has answered it"
        lost = (provided[call] - booked[call]).total()
        if lost > unknown[call]:
            yield f"the provider has answered {call} {lost} times that are not in the ledger, which knows of {unknown[call]} calls in doubt"


def _added(usage: tuple[UsageRow, ...], of: Callable[[UsageRow], str]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in usage:
        sums[of(row)] += row.cost or Decimal(0)
    return sums


def _compare(what: str, shown: Mapping[str, Decimal], added: Mapping[str, Decimal]) -> Iterator[str]:
    for name in sorted(shown.keys() | added.keys()):
        if shown.get(name, Decimal(0)) != added.get(name, Decimal(0)):
            yield f"the {what} {name!r} shows {shown.get(name, 0)}, and its calls cost {added.get(name, 0)}"


def i12_the_board_is_sound(e: Evidence) -> Iterator[str]:
    for (board, number), n in Counter((card.board, card.number) for card in e.cards).items():
        if n > 1:
            yield f"{board}-{number} is {n} cards"
    for (board, column, position), n in Counter((card.board, card.column, card.position) for card in e.cards).items():
        if n > 1:
            yield f"{n} cards stand at {position!r} of {column} on {board}"
    for board, following in e.next_numbers.items():
        numbers = {card.number for card in e.cards if card.board == board}
        if numbers and max(numbers) >= following:
            yield f"the next number of {board} is {following}, which was given before"
        if missing := set(range(1, following)) - numbers:
            yield f"numbers of {board} were used up by nothing: {sorted(missing)}"
    for card in e.cards:
        if not card.column_of_board:
            yield f"{card.told.key} stands in a column that its board does not have"
        if card.made != 1:
            yield f"{card.told.key} was made {card.made} times, by the audit log"
        if (n := sum(entry.action == "created" for entry in card.told.history)) != 1:
            yield f"{card.told.key} was made {n} times, by its history"
        yield from card.told.differences()


def i13_streams_are_whole(e: Evidence) -> Iterator[str]:
    for stream in e.followed:
        yield from _stream_is_whole(stream)
    for stalled in e.stalled:
        if stalled.held_bytes > HELD_BYTES_MAX:
            yield f"the server held {stalled.held_bytes} bytes for one of {stalled.readers} readers who did not read"


def _stream_is_whole(stream: Followed) -> Iterator[str]:
    numbers = [frame.seq for frame in stream.got]
    if numbers != sorted(set(numbers)):
        wrong = next((a, b) for a, b in pairwise(numbers) if b <= a)
        yield f"a reader of {stream.name} got {wrong[1]} after {wrong[0]}"
    if stream.resets:
        yield f"a reader of {stream.name} was told {stream.resets} times that what they held is gone"
    got, stored = {frame.seq: frame for frame in stream.got}, {frame.seq: frame for frame in stream.stored}
    for seq in sorted(got.keys() | stored.keys()):
        if seq not in got:
            yield f"a reader of {stream.name} never got {seq} ({stored[seq].name})"
        elif seq not in stored:
            if got[seq].name not in DELTAS:
                yield f"a reader of {stream.name} got {seq} ({got[seq].name}), which is not stored"
        elif got[seq] != stored[seq]:
            yield f"a reader of {stream.name} got {got[seq].name} as {seq}, and {stored[seq].name} with other words is stored"


INVARIANTS: dict[str, Check] = {
    "done": all_is_done,
    "once": every_effect_once,
    "I10": i10_decided_once,
    "I11": i11_costs_add_up,
    "I12": i12_the_board_is_sound,
    "I13": i13_streams_are_whole,
}
