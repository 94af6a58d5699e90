"""What a guarded call can end with, beside httpx's own errors.

EgressError
├── EgressRefused     nothing was sent: the address is not one that may be called
├── AnswerTooLarge    the answer, unpacked, was larger than its limit; the connection is closed
└── AnswerTooSlow     it was not there, whole, before the call's time was over
"""

from __future__ import annotations

from flowforge.errors import FlowForgeError


class EgressError(FlowForgeError):
    """A guarded call was refused or broken off. Its text is for whoever named the address."""


class EgressRefused(EgressError):
    """The address may not be called from here. `rule` says why; which address a name led to is not told."""

    def __init__(self, host: str, rule: str, *, hint: str | None = None) -> None:
        super().__init__(f"{host[:200] or 'this address'} may not be called from here: {rule}", hint=hint)
        self.host, self.rule = host, rule


class AnswerTooLarge(EgressError):
    """More came than was asked for."""

    def __init__(self, host: str, limit_bytes: int) -> None:
        super().__init__(f"the answer of {host} is larger than {limit_bytes} bytes")
        self.limit_bytes = limit_bytes


class AnswerTooSlow(EgressError):
    """The call's time was over before its answer was whole."""

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(f"{host} has not answered within {seconds:g} s")
        self.seconds = seconds
