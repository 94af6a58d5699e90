"""Durations as people write them: `"24h"`, `"1h30m"`, `"250ms"`, seconds as a number, or a `timedelta`."""

from __future__ import annotations

import re
from datetime import timedelta

from flowforge.errors import InvalidInput

Duration = str | int | float | timedelta

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")


def seconds(duration: Duration) -> float:
    """The duration in seconds. Raises InvalidInput for a negative or unreadable one.

    >>> seconds("1h30m"), seconds("250ms"), seconds(2)
    (5400.0, 0.25, 2.0)
    """
    if isinstance(duration, timedelta):
        value = duration.total_seconds()
    elif isinstance(duration, int | float):
        value = float(duration)
    else:
        text = duration.strip().replace(" ", "")
        parts = _PART.findall(text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            raise InvalidInput(f"cannot read {duration!r} as a duration", hint="write it as 250ms, 30s, 10m, 24h, 7d or 1h30m")
        value = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if not 0 <= value < 3.2e9:
        raise InvalidInput(f"a duration must lie between 0 and 100 years, {duration!r} does not")
    return value


def show(value: float) -> str:
    """Seconds for people: `12 ms`, `1.4 s`, `4 m 12 s`, `23 h 5 m`, `3 d 4 h`."""
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.1f} s"
    whole = round(value)
    for big, small, big_name, small_name in ((86400, 3600, "d", "h"), (3600, 60, "h", "m"), (60, 1, "m", "s")):
        if whole >= big:
            rest = whole % big // small
            return f"{whole // big} {big_name}" + (f" {rest} {small_name}" if rest else "")
    return f"{whole} s"


def about(value: float) -> str:
    """Roughly how long, in its largest unit: `3 s`, `14 m`, `2 h`, `5 d`.

    >>> about(0.4), about(14 * 60 + 50), about(2 * 86400 + 7200)
    ('0 s', '14 m', '2 d')
    """
    whole = max(0, int(value))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if whole >= size:
            return f"{whole // size} {unit}"
    return f"{whole} s"


def written(value: timedelta) -> str:
    """A duration as it would be written, in one unit: `30d`, `36h`, `90s`.

    >>> written(timedelta(days=7)), written(timedelta(hours=36)), written(timedelta(seconds=90))
    ('7d', '36h', '90s')
    """
    whole = int(value.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}s"
