"""Users' plain functions, in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from typing import Any


async def in_thread(fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Call `fn` in a thread, with this task's context variables. Raises whatever it raises, StopIteration as RuntimeError.

    A StopIteration cannot be handed over to a coroutine: asyncio drops it, and the caller would wait for ever.
    """
    context = copy_context()

    def call() -> Any:
        try:
            return context.run(fn, *args, **kwargs)
        except StopIteration as error:
            raise RuntimeError("the function raised StopIteration") from error

    return await asyncio.get_running_loop().run_in_executor(None, call)
