"""A report as one HTML file: no script, nothing fetched, light or dark as the reader's system is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from flowforge.durations import show
from flowforge.testing.evaluation.attempt import Attempt
from flowforge.testing.evaluation.report import Comparison, Mean, ModelSummary, Rate, Report, name_of
from flowforge.testing.evaluation.statistics import Interval
from flowforge.testing.evaluation.suite import Case
from flowforge.testing.evaluation.usage import Used
from flowforge.testing.evaluation.verdict import Verdict

MAX_CHARACTERS = 20_000  # of one value; the JSON report has the whole
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STOPPED = {
    "max_cost": "It was ended before its time: the next call might have cost more than was allowed.",
    "interrupted": "It was interrupted; this is what was answered until then.",
}


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · evaluation</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}</main>
</body>
</html>
"""


def as_html(report: Report) -> str:
    """The page, with the models' figures, a matrix of cases and models, and every answer with what the checks said of it.

    Path("report.html").write_text(as_html(report), encoding="utf-8")
    """
    style = (files("flowforge.testing.evaluation") / "page.css").read_text(encoding="utf-8")
    title = escape(report.suite.name)
    body = [_head(report), _models(report), _checks(report), _comparisons(report), _matrix(report), _answers(report)]
    return _PAGE.format(policy=_POLICY, title=title, style=style, body="".join(body))


def _head(report: Report) -> str:
    suite = report.suite
    asked = f"function {suite.function}" if suite.function else "a prompt"
    counts = [_count(len(suite.cases), "case"), _count(len(report.models), "model"), _count(suite.repeats, "repeat")]
    spent = f"{_money(report.used)} spent" + (f", {_money(report.judging)} of it by judges" if report.judging.calls else "")
    unpriced = f", {_count(report.used.unpriced, 'call')} of unknown price not in it" if report.used.unpriced else ""
    took = show((report.ended_at - report.began_at).total_seconds())
    lines = [
        f"{asked} · {' × '.join(counts)} · {len(report.attempts)} of {report.planned} answered",
        f"{report.began_at:%Y-%m-%d %H:%M} UTC, {took} · {spent}{unpriced}",
    ]
    notice = f'<p class="notice">{escape(_STOPPED[report.stopped])}</p>\n' if report.stopped else ""
    prompt = f"<details><summary>The prompt</summary><div>{_text(suite.prompt)}</div></details>\n" if suite.prompt else ""
    quiet = "".join(f'<p class="quiet">{escape(line)}</p>\n' for line in lines)
    return f"<header>\n<h1>{escape(suite.name)}</h1>\n{quiet}{notice}</header>\n{prompt}"


def _models(report: Report) -> str:
    head = ("Model", "Passed", "95 % interval", "Mean score", "Cost", "Tokens in → out", "Time in calls, p50", "p95", "Errors")
    rows = [
        [
            _range(summary.pass_rate),
            _mean(summary.score),
            escape(_money(summary.used)) + (f"<br><small>{summary.used.unpriced} unpriced</small>" if summary.used.unpriced else ""),
            f"{summary.used.input_tokens:,} → {summary.used.output_tokens:,}",
            _time(summary.latency_ms_p50),
            _time(summary.latency_ms_p95),
            str(summary.errors),
        ]
        for summary in report.models
    ]
    cells = [[escape(summary.name), _share(summary.pass_rate), *row] for summary, row in zip(report.models, rows, strict=True)]
    flaky = [(summary.name, case) for summary in report.models for case in summary.flaky]
    listed = "".join(f"<li>{escape(case)} <small>({escape(name)})</small></li>" for name, case in flaky)
    told = f'<h2>Flaky</h2>\n<p class="quiet">These passed in some repeats and not in others.</p>\n<ul>{listed}</ul>\n' if flaky else ""
    return f"<h2>Models</h2>\n{_table(head, cells)}{told}"


def _checks(report: Report) -> str:
    names = list(dict.fromkeys(check.check for summary in report.models for check in summary.checks))
    if not names:
        return ""
    rows = [[escape(name), *(_check_cell(summary, name) for summary in report.models)] for name in names]
    return f"<h2>Checks</h2>\n{_table(('Check', *(summary.name for summary in report.models)), rows)}"


def _check_cell(summary: ModelSummary, name: str) -> str:
    found = next((check for check in summary.checks if check.check == name), None)
    if found is None:
        return "–"
    scored = "" if found.score.value in (None, found.rate.share) else f"<br><small>score {_mean(found.score)}</small>"
    return f"{_share(found.rate)} <small>{_interval(found.rate.interval)}</small>{scored}"


def _comparisons(report: Report) -> str:
    if not report.comparisons:
        return ""
    baseline = escape(name_of(report.comparisons[0].baseline))
    rows = [
        [
            escape(name_of(one.model)),
            _difference(one.pass_rate, one.pass_rate_interval),
            _finding(one),
            _difference(one.score, one.score_interval),
            escape(one.score_finding),
            str(one.cases),
        ]
        for one in report.comparisons
    ]
    head = ("Model", "Passed, difference", "Verdict", "Score, difference", "Verdict", "Cases")
    return f"<h2>Compared with {baseline}</h2>\n{_table(head, rows)}"


def _finding(comparison: Comparison) -> str:
    kind = {"better": "passed", "worse": "failed"}.get(comparison.finding, "")
    return f'<span class="{kind}">{escape(comparison.finding)}</span>'


def _matrix(report: Report) -> str:
    grouped = _grouped(report.attempts)
    rows = []
    for number, case in enumerate(report.suite.cases):
        cells = (_matrix_cell(grouped.get((case.name, summary.model), []), number) for summary in report.models)
        rows.append([f'<a href="#case-{number}">{escape(case.name)}</a>', *cells])
    return f"<h2>Cases</h2>\n{_table(('Case', *(summary.name for summary in report.models)), rows, cell='cell')}"


