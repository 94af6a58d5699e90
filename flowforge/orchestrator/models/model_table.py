"""LiteLLM's table of models, as the JSON file that it ships: read without importing LiteLLM. Who reads it keeps what he needs."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILE = "model_prices_and_context_window_backup.json"


def read_table(parse_float: Callable[[str], Any] = float) -> dict[str, dict[str, Any]]:
    """The rows by the names of models: 3 MB of text, about 60 ms. Nothing where LiteLLM is not installed."""
    spec = importlib.util.find_spec("litellm")
    if spec is None or spec.origin is None:
        return {}
    rows: dict[str, Any] = json.loads((Path(spec.origin).parent / FILE).read_bytes(), parse_float=parse_float)
    return {name: row for name, row in rows.items() if isinstance(row, dict) and name != "sample_spec"}
