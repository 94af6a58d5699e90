"""One answer to one case: what a run gave, and what the checks say of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from flowforge.testing.evaluation.usage import NOTHING_USED, Used
from flowforge.testing.evaluation.verdict import Verdict


@dataclass(frozen=True)
class Attempt:
    """The answer of `model` (None: the models that the code names) to a case, the `repeat`-th time, counted from 1.

    `error`: why there is no output, or why a check could not be made. `used` is what the run used, `judging` what the judges did.
    """

    case: str
    model: str | None
    repeat: int
    output: Any = None
    error: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    used: Used = NOTHING_USED
    judging: Used = NOTHING_USED

    @property
    def passed(self) -> bool:
        """There is an output, and every check holds."""
        return self.error is None and all(verdict.passed for verdict in self.verdicts)

    @property
    def score(self) -> float:
        """The mean of the checks' scores; without checks 1 for any output; 0 where there is none."""
        if not self.verdicts:
            return float(self.error is None)
        return math.fsum(verdict.score for verdict in self.verdicts) / len(self.verdicts)
