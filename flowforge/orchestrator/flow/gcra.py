"""The generic cell rate algorithm: one number for each limit, the theoretical arrival time of the next start.

Starts are `period / limit` seconds apart in the long run; `burst` of them may come together. In any stretch of time t there are at
most `burst + t / interval` of them. Times are seconds of the database's clock.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """A rate as GCRA counts it.

    >>> Pace.of(60, 60.0, burst=2)
    Pace(interval=1.0, tolerance=1.0)
    """

    interval: float
    tolerance: float

    @classmethod
    def of(cls, limit: int, period_seconds: float, burst: int) -> Pace:
        interval = period_seconds / limit
        return cls(interval, interval * (burst - 1))

    def allows_at(self, tat: float | None) -> float:
        """The earliest moment at which the next start is allowed."""
        return float("-inf") if tat is None else tat - self.tolerance

    def after(self, tat: float | None, now: float) -> float:
        """The theoretical arrival time once a start at `now` has been counted."""
        return max(now, tat if tat is not None else now) + self.interval
