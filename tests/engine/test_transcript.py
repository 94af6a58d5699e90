"""Readers of a stream: whoever resumes wherever and whenever, while deltas are taken away, ends up with the same messages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.frames import Frames, Spans
from flowforge.orchestrator.transcript import Transcript

RUN = "run_1"
STEPS = 3  # that speak at the same time


class Story:
    """A run whose steps speak, and the store that it is written to. `truth` is all that was ever said."""

    def __init__(self) -> None:
        self.frames = Frames(0, DEFAULT_TENANT)
        self.truth: list[tuple[int, str, dict[str, Any]]] = []
        self.stored: dict[int, tuple[str, dict[str, Any]]] = {}
        self.steps = list(range(STEPS))  # the number of the step that each voice is in
        self.attempts = [1] * STEPS
        self.pieces: list[list[str]] = [[] for _ in range(STEPS)]
        self.settled: set[str] = set()
        self.spent: list[Spans] = []

    def delta(self, voice: int, text: str) -> None:
        self.pieces[voice].append(text)
        self._say("message.delta", voice, text=text)

    def complete(self, voice: int) -> None:
        self._say("message.completed", voice, text="".join(self.pieces[voice]), tool_calls=[])
        self.pieces[voice].clear()

    def retry(self, voice: int) -> None:
        self._say("step.retrying", voice)
        self.pieces[voice].clear()
        self.attempts[voice] += 1

    def settle(self, voice: int, name: str = "step.completed") -> None:
        """The step ends, and what its deltas were is committed with it; the voice begins another one."""
        spent = self.frames.take_spent(str(self.steps[voice]))
        self._say(name, voice)
        self.settled.add(str(self.steps[voice]))
        self.spent.append(spent)
        self.steps[voice] += STEPS
        self.attempts[voice] = 1
        self.pieces[voice].clear()

    def compact(self) -> None:
        for first, last in (span for spans in self.spent for span in spans):
            for seq in range(first, last + 1):
                assert self.stored.pop(seq)[0] == "message.delta"
        self.spent.clear()

    def told(self, upto: int) -> Transcript:
        """What a reader knows who has seen everything up to here."""
        transcript = Transcript()
        for seq, name, data in self.truth:
            if seq <= upto:
                transcript.take(name, data)
        return transcript

    def _say(self, name: str, voice: int, **more: Any) -> None:
        data = {"run": RUN, "step": str(self.steps[voice]), "attempt": self.attempts[voice], **more}
        self.frames.say(name, data, True)
        seq = self.frames.take()[-1].seq
        self.truth.append((seq, name, data))
        self.stored[seq] = (name, data)


class Reader:
    """Joins somewhere, reads some frames at a time, and is cut now and then; it keeps what it has understood, and its place."""

    def __init__(self, story: Story, after: int) -> None:
        self.story, self.joined, self.after = story, after, after
        self.transcript = Transcript()
        so_far = Transcript()
        for seq in sorted(story.stored):
            if seq <= after:
                so_far.take(*story.stored[seq])
        for place, message in so_far.unfinished.items():  # message.snapshot
            if place[1] not in story.settled:
                self.transcript.messages[place] = message

    def read(self, frames: int) -> None:
        for seq in [seq for seq in sorted(self.story.stored) if seq > self.after][:frames]:
            self.transcript.take(*self.story.stored[seq])
            self.after = seq


acts = st.one_of(
    st.tuples(st.just("delta"), st.integers(0, STEPS - 1), st.text("abc", max_size=3)),
    st.tuples(st.sampled_from(["complete", "retry", "settle"]), st.integers(0, STEPS - 1)),
    st.tuples(st.just("fail"), st.integers(0, STEPS - 1)),
    st.tuples(st.just("compact")),
    st.tuples(st.just("join"), st.floats(0, 1)),
    st.tuples(st.just("read"), st.integers(0, 5), st.integers(1, 7)),
)


@pytest.mark.thorough
@given(st.lists(acts, min_size=30, max_size=60))
@settings(max_examples=40, deadline=None)
def test_every_reader_ends_with_the_same_messages(plot: list[tuple[Any, ...]]) -> None:
    story = Story()
    readers = [Reader(story, 0)]
    for name, *rest in plot:
        if name == "join":
            readers.append(Reader(story, int(rest[0] * story.frames.seq)))
        elif name == "read":
            readers[rest[0] % len(readers)].read(rest[1])
        elif name == "fail":
            story.settle(rest[0], "step.failed")
        else:
            getattr(story, name)(*rest)
    for reader in readers:
        reader.read(10_000)

    for reader in readers:
        known, truth = reader.transcript.messages, story.told(story.frames.seq).messages
        completed_since = {str(data["step"]) for seq, name, data in story.truth if name == "message.completed" and seq > reader.joined}
        for place, message in truth.items():
            if message.whole and place[1] not in completed_since:
                continue  # it was whole before the reader came; the resource that it fetched showed it
            assert known[place] == message
        assert {place: said for place, said in known.items() if not said.whole} == story.told(story.frames.seq).unfinished


@given(st.lists(acts, min_size=30, max_size=60))
@settings(max_examples=30, deadline=None)
def test_nothing_is_taken_away_that_a_message_does_not_stand_for(plot: list[tuple[Any, ...]]) -> None:
    story = Story()
    for name, *rest in plot:
        if name == "fail":
            story.settle(rest[0], "step.failed")
        elif name not in ("join", "read"):
            getattr(story, name)(*rest)
    story.compact()

    for seq, name, data in story.truth:
        if seq in story.stored:
            continue
        later = [(n, d) for s, n, d in story.truth if s > seq and d["step"] == data["step"]]
        assert name == "message.delta"
        assert any(n in ("message.completed", "step.retrying") for n, _ in later)
        assert data["step"] in story.settled


def test_a_message_that_came_in_pieces_and_one_that_came_whole_are_the_same() -> None:
    in_pieces, at_once = Transcript(), Transcript()
    about = {"run": RUN, "step": "greet", "attempt": 1}
    for name, data in (
        ("reasoning.delta", {"text": "hm"}),
        ("message.delta", {"text": "Hel"}),
        ("message.delta", {"text": "lo"}),
        ("tool_call.args_delta", {"tool_call_id": "a", "tool": "find", "text": '{"n"'}),
        ("tool_call.args_delta", {"tool_call_id": "b", "tool": "find", "text": "{}"}),
        ("tool_call.args_delta", {"tool_call_id": "a", "tool": "find", "text": ":1}"}),
    ):
        in_pieces.take(name, {**about, **data})
    calls = [{"tool_call_id": "a", "tool": "find", "arguments": '{"n":1}'}, {"tool_call_id": "b", "tool": "find", "arguments": "{}"}]
    at_once.take("message.completed", {**about, "text": "Hello", "reasoning": "hm", "tool_calls": calls})

    (said,), (whole,) = in_pieces.messages.values(), at_once.messages.values()
    assert (said.text, said.reasoning, said.tool_calls) == (whole.text, whole.reasoning, whole.tool_calls)
    assert whole.whole and not said.whole


@pytest.mark.parametrize(
    ("name", "left"), [("step.retrying", 0), ("step.failed", 0), ("run.resumed", 0), ("step.started", 1), ("usage.recorded", 1)]
)
def test_what_makes_a_message_void(name: str, left: int) -> None:
    transcript = Transcript()
    transcript.take("message.delta", {"run": RUN, "step": "greet", "attempt": 1, "text": "Hel"})
    transcript.take(name, {"run": RUN, "step": "greet", "attempt": 1})

    assert len(transcript.messages) == left


def test_what_a_step_says_after_a_whole_message_is_another_one() -> None:
    transcript = Transcript()
    about = {"run": RUN, "step": "greet", "attempt": 1}
    for name, text in (("message.delta", "no"), ("message.completed", "no"), ("message.delta", "ye")):
        transcript.take(name, {**about, "text": text})

    assert transcript.unfinished[RUN, "greet"].text == "ye"


def test_an_attempt_does_not_go_on_with_what_the_one_before_it_said() -> None:
    transcript = Transcript()
    for attempt, text in ((1, "Hel"), (2, "Good"), (2, "bye")):
        transcript.take("message.delta", {"run": RUN, "step": "greet", "attempt": attempt, "text": text})

    assert transcript.messages[RUN, "greet"].text == "Goodbye"
