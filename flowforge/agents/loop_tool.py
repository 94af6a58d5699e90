"""Tools that act in the run itself: they may ask a person, give work to somebody else and wait for days.

Any other tool is the body of one durable step. One of these makes as many steps and waits as it needs, all named by its call, so that
a replay finds them; between them it must do nothing that differs from one execution to the next.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.agents.definition import AgentDefinition
from flowforge.errors import Conflict, NonRetryable, NotAllowed, NotFound
from flowforge.skills.parameters import Parameters
from flowforge.skills.tool import Effect, Tool

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.future import StepFuture


@dataclass(frozen=True)
class Bounds:
    """How many cards agents may make: by one run, and in the whole tree that a card or run is the root of, which is `depth` levels deep."""

    depth: int = 8
    by_run: int = 20
    in_tree: int = 200


@dataclass(frozen=True)
class AtWork:
    """An agent in one of its runs: as whom it acts, by which definition, and on which card, if there is one."""

    principal: Principal
    definition: AgentDefinition
    revision: int
    task_id: UUID | None = None
    task: str | None = None
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True)
class Calling:
    """One call of such a tool."""

    execution: Execution
    at_work: AtWork
    tool: Tool
    call_id: str  # unique in its run
    parent: str  # the key of the model request that asked for it
    taint: frozenset[str] = frozenset()  # by what something from outside has come into the conversation

    def step(self, name: str, body: Callable[[], Awaitable[Any]], *, input: Any = None, effectful: bool = False) -> StepFuture[Any]:
        """A durable step of this call; `name` is unique within it. What the board refuses is not tried again: the model hears of it."""

        async def once() -> Any:
            try:
                return await body()
            except (NotFound, Conflict, NotAllowed) as refused:
                raise NonRetryable(str(refused), hint=refused.hint) from None

        return self.execution.durable(
            "tool", name, once, input=input, parent=self.parent, identity=self.identity(name), announce=True, effectful=effectful
        )

    def identity(self, name: str) -> str:
        """What makes a step or wait of this call unique in its run."""
        return self.call_id if name == self.tool.name else f"{self.call_id}:{name}"

    def derived_id(self, what: str) -> UUID:
        """An id for something that this call makes: the same at every attempt and after every crash."""
        return ids.derived_id(self.execution.run_id, f"{self.call_id}:{what}")

    @staticmethod
    def uuid(value: str | None) -> UUID | None:
        """An id as a step has stored it."""
        return None if value is None else UUID(value)


@dataclass(frozen=True)
class Tainted:
    """A result that holds something from outside; `sources` say by what it came."""

    value: Any
    sources: frozenset[str]


@dataclass(frozen=True)
class LoopTool(Tool):
    """A tool whose `function` takes the call and its arguments as they came: `await tool.act(calling, arguments)`."""

    async def act(self, calling: Calling, arguments: Mapping[str, Any]) -> Any:
        """What the model reads as the result. Raises what the act raises."""
        return await self.function(calling, dict(arguments))


def loop_tool(
    act: Callable[[Calling, dict[str, Any]], Awaitable[Any]],
    *,
    name: str,
    description: str,
    schema: Mapping[str, Any],
    effect: Effect,
    **more: Any,
) -> LoopTool:
    """A tool of FlowForge's own that acts in the run. Raises RegistrationError for a schema that is none."""
    return LoopTool(name, act, description, Parameters.of_schema(schema, name), effect, origin="builtin", **more)
