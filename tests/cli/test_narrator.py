from __future__ import annotations

from flowforge.cli.narrator import Narrator
from flowforge.cli.terminal import Terminal


def told(*frames: tuple[str, dict[str, object]]) -> list[str]:
    lines: list[str] = []
    narrator = Narrator(Terminal(), lines.append, label="8241_a2f7")
    for name, data in frames:
        narrator.tell(name, data)
    return [line[9:] for line in lines]  # without the time of day


def test_a_run_is_told_as_a_headline_and_a_line_a_step() -> None:
    lines = told(
        ("run.queued", {"function": "order.process_order", "trigger": "order/created"}),
        ("run.started", {"function": "order.process_order"}),
        ("step.completed", {"name": "validate", "kind": "run", "ms": 12}),
        (
            "step.retrying",
            {"name": "notify_slack", "attempt": 2, "retries": 3, "delay_seconds": 4, "error": {"type": "HTTPError", "message": "503"}},
        ),
        ("run.completed", {}),
    )
    assert lines[0] == "▶ 8241_a2f7 order.process_order  order/created"
    assert lines[1].split() == ["✓", "validate", "12", "ms"]
    assert "HTTPError: 503, retry 2/3 in 4.0 s" in lines[2]
    assert lines[3] == "✓ completed 8241_a2f7"


def test_an_ai_step_is_told_with_its_model_tokens_and_cost() -> None:
    usage = {"step": "fraud", "model": "gpt-4o", "input_tokens": 1204, "output_tokens": 88, "cost": "0.04"}
    lines = told(("usage.recorded", usage), ("step.completed", {"step": "fraud", "name": "fraud", "kind": "ai", "ms": 810}))
    assert lines[0].split(maxsplit=2)[2] == "810 ms  gpt-4o  1,204→88 tok  $0.04"


def test_an_approval_is_told_with_its_arguments() -> None:
    lines = told(("approval.requested", {"tool": "issue_refund", "arguments": {"amount": 420}}))
    assert lines[0] == '  ◆ issue_refund needs approval {"amount": 420}'


def test_frames_that_say_nothing_to_people_are_passed_over() -> None:
    assert told(("message.delta", {"text": "a"}), ("something.new", {})) == []


def test_what_a_model_reasoned_is_told_where_it_is_wanted() -> None:
    lines: list[str] = []
    for thoughts in (False, True):
        narrator = Narrator(Terminal(), lines.append, label="8241_a2f7", thoughts=thoughts)
        narrator.tell("message.completed", {"text": "I look.", "reasoning": "They ask for money."})
    assert [line.split(maxsplit=2)[1:] for line in lines] == [["✎", "I look."], ["…", "They ask for money."], ["✎", "I look."]]


def test_a_wait_says_for_what_and_how_long() -> None:
    about = {"name": "payment", "kind": "wait_for_event", "input": {"event": "payment/settled"}, "timeout_seconds": 86400}
    assert told(("step.started", about))[0].split(maxsplit=2)[2] == "waiting for payment/settled (1 d)"


def test_a_resumed_run_says_what_it_did_not_do_again() -> None:
    lines = told(("run.started", {"function": "f"}), ("run.resumed", {"memoized": 4}))
    assert lines[1].split(maxsplit=2)[2] == "4 steps cached"


def test_a_decision_says_who_and_what_changed() -> None:
    decided = {"state": "approved", "decided_by": "mira", "edited_args": {"amount": 300}, "reason": None}
    assert told(("approval.decided", decided))[0].split(maxsplit=2)[2] == 'by mira  as {"amount": 300}'
