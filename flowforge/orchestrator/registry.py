"""What a process knows to execute: its registered functions by id."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar

from typing_extensions import Unpack

from flowforge.durations import Duration, seconds
from flowforge.errors import NotFound, RegistrationError
from flowforge.orchestrator.flow.read import FlowArguments, read_flow
from flowforge.orchestrator.function import CANCEL_SECONDS, Function, Handler, OnFailure, default_function_id
from flowforge.orchestrator.ingress import Ingress, check_alike, read_ingresses
from flowforge.orchestrator.retry import DEFAULT_RETRIES
from flowforge.orchestrator.sensitive import check_paths
from flowforge.orchestrator.trigger import TriggerInput, read_triggers

H = TypeVar("H", bound=Callable[..., Awaitable[Any]])


class Registry:
    """A set of functions. The decorator `flowforge.function` fills the default one, `REGISTRY`; tests make their own."""

    def __init__(self) -> None:
        self._functions: dict[str, Function] = {}
        self._ids: dict[Callable[..., Any], str] = {}
        self._older: dict[tuple[str, str], Function] = {}  # other versions of the same functions, for the runs that are pinned to them

    def function(
        self,
        *,
        trigger: TriggerInput = None,
        id: str | None = None,
        retries: int = DEFAULT_RETRIES,
        version: str | None = None,
        on_failure: OnFailure | None = None,
        on_cancel: Handler | None = None,
        cancel_timeout: Duration = CANCEL_SECONDS,
        redact: Sequence[str] = (),
        **flow: Unpack[FlowArguments],
    ) -> Callable[[H], H]:
        """Register an async function as durable; it stays callable and importable as it is.

        `trigger`: an event name, a pattern with `*`, `flowforge.on(…)`, `flowforge.cron(…)`, a webhook, a queue, or a list of them;
        without one it is started by `step.invoke` or by its id.
        `id`: what its runs are stored under, `<module>.<name>` unless given. `retries`: of each of its steps, unless the
        step says otherwise; 3 means four attempts. `version`: its runs are executed by this version alone;
        a function may be registered in several, the last one takes what is new. Without it a run goes on with whatever code is there.
        `on_failure`: an async function(ctx, error) that runs durably before the run ends as failed, or "pause": the run waits for a
        person to resume it. `on_cancel`: an async function(ctx) that runs durably when the run is cancelled, after its `finally`
        blocks; each of the two has `cancel_timeout`.
        `redact`: paths into the event, as in `["data.customer.email"]`: their values are taken out of prompts and exports, and of what
        people without the permission `data:read_sensitive` see; see docs/privacy.md.
        Flow control: `concurrency`, `rate`, `throttle`, `debounce`, `batch`, `priority`, `singleton`, `idempotency`, `cancel_on`,
        `start_timeout`, `timeout`; see docs/flow-control.md.
        Raises RegistrationError when it cannot be durable as written, what it asks for does not go together, or the id is taken.

            @flowforge.function(trigger="order/created")
            async def process_order(ctx: Context) -> dict:
                return await step.run("validate", validate_order, ctx.event.data)
        """

        def register(handler: H) -> H:
            self.add(
                Function(
                    id or default_function_id(handler),
                    handler,
                    read_triggers(trigger),
                    retries,
                    version,
                    flow=read_flow(**flow),
                    ingresses=read_ingresses(trigger),
                    on_failure=on_failure,
                    on_cancel=on_cancel,
                    cancel_seconds=seconds(cancel_timeout),
                    redact=check_paths(redact, id or default_function_id(handler)),
                )
            )
            return handler

        return register

    def add(self, function: Function) -> None:
        present = self._functions.get(function.function_id)
        if present is not None and present.version is not None and function.version not in (None, present.version):
            self._older[function.function_id, present.version] = present
            self._older.pop((function.function_id, str(function.version)), None)
        elif present is not None and present.handler is not function.handler:
            raise RegistrationError(
                f"two functions have the id {function.function_id}: {present.source} and {function.source}",
                hint='give one of them its own:  @flowforge.function(id="…")',
            )
        self._refuse_other_limits(function)
        for ingress in function.ingresses:
            for other in self._functions.values():
                for declared in other.ingresses if other.function_id != function.function_id else ():
                    check_alike(ingress, declared)
        self._functions[function.function_id] = function
        self._ids[function.handler] = function.function_id

    def _refuse_other_limits(self, function: Function) -> None:
        """A shared limit is one for all: two functions cannot disagree about it."""
        mine = {limit.name: limit for limit in function.flow.shared_limits}
        for other in self._functions.values():
            for limit in other.flow.shared_limits:
                if other.function_id != function.function_id and mine.get(limit.name, limit) != limit:
                    raise RegistrationError(
                        f"{other.function_id} and {function.function_id} disagree about the limit {limit.name}:"
                        f" {limit} and {mine[limit.name]}",
                        hint="make the flowforge.Limit once, and list it in both",
                    )

    def get(self, function_id: str, version: str | None = None) -> Function | None:
        """The function; with `version` only in that one."""
        found = self._functions.get(function_id)
        if version is None or found is None or found.version == version:
            return found
        return self._older.get((function_id, version))

    @property
    def versions(self) -> list[str]:
        """Every version of every function that has one, as `id@version`: what pinned runs may ask for."""
        current = [(f.function_id, f.version) for f in self._functions.values() if f.version is not None]
        return [f"{function_id}@{version}" for function_id, version in (*current, *self._older)]

    def id_of(self, target: str | Callable[..., Any]) -> str:
        """The id of a function given as itself or by id. Raises NotFound for a callable that is not registered."""
        if isinstance(target, str):
            return target
        found = self._ids.get(target)
        if found is None:
            raise NotFound("registered function", getattr(target, "__qualname__", repr(target)), self._functions)
        return found

    def ingresses(self) -> list[Ingress]:
        """The webhooks and queues that the functions declare."""
        return [ingress for function in self._functions.values() for ingress in function.ingresses]

    def replace(self, other: Registry) -> None:
        """Take over another registry's functions, keeping the built-in ones: how `dev` reloads changed code."""
        kept = {function_id: f for function_id, f in self._functions.items() if f.builtin}
        self._functions = {**kept, **other._functions}
        self._ids = {f.handler: f.function_id for f in self._functions.values()}
        self._older = dict(other._older)

    def clear(self) -> None:
        self._functions.clear()
        self._ids.clear()
        self._older.clear()

    def __iter__(self) -> Iterator[Function]:
        return iter(list(self._functions.values()))

    def __len__(self) -> int:
        return len(self._functions)

    def __contains__(self, function_id: str) -> bool:
        return function_id in self._functions


REGISTRY: Registry = Registry()
