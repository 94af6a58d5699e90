"""What a process knows to execute: its registered functions by id."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

from typing_extensions import Unpack

from flowforge.errors import NotFound, RegistrationError
from flowforge.orchestrator.flow.control import Limit
from flowforge.orchestrator.flow.read import FlowArguments, read_flow
from flowforge.orchestrator.function import Function, default_function_id
from flowforge.orchestrator.retry import DEFAULT_RETRIES
from flowforge.orchestrator.trigger import Trigger, read_triggers

H = TypeVar("H", bound=Callable[..., Awaitable[Any]])


class Registry:
    """A set of functions. The decorator `flowforge.function` fills the default one, `REGISTRY`; tests make their own."""

    def __init__(self) -> None:
        self._functions: dict[str, Function] = {}
        self._ids: dict[Callable[..., Any], str] = {}

    def function(
        self,
        *,
        trigger: Trigger = None,
        id: str | None = None,
        retries: int = DEFAULT_RETRIES,
        version: str | None = None,
        **flow: Unpack[FlowArguments],
    ) -> Callable[[H], H]:
        """Register an async function as durable; it stays callable and importable as it is.

        `trigger`: an event name, a pattern with `*`, or a list; without one it is started by `step.invoke` or by its id.
        `id`: what its runs are stored under, `<module>.<name>` unless given. `retries`: of each of its steps, unless the
        step says otherwise; 3 means four attempts. `version`: a label kept with its runs.
        Flow control: `concurrency`, `rate`, `throttle`, `debounce`, `batch`, `priority`, `singleton`, `idempotency`, `cancel_on`,
        `start_timeout`, `timeout`; see docs/flow-control.md.
        Raises RegistrationError when it cannot be durable as written, what it asks for does not go together, or the id is taken.

            @flowforge.function(trigger="order/created")
            async def process_order(ctx: Context) -> dict:
                return await step.run("validate", validate_order, ctx.event.data)
        """

        def register(handler: H) -> H:
            function_id = id or default_function_id(handler)
            self.add(Function(function_id, handler, read_triggers(trigger), retries, version, flow=read_flow(**flow)))
            return handler

        return register

    def add(self, function: Function) -> None:
        present = self._functions.get(function.function_id)
        if present is not None and present.handler is not function.handler:
            raise RegistrationError(
                f"two functions have the id {function.function_id}: {present.source} and {function.source}",
                hint='give one of them its own:  @flowforge.function(id="…")',
            )
        self._refuse_other_limits(function)
        self._functions[function.function_id] = function
        self._ids[function.handler] = function.function_id

    def _refuse_other_limits(self, function: Function) -> None:
        """A shared limit is one for all: two functions cannot disagree about it."""
        mine = {limit.name: limit for limit in function.flow.concurrency if isinstance(limit, Limit)}
        for other in self._functions.values():
            for limit in other.flow.concurrency:
                if isinstance(limit, Limit) and other.function_id != function.function_id and mine.get(limit.name, limit) != limit:
                    raise RegistrationError(
                        f"{other.function_id} and {function.function_id} disagree about the limit {limit.name}:"
                        f" {limit} and {mine[limit.name]}",
                        hint="make the flowforge.Limit once, and list it in both",
                    )

    def get(self, function_id: str) -> Function | None:
        return self._functions.get(function_id)

    def id_of(self, target: str | Callable[..., Any]) -> str:
        """The id of a function given as itself or by id. Raises NotFound for a callable that is not registered."""
        if isinstance(target, str):
            return target
        found = self._ids.get(target)
        if found is None:
            raise NotFound("registered function", getattr(target, "__qualname__", repr(target)), self._functions)
        return found

    def replace(self, other: Registry) -> None:
        """Take over another registry's functions, keeping the built-in ones: how `dev` reloads changed code."""
        kept = {function_id: f for function_id, f in self._functions.items() if f.builtin}
        self._functions = {**kept, **other._functions}
        self._ids = {f.handler: f.function_id for f in self._functions.values()}

    def clear(self) -> None:
        self._functions.clear()
        self._ids.clear()

    def __iter__(self) -> Iterator[Function]:
        return iter(list(self._functions.values()))

    def __len__(self) -> int:
        return len(self._functions)

    def __contains__(self, function_id: str) -> bool:
        return function_id in self._functions


REGISTRY = Registry()