def _matrix_cell(attempts: Sequence[Attempt], number: int) -> str:
    if not attempts:
        return '<span class="quiet">not answered</span>'
    sign, kind = _sign(attempts)
    score = sum(attempt.score for attempt in attempts) / len(attempts)
    passed = sum(attempt.passed for attempt in attempts)
    return f'<a href="#case-{number}" class="{kind}">{sign} {passed}/{len(attempts)}</a> <small>score {score:.2f}</small>'


def _answers(report: Report) -> str:
    grouped = _grouped(report.attempts)
    parts = []
    for number, case in enumerate(report.suite.cases):
        own = [(summary, grouped.get((case.name, summary.model), [])) for summary in report.models]
        answered = [attempt for _, attempts in own for attempt in attempts]
        if answered:
            inside = "".join(_attempt(summary.name, attempt) for summary, attempts in own for attempt in attempts)
            sign, kind = _sign(answered)
            parts.append(
                f'<details id="case-{number}">\n<summary><span class="{kind}">{sign}</span> {escape(case.name)}</summary>\n'
                f"<div>\n{_question(case)}{inside}</div>\n</details>\n"
            )
    return f"<h2>Answers</h2>\n{''.join(parts)}" if parts else ""


def _question(case: Case) -> str:
    expected = f"<div><h3>Expected</h3>{_value(case.expect)}</div>" if case.expects else ""
    return f'<div class="pair"><div><h3>Input</h3>{_value(case.input)}</div>{expected}</div>\n'


def _attempt(model: str, attempt: Attempt) -> str:
    sign, kind = _sign([attempt])
    used = attempt.used
    tokens = f"{used.input_tokens:,} → {used.output_tokens:,} tokens"
    facts = escape(" · ".join([str(attempt.repeat), f"score {attempt.score:.2f}", _money(used), tokens, _time(used.latency_ms)]))
    error = f'<p class="failed">{escape(attempt.error)}</p>' if attempt.error else ""
    checks = "".join(map(_verdict, attempt.verdicts))
    listed = f"<h3>Checks</h3><ul>{checks}</ul>" if checks else ""
    return (
        f'<details>\n<summary><span class="{kind}">{sign}</span> {escape(model)} <small>· {facts}</small></summary>\n'
        f"<div>{error}<h3>Output</h3>{_value(attempt.output)}{listed}</div>\n</details>\n"
    )


def _verdict(verdict: Verdict) -> str:
    sign, kind, word = ("✓", "passed", "holds") if verdict.passed else ("✗", "failed", "does not hold")
    score = "" if verdict.score in (0.0, 1.0) else f" {verdict.score:.2f}"
    reason = f" – {escape(verdict.reason)}" if verdict.reason else ""
    return f'<li><span class="{kind}">{sign} {word}</span>: {escape(verdict.check)}{score}{reason}</li>'


def _sign(attempts: Sequence[Attempt]) -> tuple[str, str]:
    passed = {attempt.passed for attempt in attempts}
    return ("◐", "mixed") if len(passed) > 1 else ("✓", "passed") if passed == {True} else ("✗", "failed")


def _grouped(attempts: Iterable[Attempt]) -> dict[tuple[str, str | None], list[Attempt]]:
    grouped: dict[tuple[str, str | None], list[Attempt]] = {}
    for attempt in attempts:
        grouped.setdefault((attempt.case, attempt.model), []).append(attempt)
    return grouped


# ── pieces ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], cell: str = "number") -> str:
    """A table whose first column names the row; the head is text, the cells are HTML."""
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = ((first, "".join(f'<td class="{cell}">{inside}</td>' for inside in rest)) for first, *rest in rows)
    body = "".join(f'<tr><th scope="row">{first}</th>{cells}</tr>\n' for first, cells in lines)
    return f'<div class="wide"><table>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n'


def _value(value: Any) -> str:
    return _text(value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, default=str))


def _text(text: str) -> str:
    rest = len(text) - MAX_CHARACTERS
    return f"<pre>{escape(text[:MAX_CHARACTERS])}{f'… ({rest:,} characters more)' if rest > 0 else ''}</pre>"


def _share(rate: Rate) -> str:
    return "–" if rate.share is None else f"{rate.share:.0%} <small>{rate.passed}/{rate.of}</small>"


def _range(rate: Rate) -> str:
    """The interval in figures, and drawn."""
    if rate.interval is None or rate.share is None:
        return "–"
    low, width = rate.interval.low * 100, (rate.interval.high - rate.interval.low) * 100
    drawn = f'<i style="left:{low:.1f}%;width:{width:.1f}%"></i><b style="left:calc({rate.share * 100:.1f}% - 1px)"></b>'
    return f'{_interval(rate.interval)}<span class="range" aria-hidden="true">{drawn}</span>'


def _interval(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.low * 100:.0f}–{interval.high * 100:.0f} %"


def _mean(mean: Mean) -> str:
    if mean.value is None:
        return "–"
    reach = "" if mean.interval is None else f" <small>{mean.interval.low:.2f}–{mean.interval.high:.2f}</small>"
    return f"{mean.value:.2f}{reach}"


def _difference(value: float | None, interval: Interval | None) -> str:
    if value is None:
        return "–"
    reach = "" if interval is None else f" <small>{interval.low * 100:+.0f} to {interval.high * 100:+.0f}</small>"
    return f"{value * 100:+.0f} points{reach}"


def _money(used: Used) -> str:
    if used.cost is None:
        return "price unknown" if used.calls else "nothing"
    return f"${format(used.cost, 'f')}"


def _time(milliseconds: float | None) -> str:
    return "–" if milliseconds is None else show(milliseconds / 1000)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
