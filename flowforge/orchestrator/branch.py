"""Branch scopes: how a step keeps its identity when a function runs several things at once.

A branch is an asyncio task that the function's own code starts (`gather`, `TaskGroup`, `create_task`). Its scope is the
coroutine's name and its occurrence under its parent, so branches that reuse step names never get each other's results, and a
library that starts a task of its own in between shifts nobody (ENGINE.md, rule 6).
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from types import FrameType
from typing import Any

from flowforge.errors import StepMisuse


class Branch:
    """One branch of a run: hands out the keys of its steps and the scopes of its children."""

    __slots__ = ("adopt", "children", "home", "names", "path")

    def __init__(self, path: str, adopt: Callable[[asyncio.Task[Any]], None], home: str = "") -> None:
        self.path = path
        self.adopt = adopt  # told of every task that belongs to the run
        self.home = home  # before the keys of steps that are named by an identity: inside a compound step, its own key
        self.children: dict[str, int] = {}
        self.names: dict[str, int] = {}

    def child(self, coroutine_name: str) -> Branch:
        n = self.children[coroutine_name] = self.children.get(coroutine_name, 0) + 1
        return Branch(f"{self.path}{coroutine_name}{'' if n == 1 else f'#{n}'}/", self.adopt, self.home)

    def key(self, name: str) -> str:
        """The key of the next step of that name here: `name`, then `name#2`, `name#3` …"""
        n = self.names[name] = self.names.get(name, 0) + 1
        return f"{self.path}{name}" if n == 1 else f"{self.path}{name}#{n}"


BRANCH: ContextVar[Branch | None] = ContextVar("flowforge_branch", default=None)


def outside(coro: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start a task of the engine's own. It may be started from a run's code, and must not belong to that run and end with it."""
    return asyncio.get_running_loop().create_task(coro, context=Context())


TaskFactory = Callable[..., asyncio.Future[Any]]


def install(loop: asyncio.AbstractEventLoop) -> None:
    """Make tasks of this loop aware of branches, on top of whatever task factory is there. Twice is once."""
    present = loop.get_task_factory()
    if getattr(present, "knows_branches", False):
        return
    make: TaskFactory = present or _plain_task

    def factory(loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **options: Any) -> asyncio.Future[Any]:
        context = options.get("context")
        parent = BRANCH.get() if context is None else context.get(BRANCH)
        if parent is None:
            return make(loop, coro, **options)
        caller = _asyncio_caller(sys._getframe(1))
        if caller == "as_completed":
            coro.close()
            raise StepMisuse(
                "asyncio.as_completed starts its coroutines in the order of a set, which a replay cannot repeat",
                hint="use asyncio.gather, a TaskGroup, or give as_completed tasks that you created yourself",
            )
        context = context or copy_context()
        if caller != "wait_for":  # a task in Python 3.11, none in 3.12: it must not count
            context.run(BRANCH.set, parent.child(_name_of(coro)))
        task = make(loop, coro, **{**options, "context": context})
        parent.adopt(task)  # type: ignore[arg-type]
        return task

    factory.knows_branches = True  # type: ignore[attr-defined]
    loop.set_task_factory(factory)  # type: ignore[arg-type]


def _plain_task(loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **options: Any) -> asyncio.Future[Any]:
    return asyncio.Task(coro, loop=loop, **options)


def _name_of(coro: Any) -> str:
    name: str = getattr(coro, "__qualname__", None) or type(coro).__qualname__
    return name.replace("<locals>.", "").replace("/", "_")


_ASYNCIO_FILES = frozenset({asyncio.tasks.__file__, asyncio.base_events.__file__, asyncio.taskgroups.__file__})


def _asyncio_caller(frame: FrameType | None) -> str:
    """Which asyncio function made the task, where that matters: `wait_for`, `as_completed`, or ''."""
    for _ in range(8):
        if frame is None:
            return ""
        code = frame.f_code
        if code.co_filename in _ASYNCIO_FILES:
            if code.co_name in ("wait_for", "as_completed"):
                return code.co_name
            if getattr(code, "co_qualname", "").startswith("_AsCompletedIterator"):
                return "as_completed"
        elif code.co_filename != __file__:
            return ""
        frame = frame.f_back
    return ""
