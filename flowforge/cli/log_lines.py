"""Log records as lines. The rooms log named facts with fields (`runs.rescued`, runs=3); how they look is decided here.

Whatever the format, a record carries the run, step, worker or request it belongs to, and no line leaves with a secret in it.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flowforge.cli.figures import time_of_day
from flowforge.log_fields import LogFields
from flowforge.secrets.redact import redact, redact_value

if TYPE_CHECKING:
    from flowforge.settings import Settings

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_TALKATIVE = ("httpx", "httpcore", "LiteLLM", "uvicorn", "asyncio", "watchfiles", "openai", "opentelemetry")


class LineFormatter(logging.Formatter):
    """`10:42:07 ! runs.rescued  runs=3`."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "  ".join(f"{name}={value}" for name, value in _fields(record).items())
        sign = "✗" if record.levelno >= logging.ERROR else "!" if record.levelno >= logging.WARNING else "·"
        line = f"{time_of_day()} {sign} {redact(record.getMessage())}" + (f"  {fields}" if fields else "")
        return f"{line}\n{redact(self.formatException(record.exc_info))}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """`{"time": "…", "level": "warning", "logger": "flowforge.sweeper", "message": "runs.rescued", "runs": 3}`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        line |= {name: value for name, value in _fields(record).items() if name not in line}
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {name: redact_value(value, name) for name, value in vars(record).items() if name not in _OWN}


def log_to_stderr(*, verbose: bool, settings: Settings | None = None) -> None:
    """Text for people at a terminal: our own warnings, and nothing of the libraries'; everything from INFO up with `verbose`. JSON for
    machines: everything from INFO up, the users' code included, of talkative libraries the warnings."""
    json_lines = settings is not None and settings.log_format == "json"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if json_lines else LineFormatter())
    handler.addFilter(LogFields())
    level = logging.INFO if verbose or json_lines else logging.ERROR
    own = logging.INFO if verbose or json_lines else logging.WARNING
    if settings is not None and settings.log_level is not None:
        level = own = getattr(logging, settings.log_level.upper())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.getLogger("flowforge").setLevel(own)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
