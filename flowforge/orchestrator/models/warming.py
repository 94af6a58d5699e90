"""What the first model call of a process would wait for, imported before it comes: where the code asks models, and only there."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType

from flowforge.orchestrator.models.client import get_client
from flowforge.orchestrator.models.library import load
from flowforge.orchestrator.registry import Registry

_ASKING = frozenset({"ai", "embed"})  # `step.ai(…)` as it stands in compiled code


def asks_models(registry: Registry) -> bool:
    """Does a registered function, or one that its module knows by name, call `step.ai` or `step.embed`?

    A call that is hidden better is not found. Then the first one waits for the import, seconds and once, as it would anyway.
    """
    return any(not _ASKING.isdisjoint(_names(code)) for function in registry for code in _within_reach(function.handler))


def warm_models(*also: Callable[[], object]) -> threading.Thread:
    """Import in the background what model calls need, then do what else is to be done there; work that is under way goes on."""

    def work() -> None:
        from flowforge.orchestrator.models.litellm_client import LiteLLMClient

        if isinstance(get_client(), LiteLLMClient):
            load()
        for each in also:
            each()

    thread = threading.Thread(target=work, name="warm-models", daemon=True)
    thread.start()
    return thread


def _within_reach(handler: Callable[..., object]) -> Iterator[CodeType]:
    plain = inspect.unwrap(handler)
    if isinstance(plain, FunctionType):
        yield plain.__code__
        yield from (known.__code__ for known in plain.__globals__.values() if isinstance(known, FunctionType))


def _names(code: CodeType) -> Iterator[str]:
    """Every name that the code uses, and the code of what is defined inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
