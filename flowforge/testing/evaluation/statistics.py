"""How sure one can be of a share, a mean or a difference: intervals at 95 %, without a library and without chance.

Repeats of a case are not new cases: a model that answers a case the same way ten times has told one thing, not ten. The interval of
a share therefore counts as many independent answers as the repeats are worth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

CONFIDENCE = 0.95
Z = 1.959963984540054  # the normal distribution's quantile for it

Finding = Literal["better", "worse", "cannot tell"]


@dataclass(frozen=True)
class Interval:
    """From `low` to `high`: where the true value lies, nineteen times of twenty."""

    low: float
    high: float


def wilson(share: float, answers: float) -> Interval:
    """Wilson's interval of a share of so many independent answers (not necessarily a whole number).

    >>> wilson(0.9, 10)
    Interval(low=0.5958499732047615, high=0.9821237869049271)
    """
    shrunk = 1 + Z * Z / answers
    middle = (share + Z * Z / (2 * answers)) / shrunk
    reach = Z / shrunk * math.sqrt(share * (1 - share) / answers + Z * Z / (4 * answers * answers))
    return Interval(max(0.0, middle - reach), min(1.0, middle + reach))


def worth(groups: Sequence[Sequence[bool]]) -> float:
    """How many independent answers the repeats of these cases are worth: from the number of cases to that of all answers.

    By the correlation of answers to the same case (the one-way analysis of variance). Where nothing varies it cannot be known,
    and a case counts once.
    """
    answers = sum(len(group) for group in groups)
    cases = len(groups)
    if answers == cases or cases < 2:
        return float(answers if answers == cases else cases)
    mean = sum(map(sum, groups)) / answers
    shares = [sum(group) / len(group) for group in groups]
    between = sum(len(group) * (share - mean) ** 2 for group, share in zip(groups, shares, strict=True)) / (cases - 1)
    within = sum(len(group) * share * (1 - share) for group, share in zip(groups, shares, strict=True)) / (answers - cases)
    size = (answers - sum(len(group) ** 2 for group in groups) / answers) / (cases - 1)  # of a typical case, where they differ
    spread = between + (size - 1) * within
    alike = 1.0 if spread == 0 else min(1.0, max(0.0, (between - within) / spread))
    return max(float(cases), answers / (1 + (size - 1) * alike))


def mean_interval(values: Sequence[float]) -> Interval | None:
    """Student's interval of the mean of these values, which lie from 0 to 1; None for fewer than two.

    Values that are all the same say nothing about how they vary: there it is Wilson's, which supposes the most.
    """
    if len(values) < 2:
        return None
    mean = math.fsum(values) / len(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    if variance < 1e-12:
        return wilson(min(1.0, max(0.0, mean)), len(values))
    reach = student_quantile(len(values) - 1) * math.sqrt(variance / len(values))
    return Interval(max(0.0, mean - reach), min(1.0, mean + reach))


def difference_interval(differences: Sequence[float]) -> Interval | None:
    """The interval of the mean of paired differences, each between -1 and 1, one a case; None for fewer than two cases.

    Bonett and Price's (one case more that speaks for either side, so that few cases which agree do not look certain), with
    Student's quantile. For cases that all agree it decides as the sign test does: from six cases on.
    """
    cases = len(differences)
    if cases < 2:
        return None
    weighed = [*differences, 1.0, -1.0]
    mean = math.fsum(weighed) / len(weighed)
    variance = math.fsum((value - mean) ** 2 for value in weighed) / len(weighed)
    reach = student_quantile(cases - 1) * math.sqrt(variance / len(weighed))
    return Interval(max(-1.0, mean - reach), min(1.0, mean + reach))


def finding(interval: Interval | None) -> Finding:
    """What an interval of a difference says."""
    if interval is None or interval.low <= 0 <= interval.high:
        return "cannot tell"
    return "better" if interval.low > 0 else "worse"


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value below which that share of the values lies, between two of them where it falls there; None of nothing.

    >>> quantile([1, 2, 3, 4], 0.5), quantile([7], 0.95)
    (2.5, 7.0)
    """
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    lower = math.floor(place)
    upper = min(lower + 1, len(ordered) - 1)
    return float(ordered[lower] + (ordered[upper] - ordered[lower]) * (place - lower))


def student_quantile(freedom: int) -> float:
    """How many standard errors the interval reaches to either side, with so many degrees of freedom."""
    low, high = Z, 13.0  # 12.706 with one degree
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _student_inside(middle, freedom) < CONFIDENCE else (low, middle)
    return (low + high) / 2


def _student_inside(t: float, freedom: int) -> float:
    """How likely Student's t lies between -t and t: the finite sums of Abramowitz and Stegun, 26.7.3 and 26.7.4."""
    angle = math.atan(t / math.sqrt(freedom))
    cosine = math.cos(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = term if freedom > 1 else 0.0
    for n in range(3 if odd else 2, freedom - 1, 2):
        term *= cosine * cosine * (n - 1) / n
        total += term
    return 2 / math.pi * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total
