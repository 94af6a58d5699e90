"""Cron schedules: which moments `0 9 * * 1-5` in Europe/Oslo means, and which of those that nobody fired are made up for.

cronsim finds the times on a wall clock; what a wall clock does when it is put forward or back is decided here, as Vixie cron does:

- A schedule at fixed times (neither minute nor hour begins with *) runs once for each: a time that does not exist runs at the
  first moment after the gap, one that exists twice runs the first time.
- Any other (`*/10 * * * *`, `0 * * * *`) goes by elapsed time: it runs whenever the wall clock shows a time that fits.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from flowforge.errors import RegistrationError

CatchUp = Literal["skip", "one", "all"]
Overlap = Literal["allow", "skip", "wait"]

MAX_CATCH_UP = 1000
ON_TIME = timedelta(seconds=60)  # later than this, a time has been missed
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Schedule:
    """A cron text in a time zone. Raises RegistrationError when it cannot be."""

    cron: str
    zone: str = "UTC"
    catch_up: CatchUp = "one"
    overlap: Overlap = "allow"
    max_catch_up: int = 100

    def __post_init__(self) -> None:
        object.__setattr__(self, "cron", " ".join(str(self.cron).split()))
        _one_of("catch_up", self.catch_up, get_args(CatchUp))
        _one_of("overlap", self.overlap, get_args(Overlap))
        if not 1 <= self.max_catch_up <= MAX_CATCH_UP:
            raise RegistrationError(f"max_catch_up lies between 1 and {MAX_CATCH_UP}, not {self.max_catch_up!r}")
        if (self.catch_up, self.overlap) == ("all", "skip"):
            raise RegistrationError(
                f'{self}: catch_up="all" and overlap="skip" contradict each other: the first run would skip the others',
                hint='overlap="wait" runs the missed times one after another',
            )
        _ = self._zone
        try:
            if self.after(datetime(2000, 1, 1, tzinfo=UTC)) is None:
                raise CronSimError("no day has it")
        except CronSimError as error:
            raise RegistrationError(f"{self.cron!r} is not a cron schedule: {error}"[:300], hint=_HINT) from None

    def __str__(self) -> str:
        return f"cron {self.cron}" + (f" {self.zone}" if self.zone != "UTC" else "")

    def after(self, moment: datetime) -> datetime | None:
        """The first time after this moment, in UTC; None when there is none for fifty years."""
        moment = moment.astimezone(UTC).replace(microsecond=0)
        return self._fixed_after(moment) if self._is_fixed else self._elapsed_after(moment)

    def between(self, first: datetime, last: datetime, limit: int) -> list[datetime]:
        """The last `limit` times from `first` to `last`, both included: it looks back ever farther until it has them."""
        span = timedelta(minutes=1)
        while True:
            begin = max(first, last - span)
            times = list(self._times(begin - _SECOND, last))
            if len(times) >= limit or begin == first:
                return times[-limit:]
            span *= 2

    def to_fire(self, first: datetime, now: datetime) -> list[datetime]:
        """Which of the times from `first` until now are to be fired, in order, as the catch-up policy says."""
        if self.catch_up == "all":
            return self.between(first, now, self.max_catch_up)
        last = self.between(first, now, 1)
        return [time for time in last if self.catch_up == "one" or now - time <= ON_TIME]

    @cached_property
    def _zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError, TypeError):
            near = difflib.get_close_matches(str(self.zone), sorted(available_timezones()), n=1, cutoff=0.5)
            raise RegistrationError(
                f"there is no time zone {self.zone!r}" + (f"; did you mean {near[0]}?" if near else ""), hint='write it as "Europe/Oslo"'
            ) from None

    @cached_property
    def _is_fixed(self) -> bool:
        minute, hour = self.cron.split()[-5:-3] if self.cron.count(" ") >= 4 else ("*", "*")
        return not minute.startswith("*") and not hour.startswith("*")

    def _times(self, moment: datetime, last: datetime) -> Iterator[datetime]:
        while (time := self.after(moment)) is not None and time <= last:
            yield time
            moment = time

    def _fixed_after(self, moment: datetime) -> datetime | None:
        for wall in self._walls(moment.astimezone(self._zone).replace(tzinfo=None)):
            time = wall.replace(tzinfo=self._zone).astimezone(UTC)
            if time.astimezone(self._zone).replace(tzinfo=None) != wall:  # the clock is put forward over it
                time = self._change(time - 2 * _DAY, time) or time
            if time > moment:  # not so while the clock shows an hour for the second time
                return time
        return None

    def _elapsed_after(self, moment: datetime) -> datetime | None:
        """Within one offset the next time is the wall clock's; where the offset changes before it, look again from there."""
        while True:
            offset = self._offset(moment + _SECOND)
            wall = next(self._walls((moment + offset).replace(tzinfo=None)), None)
            if wall is None:
                return None
            time = wall.replace(tzinfo=UTC) - offset
            near = min(time, moment + 2 * _DAY)
            if (changed := self._change(moment + _SECOND, near)) is not None:
                moment = changed - _SECOND
            elif near == time:
                return time
            else:
                moment = time - _DAY

    def _walls(self, wall: datetime) -> Iterator[datetime]:
        return CronSim(self.cron, wall)

    def _offset(self, moment: datetime) -> timedelta:
        return moment.astimezone(self._zone).utcoffset() or timedelta()

    def _change(self, begin: datetime, end: datetime) -> datetime | None:
        """The second in which the zone's offset becomes another one, if it does after `begin` and until `end`."""
        before = self._offset(begin)
        if self._offset(end) == before:
            return None
        while end - begin > _SECOND:
            middle = begin + timedelta(seconds=int((end - begin).total_seconds()) // 2)
            begin, end = (middle, end) if self._offset(middle) == before else (begin, middle)
        return end


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise RegistrationError(f"{name} is one of {', '.join(known)}, not {value!r}")


_HINT = 'five fields: minute hour day-of-month month day-of-week, as in "0 9 * * 1-5" (a sixth, in front, is for seconds)'
