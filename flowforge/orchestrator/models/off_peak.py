"""Hours in which some providers are cheaper, as LiteLLM's table writes them: windows of UTC time, some on certain weekdays only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Window:
    """From `begin` up to `end` in UTC, past midnight where `end` is not later; on these weekdays (1 is Monday), or on all."""

    begin: time
    end: time
    weekdays: frozenset[int] | None = None
    zone: str = "UTC"  # whose weekdays they are

    def covers(self, moment: datetime) -> bool:
        now = moment.astimezone(UTC).time()
        inside = self.begin <= now < self.end if self.begin < self.end else now >= self.begin or now < self.end
        return inside and (self.weekdays is None or moment.astimezone(ZoneInfo(self.zone)).isoweekday() in self.weekdays)


@dataclass(frozen=True, slots=True)
class OffPeak:
    """The windows of one model, and the prices that hold in them."""

    windows: tuple[Window, ...]
    prices: Mapping[str, Decimal]

    @classmethod
    def read(cls, written: Mapping[str, Any], prices: Mapping[str, Decimal]) -> OffPeak:
        """From the table's form: `{"hours_utc": "16:30-00:30", "windows": [{"hours_utc": […], "weekdays": [6, 7]}]}`."""
        zone = str(written.get("weekday_timezone") or "UTC")
        found = [Window(*_hours(text)) for text in _texts(written.get("hours_utc"))]
        for rule in written.get("windows", ()):
            days = rule.get("weekdays")
            weekdays = None if days is None else frozenset(int(day) for day in days)
            found += [Window(*_hours(text), weekdays, zone) for text in _texts(rule.get("hours_utc"))]
        return cls(tuple(found), prices)

    def covers(self, moment: datetime) -> bool:
        return any(window.covers(moment) for window in self.windows)


def _hours(text: str) -> tuple[time, time]:
    begin, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
    return begin, end


def _texts(value: str | Sequence[str] | None) -> Sequence[str]:
    return () if value is None else [value] if isinstance(value, str) else value
