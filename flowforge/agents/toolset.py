"""An agent's tools as pydantic-ai sees them. It checks arguments against the schema; what a call does is the loop's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic_ai.exceptions import ModelRetry
from pydantic_ai.messages import ModelResponse, TextPart
from pydantic_ai.tools import RunContext, ToolDefinition
from pydantic_ai.toolsets import AbstractToolset, ToolsetTool

from flowforge.errors import InvalidInput
from flowforge.skills.tool import Tool

if TYPE_CHECKING:
    from flowforge.agents.loop import AgentLoop

ARGUMENT_RETRIES = 2  # how often a model may correct arguments that do not fit

Partial = bool | Literal["off", "on", "trailing-strings"]


class LoopToolset(AbstractToolset[None]):
    """The tools of one agent loop."""

    def __init__(self, loop: AgentLoop, tools: Mapping[str, Tool]) -> None:
        self._loop = loop
        self._tools = tools

    @property
    def id(self) -> str:
        return "flowforge"

    async def get_tools(self, ctx: RunContext[None]) -> dict[str, ToolsetTool[None]]:
        return {
            name: ToolsetTool(
                toolset=self,
                tool_def=ToolDefinition(name=name, description=tool.description, parameters_json_schema=tool.schema),
                max_retries=ARGUMENT_RETRIES,
                args_validator=_Checked(tool),
            )
            for name, tool in {**self._loop.more_tools, **self._tools}.items()
        }

    async def call_tool(self, name: str, tool_args: dict[str, Any], ctx: RunContext[None], tool: ToolsetTool[None]) -> Any:
        return await self._loop.call(self._tools.get(name) or self._loop.more_tools[name], ctx.tool_call_id or name, tool_args, _said(ctx))


class _Checked:
    """Refuses arguments that do not fit, and passes those that do on as the JSON they came as: that is what a person is
    asked to approve and what the step stores. The typed values are made where the function is called."""

    def __init__(self, tool: Tool) -> None:
        self._parameters = tool.parameters

    def validate_json(self, input: str | bytes | bytearray, *, allow_partial: Partial = False, **options: Any) -> Any:
        if self._parameters.model is not None:
            self._parameters.model.__pydantic_validator__.validate_json(input, allow_partial=allow_partial)
            return json.loads(input)
        try:
            arguments = json.loads(input)
        except ValueError as error:
            raise ModelRetry(f"the arguments are no JSON: {error}") from None
        return self._fitting(arguments)

    def validate_python(self, input: Any, *, allow_partial: Partial = False, **options: Any) -> Any:
        if self._parameters.model is not None:
            self._parameters.model.__pydantic_validator__.validate_json(json.dumps(input), allow_partial=allow_partial)
            return input
        return self._fitting(input)

    def _fitting(self, arguments: Any) -> Any:
        if not isinstance(arguments, dict):
            raise ModelRetry("the arguments must be a JSON object")
        try:
            self._parameters.parse(arguments)
        except InvalidInput as error:
            raise ModelRetry(error.message) from None
        return arguments


def _said(ctx: RunContext[None]) -> str:
    """The model's own words beside this call."""
    answer = next((message for message in reversed(ctx.messages) if isinstance(message, ModelResponse)), None)
    parts = answer.parts if answer is not None else ()
    return "\n\n".join(part.content for part in parts if isinstance(part, TextPart)).strip()
