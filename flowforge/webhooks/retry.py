"""When the next attempt is due: longer and longer, never at the same moment for all, and over after about a day."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.utils import parsedate_to_datetime
from uuid import UUID

PATIENCE_SECONDS = 24 * 3600.0  # from a delivery's making to its last attempt
ENDPOINT_PATIENCE_SECONDS = 5 * 24 * 3600.0  # an endpoint that took nothing for so long is disabled
DELAYS_SECONDS = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0, 21600.0, 28800.0)
_SPREAD = 0.2


def delay_seconds(delivery_id: UUID, failures: int, retry_after: float | None = None) -> float:
    """The pause behind a delivery's n-th failure in a row, spread by up to a fifth; a receiver's Retry-After can only make it longer.

    The spread follows from the delivery, so that deliveries which failed together do not come back together.
    """
    plain = DELAYS_SECONDS[min(failures, len(DELAYS_SECONDS)) - 1]
    digest = hashlib.sha256(delivery_id.bytes + failures.to_bytes(4, "big")).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32
    return max(plain * (1 - _SPREAD + 2 * _SPREAD * share), min(retry_after or 0.0, PATIENCE_SECONDS))


def read_retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header, which has them or a date; None for anything else.

    >>> read_retry_after("120", datetime.now())
    120.0
    """
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text.strip()[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return None
