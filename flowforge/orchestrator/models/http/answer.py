"""What a wire format's reader does: tells an Assembly what came, whole or event by event."""

from __future__ import annotations

from typing import Any, Protocol


class Answer(Protocol):
    """Reads one answer. What does not fit the format at all raises KeyError, TypeError, ValueError or AttributeError."""

    def whole(self, body: dict[str, Any]) -> None:
        """The answer to a request without a stream."""
        ...

    def event(self, body: dict[str, Any]) -> None:
        """One event of a stream. Raises ProviderBrokeOff."""
        ...


class ProviderBrokeOff(Exception):
    """The provider put an error into its stream; the message is what it said."""
