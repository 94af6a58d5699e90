"""What LiteLLM's table says that a model can do. Read from the file it ships, without importing LiteLLM."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flowforge.errors import ModelError
from flowforge.orchestrator.models.aliases import litellm_name
from flowforge.orchestrator.models.client import ModelRequest
from flowforge.orchestrator.models.model_table import read_table


@dataclass(frozen=True)
class Abilities:
    """One row of the table; None where the table does not say."""

    listed: bool = False
    mode: str | None = None
    max_output_tokens: int | None = None
    tools: bool | None = None
    response_schema: bool | None = None
    native_structured_output: bool | None = None
    reasoning: bool | None = None
    adaptive_thinking: bool | None = None
    sampling: bool | None = None  # temperature and its like
    vision: bool | None = None


UNLISTED = Abilities()


def abilities_of(provider: str, model: str) -> Abilities:
    """What `model` (without its provider's prefix) can do at this provider. A model that is not in the table can do who knows what.

    >>> abilities_of("openai", "gpt-4o").tools, abilities_of("openai", "my-own-model").listed
    (True, False)
    """
    return _abilities_by_name()[0].get(f"{provider}/{model}", UNLISTED)


def provider_of(model: str) -> str | None:
    """The provider that the table names for a model without a prefix, in the form that people write before the slash."""
    return _providers().get(model)


@lru_cache(maxsize=1)
def known_providers() -> frozenset[str]:
    """Every provider in the table."""
    return frozenset(_providers().values())


async def require_sight(models: Iterable[str]) -> None:
    """Raises ModelError (bad_request) for the first of these models of which the table says that it cannot see pictures."""
    await asyncio.to_thread(_abilities_by_name)
    for model in models:
        name = litellm_name(model)
        if abilities_of(provider_of(name) or "", name.removeprefix(f"{provider_of(name)}/")).vision is False:
            hint = "ask a model that can, or say in words what they show"
            raise ModelError("bad_request", f"{model} cannot see images", model=model, hint=hint)


def refuse_impossible(request: ModelRequest, abilities: Abilities) -> None:
    """Raises ModelError (bad_request) for what the table says clearly that the model cannot do; nothing is sent then."""
    if abilities.mode in ("embedding", "image_generation", "audio_transcription", "audio_speech", "rerank", "moderation"):
        raise _cannot(request, "answer messages", f"it is a model for {abilities.mode.replace('_', ' ')}")
    if request.tools and abilities.tools is False:
        raise _cannot(request, "call tools", "take a model that can, or give it no tools")
    if request.response_format is not None and abilities.response_schema is False:
        raise _cannot(request, "follow a schema", "take a model that can, or ask for text")


def _cannot(request: ModelRequest, what: str, hint: str) -> ModelError:
    return ModelError("bad_request", f"{request.model} cannot {what}, says LiteLLM's table of models", model=request.model, hint=hint)


def _providers() -> dict[str, str]:
    return _abilities_by_name()[1]


@lru_cache(maxsize=1)
def _abilities_by_name() -> tuple[dict[str, Abilities], dict[str, str]]:
    """Abilities by `provider/model`, for rows with and without the prefix in their own name; and providers by the rows' names."""
    rows = {name: row for name, row in read_table().items() if row.get("litellm_provider")}
    return {_full_name(name, row): _abilities(row) for name, row in rows.items()}, {name: _provider(row) for name, row in rows.items()}


def _full_name(name: str, row: dict[str, Any]) -> str:
    provider = _provider(row)
    return name if name.startswith(f"{provider}/") else f"{provider}/{name}"


def _provider(row: dict[str, Any]) -> str:
    """As people write it before the slash: `vertex_ai-language-models` and its like are wings of one provider."""
    name = str(row["litellm_provider"]).removesuffix("_converse")
    return next((house for house in ("vertex_ai", "fireworks_ai") if name.startswith(f"{house}-")), name)


def _abilities(row: dict[str, Any]) -> Abilities:
    most = row.get("max_output_tokens", row.get("max_tokens"))
    return Abilities(
        listed=True,
        mode=row.get("mode"),
        max_output_tokens=most if isinstance(most, int) else None,
        tools=row.get("supports_function_calling"),
        response_schema=row.get("supports_response_schema"),
        native_structured_output=row.get("supports_native_structured_output"),
        reasoning=row.get("supports_reasoning"),
        adaptive_thinking=row.get("supports_adaptive_thinking"),
        sampling=row.get("supports_sampling_params"),
        vision=row.get("supports_vision"),
    )
