"""The settings of a model call that we pass on; a misspelled one is refused instead of being dropped without a word."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from flowforge.errors import InvalidInput

SETTINGS = frozenset(
    {
        "api_base",
        "api_key",
        "api_version",
        "extra_body",
        "extra_headers",
        "frequency_penalty",
        "logit_bias",
        "max_completion_tokens",
        "max_tokens",
        "parallel_tool_calls",
        "presence_penalty",
        "reasoning_effort",
        "seed",
        "service_tier",
        "stop",
        "temperature",
        "thinking",
        "top_k",
        "top_p",
        "user",
        "verbosity",
    }
)


def refuse_unknown(settings: Mapping[str, Any]) -> None:
    """Raises InvalidInput that names the first unknown setting, and the nearest known one."""
    for name in settings:
        if name not in SETTINGS:
            nearest = difflib.get_close_matches(name, SETTINGS, n=1)
            hint = f"did you mean {nearest[0]}?" if nearest else f"known are {', '.join(sorted(SETTINGS))}"
            raise InvalidInput(f"{name!r} is no setting of a model call", pointer=f"/settings/{name}", hint=hint)
