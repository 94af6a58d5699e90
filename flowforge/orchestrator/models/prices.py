"""What a call cost, exactly; what a model can take; and a count of tokens where nobody else has counted.

A price is sought under the model's name as it was asked for, then under the name that the provider answered with: first among the
tenant's own prices, then in `prices.toml`, then in LiteLLM's table. Fees that are not by the token (searches, requests, sessions) are
not in it, nor does it tell batch prices, or text from audio; what is written to a provider's cache costs what the short-lived entry costs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flowforge.orchestrator.models import price_table
from flowforge.orchestrator.models.aliases import litellm_name
from flowforge.orchestrator.models.client import Chat, ModelRequest, TokenUsage
from flowforge.orchestrator.models.library import keep_offline
from flowforge.orchestrator.models.price_override import PriceOverride
from flowforge.orchestrator.models.price_table import Rates

if TYPE_CHECKING:
    import tiktoken

NO_OVERRIDES: Mapping[str, PriceOverride] = {}
TOKENS_PER_IMAGE = 1600  # of a picture or a file: what a full-size picture costs at the providers that count most for one

# What the table has for these is the router's fee, not the price of whoever it asks.
_ROUTERS = frozenset({"azure/model-router", "azure_ai/model_router", "azure_ai/model-router"})
_ROUTES = ("converse/", "invoke/")  # ways to the same model at Bedrock
_SHIPPED_ENCODINGS = frozenset({"cl100k_base", "o200k_base", "p50k_base"})  # others would be downloaded
_TOKENS_PER_MESSAGE = 4
_SAMPLED_FROM = 64 * 1024  # characters; of longer texts, pieces are counted
_PIECES, _PIECE = 16, 4 * 1024


@dataclass(frozen=True)
class Price:
    """Cost in USD, None where unknown, and where the number comes from: `litellm`, `prices.toml` or `override`, and its version."""

    cost: Decimal | None
    source: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class ModelLimits:
    """What a model takes, in tokens; None where the table does not say."""

    context: int | None = None
    output_max: int | None = None


@dataclass(frozen=True)
class EffectivePrice:
    """The prices of one token that hold for a model, and whose they are."""

    rates: Rates
    source: str | None = None
    version: str | None = None


UNKNOWN = Price(None)


def price(
    model: str,
    provider: str,
    tokens: TokenUsage,
    overrides: Mapping[str, PriceOverride] = NO_OVERRIDES,
    *,
    answered_by: str | None = None,
    tier: str | None = None,
    at: datetime | None = None,
) -> Price:
    """What these tokens cost. Unknown is None, never 0; what the table has for nothing costs 0.

    `tier`: the request's `service_tier`. `at`: when, for providers that are cheaper at certain hours.

    >>> price("gpt-4o", "openai", TokenUsage(input=1204, output=88)).cost
    Decimal('0.00389')
    """
    found = effective_price(model, provider, overrides, answered_by=answered_by, prompt_tokens=tokens.input, tier=tier, at=at)
    cost = _cost(found.rates, tokens)
    return UNKNOWN if cost is None else Price(cost, found.source, found.version)


def effective_price(
    model: str,
    provider: str | None = None,
    overrides: Mapping[str, PriceOverride] = NO_OVERRIDES,
    *,
    answered_by: str | None = None,
    prompt_tokens: int = 0,
    tier: str | None = None,
    at: datetime | None = None,
) -> EffectivePrice:
    """The prices that hold for a model, for prompts of this length; nothing known is `Rates()` without a source."""
    own = _names_of(model, provider)
    told = _names_of(answered_by, provider) if answered_by else ()
    for name in (*own, *told):
        if (override := overrides.get(name)) is not None:
            return EffectivePrice(override.rates(), override.source, override.version)
    table = price_table.load()
    for names in (() if litellm_name(model) in _ROUTERS else own, told):
        row = table.find(names, provider)
        if row is not None and (rates := row.rates(prompt_tokens, tier=tier, at=at)).known:
            return EffectivePrice(rates, "litellm", table.version)
    return EffectivePrice(Rates())


def limits_of(model: str) -> ModelLimits:
    """What is known of a model before it is called.

    >>> limits_of("gpt-4o").context
    128000
    """
    row = price_table.load().find(_names_of(model, None), None)
    return ModelLimits() if row is None else ModelLimits(row.context, row.output_max)


def estimate(request: ModelRequest, text: str, reasoning: str, arguments: Iterable[str]) -> TokenUsage:
    """Tokens of a call whose provider did not count them, by tiktoken; close for OpenAI's models, rough for others."""
    encoding = _encoding(request.model.rsplit("/", 1)[-1])
    thought = _count(encoding, reasoning)
    said = _count(encoding, text) + sum(_count(encoding, one) for one in arguments)
    return TokenUsage(input=estimate_prompt(request), output=said + thought, reasoning=thought, estimated=True)


