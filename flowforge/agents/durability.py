"""FlowForge as a durability engine of pydantic-ai, on its public `durable_exec` surface.

pydantic-ai's loop is the code that is replayed; what it does to the world goes through `Backend.execute` (model requests) or
through our own toolset (`toolset.py`), and becomes a durable step either way. Nothing else in the loop may differ between a run
and its replay, so ids come from the run. Other operations that pydantic-ai would make durable are refused, not run unrecorded.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from operator import is_not
from typing import TYPE_CHECKING, Any

from pydantic_ai.durable_exec import (
    JSON_CODEC,
    BaseDurabilityCapability,
    DurabilityEngineSpec,
    DurableOperationId,
    JournalCallableOperationBackend,
    ModelRequestId,
    RoleBasedOperationConfig,
    conversation_id_from_run_id,
)
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models import ModelRequestContext, ModelRequestParameters
from pydantic_ai.tools import RunContext

from flowforge import ids
from flowforge.errors import StepMisuse

if TYPE_CHECKING:
    from flowforge.agents.loop import AgentLoop

NoConfig = dict[str, Any]


class Backend(JournalCallableOperationBackend[NoConfig]):
    """Runs pydantic-ai's durable operations as steps of one agent loop."""

    def __init__(self, loop: AgentLoop, agent_name: str) -> None:
        super().__init__(agent_name=agent_name, config=RoleBasedOperationConfig(model={}, event={}, capability={}, tool={}))
        self._loop = loop

    async def execute(
        self,
        *,
        operation_id: DurableOperationId,
        name: str,
        body: Callable[[], Awaitable[object]],
        cache_key: tuple[object, ...],
        config: NoConfig,
    ) -> object:
        if isinstance(operation_id, ModelRequestId):
            messages, parameters = _request_of(cache_key)
            return await self._loop.request(messages, parameters, body)
        raise StepMisuse(f"pydantic-ai wants {name} to be durable, which FlowForge has no step for yet")


class FlowForgeDurability(BaseDurabilityCapability[None]):
    """The capability that an agent gets for one run of its loop."""

    engine_spec = DurabilityEngineSpec(
        engine_name="FlowForge",
        durable_unit_noun="step",
        durable_container_noun="run",
        codec=JSON_CODEC,
        wrapped_toolset_kinds=frozenset({"function", "mcp", "dynamic"}),
        toolset_lifecycles={"function": "enter-always", "mcp": "enter-in-durable-unit", "dynamic": "enter-never"},
    )

    def __init__(self, loop: AgentLoop) -> None:
        super().__init__()
        self._loop = loop

    @property
    def in_durable_context(self) -> bool:
        return True

    def get_durable_operation_backend(self) -> Backend:
        return Backend(self._loop, self.name)

    async def before_model_request(self, ctx: RunContext[None], request_context: ModelRequestContext) -> ModelRequestContext:
        await self._loop.before_turn(ctx)
        if len(request_context.messages) != len(ctx.messages) or any(map(is_not, request_context.messages, ctx.messages)):
            request_context.messages = list(ctx.messages)  # it was shortened
        return request_context

    def get_default_run_id(self) -> str:
        run_id, name = self._loop.execution.run_id, self._loop.run_name
        return run_id.hex if name is None else ids.derived_id(run_id, name).hex

    def get_default_conversation_id(self, run_id: str) -> str:
        return conversation_id_from_run_id(run_id)


def _request_of(cache_key: tuple[object, ...]) -> tuple[list[ModelMessage], ModelRequestParameters]:
    """What is asked: pydantic-ai projects a request to (model, messages, settings, parameters, context)."""
    messages: list[ModelMessage] = next(part for part in cache_key if isinstance(part, list))
    return messages, next(part for part in cache_key if isinstance(part, ModelRequestParameters))
