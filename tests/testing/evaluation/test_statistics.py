"""Intervals and verdicts, against values that others have published or that can be worked out by hand."""

from __future__ import annotations

import pytest

from flowforge.testing.evaluation.statistics import (
    Interval,
    difference_interval,
    finding,
    mean_interval,
    quantile,
    student_quantile,
    wilson,
    worth,
)


@pytest.mark.parametrize(
    ("passed", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (9, 10, 0.5958, 0.9821),
        (81, 263, 0.2553, 0.3662),  # this and the next two: Newcombe's examples (1998, method 3)
        (15, 148, 0.0624, 0.1605),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_is_wilsons(passed: int, of: int, low: float, high: float) -> None:
    found = wilson(passed / of, of)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("freedom", "expected"),
    [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (10, 2.228), (30, 2.042), (120, 1.980), (1000, 1.962)],
)
def test_students_quantiles_are_those_of_the_tables(freedom: int, expected: float) -> None:
    assert student_quantile(freedom) == pytest.approx(expected, abs=5e-4)


def test_the_interval_of_a_mean_is_students() -> None:
    found = mean_interval([0.1, 0.2, 0.3, 0.4, 0.5])
    assert found is not None  # 0.3 ± 2.776 · 0.158114 / √5
    assert (found.low, found.high) == pytest.approx((0.1037, 0.4963), abs=5e-5)
    assert mean_interval([0.5]) is None


def test_values_that_are_all_the_same_are_not_certain() -> None:
    assert mean_interval([1.0] * 10) == wilson(1.0, 10)


def test_repeats_that_agree_count_as_one_answer_and_independent_ones_as_many() -> None:
    assert worth([[True] * 5, [False] * 5, [True] * 5]) == pytest.approx(3)
    assert worth([[True, False] * 5] * 4) == pytest.approx(40)
    assert worth([[True] * 5] * 4) == 4  # nothing varies: it cannot be known
    assert worth([[True], [False], [True]]) == 3
    between = worth([[True, True, True, False], [True, False, False, False], [True, True, True, True], [True, True, False, False]])
    assert 4 < between < 16


def test_a_difference_needs_six_cases_that_agree() -> None:
    assert [finding(difference_interval([1.0] * cases)) for cases in (1, 2, 5, 6)] == ["cannot tell"] * 3 + ["better"]
    assert finding(difference_interval([-1.0] * 6)) == "worse"
    assert finding(difference_interval([0.0] * 50)) == "cannot tell"


def test_the_interval_of_a_difference_can_be_worked_out_by_hand() -> None:
    found = difference_interval([1.0] * 6 + [0.0] * 4)
    assert found is not None  # with one pair for either side: mean 6/12, variance 8/12 - 1/4, 2.262 · √(0.41667/12)
    assert (found.low, found.high) == pytest.approx((0.0785, 0.9215), abs=5e-5)


def test_an_interval_that_touches_nothing_is_no_difference() -> None:
    assert finding(Interval(0.0, 0.5)) == "cannot tell"
    assert finding(None) == "cannot tell"


def test_quantiles_lie_between_the_values() -> None:
    assert quantile([], 0.5) is None
    assert quantile([3, 1, 2], 0.5) == 2
    assert quantile(list(range(101)), 0.95) == 95
