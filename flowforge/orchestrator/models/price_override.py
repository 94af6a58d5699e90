"""Prices of one's own: what a tenant or a `prices.toml` says that a model costs, instead of LiteLLM's table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from flowforge.errors import InvalidInput
from flowforge.orchestrator.models.price_table import Rates

FIELDS = ("input", "output", "cached", "cache_written", "reasoning")

_MILLION = 6  # prices are told for so many tokens: 10 to this power
_PRICE = re.compile(r"\d{1,9}(\.\d{1,12})?")
_LONGEST_NAME = 200


@dataclass(frozen=True)
class PriceOverride:
    """USD per 1,000,000 tokens. What has no price of its own costs what it is a part of: cached and cache-written tokens what input
    does, reasoning what output does. Without `output` only calls that write nothing, like embeddings, have a price."""

    input: Decimal
    output: Decimal | None = None
    cached: Decimal | None = None
    cache_written: Decimal | None = None
    reasoning: Decimal | None = None
    source: str = "override"
    version: str = ""

    @classmethod
    def read(cls, written: Mapping[str, object], *, source: str = "override", version: str = "") -> PriceOverride:
        """From decimal strings, as `{"input": "0.15", "output": "0.60"}`. Raises InvalidInput that points at the one that is wrong."""
        found = {name: read_price(written[name], f"/{name}") for name in FIELDS if name in written}
        if "input" not in found:
            raise InvalidInput("has no price of input", pointer="/input", hint='as in  input = "0.15"')
        return cls(
            found["input"], found.get("output"), found.get("cached"), found.get("cache_written"), found.get("reasoning"), source, version
        )

    def rates(self) -> Rates:
        """The prices of one token."""
        return Rates(
            input=_each(self.input),
            output=_each(self.output),
            cached=_each(self.input if self.cached is None else self.cached),
            cache_written=_each(self.input if self.cache_written is None else self.cache_written),
            reasoning=_each(self.output if self.reasoning is None else self.reasoning),
        )


def read_price(text: object, pointer: str) -> Decimal:
    """USD per million tokens from a decimal string. Raises InvalidInput; a float is refused, for it would not be exact.

    >>> read_price("0.15", "/input")
    Decimal('0.15')
    """
    if not isinstance(text, str):
        raise InvalidInput(f"a price is a decimal string, not {text!r}", pointer=pointer, hint='as in "0.15", USD per million tokens')
    if text.strip().startswith("-"):
        raise InvalidInput(f"a price cannot be negative, {text.strip()} is", pointer=pointer)
    if not _PRICE.fullmatch(text):
        hint = "at most nine digits before the point and twelve behind it"
        raise InvalidInput(f"{text[:50]!r} is no price: a plain decimal number is wanted, as in 0.15", pointer=pointer, hint=hint)
    return Decimal(text)


def check_model_name(model: str, pointer: str = "/model") -> str:
    """The name, if a price can be set for it. Raises InvalidInput."""
    if not model or len(model) > _LONGEST_NAME or model != model.strip() or not model.isprintable():
        raise InvalidInput(f"{model[:50]!r} is no name of a model", pointer=pointer, hint="as in gpt-4o, or my-provider/my-model")
    return model


def _each(per_million: Decimal | None) -> Decimal | None:
    return None if per_million is None else per_million.scaleb(-_MILLION)
