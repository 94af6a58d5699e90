"""A run as a timeline of text: one line a step, with its bar, duration, model, tokens and cost; the failed step's error below.

Time with nothing but waiting in it is folded, so that a step of 12 ms beside a wait of three minutes can still be seen.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from flowforge.cli import figures
from flowforge.cli.terminal import Terminal, pad, shorten, width
from flowforge.durations import show

if TYPE_CHECKING:
    from flowforge.api.client.models import Run, Step

BAR_CELLS = 28
_WAITS = frozenset({"sleep", "wait", "wait_for_event", "approve", "approval", "invoke", "agent"})
_FOLDED_SECONDS = 1.0  # shorter waits stay as long as they are
_FOLDED_SHARE = 0.15  # what a folded wait may take of the time in which something worked


def draw(terminal: Terminal, run: Run, steps: Sequence[Step]) -> list[str]:
    """The lines of `flowforge runs show`."""
    lines = [_headline(terminal, run), terminal.paint(_origin(run), "dim"), ""]
    rows = [_step_row(terminal, step, steps) for step in steps]
    scale = Scale.of(run, steps)
    names, facts = _widest(rows, 0), _widest(rows, 1)
    for step, (name, fact) in zip(steps, rows, strict=True):
        bar = terminal.paint(scale.bar(step), "ember" if step.state == "running" else "red" if step.state == "failed" else "dim")
        lines.append(f"{pad(name, names)}  {pad(fact, facts)}  {bar}".rstrip())
        lines += _failure(terminal, step.error) if step.state == "failed" else []
    if scale.folded:
        lines.append(terminal.paint(f"{'':{names}}  {'':{facts}}  {scale.legend}", "dim"))
    lines += _ending(terminal, run)
    return lines


class Scale:
    """Where a moment stands among the bar's cells."""

    def __init__(self, start: float, end: float, busy: list[tuple[float, float]]) -> None:
        cuts = sorted({start, end, *(edge for span in busy for edge in span if start <= edge <= end)})
        worked = sum(b - a for a, b in pairwise(cuts) if _inside(busy, a, b))
        fold_at = worked * _FOLDED_SHARE
        self.folded = 0.0
        self._marks: list[tuple[float, float]] = [(start, 0.0)]
        drawn = 0.0
        for a, b in pairwise(cuts):
            size = b - a
            if worked and size > max(fold_at, _FOLDED_SECONDS) and not _inside(busy, a, b):
                self.folded += size - fold_at
                size = fold_at
            drawn += size
            self._marks.append((b, drawn))
        self._drawn = drawn or 1.0
        self.end = end
        self.legend = f"(waits folded by {show(self.folded)})"

    @classmethod
    def of(cls, run: Run, steps: Sequence[Step]) -> Scale:
        begins = [moment.timestamp() for moment in (run.started_at, *(s.started_at for s in steps)) if moment]
        ends = [moment.timestamp() for moment in (run.ended_at, *(s.ended_at for s in steps)) if moment]
        start = min(begins, default=0.0)
        end = max([*ends, *begins], default=start)
        busy = [(s.started_at.timestamp(), _end(s, end)) for s in steps if s.kind not in _WAITS]
        return cls(start, end, busy)

    def bar(self, step: Step) -> str:
        first = self._cell(step.started_at)
        last = self._cell(step.ended_at) if step.ended_at else BAR_CELLS
        return " " * min(first, BAR_CELLS - 1) + ("╌" if step.kind in _WAITS else "█") * max(1, last - first)

    def _cell(self, moment: datetime) -> int:
        at = moment.timestamp()
        for (a, drawn_a), (b, drawn_b) in pairwise(self._marks):
            if at <= b:
                share = (at - a) / (b - a) if b > a else 0.0
                return round((drawn_a + max(0.0, share) * (drawn_b - drawn_a)) / self._drawn * BAR_CELLS)
        return BAR_CELLS


def _inside(spans: list[tuple[float, float]], a: float, b: float) -> bool:
    return any(start <= a and b <= end for start, end in spans)


def _end(step: Step, latest: float) -> float:
    return step.ended_at.timestamp() if step.ended_at else latest


def _headline(terminal: Terminal, run: Run) -> str:
    parts = [terminal.paint(run.label, "bold"), run.function, terminal.state(run.state), figures.elapsed(run.started_at, run.ended_at)]
    parts += [figures.spent(run.cost), f"attempt {run.attempt}" if run.attempt and run.attempt > 1 else ""]
    return "  ".join(filter(None, parts))


def _origin(run: Run) -> str:
    replay = f"replay of {figures.ending(run.origin)}" + (f" from {run.origin_step}" if run.origin_step else "") if run.origin else None
    return " · ".join(str(part) for part in (run.trigger, replay, run.version, run.task, run.agent, run.id) if part)


def _step_row(terminal: Terminal, step: Step, steps: Sequence[Step]) -> tuple[str, str]:
    indent = "  " * _depth(step, {s.key: s for s in steps})
    kind = "" if step.kind == "run" else terminal.paint(f" {step.kind}", "dim")
    took = figures.milliseconds(step.ms) or terminal.paint(step.state, "dim")
    used = figures.tokens(step.input_tokens, step.output_tokens)
    tries = f"attempt {step.attempt}" if step.attempt and step.attempt > 1 else ""
    facts = "  ".join(filter(None, ["reused" if step.reused else took, step.model, used, figures.spent(step.cost), tries]))
    return f"{indent}{terminal.glyph(step.state)} {step.name}{kind}", facts


def _depth(step: Step, by_key: dict[str, Step]) -> int:
    depth, parent = 0, step.parent
    while parent is not None and depth < 5 and (above := by_key.get(parent)):
        depth, parent = depth + 1, above.parent
    return depth


def _failure(terminal: Terminal, error: dict[str, Any] | None) -> list[str]:
    if not error:
        return []
    lines = [terminal.paint(f"    {error.get('type', 'Error')}: {shorten(str(error.get('message', '')), 300)}", "red")]
    lines += [f"    {line.strip()}" for line in _own_lines(error.get("traceback"))]
    return lines + ([f"    {error['hint']}"] if error.get("hint") else [])


def _own_lines(traceback: Any) -> list[str]:
    """The last place in the user's own code: not in installed packages, not in ours."""
    if not isinstance(traceback, str):
        return []
    lines = traceback.splitlines()
    ours = [i for i, line in enumerate(lines) if line.strip().startswith("File ") and not _foreign(line)]
    return lines[ours[-1] : ours[-1] + 2] if ours else []


def _foreign(line: str) -> bool:
    return any(part in line for part in ("site-packages", "/flowforge/orchestrator/", "/flowforge/agents/", "/lib/python3", "<frozen"))


def _ending(terminal: Terminal, run: Run) -> list[str]:
    if run.state == "failed":
        step = (run.error or {}).get("step")
        return ["", *(_failure(terminal, run.error) if not step else [terminal.paint(f"failed in step {step}", "red")])]
    if run.state == "completed" and run.output is not None:
        return ["", terminal.paint("returned ", "dim") + shorten(json.dumps(run.output, ensure_ascii=False), 400)]
    return []


def _widest(rows: list[tuple[str, str]], column: int) -> int:
    return max((width(row[column]) for row in rows), default=0)
