"""Durable functions: plain async Python, known to the engine by an id."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_type_hints

from flowforge.errors import InvalidInput, RegistrationError
from flowforge.orchestrator.codec import Codec, codec_of, schema_of, to_json, validate
from flowforge.orchestrator.flow.control import NOTHING, FlowControl, Limit
from flowforge.orchestrator.ingress import Ingress
from flowforge.orchestrator.retry import DEFAULT_RETRIES, MAX_RETRIES
from flowforge.orchestrator.sensitive import check_paths, paths_of
from flowforge.orchestrator.trigger import Trigger

if TYPE_CHECKING:
    from flowforge.orchestrator.context import Event

Handler = Callable[[Any], Awaitable[Any]]
OnFailure = Literal["pause"] | Callable[[Any, Any], Awaitable[Any]]
CANCEL_SECONDS = 60.0
SCHEMA_MAX = 64 * 1024  # a larger one is not published: nobody fills in such a form


@dataclass(frozen=True)
class Function:
    """A registered function. Its id (`<module>.<name>` unless given) is what its runs are stored under: keep it stable."""

    function_id: str
    handler: Handler
    triggers: tuple[Trigger, ...] = ()
    retries: int = DEFAULT_RETRIES
    version: str | None = None
    builtin: bool = False
    flow: FlowControl = NOTHING
    labels: Mapping[str, str] = field(default_factory=dict)  # run labels taken from the event's data: {"agent_id": path}
    ingresses: tuple[Ingress, ...] = ()  # the webhooks and queues among what triggers it
    on_failure: OnFailure | None = None
    on_cancel: Handler | None = None
    cancel_seconds: float = CANCEL_SECONDS
    redact: tuple[str, ...] = ()  # paths into the event whose values are not to be shown

    def __post_init__(self) -> None:
        if not inspect.iscoroutinefunction(self.handler):
            raise RegistrationError(f"{self.function_id} must be an async function", hint=f"write  async def {self.name}(ctx)")
        if len(inspect.signature(self.handler).parameters) != 1:
            raise RegistrationError(f"{self.function_id} must take exactly one parameter, the context", hint=f"async def {self.name}(ctx)")
        if not re.fullmatch(r"[A-Za-z0-9_.<>-]{1,200}", self.function_id):
            raise RegistrationError(f"a function's id may hold letters, digits, _, . and -, not {self.function_id!r}")
        if not 0 <= self.retries <= MAX_RETRIES:
            raise RegistrationError(f"retries of {self.function_id} must lie between 0 and {MAX_RETRIES}, not {self.retries}")
        check_paths(self.redact, self.function_id)
        self._check_handlers()

    def _check_handlers(self) -> None:
        for option, handler, parameters in (("on_failure", self.on_failure, 2), ("on_cancel", self.on_cancel, 1)):
            if handler is None or (option == "on_failure" and handler == "pause"):
                continue
            fits = inspect.iscoroutinefunction(handler) and len(inspect.signature(handler).parameters) == parameters
            if not fits:
                shown = "(ctx, error)" if parameters == 2 else "(ctx)"
                also = ' or the text "pause"' if parameters == 2 else ""
                raise RegistrationError(f"{option} of {self.function_id} must be an async function{shown}{also}, not {handler!r}")

    @property
    def name(self) -> str:
        return self.function_id.rpartition(".")[2]

    @property
    def source(self) -> str:
        """`order.py:14`, for people."""
        code = inspect.unwrap(self.handler).__code__
        return f"{Path(code.co_filename).name}:{code.co_firstlineno}"

    @property
    def settings(self) -> str:
        shown: dict[str, Any] = {"triggers": [str(trigger) for trigger in self.triggers], "retries": self.retries}
        shown["labels"] = dict(self.labels)
        if sensitive := dict.fromkeys((*self.redact, *paths_of(self.data_type))):
            shown["redact"] = list(sensitive)
        return json.dumps(shown if self.flow.plain else {**shown, "flow": self.flow.to_json()})

    @property
    def input_schema(self) -> str | None:
        """The JSON Schema of the event's data, where the context's annotation gives a type that has one; for forms."""
        schema = schema_of(self.data_type)
        text = None if schema is None else json.dumps(schema)
        return text if text is not None and len(text) <= SCHEMA_MAX else None

    @cached_property
    def step_limits(self) -> dict[str, Limit]:
        """What limits its steps, by their kind."""
        return dict(self.flow.step_limits)

    @cached_property
    def output_codec(self) -> Codec:
        return codec_of(self.handler)

    @cached_property
    def data_type(self) -> Any:
        """What the context's annotation says of the event's data: `ctx: Context[Order]`; Any without it."""
        try:
            hints = get_type_hints(self.handler)
        except (NameError, TypeError):
            return Any
        parameter = next(iter(inspect.signature(self.handler).parameters))
        arguments = get_args(hints.get(parameter))
        return arguments[0] if arguments else Any

    def typed(self, events: tuple[Event[Any], ...]) -> tuple[Event[Any], ...]:
        """The events with their data as the type that the function declares. Raises InvalidInput when it does not fit."""
        if self.data_type is Any:
            return events
        return tuple(replace(event, data=self._typed_data(event)) for event in events)

    def _typed_data(self, event: Event[Any]) -> Any:
        try:
            return validate(to_json(event.data), self.data_type)
        except ValueError as error:
            raise InvalidInput(f"the data of {event.name} does not fit {self.data_type!r}: {error}") from None


def default_function_id(handler: Callable[..., Any]) -> str:
    """`<module>.<name>`, the module without its package's path, as in `order.process_order`."""
    module = handler.__module__.rpartition(".")[2]
    return f"{module}.{handler.__name__}"
