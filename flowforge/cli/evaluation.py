"""An evaluation at the terminal: a bar while it runs, where a person looks, lines where nobody does, and the figures at its end.

▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░  12/36  10 passed  $0.02

            passed        95 %       score  cost   tokens         p50    p95
gpt-4o      11/12   92 %  65–99 %    0.95   $0.04  12,040→1,100   1.2 s  2.0 s
"""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING

from flowforge.cli import figures
from flowforge.cli.terminal import Terminal, shorten, width

if TYPE_CHECKING:
    from flowforge.testing.evaluation.attempt import Attempt
    from flowforge.testing.evaluation.report import Comparison, ModelSummary, Report
    from flowforge.testing.evaluation.statistics import Interval

BAR_CHARACTERS = 24
SHOWN_FAILURES = 20


class Progress:
    """What is said while the answers come in. As a context it takes its bar away at the end."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._drawn = sys.stderr.isatty() and not terminal.quiet
        self._planned = self._answered = self._passed = self._repeats = 0
        self._cost = Decimal(0)
        self._open: Counter[tuple[str, str | None]] = Counter()
        self._well: Counter[tuple[str, str | None]] = Counter()

    def plan(self, answers: int, repeats: int) -> None:
        """So many answers are to come."""
        self._planned, self._repeats = answers, repeats
        self._draw()

    def tell(self, attempt: Attempt) -> None:
        """One has come."""
        self._answered += 1
        self._passed += attempt.passed
        self._cost += attempt.used.cost_known + attempt.judging.cost_known
        if self._drawn:
            self._draw()
            return
        key = (attempt.case, attempt.model)
        self._open[key] += 1
        self._well[key] += attempt.passed
        if self._open[key] == self._repeats:
            self._line(attempt, self._well[key])

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _draw(self) -> None:
        if not self._drawn:
            return
        full = BAR_CHARACTERS * self._answered // max(1, self._planned)
        bar = self._terminal.paint("▓" * full, "ember", stream=sys.stderr) + "░" * (BAR_CHARACTERS - full)
        facts = "  ".join(filter(None, [f"{self._answered}/{self._planned}", f"{self._passed} passed", figures.spent(self._cost)]))
        if width(bar) + len(facts) + 2 < shutil.get_terminal_size().columns:
            sys.stderr.write(f"\r\x1b[K{bar}  {facts}")
            sys.stderr.flush()

    def _line(self, attempt: Attempt, passed: int) -> None:
        from flowforge.testing.evaluation.report import name_of

        sign = "✓" if passed == self._repeats else "✗" if passed == 0 else "◐"
        self._terminal.say(f"{sign} {passed}/{self._repeats}  {name_of(attempt.model)}  {attempt.case}")


def summarize(terminal: Terminal, report: Report) -> None:
    """The figures on stdout; on stderr what to look at."""
    head = ["", "passed", "", "95 %", "score", "cost", "tokens", "p50", "p95"]
    terminal.table([_row(terminal, summary) for summary in report.models], head)
    for comparison in report.comparisons:
        terminal.data(_compared(terminal, comparison))
    _failures(terminal, report)
    for summary in report.models:
        for case in summary.flaky:
            terminal.say(f"◐ {case} passed only in some repeats ({summary.name})")
    if report.used.unpriced:
        terminal.say(f"{report.used.unpriced} of {report.used.calls} calls have no known price and are not in the cost")
    if report.judging.calls:
        terminal.say(f"the judges cost {figures.money(report.judging.cost) or 'what nobody knows'} beside that")
    if report.stopped == "max_cost":
        terminal.error(f"ended by --max-cost after {len(report.attempts)} of {report.planned} answers: the next call might have cost more")
    elif report.stopped is not None:
        terminal.error(f"interrupted after {len(report.attempts)} of {report.planned} answers")


def _row(terminal: Terminal, summary: ModelSummary) -> list[str]:
    rate, used = summary.pass_rate, summary.used
    return [
        terminal.paint(summary.name, "bold"),
        f"{rate.passed}/{rate.of}",
        "" if rate.share is None else f"{rate.share:.0%}",
        _interval(rate.interval),
        "" if summary.score.value is None else f"{summary.score.value:.2f}",
        figures.money(used.cost) or ("price unknown" if used.calls else "–"),
        figures.tokens(used.input_tokens, used.output_tokens),
        figures.milliseconds(summary.latency_ms_p50),
        figures.milliseconds(summary.latency_ms_p95),
    ]


def _compared(terminal: Terminal, comparison: Comparison) -> str:
    """`b is better than a: +25 points (+3 to +47) over 20 cases`."""
    from flowforge.testing.evaluation.report import name_of

    mine, other = name_of(comparison.model), name_of(comparison.baseline)
    if comparison.pass_rate is None:
        return f"{mine} and {other} have answered no case in common"
    words = {"better": f"is better than {other}", "worse": f"is worse than {other}"}
    style = {"better": "green", "worse": "red"}.get(comparison.finding, "dim")
    told = terminal.paint(words.get(comparison.finding, f"against {other}: cannot tell"), style)
    found = comparison.pass_rate_interval
    reach = "" if found is None else f" ({found.low * 100:+.0f} to {found.high * 100:+.0f})"
    over = f"{comparison.cases} case{'' if comparison.cases == 1 else 's'}"
    return f"{mine} {told}: {comparison.pass_rate * 100:+.0f} points{reach} over {over}"


def _failures(terminal: Terminal, report: Report) -> None:
    """Each case that failed with a model once, with its first reason."""
    failed = {(attempt.case, attempt.model): attempt for attempt in reversed(report.attempts) if not attempt.passed}
    shown = list(reversed(failed.values()))
    for attempt in shown[:SHOWN_FAILURES]:
        terminal.say(f"{terminal.paint('✗', 'red', stream=sys.stderr)} {attempt.case}  {_why(attempt)}")
    if len(shown) > SHOWN_FAILURES:
        terminal.say(f"  … and {len(shown) - SHOWN_FAILURES} more; --html FILE shows all")


def _why(attempt: Attempt) -> str:
    from flowforge.testing.evaluation.report import name_of

    verdict = next((one for one in attempt.verdicts if not one.passed), None)
    reason = attempt.error or (f"{verdict.check}: {verdict.reason}" if verdict and verdict.reason else verdict.check if verdict else "")
    return f"({name_of(attempt.model)})  {shorten(reason, 120)}"


def _interval(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.low * 100:.0f}–{interval.high * 100:.0f} %"
