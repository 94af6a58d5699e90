"""What a call cost, by LiteLLM's price table on disk, and a count of tokens for providers that do not count."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from importlib.metadata import version
from types import ModuleType
from typing import TYPE_CHECKING, Any

from flowforge.orchestrator.models.client import Chat, ModelRequest, TokenUsage
from flowforge.orchestrator.models.library import keep_offline

if TYPE_CHECKING:
    import tiktoken

_PLACES = Decimal("1e-12")  # the table's floats carry noise far behind this
_SHIPPED_ENCODINGS = frozenset({"cl100k_base", "o200k_base", "p50k_base"})  # others would be downloaded
_TOKENS_PER_MESSAGE = 4


@dataclass(frozen=True)
class Price:
    """Cost in USD, None where unknown, and where the number comes from."""

    cost: Decimal | None
    source: str | None = None
    version: str | None = None


UNKNOWN = Price(None)


def price_of(litellm: ModuleType, model: str, provider: str, usage: Any, *, estimated: bool = False) -> Price:
    """The price of `usage` (a LiteLLM usage object). An unlisted model has no price, which is not the price 0."""
    if not _listed(litellm.model_cost, model, provider):
        return UNKNOWN
    try:
        prompt, completion = litellm.cost_per_token(model=model, custom_llm_provider=provider, usage_object=usage)
    except (litellm.exceptions.BadRequestError, litellm.exceptions.NotFoundError, KeyError, ValueError, TypeError):
        return UNKNOWN
    except Exception as error:
        if type(error).__name__ != "ModelNotMappedError":  # its only sign that a price is missing
            raise
        return UNKNOWN
    cost = (Decimal(repr(prompt)) + Decimal(repr(completion))).quantize(_PLACES, ROUND_HALF_EVEN).normalize()
    return Price(cost + 0, "litellm, tokens estimated" if estimated else "litellm", version("litellm"))


def estimate(request: ModelRequest, text: str, reasoning: str, arguments: Iterable[str]) -> TokenUsage:
    """Tokens of a call whose provider did not count them, by tiktoken; close for OpenAI's models, rough for others."""
    encoding = _encoding(request.model.rsplit("/", 1)[-1])
    asked = sum(_TOKENS_PER_MESSAGE + _count(encoding, _words(message)) for message in request.messages)
    asked += _count(encoding, json.dumps(request.tools)) if request.tools else 0
    thought = _count(encoding, reasoning)
    said = _count(encoding, text) + sum(_count(encoding, one) for one in arguments)
    return TokenUsage(input=asked, output=said + thought, reasoning=thought, estimated=True)


def _listed(table: Mapping[str, Mapping[str, Any]], model: str, provider: str) -> bool:
    """Whether the table holds a price for this model; some of its rows describe a model without one."""
    bare = model.removeprefix(f"{provider}/")
    rows = (table[name] for name in (model, bare, f"{provider}/{bare}") if name in table)
    return any("cost" in column for row in rows for column in row)


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
    return len(encoding.encode(text, disallowed_special=())) if text else 0


def _words(message: Chat) -> str:
    content = message.get("content") or ""
    text = content if isinstance(content, str) else "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    calls = message.get("tool_calls")
    return text + (json.dumps(calls) if calls else "")