def estimate_prompt(request: ModelRequest) -> int:
    """Tokens of a request before it is sent. A long text is counted by samples; pictures and files count 1,600 each."""
    encoding = _encoding(request.model.rsplit("/", 1)[-1])
    asked = sum(_TOKENS_PER_MESSAGE + _count(encoding, _words(message)) + _pictures(message) for message in request.messages)
    asked += _count(encoding, json.dumps(request.tools)) if request.tools else 0
    return asked + (_count(encoding, json.dumps(request.response_format)) if request.response_format else 0)


def estimate_texts(model: str, texts: Iterable[str]) -> int:
    """Tokens of the texts of an embedding request."""
    encoding = _encoding(model.rsplit("/", 1)[-1])
    return sum(_count(encoding, text) for text in texts)


def _cost(rates: Rates, tokens: TokenUsage) -> Decimal | None:
    """The sum over the kinds of tokens; None as soon as there are tokens of a kind whose price is not known."""
    fresh = max(tokens.input - tokens.cached - tokens.cache_written, 0)
    said = max(tokens.output - tokens.reasoning, 0)
    parts = (
        (fresh, rates.input),
        (tokens.cached, rates.cached),
        (tokens.cache_written, rates.cache_written),
        (said, rates.output),
        (tokens.reasoning, rates.reasoning),
    )
    if not rates.known or any(count and rate is None for count, rate in parts):
        return None
    with localcontext(prec=60):  # no digit is lost, whatever the price
        cost = sum((count * rate for count, rate in parts if rate is not None), Decimal(0))
        return cost.normalize() + 0


def _names_of(model: str, provider: str | None) -> tuple[str, ...]:
    """The names under which a model may be listed, the most exact first."""
    name = litellm_name(model)
    return tuple(dict.fromkeys((model, *_spellings(name, provider))))


def _spellings(name: str, provider: str | None) -> Iterator[str]:
    bare = name.removeprefix(f"{provider}/")
    if provider is not None:
        yield f"{provider}/{bare}"
    yield name
    yield bare
    if provider == "bedrock" and bare.startswith(_ROUTES):
        yield bare.partition("/")[2]
    if provider is None and "/" in bare:
        yield bare.partition("/")[2]
    if bare.startswith("ft:"):  # a model that was trained further, `ft:gpt-4o-mini-2024-07-18:acme::9x`: listed by what it began as
        yield ":".join(bare.split(":")[:2])


@lru_cache(maxsize=64)
def _encoding(model: str) -> tiktoken.Encoding:
    keep_offline()
    import tiktoken

    try:
        name = tiktoken.encoding_name_for_model(model)
    except KeyError:
        name = "o200k_base"
    return tiktoken.get_encoding(name if name in _SHIPPED_ENCODINGS else "o200k_base")


def _count(encoding: tiktoken.Encoding, text: str) -> int:
    """Tokens of a text. Of a long one, evenly spaced pieces are counted and the rest is taken to be like them."""
    if len(text) <= _SAMPLED_FROM:
        return len(encoding.encode(text, disallowed_special=())) if text else 0
    step = (len(text) - _PIECE) / (_PIECES - 1)
    pieces = [text[round(n * step) : round(n * step) + _PIECE] for n in range(_PIECES)]
    counted = sum(len(encoding.encode(piece, disallowed_special=())) for piece in pieces)
    return -(-counted * len(text) // (_PIECES * _PIECE))


def _words(message: Chat) -> str:
    content = message.get("content") or ""
    text = content if isinstance(content, str) else "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    calls = message.get("tool_calls")
    return text + (json.dumps(calls) if calls else "")


def _pictures(message: Chat) -> int:
    content: Any = message.get("content")
    if isinstance(content, str) or not content:
        return 0
    return TOKENS_PER_IMAGE * sum(1 for part in content if isinstance(part, Mapping) and part.get("type", "text") != "text")
