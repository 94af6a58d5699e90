"""On which terms a call is made, read from what `step.ai` was told: who answers instead, from how old a cache, for how much."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from flowforge.durations import Duration, seconds
from flowforge.errors import InvalidInput, ModelErrorKind
from flowforge.orchestrator.models.policy import FALLBACK_ON, CallPolicy

_KINDS: tuple[ModelErrorKind, ...] = get_args(ModelErrorKind)


def read_policy(
    model: str,
    *,
    fallback: Sequence[str] | None = None,
    fallback_on: Sequence[str] | None = None,
    cache: Duration | None = None,
    max_cost: Decimal | str | int | None = None,
    before: Sequence[Callable[..., Any]] | None = None,
    after: Sequence[Callable[..., Any]] | None = None,
) -> CallPolicy:
    """The policy of a call. Raises InvalidInput with a pointer to what does not fit."""
    others = _models(model, fallback)
    if fallback_on is not None and not others:
        raise InvalidInput(
            "fallback_on says when another model is asked, and none is named", pointer="/fallback_on", hint="give fallback=[…]"
        )
    return CallPolicy(
        fallback=others,
        fallback_on=FALLBACK_ON if fallback_on is None else _kinds(fallback_on),
        cache_seconds=None if cache is None else _age(cache),
        cost_max=None if max_cost is None else _money(max_cost),
        input_guards=_guards(before, "before"),
        output_guards=_guards(after, "after"),
    )


def _models(model: str, fallback: Any) -> tuple[str, ...]:
    if fallback is None:
        return ()
    if not isinstance(fallback, list | tuple) or not all(isinstance(name, str) and name for name in fallback):
        raise InvalidInput(f"fallback is a list of models, not {fallback!r}", pointer="/fallback", hint='as in fallback=["gpt-4o-mini"]')
    asked = [model]
    for place, name in enumerate(fallback):
        if name in asked:
            hint = "retries= says how often one model is asked"
            raise InvalidInput(f"{name} would be asked twice", pointer=f"/fallback/{place}", hint=hint)
        asked.append(name)
    return tuple(fallback)


def _kinds(names: Any) -> frozenset[ModelErrorKind]:
    if isinstance(names, str) or not isinstance(names, list | tuple | set | frozenset) or not names:
        raise InvalidInput(f"fallback_on is a list of kinds of errors, not {names!r}", pointer="/fallback_on", hint=_known_kinds())
    for name in names:
        if name not in _KINDS:
            nearest = difflib.get_close_matches(str(name), _KINDS, n=1)
            hint = f"did you mean {nearest[0]}?" if nearest else _known_kinds()
            raise InvalidInput(f"{name!r} is no kind of a model's error", pointer="/fallback_on", hint=hint)
    return frozenset(names)


def _known_kinds() -> str:
    return f"known are {', '.join(_KINDS)}"


def _age(cache: Duration) -> float:
    age = seconds(cache)
    if age <= 0:
        raise InvalidInput(f"cache says how old an answer may be, which {cache!r} does not", pointer="/cache", hint='as in cache="7d"')
    return age


def _money(amount: Any) -> Decimal:
    if isinstance(amount, float):
        raise InvalidInput(
            f"max_cost is an exact amount, which the float {amount!r} is not", pointer="/max_cost", hint=f'write max_cost="{amount}"'
        )
    try:
        value = Decimal(amount) if isinstance(amount, str | int | Decimal) and not isinstance(amount, bool) else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite():
        raise InvalidInput(f"max_cost is an amount of USD, which {amount!r} is not", pointer="/max_cost", hint='as in max_cost="0.50"')
    if value <= 0:
        raise InvalidInput(f"max_cost is more than 0, which {amount!s} is not", pointer="/max_cost", hint="leave it out for no limit")
    return value


def _guards(given: Any, what: str) -> tuple[Any, ...]:
    if given is None:
        return ()
    if not isinstance(given, list | tuple):
        raise InvalidInput(f"{what} is a list of functions, not {given!r}", pointer=f"/{what}", hint=f"write  {what}=[check]")
    for place, guard in enumerate(given):
        if not callable(guard) or not _takes_one(guard):
            taken = "the request" if what == "before" else "the reply"
            raise InvalidInput(f"{guard!r} is no guard: a function that takes {taken}", pointer=f"/{what}/{place}")
    return tuple(given)


def _takes_one(guard: Callable[..., Any]) -> bool:
    try:
        inspect.signature(guard).bind(None)
    except TypeError:
        return False
    except ValueError:  # a builtin without a signature
        return True
    return True
