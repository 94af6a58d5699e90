"""A report as JSON, `flowforge-evaluation/1`: fields may be added to it, none is renamed or changes its meaning."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flowforge.testing.evaluation.attempt import Attempt
from flowforge.testing.evaluation.report import Comparison, Mean, ModelSummary, Rate, Report
from flowforge.testing.evaluation.statistics import CONFIDENCE, Interval
from flowforge.testing.evaluation.usage import Used

FORMAT = "flowforge-evaluation/1"


def as_json(report: Report) -> dict[str, Any]:
    """The whole report. Money is a decimal string in USD, null while nothing that was called has a known price; shares go from 0 to 1.

    json.dumps(as_json(report))
    """
    return {
        "format": FORMAT,
        "suite": report.suite.name,
        "function": report.suite.function,
        "prompt": report.suite.prompt,
        "began_at": report.began_at.isoformat(),
        "ended_at": report.ended_at.isoformat(),
        "confidence": CONFIDENCE,
        "repeats": report.suite.repeats,
        "planned": report.planned,
        "answered": len(report.attempts),
        "stopped": report.stopped,
        "used": _used(report.used),
        "judging": _used(report.judging),
        "models": [_model(summary) for summary in report.models],
        "comparisons": [_comparison(comparison) for comparison in report.comparisons],
        "cases": [
            {"name": case.name, "input": case.input, **({"expect": case.expect} if case.expects else {})} for case in report.suite.cases
        ],
        "attempts": [_attempt(attempt) for attempt in report.attempts],
    }


def _model(summary: ModelSummary) -> dict[str, Any]:
    return {
        "model": summary.model,
        "pass_rate": _rate(summary.pass_rate),
        "score": _mean(summary.score),
        "errors": summary.errors,
        "flaky": list(summary.flaky),
        "checks": [{"check": check.check, "pass_rate": _rate(check.rate), "score": _mean(check.score)} for check in summary.checks],
        "used": _used(summary.used),
        "latency_ms": {"p50": summary.latency_ms_p50, "p95": summary.latency_ms_p95},
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "model": comparison.model,
        "baseline": comparison.baseline,
        "cases": comparison.cases,
        "pass_rate": _difference(comparison.pass_rate, comparison.pass_rate_interval, comparison.finding),
        "score": _difference(comparison.score, comparison.score_interval, comparison.score_finding),
    }


def _difference(value: float | None, interval: Interval | None, finding: str) -> dict[str, Any]:
    return {"difference": value, "interval": _interval(interval), "finding": finding}


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "case": attempt.case,
        "model": attempt.model,
        "repeat": attempt.repeat,
        "passed": attempt.passed,
        "score": attempt.score,
        "output": attempt.output,
        "error": attempt.error,
        "checks": [
            {"check": one.check, "passed": one.passed, "score": one.score, "reason": one.reason, "made": one.made}
            for one in attempt.verdicts
        ],
        "used": _used(attempt.used),
        "judging": _used(attempt.judging),
    }


def _used(used: Used) -> dict[str, Any]:
    return {
        "calls": used.calls,
        "unpriced_calls": used.unpriced,
        "cost": _money(used.cost),
        "input_tokens": used.input_tokens,
        "output_tokens": used.output_tokens,
        "latency_ms": used.latency_ms,
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {"passed": rate.passed, "of": rate.of, "share": rate.share, "interval": _interval(rate.interval)}


def _mean(mean: Mean) -> dict[str, Any]:
    return {"mean": mean.value, "interval": _interval(mean.interval)}


def _interval(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def _money(cost: Decimal | None) -> str | None:
    return None if cost is None else format(cost, "f")
