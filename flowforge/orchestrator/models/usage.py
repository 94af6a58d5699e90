"""What one model call used: a row of `flowforge.usage`, less what only the engine knows (run, step, agent, attempt)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flowforge.orchestrator.models.client import ModelReply


@dataclass(frozen=True)
class Usage:
    """Tokens and cost of one answered call. `cost` is USD, None where the price is unknown."""

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
        )

    def frame(self) -> dict[str, object]:
        """The data of a `usage.recorded` frame; money is a decimal string."""
        return {
            "model": self.model,
            "provider": self.provider,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cached_tokens": self.cached_tokens,
            "reasoning_tokens": self.reasoning_tokens,
            "cost": None if self.cost is None else format(self.cost, "f"),
            "price_source": self.price_source,
            "latency_ms": self.latency_ms,
            "first_token_ms": self.first_token_ms,
        }
