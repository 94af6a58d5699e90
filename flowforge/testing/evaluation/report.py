"""What an evaluation found: for each model how often it passed, how sure that is, what it cost, and how it compares."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flowforge.clock import SYSTEM_CLOCK
from flowforge.errors import NotFound
from flowforge.testing.evaluation.attempt import Attempt
from flowforge.testing.evaluation.statistics import (
    Finding,
    Interval,
    difference_interval,
    finding,
    mean_interval,
    quantile,
    wilson,
    worth,
)
from flowforge.testing.evaluation.suite import Suite
from flowforge.testing.evaluation.usage import NOTHING_USED, Used

OWN_MODELS = "(its own)"


def name_of(model: str | None) -> str:
    """A model for people; a function that was left its own models has them all in one column."""
    return OWN_MODELS if model is None else model


@dataclass(frozen=True)
class Rate:
    """A share of attempts with its interval. Repeats of a case count as what they are worth, see `statistics.py`."""

    passed: int
    of: int
    share: float | None
    interval: Interval | None


@dataclass(frozen=True)
class Mean:
    """The mean over cases, each case being the mean of its repeats."""

    value: float | None
    interval: Interval | None


@dataclass(frozen=True)
class CheckSummary:
    """How a check went with one model."""

    check: str
    rate: Rate
    score: Mean


@dataclass(frozen=True)
class ModelSummary:
    """How one model did. `errors`: attempts without an output or with a check that broke. `flaky`: cases that passed only sometimes."""

    model: str | None
    pass_rate: Rate
    score: Mean
    checks: tuple[CheckSummary, ...]
    errors: int
    flaky: tuple[str, ...]
    used: Used
    latency_ms_p50: float | None
    latency_ms_p95: float | None

    @property
    def name(self) -> str:
        return name_of(self.model)


@dataclass(frozen=True)
class Comparison:
    """A model against the suite's first one, over the cases that both answered: the mean difference, and what it says."""

    model: str | None
    baseline: str | None
    cases: int
    pass_rate: float | None
    pass_rate_interval: Interval | None
    finding: Finding
    score: float | None
    score_interval: Interval | None
    score_finding: Finding


@dataclass(frozen=True)
class Report:
    """An evaluation that has ended. `stopped`: why before its time ("max_cost", "interrupted"), None when all was answered.

    `used` is everything that was spent, `judging` the judges' part of what stands in the attempts.
    """

    suite: Suite
    began_at: datetime
    ended_at: datetime
    planned: int
    stopped: str | None
    attempts: tuple[Attempt, ...]
    models: tuple[ModelSummary, ...]
    comparisons: tuple[Comparison, ...]
    used: Used
    judging: Used

    def of(self, model: str | None) -> ModelSummary:
        """The summary of one model. Raises NotFound."""
        for summary in self.models:
            if summary.model == model:
                return summary
        raise NotFound("model in this evaluation", name_of(model), [summary.name for summary in self.models])

    def reaches(self, share: float) -> bool:
        """Whether the evaluation came to its end and every model passed at least this share of its attempts."""
        return self.stopped is None and all((summary.pass_rate.share or 0.0) >= share for summary in self.models)

    @property
    def errors(self) -> int:
        return sum(summary.errors for summary in self.models)


def report_of(suite: Suite, attempts: Sequence[Attempt], *, planned: int, used: Used, stopped: str | None, began_at: datetime) -> Report:
    """Sum up what was answered."""
    models: tuple[str | None, ...] = suite.models or (None,)
    by_model = {model: [attempt for attempt in attempts if attempt.model == model] for model in models}
    baseline = models[0]
    return Report(
        suite=suite,
        began_at=began_at,
        ended_at=SYSTEM_CLOCK.now(),
        planned=planned,
        stopped=stopped,
        attempts=tuple(attempts),
        models=tuple(_summary(model, own) for model, own in by_model.items()),
        comparisons=tuple(_comparison(model, baseline, by_model[model], by_model[baseline]) for model in models[1:]),
        used=used,
        judging=sum((attempt.judging for attempt in attempts), NOTHING_USED),
    )


def _summary(model: str | None, attempts: Sequence[Attempt]) -> ModelSummary:
    cases = _by_case(attempts)
    checks = dict.fromkeys(verdict.check for attempt in attempts for verdict in attempt.verdicts)
    latencies = [attempt.used.latency_ms for attempt in attempts if attempt.used.calls]
    return ModelSummary(
        model=model,
        pass_rate=_rate([[attempt.passed for attempt in own] for own in cases.values()]),
        score=_mean([[attempt.score for attempt in own] for own in cases.values()]),
        checks=tuple(_check_summary(check, cases.values()) for check in checks),
        errors=sum(attempt.error is not None for attempt in attempts),
        flaky=tuple(case for case, own in cases.items() if len({attempt.passed for attempt in own}) > 1),
        used=sum((attempt.used for attempt in attempts), NOTHING_USED),
        latency_ms_p50=quantile(latencies, 0.5),
        latency_ms_p95=quantile(latencies, 0.95),
    )


def _check_summary(check: str, cases: Iterable[Sequence[Attempt]]) -> CheckSummary:
    """Over the attempts that the check was made of."""
    made = [[verdict for attempt in own for verdict in attempt.verdicts if verdict.check == check and verdict.made] for own in cases]
    groups = [group for group in made if group]
    return CheckSummary(
        check, _rate([[one.passed for one in group] for group in groups]), _mean([[one.score for one in group] for group in groups])
    )


def _comparison(model: str | None, baseline: str | None, own: Sequence[Attempt], others: Sequence[Attempt]) -> Comparison:
    mine, theirs = _by_case(own), _by_case(others)
    both = [case for case in mine if case in theirs]
    passes = [_average(float(a.passed) for a in mine[case]) - _average(float(a.passed) for a in theirs[case]) for case in both]
    scores = [_average(a.score for a in mine[case]) - _average(a.score for a in theirs[case]) for case in both]
    pass_interval, score_interval = difference_interval(passes), difference_interval(scores)
    return Comparison(
        model=model,
        baseline=baseline,
        cases=len(both),
        pass_rate=_average(passes) if both else None,
        pass_rate_interval=pass_interval,
        finding=finding(pass_interval),
        score=_average(scores) if both else None,
        score_interval=score_interval,
        score_finding=finding(score_interval),
    )


def _by_case(attempts: Iterable[Attempt]) -> Mapping[str, list[Attempt]]:
    cases: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        cases.setdefault(attempt.case, []).append(attempt)
    return cases


def _rate(groups: Sequence[Sequence[bool]]) -> Rate:
    passed, of = sum(map(sum, groups)), sum(map(len, groups))
    return Rate(passed, of, passed / of, wilson(passed / of, worth(groups))) if of else Rate(0, 0, None, None)


def _mean(groups: Sequence[Sequence[float]]) -> Mean:
    means = [_average(group) for group in groups]
    return Mean(_average(means), mean_interval(means)) if means else Mean(None, None)


def _average(values: Iterable[float]) -> float:
    listed = list(values)
    return math.fsum(listed) / len(listed)
