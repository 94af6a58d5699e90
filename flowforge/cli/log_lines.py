"""Log records as lines. The rooms log named facts with fields (`runs.rescued`, runs=3); how they look is decided here."""

from __future__ import annotations

import logging
import sys

from flowforge.cli.figures import time_of_day

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class LineFormatter(logging.Formatter):
    """`10:42:07 ! runs.rescued  runs=3`."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "  ".join(f"{name}={value}" for name, value in vars(record).items() if name not in _OWN)
        sign = "✗" if record.levelno >= logging.ERROR else "!" if record.levelno >= logging.WARNING else "·"
        line = f"{time_of_day()} {sign} {record.getMessage()}" + (f"  {fields}" if fields else "")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def log_to_stderr(*, verbose: bool) -> None:
    """Our own warnings, and nothing of the libraries'; everything from INFO up with `verbose`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    logging.basicConfig(handlers=[handler], level=logging.INFO if verbose else logging.ERROR, force=True)
    logging.getLogger("flowforge").setLevel(logging.INFO if verbose else logging.WARNING)
