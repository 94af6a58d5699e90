"""What LiteLLM's table says that a model cannot do, so that asking it anyway is refused before anything is sent.

Only a plain "no" of the table counts: about a model that it does not list, or says nothing of, the provider decides.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
from functools import lru_cache
from pathlib import Path
from typing import Literal

from flowforge.errors import ModelError
from flowforge.orchestrator.models.aliases import litellm_name

TABLE = "model_prices_and_context_window_backup.json"

Ability = Literal["supports_vision", "supports_function_calling"]
_SAID: dict[Ability, tuple[str, str]] = {
    "supports_vision": ("cannot see images", "ask a model that can, or say in words what they show"),
    "supports_function_calling": ("cannot call tools", "ask a model that can, or leave tools= out"),
}


async def require(model: str, ability: Ability) -> None:
    """Raises ModelError (bad_request) when the table says that the model lacks it."""
    if litellm_name(model) in await asyncio.to_thread(_lacking, ability):
        lacks, hint = _SAID[ability]
        raise ModelError("bad_request", f"{model} {lacks}", model=model, hint=hint)


@lru_cache(maxsize=2)
def _lacking(ability: Ability) -> frozenset[str]:
    """The names of all models of which the table says so; empty where there is no table."""
    spec = importlib.util.find_spec("litellm")
    path = None if spec is None or spec.origin is None else Path(spec.origin).parent / TABLE
    if path is None or not path.is_file():
        return frozenset()
    rows = json.loads(path.read_bytes())
    return frozenset(name for name, row in rows.items() if row.get(ability) is False)
