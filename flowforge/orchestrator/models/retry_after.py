"""How long a provider asks us to wait, from any of the headers in use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from flowforge.clock import SYSTEM_CLOCK

LONGEST_SECONDS = 24 * 3600.0


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, at most a day; None where the provider said nothing usable. Header names are in lower case.

    >>> retry_after({"retry-after": "2"}), retry_after({"retry-after-ms": "1500"}), retry_after({"retry-after": "soon"})
    (2.0, 1.5, None)
    """
    if "retry-after-ms" in headers:
        return _bounded(headers["retry-after-ms"], 0.001)
    value = headers.get("retry-after")
    if value is None:
        return None
    return _bounded(value, 1.0) if re.fullmatch(r"\s*\d+(\.\d+)?\s*", value) else _until(value)


def _bounded(text: str, unit: float) -> float | None:
    try:
        return min(max(float(text) * unit, 0.0), LONGEST_SECONDS)
    except ValueError:
        return None


def _until(date: str) -> float | None:
    try:
        wait = (parsedate_to_datetime(date) - SYSTEM_CLOCK.now()).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(wait, 0.0), LONGEST_SECONDS)
