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
from typing import Any, Literal, TypedDict, TypeVar, Unpack, get_args

from flowforge.durations import seconds
from flowforge.errors import InvalidInput, NotFound, RegistrationError
from flowforge.orchestrator.retry import MAX_RETRIES
from flowforge.orchestrator.threads import in_thread
from flowforge.skills.parameters import Parameters
from flowforge.skills.rate import read_rate

Effect = Literal["read", "write", "money", "outside"]
"""read: changes nothing · write: changes our own data · money: moves money · outside: is seen by people or systems elsewhere."""

F = TypeVar("F", bound=Callable[..., Any])

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # what every provider accepts
RESULT_CHARACTERS_MAX = 64 * 1024  # of a result that the model reads at once
RESULT_STORED_MAX = 1024 * 1024  # characters; what is longer is cut before it is stored
TIMEOUT_SECONDS_MAX = 24 * 3600.0
READ_RETRIES = 2  # of a tool that only reads; any other is tried once, and the model is told when it failed

Origin = Literal["code", "builtin", "http", "mcp", "skill"]
"""Where a tool comes from: a worker's Python function, FlowForge itself, a description in JSON, an MCP server, a skill."""

OnUncertain = Literal["ask", "retry", "fail"]


@dataclass(frozen=True)
class Tool:
    """One tool, wherever it comes from. `approval`: True always asks a person, False never, None leaves it to the effect.

    `outside`: its results come from elsewhere, and may try to give orders. `described_by`: who wrote its description, where that is not
    yours. `address` names the argument that says which server is called, where a model chooses it. `public`: what it answers is known to
    anybody, or stood in the conversation before, so that a call brings in nothing that could be carried off. `timeout` is of one attempt,
    in seconds; `retries` None
    means some for an effect of `read` and none for any other, which may have them only when it is `idempotent`: when it honours the key of
    its call. `on_uncertain`: what follows when a worker died during a call; None asks a person, except for a `read`, which is repeated.
    Raises RegistrationError for a name or limits that cannot be.
    """

    name: str
    function: Callable[..., Any]
    description: str
    parameters: Parameters
    effect: Effect
    reversible: bool | None = None
    approval: bool | None = None
    consequence: str | None = None
    origin: Origin = "code"
    outside: bool = False
    described_by: str | None = None
    address: str | None = None
    public: bool = False
    timeout: float | None = None
    retries: int | None = None
    rate: str | None = None  # "60/min", of the tenant, over all workers
    on_uncertain: OnUncertain | None = None
    result_characters_max: int = RESULT_CHARACTERS_MAX
    idempotent: bool = False

    def __post_init__(self) -> None:
        _check_limits(self)

    @property
    def attempts_after_first(self) -> int:
        """How often a call that failed is tried again."""
        return self.retries if self.retries is not None else READ_RETRIES if self.effect == "read" else 0

    @property
    def may_repeat(self) -> bool:
        """Whether a call is simply made again when its worker died during it."""
        return self.on_uncertain == "retry" or (self.on_uncertain is None and self.effect == "read")

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


class ToolOptions(TypedDict, total=False):
    """What may be said of a tool beside its effect; see `tool`."""

    reversible: bool | None
    approval: bool | None
    consequence: str | None
    name: str | None
    redact: Sequence[str]
    timeout: str | None
    retries: int | None
    idempotent: bool
    rate: str | None
    on_uncertain: OnUncertain | None
    outside: bool
    address: str | None
    public: bool
    result_characters_max: int


class ToolRegistry:
    """Tools by name. The decorator `flowforge.tool` fills `TOOLS`; tests make their own."""

    def __init__(self) -> None:
        self._tools: dict[str, Tool] = {}

    def tool(self, *, effect: Effect, **options: Unpack[ToolOptions]) -> Callable[[F], F]:
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
            self.add(make_tool(function, effect, **options))
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


