"""The built-in function `flowforge.agent`: a card that is assigned to an agent becomes a durable run of its loop.

The run reads the agent's definition once, as a step, and keeps it; works; hands the result in as a comment and moves the card
on. When it cannot go on it says on the card what failed, in one sentence, and the run fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import __version__, ids
from flowforge.access.permission import OF_AN_AGENT
from flowforge.access.principal import Principal
from flowforge.agents.answer import shown
from flowforge.agents.briefing import Briefing, brief
from flowforge.agents.cancelled_work import clean_up
from flowforge.agents.colleagues import colleagues_of
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.delegation import chain_above, check_money, limits_above, note_taint
from flowforge.agents.equipment import equip, revived, wanted
from flowforge.agents.framing import RULE
from flowforge.agents.gate import settle_uncertain
from flowforge.agents.loop_tool import AtWork, Bounds
from flowforge.agents.prompt import instructions, opening
from flowforge.agents.tool_loop import AgentsToolLoop
from flowforge.agents.tool_run import register_tool_runs
from flowforge.board.budget_raise import ask_to_raise
from flowforge.board.result import post_result
from flowforge.board.work import is_current
from flowforge.db.queries import load_queries
from flowforge.errors import InvalidInput, NonRetryable, NotFound, StepError
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.flow.read import read_flow
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.models import price_table, prices
from flowforge.orchestrator.models.asking import REPAIRS
from flowforge.orchestrator.models.client import ModelRequest
from flowforge.orchestrator.models.output import Output
from flowforge.orchestrator.models.over_budget import on_over_budget
from flowforge.orchestrator.models.policy import CallPolicy
from flowforge.orchestrator.models.sampling import checked_settings
from flowforge.orchestrator.models.tool_loop import register_tool_loop
from flowforge.orchestrator.waits import on_uncertain_step
from flowforge.skills.place import hosts_in
from flowforge.skills.tool import TOOLS, ToolRegistry
from flowforge.skills.use import choose_versions
from flowforge.skills.version import SkillVersion

if TYPE_CHECKING:
    from flowforge.orchestrator.context import Context
    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.trigger import on, read_triggers

FUNCTION_ID = "flowforge.agent"
TRIGGER = "board/task.assigned"
STARTS_AN_AGENT = "has(event.data.agent_id)"  # a card that is given to a person, or whose agent has to wait, starts nobody
PRIORITY = "has(event.data.urgency) ? event.data.urgency : 0"  # the card's, from -1 to 2

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

    def principal(self, tenant_id: UUID) -> Principal:
        return Principal(tenant_id, "agent", self.agent, self.agent_id, OF_AN_AGENT)

    @property
    def prompt(self) -> str:
        return opening(self.title, self.description)


def register_builtin(registry: Registry, tools: ToolRegistry = TOOLS) -> None:
    """Let workers of `registry` run agents, and `step.ai`, with the tools of `tools`. Twice is once."""

    async def work(ctx: Context[dict[str, Any]]) -> dict[str, Any]:
        return await work_on_card(current_execution(), Assignment.of(ctx.event.data), tools)

    if FUNCTION_ID not in registry:
        labels = {"agent_id": "agent_id", "task_id": "task_id"}
        flow = read_flow(priority=PRIORITY)
        triggers = read_triggers(on(TRIGGER, if_=STARTS_AN_AGENT))
        registry.add(
            Function(FUNCTION_ID, work, triggers, version=code_version(), builtin=True, flow=flow, labels=labels, on_cancel=_clean_up)
        )
    from flowforge.agents.bare_run import register_bare_run  # these stand on this file
    from flowforge.agents.mention import register_mention
    from flowforge.agents.trigger_run import register_trigger_run

    register_mention(registry, tools, code_version())
    register_bare_run(registry, tools)
    register_trigger_run(registry)
    on_uncertain_step(partial(settle_uncertain, tools=tools))
    on_over_budget(ask_to_raise)
    register_tool_loop(AgentsToolLoop(tools))
    register_tool_runs(registry, tools)


def code_version() -> str:
    """What words a conversation: a run that goes on under another version takes a different wording as a warning, not an error."""
    return f"flowforge {__version__}, pydantic-ai {version('pydantic-ai-slim')}"


async def work_on_card(execution: Execution, card: Assignment, tools: ToolRegistry) -> dict[str, Any]:
    """One run: read the definition, work, hand in."""
    try:
        begun = await execution.durable("agent", "begin", lambda: _begin(execution, card, tools), announce=True)
        if begun is None:
            return {"task": card.key, "skipped": "the card was given to somebody else before the work began"}
        definition = AgentDefinition.model_validate(begun["definition"])
        output = Output(definition.output)
        bounds = Bounds(**begun.get("bounds", {}))
        at_work = AtWork(card.principal(execution.tenant_id), definition, begun["revision"], card.task_id, card.key, bounds)
        briefing = Briefing.from_json(begun["briefing"]) if "briefing" in begun else Briefing(card.prompt)
        answer, tainted = await lead(execution, at_work, begun, briefing, tools, output)
    except Exception as error:
        await _hand_in(execution, card, f"I could not finish this: {sentence(error)}", None)
        raise
    result = output.read(answer)
    await _hand_in(execution, card, answer if output.plain else shown(result), definition.done_column, tainted=tainted)
    return {"task": card.key, "result": result, "revision": begun["revision"]}


async def _clean_up(ctx: Context[dict[str, Any]]) -> None:
    execution, card = current_execution(), Assignment.of(ctx.event.data)
    await clean_up(execution, card.principal(execution.tenant_id), card.task_id, _assignment_id(execution))


async def lead(
    execution: Execution,
    at_work: AtWork,
    begun: Mapping[str, Any],
    briefing: Briefing,
    tools: ToolRegistry,
    output: Output,
    *,
    heard: tuple[str, ...] = (),
) -> tuple[str, bool]:
    """The agent's loop over a briefing, with what `prepare` has found: its final answer, as text that `output` reads, and whether it has
    read what comes from outside."""
    from flowforge.agents.loop import AgentLoop, Terms  # pydantic-ai takes most of a second to import: only where an agent works
    from flowforge.agents.model import FlowForgeModel

    definition = at_work.definition
    terms = Terms(
        definition.name,
        begun["instructions"],
        definition.approval,
        output=output,
        repairs=_repairs(definition),
        at_work=at_work,
        limits=definition.limits,
        window=begun.get("window"),
        snapshots=begun.get("snapshots"),
        tainted=frozenset([*briefing.tainted, *begun.get("tainted", ())]),
        hosts=frozenset([*begun["hosts"], *briefing.hosts]) if "hosts" in begun else None,
        heard=heard,
    )
    settings = checked_settings(dict(definition.model_settings), None)
    request = ModelRequest(model=definition.model, messages=[], settings=settings, response_format=output.response_format())
    model = FlowForgeModel(request, CallPolicy(fallback=definition.fallbacks), output)
    execution.orderly = True  # every task of the loop goes on only when a step does
    loop = AgentLoop(execution, model, revived(begun["tools"], tools), terms)
    answer = await loop.run(briefing.text)
    return answer, bool(loop.taint)


async def _begin(execution: Execution, card: Assignment, tools: ToolRegistry) -> dict[str, Any] | None:
    """What the run begins with, the card's briefing with it; None when the card is no longer the agent's."""
    pool, tenant_id = execution.host.database.pool, execution.tenant_id
    if not await is_current(pool, tenant_id, card.task_id, _assignment_id(execution)):
        return None
    await check_money(pool, tenant_id, limits_above(await chain_above(pool, tenant_id, card.task_id)))
    begun = await prepare(execution, card.agent_id, card.agent, tools)
    definition = AgentDefinition.model_validate(begun["definition"])
    told = (card.title, card.description)
    briefing = await brief(execution.host.database, tenant_id, card.agent_id, card.task_id, definition, told, execution.run_id.hex)
    return {**begun, "briefing": briefing.to_json()}


async def prepare(execution: Execution, agent_id: UUID, name: str, tools: ToolRegistry, revision: int | None = None) -> dict[str, Any]:
    """An agent's revision (None: the current one) with its skills' instructions and its tools, to be kept by the run.

    Raises NonRetryable when there is no such agent or revision any more, or this worker lacks a tool of it.
    """
    database = execution.host.database
    row = await sql.load_revision.fetchrow(database.pool, tenant_id=execution.tenant_id, agent_id=agent_id, revision=revision)
    if row is None:
        raise NonRetryable(f"there is no agent {name!r} any more" if revision is None else f"agent {name!r} has no revision {revision}")
    definition = AgentDefinition.model_validate_json(row["definition"])
    colleagues = await colleagues_of(database.pool, execution.tenant_id, agent_id, definition)
    definition = definition.model_copy(update={"delegates_to": colleagues.names})
    chosen = await _skills(execution, agent_id, definition)
    equipment = await equip(database, wanted(execution.tenant_id, agent_id, definition, chosen, tools))
    given = revived(equipment, tools).values()
    tainted = {tool.described_by for tool in given if tool.described_by} | {f"skill {one.name}" for one in chosen if not one.vouched}
    reads_outside = bool(tainted) or any(tool.outside for tool in given)
    await asyncio.to_thread(warm)
    from flowforge.agents.snapshot import EVERY_TURNS

    return {
        "revision": row["revision"],
        "definition": definition.model_dump(mode="json"),
        "instructions": "\n\n".join(filter(None, [instructions(definition, chosen), colleagues.briefing, RULE if reads_outside else ""])),
        "tainted": sorted(tainted),
        "hosts": sorted(hosts_in(definition.instructions)),
        "bounds": asdict(colleagues.bounds),
        "skills": [{"name": one.name, "version": one.number, "layer": one.layer, "tree": one.tree} for one in chosen],
        "tools": equipment,
        "window": await _window(definition),
        "snapshots": EVERY_TURNS,
    }


async def _skills(execution: Execution, agent_id: UUID, definition: AgentDefinition) -> list[SkillVersion]:
    """The versions of its skills that the run has from here on."""
    try:
        return await choose_versions(execution.host.database, execution.tenant_id, execution.run_id, agent_id, definition.skills)
    except (NotFound, InvalidInput) as error:
        raise NonRetryable(f"agent {definition.name!r} has a skill that is not there any more: {error}") from None


def _repairs(definition: AgentDefinition) -> int:
    if definition.retries is not None:
        return definition.retries
    return REPAIRS if definition.output else 1


async def _window(definition: AgentDefinition) -> int | None:
    """Tokens that its model takes, and those that may answer instead; None when it is known of none of them."""
    await price_table.loaded()
    known = [prices.limits_of(model).context for model in (definition.model, *definition.fallbacks)]
    return min((tokens for tokens in known if tokens is not None), default=None)


def warm() -> None:
    """Import what an agent's loop needs. Call it in a thread: it takes most of a second, once in a process."""
    import flowforge.agents.loop  # noqa: F401


async def _hand_in(execution: Execution, card: Assignment, words: str, column: str | None, *, tainted: bool = True) -> None:
    """Post the words on the card and move it; the comment's id follows from the run, so a repeat says nothing twice."""
    host = execution.host

    async def post() -> None:
        if tainted:
            await note_taint(host.database.pool, execution.tenant_id, card.task_id)
        await post_result(
            host.database,
            card.principal(execution.tenant_id),
            card.task_id,
            result=words,
            column=column,
            assignment_id=_assignment_id(execution),
            comment_id=ids.derived_id(execution.run_id, "result" if column is not None else "failure"),
            bell=host.bell,
        )

    await execution.durable("board", "hand in", post, input={"text": words, "column": column}, announce=True)


def _assignment_id(execution: Execution) -> UUID:
    found = ids.parse("evt", execution.event.id)
    if found is None:
        raise NonRetryable("an agent's run is started by an assignment on the board")
    return found


def sentence(error: Exception) -> str:
    """What failed, in one sentence."""
    return error.reason if isinstance(error, StepError) else str(error) or type(error).__name__
