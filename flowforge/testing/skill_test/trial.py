"""One trial of a skill: an agent that has it, and tools that stand in for others, at work on a case's input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flowforge.agents.skill_tools import revive_skill_tools
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.models.client import ModelRequest
from flowforge.skills.catalogue import catalogue
from flowforge.skills.parameters import Parameters
from flowforge.skills.registry import find_versions
from flowforge.skills.tool import Tool
from flowforge.skills.use import choose_versions
from flowforge.testing.skill_test.cases import SkillCase, StandIn
from flowforge.testing.skill_test.recording import recorded_model

if TYPE_CHECKING:
    from flowforge.orchestrator.context import Context
    from flowforge.orchestrator.registry import Registry

FUNCTION_ID = "flowforge.skill_test"
TURNS_MAX = 30


def register_trial(registry: Registry, skill: str, cases: Sequence[SkillCase]) -> None:
    """Add the function that tries a case, by its place."""

    @registry.function(id=FUNCTION_ID, retries=0)
    async def trial(ctx: Context[Any]) -> dict[str, Any]:
        place = int(ctx.input["case"])
        return await _tried(skill, cases[place], recorded_model(place))


async def _tried(skill: str, case: SkillCase, model: str) -> dict[str, Any]:
    from flowforge.agents.loop import AgentLoop, Terms
    from flowforge.agents.model import FlowForgeModel

    execution = current_execution()
    database = execution.host.database

    async def begin() -> None:
        await choose_versions(database, execution.tenant_id, execution.run_id, None, [skill])

    await execution.durable("agent", "begin", begin)
    versions = await find_versions(database.pool, execution.tenant_id, [skill])  # nobody else is in this database
    happened: list[dict[str, Any]] = []
    own = {name: _stand_in(name, tool) for name, tool in case.tools.items()}
    tools = {name: _observed(tool, happened) for name, tool in (own | revive_skill_tools(versions)).items()}
    terms = Terms(
        skill,
        "\n\n".join(filter(None, [case.instructions, catalogue(versions)])),
        approval=dict.fromkeys(tools, False),  # nothing here reaches anything outside
        turns_max=TURNS_MAX,
    )
    execution.orderly = True
    answer = await AgentLoop(execution, FlowForgeModel(ModelRequest(model=model, messages=[])), tools, terms).run(case.input)
    return {"answer": answer, "calls": happened}


def _stand_in(name: str, tool: StandIn) -> Tool:
    left = list(tool.answers)

    async def answer(**arguments: Any) -> Any:
        return left.pop(0) if len(left) > 1 else left[0]

    return Tool(name, answer, tool.description or name, Parameters.of_schema(tool.parameters, name), tool.effect)


def _observed(tool: Tool, happened: list[dict[str, Any]]) -> Tool:
    """The tool, with a note of each call and of what it gave."""
    act = tool.function

    async def noted(**arguments: Any) -> Any:
        entry: dict[str, Any] = {"tool": tool.name, "arguments": arguments, "result": None}
        happened.append(entry)
        entry["result"] = await act(**arguments)
        return entry["result"]

    return replace(tool, function=noted)
