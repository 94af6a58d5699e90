"""What a program in the sandbox came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

# ended: by itself. time, cpu, memory, output, files: it took more of that than it may. broken: it ended with no report, as when
# it killed what was to report.
Reason = Literal["ended", "time", "cpu", "memory", "output", "files", "broken"]


@dataclass(frozen=True)
class SandboxResult:
    """What a program wrote and left, and why it ended.

    `exit` is its exit code, negative for a signal, None when it was ended from outside. All of it is the program's word: treat
    it as you would a stranger's.
    """

    reason: Reason
    exit: int | None
    stdout: bytes
    stderr: bytes
    files: dict[str, bytes] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Did it end by itself, and with exit code 0?"""
        return self.reason == "ended" and self.exit == 0
