"""A tool's call that did not work, in words for the model that made it."""

from __future__ import annotations

from flowforge.errors import FlowForgeError

TOLD_CHARACTERS_MAX = 2_000  # of what the other side said


class ToolFailed(FlowForgeError):
    """What was called refused, or did not answer. `retryable`: another attempt can help; `retry_after` says after how many seconds."""

    def __init__(self, message: str, *, retryable: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retryable, self.retry_after = retryable, retry_after


def bounded(text: str, limit: int = TOLD_CHARACTERS_MAX) -> str:
    """The beginning of a text, saying how much is missing.

    >>> bounded("abcdef", 4)
    'abcd… (2 more characters)'
    """
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} more characters)"
