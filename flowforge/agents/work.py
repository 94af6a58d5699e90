"""The built-in function `flowforge.agent`: a card that is assigned to an agent becomes a durable run of its loop.

The run reads the agent's definition once, as a step, and keeps it; works; hands the result in as a comment and moves the card
on. When it cannot go on it says on the card what failed, in one sentence, and the run fails.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import __version__, ids
from flowforge.access.principal import Principal
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.gate import settle_uncertain
from flowforge.agents.tool_loop import AgentsToolLoop
from flowforge.board.budget_raise import ask_to_raise
from flowforge.board.result import post_result
from flowforge.board.work import is_current
from flowforge.db.queries import load_queries
from flowforge.errors import NonRetryable, StepError
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.models.client import ModelRequest
from flowforge.orchestrator.models.over_budget import on_over_budget
from flowforge.orchestrator.models.tool_loop import register_tool_loop
from flowforge.orchestrator.waits import on_uncertain_step
from flowforge.skills.publish import known_skills
from flowforge.skills.skill import Skill
from flowforge.skills.tool import TOOLS, Tool, ToolRegistry

if TYPE_CHECKING:
    from flowforge.orchestrator.context import Context
    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.trigger import read_triggers

FUNCTION_ID = "flowforge.agent"
TRIGGER = "board/task.assigned"

sql = load_queries("flowforge.agents")


@dataclass(frozen=True)
class Assignment:
    """The card, as the event told it."""

    task_id: UUID
    key: str
    agent_id: UUID
    agent: str
    title: str
    description: str

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Assignment:
        try:
            task_id, agent_id = UUID(data["task_id"]), UUID(data["agent_id"])
            return cls(task_id, data["task"], agent_id, data["agent"], data["title"], data["description"])
        except (KeyError, TypeError, ValueError):
            raise NonRetryable(f"a {TRIGGER} event that the board did not write", hint="assign the card on the board") from None

    @property
    def prompt(self) -> str:
        return f"# {self.title}\n\n{self.description}".strip()


def register_builtin(registry: Registry, tools: ToolRegistry = TOOLS) -> None:
    """Let workers of `registry` run agents, and `step.ai`, with the tools of `tools`. Twice is once."""

    async def work(ctx: Context[dict[str, Any]]) -> dict[str, Any]:
        return await work_on_card(current_execution(), Assignment.of(ctx.event.data), tools)

    if FUNCTION_ID not in registry:
        labels = {"agent_id": "agent_id", "task_id": "task_id"}
        registry.add(Function(FUNCTION_ID, work, read_triggers(TRIGGER), version=_code_version(), builtin=True, labels=labels))
    on_uncertain_step(partial(settle_uncertain, tools=tools))
    on_over_budget(ask_to_raise)
    register_tool_loop(AgentsToolLoop(tools))


def _code_version() -> str:
    """What words a conversation: a run that goes on under another version takes a different wording as a warning, not an error."""
    return f"flowforge {__version__}, pydantic-ai {version('pydantic-ai-slim')}"


async def work_on_card(execution: Execution, card: Assignment, tools: ToolRegistry) -> dict[str, Any]:
    """One run: read the definition, work, hand in."""
    try:
        begun = await execution.durable("agent", "begin", lambda: _begin(execution, card), announce=True)
        if begun is None:
            return {"task": card.key, "skipped": "the card was given to somebody else before the work began"}
        definition = AgentDefinition.model_validate(begun["definition"])
        result = await _work(execution, definition, begun, card, tools)
    except Exception as error:
        await _hand_in(execution, card, f"I could not finish this: {_sentence(error)}", None)
        raise
    await _hand_in(execution, card, result, definition.done_column)
    return {"task": card.key, "result": result, "revision": begun["revision"]}


async def _work(execution: Execution, definition: AgentDefinition, begun: Mapping[str, Any], card: Assignment, tools: ToolRegistry) -> str:
    from flowforge.agents.loop import AgentLoop, Terms  # pydantic-ai takes most of a second to import: only where an agent works
    from flowforge.agents.model import FlowForgeModel

    terms = Terms(definition.name, begun["instructions"], definition.approval)
    model = FlowForgeModel(ModelRequest(model=definition.model, messages=[]))
    execution.orderly = True  # every task of the loop goes on only when a step does
    return await AgentLoop(execution, model, _granted(definition, begun["tools"], tools), terms).run(card.prompt)


async def _begin(execution: Execution, card: Assignment) -> dict[str, Any] | None:
    """The agent's current revision with its skills' instructions; None when the card is no longer the agent's."""
    pool = execution.host.database.pool
    if not await is_current(pool, execution.tenant_id, card.task_id, _assignment_id(execution)):
        return None
    row = await sql.load_revision.fetchrow(pool, tenant_id=execution.tenant_id, agent_id=card.agent_id)
    if row is None:
        raise NonRetryable(f"there is no agent {card.agent!r} any more")
    definition = AgentDefinition.model_validate_json(row["definition"])
    skills = {skill.name: skill for skill in await known_skills(pool)}
    missing = [name for name in definition.skills if name not in skills]
    if missing:
        raise NonRetryable(f"agent {card.agent!r} has the skill {missing[0]!r}, which no worker offers any more")
    chosen = [skills[name] for name in definition.skills]
    await asyncio.to_thread(warm)
    return {
        "revision": row["revision"],
        "definition": json.loads(row["definition"]),
        "instructions": "\n\n".join([definition.instructions, *map(_taught, chosen)]).strip(),
        "tools": list(dict.fromkeys([*definition.tools, *(name for skill in chosen for name in skill.tools)])),
    }


def _taught(skill: Skill) -> str:
    return f"## Skill: {skill.name}\n\n{skill.instructions}"


def warm() -> None:
    """Import what an agent's loop needs. Call it in a thread: it takes most of a second, once in a process."""
    import flowforge.agents.loop  # noqa: F401


def _granted(definition: AgentDefinition, names: list[str], tools: ToolRegistry) -> dict[str, Tool]:
    for name in names:
        if name not in tools:
            raise NonRetryable(
                f"this worker does not have the tool {name!r} of agent {definition.name!r}",
                hint="start the worker with the file that registers it",
            )
    return {name: tools.find(name) for name in names}


async def _hand_in(execution: Execution, card: Assignment, words: str, column: str | None) -> None:
    """Post the words on the card and move it; the comment's id follows from the run, so a repeat says nothing twice."""
    host = execution.host

    async def post() -> None:
        agent = Principal(execution.tenant_id, "agent", card.agent, card.agent_id)
        await post_result(
            host.database,
            agent,
            card.task_id,
            result=words,
            column=column,
            assignment_id=_assignment_id(execution),
            comment_id=ids.derived_id(execution.run_id, "result"),
            bell=host.bell,
        )

    await execution.durable("board", "hand in", post, input={"text": words, "column": column}, announce=True)


def _assignment_id(execution: Execution) -> UUID:
    found = ids.parse("evt", execution.event.id)
    if found is None:
        raise NonRetryable("an agent's run is started by an assignment on the board")
    return found


def _sentence(error: Exception) -> str:
    """What failed, in one sentence."""
    return error.reason if isinstance(error, StepError) else str(error) or type(error).__name__
