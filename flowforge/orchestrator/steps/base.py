"""What the groups of steps have in common: options, and how a user's function becomes a body."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from flowforge.errors import StepMisuse
from flowforge.orchestrator.retry import StepOptions
from flowforge.orchestrator.threads import in_thread


class StepGroup:
    """Steps that share options."""

    _options: StepOptions

    def __init__(self, options: StepOptions | None = None) -> None:
        self._options = options or StepOptions()


def body_of(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Awaitable[Any]]:
    """`fn(*args, **kwargs)` as a body: a sync function in a thread, and whatever can be awaited is."""
    if inspect.iscoroutinefunction(fn):
        return lambda: fn(*args, **kwargs)

    async def body() -> Any:
        found = await in_thread(fn, *args, **kwargs)
        while inspect.isawaitable(found):  # a lambda around an async function, a partial: await whatever can be awaited
            found = await found
        return found

    return body


def check_callable(name: str, fn: object, arguments: str) -> None:
    """Raises StepMisuse for what was called already."""
    if not callable(fn):
        raise StepMisuse(
            f'step "{name}" was given a {type(fn).__name__} instead of a function',
            hint=f'write  step.run("{name}", function, {arguments})  without calling the function',
        )
