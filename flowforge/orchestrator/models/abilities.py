"""What LiteLLM's table says that a model can do. Read from the file it ships, without importing LiteLLM."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from flowforge.errors import ModelError
from flowforge.orchestrator.models.client import ModelRequest

_TABLE = "model_prices_and_context_window_backup.json"


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


UNLISTED = Abilities()


def abilities_of(provider: str, model: str) -> Abilities:
    """What `model` (without its provider's prefix) can do at this provider. A model that is not in the table can do who knows what.

    >>> abilities_of("openai", "gpt-4o").tools, abilities_of("openai", "my-own-model").listed
    (True, False)
    """
    return _rows().get(f"{provider}/{model}", UNLISTED)


def provider_of(model: str) -> str | None:
    """The provider that the table names for a model without a prefix, in the form that people write before the slash."""
    return _providers().get(model)


@lru_cache(maxsize=1)
def known_providers() -> frozenset[str]:
    """Every provider in the table."""
    return frozenset(_providers().values())


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


@lru_cache(maxsize=1)
def _rows() -> dict[str, Abilities]:
    """By `provider/model`, for rows with and without the prefix in their own name."""
    return {_full_name(name, row): _abilities(row) for name, row in _table().items()}


@lru_cache(maxsize=1)
def _providers() -> dict[str, str]:
    return {name: _provider(row) for name, row in _table().items()}


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
    )


def _table() -> dict[str, dict[str, Any]]:
    spec = importlib.util.find_spec("litellm")
    if spec is None or spec.origin is None:
        return {}
    rows: dict[str, Any] = json.loads((Path(spec.origin).parent / _TABLE).read_bytes())
    return {name: row for name, row in rows.items() if isinstance(row, dict) and row.get("litellm_provider") and name != "sample_spec"}
