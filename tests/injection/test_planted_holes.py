"""Tests of the tests: each guard is taken away once, and the siege notices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flowforge.agents.builtin import memory
from flowforge.agents.exposure import Exposure
from flowforge.skills.policy import CallUnderReview
from flowforge.skills.tool import Tool
from tests.injection.siege import Outcome, besiege
from tests.injection.stage import BY_ID, Stage

Plant = Callable[[pytest.MonkeyPatch], None]


def no_framing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("flowforge.agents.exposure.framed", lambda source, text, secret: text)


def no_taint_by_source(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Exposure, "_coming", property(lambda self: set(), lambda self, sources: None), raising=False)


def no_word_on_taint_in_the_policy(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CallUnderReview, "asks_for_its_taint", False)


def no_default_by_effect(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("flowforge.skills.policy._BY_EFFECT", dict.fromkeys(("read", "write", "money", "outside")))


def no_taint_of_notes(patch: pytest.MonkeyPatch) -> None:
    plain = memory._told
    patch.setattr(memory, "_told", lambda note: {**plain(note), "tainted": []})


def no_taint_of_cards(patch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: Any) -> None: ...

    patch.setattr("flowforge.board.creation.taint_card", nothing)


def no_taint_of_comments(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("flowforge.agents.briefing.taint_of_comments", lambda comments: set[str]())


def no_taint_of_errors(patch: pytest.MonkeyPatch) -> None:
    plain = Exposure.shown
    patch.setattr(Exposure, "shown", lambda self, tool, text: text if "503" in text else plain(self, tool, text))


def no_look_at_servers(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CallUnderReview, "stranger", None)


def approvals_that_show_something_else(patch: pytest.MonkeyPatch) -> None:
    plain = CallUnderReview.__init__

    def made(self: CallUnderReview, tool: Tool, arguments: Any, *more: Any, **facts: Any) -> None:
        plain(self, tool, {**arguments, **({"amount": 10} if "amount" in arguments else {})}, *more, **facts)

    patch.setattr(CallUnderReview, "__init__", made)


HOLES: list[tuple[Plant, str, Callable[[Outcome], set[str]]]] = [
    (no_framing, "plain-english", lambda outcome: outcome.unframed),
    (no_taint_by_source, "base64", lambda outcome: outcome.acted),
    (no_word_on_taint_in_the_policy, "zero-width", lambda outcome: outcome.acted),
    (no_default_by_effect, "unmarked", lambda outcome: outcome.acted),
    (no_taint_of_notes, "note-title", lambda outcome: outcome.acted),
    (no_taint_of_cards, "title-by-agent", lambda outcome: outcome.acted),
    (no_taint_of_comments, "fake-approval", lambda outcome: outcome.acted),
    (no_taint_of_errors, "tool-error", lambda outcome: outcome.acted),
    (no_look_at_servers, "get-query", lambda outcome: outcome.silent),
    (approvals_that_show_something_else, "plain-english", lambda outcome: outcome.misshown),
]
BY_DEFAULT = {no_taint_by_source}


@pytest.mark.long
@pytest.mark.parametrize(
    ("plant", "attack", "found"),
    [pytest.param(*hole, id=hole[0].__name__, marks=[] if hole[0] in BY_DEFAULT else pytest.mark.thorough) for hole in HOLES],
)
async def test_a_guard_that_is_gone_is_noticed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, plant: Plant, attack: str, found: Callable[[Outcome], set[str]]
):
    plant(monkeypatch)
    outcome = await besiege(stage, [BY_ID[attack]])
    assert found(outcome) == {attack}
