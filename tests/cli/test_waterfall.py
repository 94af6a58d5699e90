"""The timeline of a run as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from flowforge.api.client.models import Run, Step
from flowforge.cli.terminal import Terminal
from flowforge.cli.waterfall import BAR_CELLS, draw

START = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)


def a_step(name: str, begin: float, end: float | None, **more: Any) -> Step:
    facts: dict[str, Any] = dict.fromkeys(Step.__annotations__)
    ms = None if end is None else (end - begin) * 1000
    facts |= {"key": name, "name": name, "kind": "run", "state": "completed", "attempt": 1, "attempts": [], "ms": ms}
    facts |= {"started_at": START + timedelta(seconds=begin), "ended_at": None if end is None else START + timedelta(seconds=end)}
    return Step(**{**facts, **more})


def a_run(state: str, seconds: float, **more: Any) -> Run:
    facts: dict[str, Any] = dict.fromkeys(Run.__annotations__)
    facts |= {
        "id": "run_1",
        "label": "8241_a2f7",
        "function": "order.process_order",
        "state": state,
        "trigger": "order/created",
        "attempt": 1,
    }
    facts |= {"created_at": START, "started_at": START, "ended_at": START + timedelta(seconds=seconds)}
    return Run(**{**facts, **more})


def test_each_step_is_a_line_with_its_bar_cost_and_tokens() -> None:
    fraud = a_step("fraud", 0.5, 1, kind="ai", model="gpt-4o", input_tokens=1204, output_tokens=88, cost=Decimal("0.04"))
    lines = draw(Terminal(), a_run("completed", 1, output={"ok": True}), [a_step("validate", 0, 0.5), fraud])
    assert lines[0] == "8241_a2f7  order.process_order  ✓ completed  1.0 s"
    assert lines[3].startswith("✓ validate")
    assert lines[3].count("█") == BAR_CELLS // 2
    assert "gpt-4o  1,204→88 tok  $0.04" in lines[4]
    assert lines[-1] == 'returned {"ok": true}'


def test_a_long_wait_is_folded_so_that_short_steps_stay_visible() -> None:
    steps = [a_step("validate", 0, 1), a_step("payment", 1, 191, kind="wait_for_event"), a_step("ship", 191, 192)]
    lines = draw(Terminal(), a_run("completed", 192), steps)
    assert lines[3].count("█") > BAR_CELLS // 3
    assert "╌" in lines[4]
    assert any("waits folded by 3 m" in line for line in lines)


def test_the_failed_steps_error_and_the_users_own_line_are_shown() -> None:
    foreign, own = ('File "/x/site-packages/lib.py", line 1, in f', 'File "/home/me/app.py", line 14, in ship')
    trace = f"Traceback:\n  {foreign}\n    f()\n  {own}\n    raise Broken"
    error = {"type": "Broken", "message": "no parcel", "traceback": trace}
    lines = draw(
        Terminal(), a_run("failed", 1, error={**error, "step": "ship"}), [a_step("ship", 0, 1, state="failed", error=error, attempt=4)]
    )
    text = "\n".join(lines)
    assert "Broken: no parcel" in text
    assert '/home/me/app.py", line 14' in text
    assert "site-packages" not in text
    assert "attempt 4" in text
    assert lines[-1] == "failed in step ship"


def test_tool_calls_stand_under_the_step_that_asked_for_them() -> None:
    steps = [a_step("turn-1", 0, 1, kind="ai"), a_step("lookup_order", 1, 2, kind="tool", parent="turn-1")]
    assert draw(Terminal(), a_run("completed", 2), steps)[4].startswith("  ✓ lookup_order")


def test_a_run_without_steps_and_times_can_be_drawn() -> None:
    assert draw(Terminal(), a_run("queued", 0, started_at=None, ended_at=None), [])[0].endswith("· queued")
