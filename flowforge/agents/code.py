"""Agents that code defines: `flowforge.Agent(…)`, published by the worker at its start as functions are.

    atlas = flowforge.Agent(name="atlas", model="claude-sonnet-4.5", instructions="Settle refunds.", tools=[lookup_order])

A change of it is a new revision "by code at <app>". What code owns can be paused and archived over the API and not changed there; an agent
that is no longer in the code stays, and belongs to people from then on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.access.principal import Principal
from flowforge.agents.agent import create_agent, definition_of, lock_agent, redefine
from flowforge.agents.definition import AgentDefinition, read_definition
from flowforge.db.queries import load_queries
from flowforge.errors import ConfigurationError, Conflict, FlowForgeError, InvalidInput, RegistrationError
from flowforge.ids import DEFAULT_TENANT
from flowforge.skills.tool import TOOLS, Tool

if TYPE_CHECKING:
    from flowforge.db.database import Database

sql = load_queries("flowforge.agents")


@dataclass(frozen=True)
class CodeAgent:
    """An agent as code defines it, and the module where it stands."""

    definition: AgentDefinition
    module: str


class AgentRegistry:
    """Agents by name. `flowforge.Agent` fills `AGENTS`; tests make their own."""

    def __init__(self) -> None:
        self._agents: dict[str, CodeAgent] = {}

    def add(self, agent: CodeAgent) -> None:
        """Raises RegistrationError when another module has an agent of that name."""
        known = self._agents.get(agent.definition.name)
        if known is not None and known.module != agent.module:
            raise RegistrationError(f"two agents are named {agent.definition.name!r}: in {known.module} and in {agent.module}")
        self._agents[agent.definition.name] = agent

    def clear(self) -> None:
        self._agents.clear()

    def __iter__(self) -> Iterator[CodeAgent]:
        return iter(list(self._agents.values()))

    def __len__(self) -> int:
        return len(self._agents)


AGENTS = AgentRegistry()


class Agent:
    """An agent, defined in code: a named identity with a model, instructions, skills and tools. The worker publishes it at its start.

    The arguments are the fields of `POST /v1/agents`. `tools` may hold functions decorated with `@flowforge.tool`, `output` a type in
    place of a JSON Schema. Raises RegistrationError for what cannot be an agent.

        atlas = flowforge.Agent(
            name="atlas", model="claude-sonnet-4.5", instructions="Settle refunds.", tools=[lookup_order], budget="5.00/day", concurrency=2
        )
    """

    def __init__(
        self,
        *,
        name: str,
        model: str,
        tools: Sequence[str | Callable[..., Any]] = (),
        output: type[Any] | Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> None:
        body = {"name": name, "model": model, "tools": [_tool_name(tool) for tool in tools], "output": _schema(output), **fields}
        try:
            self.definition = read_definition(body)
        except InvalidInput as error:
            raise RegistrationError(f"Agent {name!r}: {error.message.removeprefix('/')}", hint=error.hint) from None
        AGENTS.add(CodeAgent(self.definition, sys._getframe(1).f_globals.get("__name__", "?")))

    @property
    def name(self) -> str:
        return self.definition.name

    def __repr__(self) -> str:
        return f"Agent({self.definition.name!r}, {self.definition.model!r})"


async def publish_agents(
    database: Database, app: str, definitions: Sequence[AgentDefinition], *, tenant_id: UUID = DEFAULT_TENANT
) -> list[str]:
    """Make the agents of `app` what its code says; returns the names of those that changed. Its tools and skills are published before.

    Raises ConfigurationError for a definition that cannot be in force, and for an agent that another app owns.
    """
    code = Principal(tenant_id, "system", f"code at {app}")
    changed = []
    for definition in definitions:
        try:
            if await _publish(database, code, app, definition):
                changed.append(definition.name)
        except FlowForgeError as error:
            raise ConfigurationError(f"agent {definition.name!r}: {error.message}", hint=error.hint) from error
    names = [definition.name for definition in definitions]
    for row in await sql.agents_of_app.fetch(database.pool, tenant_id=tenant_id, app=app, names=names):
        await _release(database, code, row["agent_id"])
    return changed


async def _publish(database: Database, code: Principal, app: str, definition: AgentDefinition) -> bool:
    while True:
        agent_id = await sql.agent_by_name.fetchval(database.pool, tenant_id=code.tenant_id, name=definition.name)
        if agent_id is not None:
            return await _take_over(database, code, app, agent_id, definition)
        try:
            await create_agent(database, code, definition, app=app)
            return True
        except Conflict:  # another worker was quicker, or its budget's name is taken
            if await sql.agent_by_name.fetchval(database.pool, tenant_id=code.tenant_id, name=definition.name) is None:
                raise


async def _take_over(database: Database, code: Principal, app: str, agent_id: UUID, definition: AgentDefinition) -> bool:
    async with database.pool.acquire() as connection, connection.transaction():
        row = await lock_agent(connection, code.tenant_id, agent_id)
        if row["app"] not in (None, app):
            raise Conflict(f"it is defined by code in {row['app']}", hint="give one of the two another name")
        note = None if row["app"] else "taken over by code"
        return await redefine(connection, code, row, definition, "agent.update", note, app=app)


async def _release(database: Database, code: Principal, agent_id: UUID) -> None:
    async with database.pool.acquire() as connection, connection.transaction():
        row = await lock_agent(connection, code.tenant_id, agent_id)
        await redefine(connection, code, row, definition_of(row), "agent.update", "no longer in the code", app=None, check=False)


def _tool_name(tool: Any) -> str:
    if isinstance(tool, str):
        return tool
    if isinstance(tool, Tool):
        return tool.name
    known = next((one for one in TOOLS if one.function is tool), None)
    if known is None:
        raise RegistrationError(
            f"{getattr(tool, '__name__', repr(tool))} is no tool", hint='decorate it with  @flowforge.tool(effect="read"), above the agent'
        )
    return known.name


def _schema(output: type[Any] | Mapping[str, Any] | None) -> dict[str, Any] | None:
    if output is None or isinstance(output, Mapping):
        return None if output is None else dict(output)
    from flowforge.orchestrator.models.output import Output

    return Output(output).schema
