"""What one model call used: a row of `flowforge.usage`, less what only the engine knows (run, step, agent, attempt)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from flowforge.orchestrator.models.client import EmbeddingReply, ModelReply
from flowforge.orchestrator.models.prices import UNKNOWN, Price

Kind = Literal["chat", "embedding"]
Outcome = Literal["answered", "cached", "unknown"]


@dataclass(frozen=True)
class Usage:
    """Tokens and cost of one call. `cost` is USD, None where the price is unknown.

    `outcome` is `answered`; `cached`, when an earlier answer was given again: it used no tokens, cost 0 and saved `saved_cost`;
    or `unknown`, when the call was sent and no answer came: whatever it cost, nobody here knows it.
    """

    model: str
    provider: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cost: Decimal | None = None
    price_source: str | None = None
    price_version: str | None = None
    latency_ms: int = 0
    first_token_ms: int | None = None
    kind: Kind = "chat"
    outcome: Outcome = "answered"
    answered_by: str | None = None
    cache_written_tokens: int = 0
    tokens_estimated: bool = False
    saved_cost: Decimal | None = None

    @classmethod
    def from_reply(cls, reply: ModelReply) -> Usage:
        """The row of this reply."""
        return cls(
            model=reply.model,
            provider=reply.provider,
            input_tokens=reply.tokens.input,
            output_tokens=reply.tokens.output,
            cached_tokens=reply.tokens.cached,
            reasoning_tokens=reply.tokens.reasoning,
            cost=reply.cost,
            price_source=reply.price_source,
            price_version=reply.price_version,
            latency_ms=reply.latency_ms,
            first_token_ms=reply.first_token_ms,
            answered_by=reply.answered_by,
            cache_written_tokens=reply.tokens.cache_written,
            tokens_estimated=reply.tokens.estimated,
        )

    @classmethod
    def from_embedding(cls, reply: EmbeddingReply, price: Price = UNKNOWN) -> Usage:
        """The row of a call for vectors, at this price."""
        return cls(
            model=reply.model,
            provider=reply.provider,
            input_tokens=reply.tokens.input,
            output_tokens=0,
            cached_tokens=reply.tokens.cached,
            cost=price.cost,
            price_source=price.source,
            price_version=price.version,
            latency_ms=reply.latency_ms,
            kind="embedding",
            answered_by=reply.answered_by,
            tokens_estimated=reply.tokens.estimated,
        )

    @classmethod
    def from_cache(cls, reply: ModelReply) -> Usage:
        """The row of a call that an earlier reply answered: nothing was sent, so it used nothing and saved what that one cost."""
        return cls(
            model=reply.model,
            provider=reply.provider,
            input_tokens=0,
            output_tokens=0,
            cost=Decimal(0),
            price_source=reply.price_source,
            price_version=reply.price_version,
            outcome="cached",
            answered_by=reply.answered_by,
            saved_cost=reply.cost,
        )

    @classmethod
    def unanswered(cls, model: str, provider: str, *, latency_ms: int = 0, kind: Kind = "chat") -> Usage:
        """The row of a call that was sent, and of which no answer came: a time-out, a cut stream."""
        return cls(model=model, provider=provider, input_tokens=0, output_tokens=0, latency_ms=latency_ms, kind=kind, outcome="unknown")

    def frame(self) -> dict[str, object]:
        """The data of a `usage.recorded` frame; money is a decimal string."""
        return {
            "model": self.model,
            "provider": self.provider,
            "answered_by": self.answered_by,
            "kind": self.kind,
            "outcome": self.outcome,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cached_tokens": self.cached_tokens,
            "cache_written_tokens": self.cache_written_tokens,
            "reasoning_tokens": self.reasoning_tokens,
            "tokens_estimated": self.tokens_estimated,
            "cost": _shown(self.cost),
            "saved_cost": _shown(self.saved_cost),
            "price_source": self.price_source,
            "price_version": self.price_version,
            "latency_ms": self.latency_ms,
            "first_token_ms": self.first_token_ms,
        }


def _shown(money: Decimal | None) -> str | None:
    return None if money is None else format(money, "f")
