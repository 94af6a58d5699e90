"""Figures as people read them: money, tokens, durations, ages, times of day."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from flowforge import durations
from flowforge.clock import SYSTEM_CLOCK


def money(cost: Decimal | str | None) -> str:
    """US dollars: two decimals from a cent up, four below; empty where the price is unknown.

    >>> money("0.0421"), money("0.0021"), money("0.00000001"), money("0")
    ('$0.04', '$0.0021', '<$0.0001', '$0.00')
    """
    if cost is None:
        return ""
    try:
        value = Decimal(cost)
    except InvalidOperation:
        return str(cost)
    if 0 < value < Decimal("0.0001"):
        return "<$0.0001"
    places = Decimal("0.0001") if 0 < value < Decimal("0.01") else Decimal("0.01")
    return f"${value.quantize(places, ROUND_HALF_UP):,f}"


def spent(cost: Decimal | str | None) -> str:
    """Money that went away: nothing is shown for nothing."""
    return money(cost) if cost is not None and Decimal(cost) > 0 else ""


def tokens(into: int | None, out: int | None) -> str:
    """`1,204→88 tok`, or nothing where none were counted."""
    return "" if into is None and out is None else f"{into or 0:,}→{out or 0:,} tok"


def milliseconds(value: float | None) -> str:
    """A step's duration: `12 ms`, `1.4 s`, `3 m 12 s`."""
    return "" if value is None else durations.show(value / 1000)


def elapsed(start: datetime | None, end: datetime | None = None) -> str:
    """From start to end, or to now where it has not ended."""
    return "" if start is None else durations.show(max(0.0, ((end or SYSTEM_CLOCK.now()) - start).total_seconds()))


def age(moment: datetime | None) -> str:
    """`3 m ago`."""
    if moment is None:
        return ""
    seconds = (SYSTEM_CLOCK.now() - moment).total_seconds()
    return f"{round(seconds)} s ago" if 1 <= seconds < 60 else f"{durations.show(seconds)} ago" if seconds >= 60 else "just now"


def until(moment: datetime) -> str:
    """`in 4 h 12 m`."""
    seconds = (moment - SYSTEM_CLOCK.now()).total_seconds()
    return f"in {durations.show(seconds)}" if seconds >= 1 else "now"


def time_of_day(moment: datetime | None = None) -> str:
    """Local time to the second: `10:42:07`."""
    return (moment or SYSTEM_CLOCK.now()).astimezone().strftime("%H:%M:%S")


def ending(id: str) -> str:
    """The short form of an id that people type: its last eight digits."""
    return id[-8:]
