"""Tools of a plain `step.ai`: led by the same loop that leads agents, with the same steps, approvals and care about effects.

Importing this lets `step.ai` call tools; pydantic-ai is imported when the first such call is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from flowforge.errors import InvalidInput, NotFound
from flowforge.orchestrator.execution import Execution
from flowforge.orchestrator.models.tool_loop import Conversation, register_tool_loop
from flowforge.skills.tool import TOOLS, Tool, ToolRegistry


class AgentsToolLoop:
    """The tools of one registry, and the agents' loop for whoever asks with them."""

    def __init__(self, tools: ToolRegistry) -> None:
        self._tools = tools

    def offered(self, tools: Sequence[Any]) -> dict[str, Tool]:
        """The tools by name. Raises InvalidInput, with the nearest name, for what is no tool."""
        found: dict[str, Tool] = {}
        for place, wanted in enumerate(tools):
            tool = self._tool(wanted, f"/tools/{place}")
            if tool.name in found:
                raise InvalidInput(f"the tool {tool.name} is given twice", pointer=f"/tools/{place}")
            found[tool.name] = tool
        return found

    async def lead(self, conversation: Conversation) -> Any:
        """The answer, as plain JSON data."""
        await _warmed(conversation.execution)
        from flowforge.agents.loop import AgentLoop, Terms
        from flowforge.agents.model import FlowForgeModel

        question = conversation.question
        terms = Terms(
            name=conversation.name,
            key=conversation.key,
            turns_max=conversation.turns_max,
            options=conversation.options,
            output=question.output,
            repairs=question.repairs,
        )
        model = FlowForgeModel(question.request, question.policy, question.output, conversation.redaction)
        answer = await AgentLoop(conversation.execution, model, conversation.tools, terms).run()
        return question.output.read(answer)

    def _tool(self, wanted: Any, pointer: str) -> Tool:
        if isinstance(wanted, Tool):
            return wanted
        if isinstance(wanted, str):
            try:
                return self._tools.find(wanted)
            except NotFound as error:
                hint = None if len(self._tools) else "no tool is registered: decorate a function with  @flowforge.tool(effect=…)"
                raise InvalidInput(str(error), pointer=pointer, hint=hint) from None
        registered: Tool | None = next((tool for tool in (*self._tools, *TOOLS) if tool.function is wanted), None)
        if registered is None:
            what = getattr(wanted, "__name__", repr(wanted))
            raise InvalidInput(f"{what} is no tool", pointer=pointer, hint='decorate it with  @flowforge.tool(effect="read")')
        return registered


async def _warmed(execution: Execution) -> None:
    """Import what the loop needs, off the event loop: it takes most of a second, once in a process."""
    import sys

    if "flowforge.agents.loop" in sys.modules:
        return
    execution.busy += 1  # the run does not leave its worker meanwhile
    try:
        await asyncio.to_thread(__import__, "flowforge.agents.loop")
    finally:
        execution.busy -= 1
        execution.moved()


register_tool_loop(AgentsToolLoop(TOOLS))
