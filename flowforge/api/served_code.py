"""The code that this server's process serves, and why the newest is not it: told by `flowforge dev`, which takes over what changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class CodeFault:
    """A change that could not be taken over; the code before it goes on serving."""

    files: tuple[str, ...]
    message: str
    traceback: str | None
    at: datetime


@dataclass
class ServedCode:
    """Of one process. `reloads`: it takes over changed code by itself."""

    reloads: bool = False
    fault: CodeFault | None = None
