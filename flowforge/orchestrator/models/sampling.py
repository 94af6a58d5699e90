"""The settings of a model call that we pass on; a misspelled one is refused instead of being dropped without a word."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

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
Effort = Literal["low", "medium", "high"]

_UNRECORDED = frozenset({"api_key", "extra_headers"})  # they hold credentials, and decide nothing about the answer
_STOPS_MAX = 16


def refuse_unknown(settings: Mapping[str, Any], known: Sequence[str] = ()) -> None:
    """Raises InvalidInput that names the first unknown setting, and the nearest of the settings and of what else is `known`."""
    for name in settings:
        if name not in SETTINGS:
            nearest = difflib.get_close_matches(name, [*SETTINGS, *known], n=1)
            hint = f"did you mean {nearest[0]}?" if nearest else f"known are {', '.join(sorted(SETTINGS))}"
            raise InvalidInput(f"{name!r} is no setting of a model call", pointer=f"/settings/{name}", hint=hint)


def checked_settings(settings: Mapping[str, Any], reasoning: Effort | int | None) -> dict[str, Any]:
    """The settings as they are sent, `reasoning` among them by its provider's name. Raises InvalidInput for a value that cannot be."""
    sent = {name: value for name, value in settings.items() if value is not None}
    for name, check in _CHECKS.items():
        if name in sent:
            check(name, sent[name])
    if isinstance(sent.get("stop"), tuple):
        sent["stop"] = list(sent["stop"])
    return sent | _thought(reasoning, sent)


def recorded_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a step records of them: no credentials."""
    return {name: value for name, value in settings.items() if name not in _UNRECORDED}


def _thought(reasoning: Effort | int | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    if reasoning is None:
        return {}
    twice = next((name for name in ("reasoning_effort", "thinking") if name in settings), None)
    if twice is not None:
        raise InvalidInput(f"reasoning= and {twice}= say the same thing", pointer="/reasoning", hint="give one of the two")
    if isinstance(reasoning, str) and reasoning in get_args(Effort):
        return {"reasoning_effort": reasoning}
    if isinstance(reasoning, int) and not isinstance(reasoning, bool) and reasoning > 0:
        return {"thinking": {"type": "enabled", "budget_tokens": reasoning}}
    raise InvalidInput(
        f'reasoning is "low", "medium", "high" or a number of tokens, not {reasoning!r}', pointer="/reasoning", hint='as in reasoning="low"'
    )


def _check_count(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidInput(f"{name} is a whole number from 1 on, not {value!r}", pointer=f"/{name}")


def _check_seed(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(f"{name} is a whole number, not {value!r}", pointer=f"/{name}")


def _check_temperature(name: str, value: object) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 2:
        raise InvalidInput(f"{name} lies between 0 and 2, {value!r} does not", pointer=f"/{name}")


def _check_stop(name: str, value: object) -> None:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) and text for text in texts) or not texts:
        raise InvalidInput(f"{name} is a text, or a list of texts, at which the answer ends, not {value!r}", pointer=f"/{name}")
    if len(texts) > _STOPS_MAX:
        raise InvalidInput(f"{name} takes at most {_STOPS_MAX} texts, not {len(texts)}", pointer=f"/{name}")


_CHECKS = {
    "max_tokens": _check_count,
    "max_completion_tokens": _check_count,
    "seed": _check_seed,
    "temperature": _check_temperature,
    "stop": _check_stop,
}
