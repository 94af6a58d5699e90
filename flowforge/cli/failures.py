"""Every error of every command ends here: one clear sentence on stderr, what to do about it, and the right exit code.

0 ok · 1 a run failed, or something unforeseen · 2 usage · 3 cannot connect · 4 not found. A traceback is never shown unless
`-v` asks for it.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback

import click

from flowforge.cli.terminal import Terminal
from flowforge.errors import ConfigurationError, DatabaseUnavailable, FlowForgeError, InvalidInput, NotFound, ServerUnavailable

OK, FAILED, USAGE, CANNOT_CONNECT, NOT_FOUND, INTERRUPTED = 0, 1, 2, 3, 4, 130


def report(error: BaseException) -> int:
    """Say what went wrong and return the exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else OK if error.code is None else FAILED
    if isinstance(error, BrokenPipeError):
        return _reader_left()
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return INTERRUPTED
    error = _single(error)
    terminal = Terminal()
    sentence, hint, code = explain(error)
    if os.environ.get("FLOWFORGE_VERBOSE"):
        terminal.error("".join(traceback.format_exception(error)).rstrip())
    terminal.error(terminal.paint("✗ ", "red", stream=sys.stderr) + sentence)
    if hint:
        terminal.error(f"  {hint}")
    return code


def explain(error: BaseException) -> tuple[str, str | None, int]:
    """The sentence, the hint and the exit code of an error."""
    match error:
        case click.UsageError():
            path = error.ctx.command_path if error.ctx else "flowforge"
            return error.format_message().rstrip("."), f"see  {path} --help", USAGE
        case click.ClickException():
            return error.format_message(), None, error.exit_code
        case NotFound():
            return error.message, error.hint, NOT_FOUND
        case DatabaseUnavailable() | ServerUnavailable():
            return error.message, error.hint, CANNOT_CONNECT
        case ConfigurationError() | InvalidInput():
            return error.message, error.hint, USAGE
        case FlowForgeError():
            return error.message, error.hint, FAILED
        case OSError(errno=errno.ENOSPC | errno.EACCES | errno.EPERM | errno.EROFS):
            return f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror), None, FAILED
    text = " ".join(str(error).split())
    return f"unforeseen {type(error).__name__}" + (f": {text}" if text else ""), "run it again with -v for the traceback", FAILED


def _single(error: BaseException) -> BaseException:
    """The first real error of a task group's collection: one sentence cannot tell two stories."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _reader_left() -> int:
    """`flowforge runs | head` has read enough; point stdout at nothing so that the exit flush is quiet too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return OK
