"""Models that LiteLLM's table says cannot see: sending them pictures is refused before anything leaves.

Only a plain "no" of the table counts: about a model that it does not list, or says nothing of, the provider decides.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from flowforge.errors import ModelError
from flowforge.orchestrator.models.aliases import litellm_name

TABLE = "model_prices_and_context_window_backup.json"


async def require_sight(models: Iterable[str]) -> None:
    """Raises ModelError (bad_request) for the first of these models that is known not to see images."""
    blind = await asyncio.to_thread(_blind)
    for model in models:
        if litellm_name(model) in blind:
            hint = "ask a model that can, or say in words what they show"
            raise ModelError("bad_request", f"{model} cannot see images", model=model, hint=hint)


@lru_cache(maxsize=1)
def _blind() -> frozenset[str]:
    """The names of all models of which the table says so; none where there is no table."""
    spec = importlib.util.find_spec("litellm")
    path = None if spec is None or spec.origin is None else Path(spec.origin).parent / TABLE
    if path is None or not path.is_file():
        return frozenset()
    return frozenset(name for name, row in json.loads(path.read_bytes()).items() if row.get("supports_vision") is False)
