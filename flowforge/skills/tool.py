"""Tools: Python functions that an agent may call, with a JSON Schema and a declared effect.

    @flowforge.tool(effect="money", reversible=False, consequence="money leaves the account")
    async def issue_refund(order: str, amount: Decimal) -> dict:
        "Pay a customer back."
        return await ledger.refund(order, amount, key=flowforge.current_step().step_key)

The effect decides how careful the engine is: a `read` may be repeated, anything else is marked before it is attempted, so
that after a crash nobody guesses whether it happened. A tool reads its idempotency key from `flowforge.current_step()`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

from flowforge.errors import NotFound, RegistrationError
from flowforge.orchestrator.threads import in_thread
from flowforge.skills.parameters import Parameters

Effect = Literal["read", "write", "money", "outside"]
"""read: changes nothing · write: changes our own data · money: moves money · outside: is seen by people or systems elsewhere."""

F = TypeVar("F", bound=Callable[..., Any])

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # what every provider accepts


@dataclass(frozen=True)
class Tool:
    """One registered tool. `approval`: True always asks a person, False never, None leaves it to the effect."""

    name: str
    function: Callable[..., Any]
    description: str
    parameters: Parameters
    effect: Effect
    reversible: bool | None = None
    approval: bool | None = None
    consequence: str | None = None

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the arguments."""
        return self.parameters.schema

    async def call(self, arguments: Mapping[str, Any]) -> Any:
        """Call the function with JSON arguments; a sync one in a thread. Raises InvalidInput for arguments that do not fit."""
        values = self.parameters.parse(arguments)
        if inspect.iscoroutinefunction(self.function):
            return await self.function(**values)
        result = await in_thread(self.function, **values)
        return await result if inspect.isawaitable(result) else result


class ToolRegistry:
    """Tools by name. The decorator `flowforge.tool` fills `TOOLS`; tests make their own."""

    def __init__(self) -> None:
        self._tools: dict[str, Tool] = {}

    def tool(
        self,
        *,
        effect: Effect,
        reversible: bool | None = None,
        approval: bool | None = None,
        consequence: str | None = None,
        name: str | None = None,
        redact: Sequence[str] = (),
    ) -> Callable[[F], F]:
        """Register the decorated function as a tool and return it unchanged.

        Raises RegistrationError for a bad name, effect or parameter, and when another function has the name already.

        >>> tools = ToolRegistry()
        >>> @tools.tool(effect="read")
        ... def look_up(order: str) -> dict[str, str]:
        ...     "Find an order."
        ...     return {"order": order}
        >>> tools.find("look_up").schema["required"]
        ['order']
        """

        def register(function: F) -> F:
            made = make_tool(function, effect, reversible=reversible, approval=approval, consequence=consequence, name=name, redact=redact)
            self.add(made)
            return function

        return register

    def add(self, tool: Tool) -> None:
        """Register a tool. The same function may be registered again (a module that is loaded twice)."""
        known = self._tools.get(tool.name)
        if known is not None and _origin(known.function) != _origin(tool.function):
            raise RegistrationError(
                f"two tools are named {tool.name!r}: {' and '.join(map(_where, (known.function, tool.function)))}",
                hint="give one of them name=…",
            )
        self._tools[tool.name] = tool

    def find(self, name: str) -> Tool:
        """The tool of that name. Raises NotFound with the nearest names."""
        try:
            return self._tools[name]
        except KeyError:
            raise NotFound("tool", name, self._tools) from None

    def clear(self) -> None:
        """Forget all tools: a reload registers them anew."""
        self._tools.clear()

    def __contains__(self, name: object) -> bool:
        return name in self._tools

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)


TOOLS = ToolRegistry()


def tool(
    *,
    effect: Effect,
    reversible: bool | None = None,
    approval: bool | None = None,
    consequence: str | None = None,
    name: str | None = None,
    redact: Sequence[str] = (),
) -> Callable[[F], F]:
    """Let agents call this function. See `ToolRegistry.tool`; this one registers with the default registry.

    `effect` says what a call does: "read", "write", "money" or "outside". `approval` True always asks a person first, False
    never; None asks for every effect but "read". `reversible` and `consequence` are shown to whoever decides.
    `redact` names parameters whose values are shown to nobody without the permission `data:read_sensitive`.
    """
    return TOOLS.tool(effect=effect, reversible=reversible, approval=approval, consequence=consequence, name=name, redact=redact)


def make_tool(
    function: Callable[..., Any],
    effect: Effect,
    *,
    reversible: bool | None = None,
    approval: bool | None = None,
    consequence: str | None = None,
    name: str | None = None,
    redact: Sequence[str] = (),
) -> Tool:
    """A Tool from a function, registered nowhere. Raises RegistrationError where it cannot be one."""
    name = name or function.__name__
    if not _NAME.fullmatch(name):
        raise RegistrationError(f"{name!r} cannot be a tool's name", hint="use up to 64 letters, digits, _ and -; a lambda needs name=…")
    if effect not in get_args(Effect):
        raise RegistrationError(f"tool {name!r}: effect must be one of {', '.join(get_args(Effect))}, not {effect!r}")
    description = inspect.cleandoc(function.__doc__ or "") or name.replace("_", " ").replace("-", " ")
    parameters = Parameters.of(function, name).with_marks(redact, name)
    return Tool(name, function, description, parameters, effect, reversible, approval, consequence)


def _origin(function: Callable[..., Any]) -> tuple[str, str]:
    return getattr(function, "__module__", ""), getattr(function, "__qualname__", repr(function))


def _where(function: Callable[..., Any]) -> str:
    return ".".join(_origin(function))
