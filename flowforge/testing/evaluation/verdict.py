"""What a check says of one output."""

from __future__ import annotations

import asyncio
import inspect
import math
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowforge.errors import FlowForgeError
from flowforge.testing.evaluation.expectation import difference, shown, value_differs
from flowforge.testing.evaluation.suite import Case, Check, Judge

EXPECT = "expect"

Grade = Callable[[Judge, Case, Any], Awaitable[tuple[int, str]]]


class CheckFailed(FlowForgeError):
    """A check could not be made: its function broke, or its judge did not answer. It says nothing of the output."""


@dataclass(frozen=True)
class Verdict:
    """Whether a check holds, its score from 0 to 1, and why; `made=False`: it could not be made, which is no fault of the output."""

    check: str
    passed: bool
    score: float
    reason: str | None = None
    made: bool = True


def expected_verdict(case: Case, output: Any, compare: tuple[str, ...] | None) -> Verdict:
    """Whether the output has what the case expects."""
    told = difference(case.expect, output, compare)
    return Verdict(EXPECT, told is None, float(told is None), told)


async def verdict_of(check: Check, case: Case, output: Any, grade: Grade) -> Verdict:
    """What the check says; a check that breaks says so instead of raising."""
    try:
        passed, score, reason = await _judged(check, case, output, grade)
    except CheckFailed as error:
        return Verdict(check.title, False, 0.0, error.message, made=False)
    return Verdict(check.title, passed, score, reason)


async def _judged(check: Check, case: Case, output: Any, grade: Grade) -> tuple[bool, float, str | None]:
    if check.exact is not None:
        told = value_differs(output, check.exact.path, check.exact.value)
        return told is None, float(told is None), told
    if check.schema_ is not None:
        told = _misfit(check.schema_, output)
        return told is None, float(told is None), told
    if check.judge is not None:
        points, why = await grade(check.judge, case, output)
        return points >= check.enough, (points - 1) / (check.judge.scale - 1), f"{points} of {check.judge.scale}: {why}"
    assert callable(check.function)
    score, reason = _score(check.title, await _called(check.function, output, case))
    return score >= check.enough, score, reason


def _misfit(schema: dict[str, Any], output: Any) -> str | None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        worst = best_match(Draft202012Validator(schema, registry=Registry()).iter_errors(output))  # an empty registry fetches nothing
    except Unresolvable as error:
        raise CheckFailed(f"the schema refers to what is not in it: {error}") from None
    if worst is None:
        return None
    place = ".".join(str(part) for part in worst.absolute_path)
    return f"{place}: {worst.message}"[:500] if place else worst.message[:500]


async def _called(function: Callable[..., Any], output: Any, case: Case) -> Any:
    try:
        if inspect.iscoroutinefunction(function):
            return await function(output, case)
        return await asyncio.to_thread(function, output, case)  # one that computes for long holds up nobody else
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        raise CheckFailed(f"{type(error).__name__}: {error}, at {Path(where.filename).name}:{where.lineno}") from error


def _score(title: str, said: Any) -> tuple[float, str | None]:
    value, reason = said if isinstance(said, tuple) and len(said) == 2 else (said, None)
    if isinstance(value, bool):
        return float(value), None if reason is None else str(reason)
    if isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= 1:
        return float(value), None if reason is None else str(reason)
    raise CheckFailed(f"{title} gave {shown(said)}, which is no bool, no score from 0 to 1, and no (score, reason)")