def tool(*, effect: Effect, **options: Unpack[ToolOptions]) -> Callable[[F], F]:
    """Let agents call this function. See `ToolRegistry.tool`; this one registers with the default registry.

    `effect` says what a call does: "read", "write", "money" or "outside". `approval` True always asks a person first, False
    never; None asks for every effect but "read". `reversible` and `consequence` are shown to whoever decides.
    `redact` names parameters whose values are shown to nobody without the permission `data:read_sensitive`.

    `timeout` ("30s") is of one attempt. `retries` are for a tool that reads, or is `idempotent`: it hands on
    `flowforge.current_step().step_key`, and what it calls acts once for each key. `rate` ("60/min") is how often the tenant may call it,
    evenly spaced; calls beyond it wait, and hold nothing. `on_uncertain` says what follows when a worker dies during a call: "ask" a
    person, "retry" it, or "fail". `outside`: its results were written elsewhere. `address` names the parameter with the URL that it calls,
    where it has one: an agent that was talked to by strangers asks before it calls a server that nobody named. `public`: its results hold
    nothing of yours. The model reads `result_characters_max` of a result at once, and the rest when it asks for it.

        @flowforge.tool(effect="money", idempotent=True, retries=3, timeout="20s", rate="60/min", on_uncertain="retry")
        async def issue_refund(order: str, amount: Decimal) -> dict: ...
    """
    return TOOLS.tool(effect=effect, **options)


def make_tool(function: Callable[..., Any], effect: Effect, **options: Unpack[ToolOptions]) -> Tool:
    """A Tool from a function, registered nowhere. Raises RegistrationError where it cannot be one."""
    name = options.pop("name", None) or function.__name__
    check_name(name)
    redact, timeout = options.pop("redact", ()), options.pop("timeout", None)
    description = inspect.cleandoc(function.__doc__ or "") or name.replace("_", " ").replace("-", " ")
    parameters = Parameters.of(function, name).with_marks(redact, name)
    try:
        limit = None if timeout is None else seconds(timeout)
    except InvalidInput as error:
        raise RegistrationError(f"tool {name!r}: timeout: {error.message}") from None
    more: dict[str, Any] = dict(options)
    return Tool(name, function, description, parameters, effect, timeout=limit, **more)


def check_name(name: str) -> None:
    """Raises RegistrationError for what no provider takes as the name of a tool."""
    if not NAME.fullmatch(name):
        raise RegistrationError(
            f"{name[:100]!r} cannot be a tool's name", hint="use up to 64 letters, digits, _ and -; a lambda needs name=…"
        )


def _check_limits(tool: Tool) -> None:
    def refuse(what: str) -> RegistrationError:
        return RegistrationError(f"tool {tool.name!r}: {what}")

    check_name(tool.name)
    if tool.address is not None and tool.address not in tool.schema.get("properties", {}):
        raise refuse(f"address names no parameter of it: {tool.address!r}")
    if tool.effect not in get_args(Effect):
        raise refuse(f"effect must be one of {', '.join(get_args(Effect))}, not {tool.effect!r}")
    if tool.on_uncertain not in (None, *get_args(OnUncertain)):
        raise refuse(f"on_uncertain must be one of {', '.join(get_args(OnUncertain))}, not {tool.on_uncertain!r}")
    if tool.retries is not None and not 0 <= tool.retries <= MAX_RETRIES:
        raise refuse(f"retries must lie between 0 and {MAX_RETRIES}, {tool.retries} does not")
    if tool.retries and tool.effect != "read" and not tool.idempotent:
        raise refuse(f"it is not retried by itself, since its effect is {tool.effect}: a second attempt could be a second act")
    if tool.timeout is not None and not 0 < tool.timeout <= TIMEOUT_SECONDS_MAX:
        raise refuse(f"timeout must lie above 0 s and within {TIMEOUT_SECONDS_MAX:g} s")
    if not 1_000 <= tool.result_characters_max <= RESULT_STORED_MAX:
        raise refuse(f"result_characters_max must lie between 1000 and {RESULT_STORED_MAX}")
    try:
        read_rate(tool.rate)
    except InvalidInput as error:
        raise refuse(error.message) from None


def _origin(function: Callable[..., Any]) -> tuple[str, str]:
    return getattr(function, "__module__", ""), getattr(function, "__qualname__", repr(function))


def _where(function: Callable[..., Any]) -> str:
    return ".".join(_origin(function))
