"""Why something is not what it claims to be."""

from __future__ import annotations

from typing import Literal

from flowforge.errors import FlowForgeError

Reason = Literal["malformed", "changed", "missing", "reordered", "cut", "forked", "wrong_key", "unsigned", "not_following", "not_included"]


class Refused(FlowForgeError):
    """An export, a proof or a head does not hold. `reason` is one word for programs, the message a sentence for people."""

    def __init__(self, reason: Reason, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
