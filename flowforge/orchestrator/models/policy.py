"""How a call is made, beside what is asked: who answers instead, what may be answered from the cache, what it may cost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal

from flowforge.errors import ModelErrorKind
from flowforge.orchestrator.models.client import ModelReply, ModelRequest

FALLBACK_ON: frozenset[ModelErrorKind] = frozenset(
    {"rate_limited", "quota_exhausted", "overloaded", "server_error", "timeout", "connection", "cut_stream", "not_found"}
)

InputGuard = Callable[[ModelRequest], ModelRequest | Awaitable[ModelRequest | None] | None]
OutputGuard = Callable[[ModelReply], ModelReply | Awaitable[ModelReply | None] | None]


@dataclass(frozen=True)
class CallPolicy:
    """What `step.ai` was told about one call.

    A guard sees the request (or the reply), and passes it on by returning None, changes it by returning another, or refuses it by
    raising `GuardRefused`.
    """

    fallback: tuple[str, ...] = ()  # models that are asked in this order when the one before failed in one of these ways
    fallback_on: frozenset[ModelErrorKind] = FALLBACK_ON
    cache_seconds: float | None = None  # how old an answer to the same request may be
    cost_max: Decimal | None = None  # USD, of one call, checked against its estimate before it is sent
    input_guards: tuple[InputGuard, ...] = ()
    output_guards: tuple[OutputGuard, ...] = ()


PLAIN = CallPolicy()
