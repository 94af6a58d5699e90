"""Which run, step, worker or request a log record belongs to: known from where the code runs, so nobody has to say it.

The rooms that know add a source; `LogFields` asks them all for each record. It is a `logging.Filter`, so that a program with logging
of its own can have the same fields: `handler.addFilter(LogFields())`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

Source = Callable[[], Mapping[str, str | int]]

SOURCES: list[Source] = []


class LogFields(logging.Filter):
    """Puts the fields on each record; what the record says itself stands. Lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        for source in SOURCES:
            for name, value in source().items():
                record.__dict__.setdefault(name, value)
        return True
