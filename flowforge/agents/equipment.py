"""What an agent is equipped with: the tools that its definition and its skills name, and those that come with its other settings.

A run asks the sources once, in its first step, and keeps what they answer: a description of a tool that is changed later changes no run
that is under way. From these records each execution makes the tools anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from flowforge.agents.builtin import BuiltinTools
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.described_tools import HttpTools, McpTools
from flowforge.agents.skill_tools import SkillTools
from flowforge.errors import NonRetryable, NotFound
from flowforge.skills.publish import known_tools
from flowforge.skills.tool import Tool, ToolRegistry
from flowforge.skills.version import SkillVersion

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.db.queries import Connection

Record = dict[str, Any]
"""What a run keeps of one tool: plain JSON, whatever its source needs to make it again."""


@dataclass(frozen=True)
class Wanted:
    """What an agent wants for a run: `names` are those of its definition and of its skills' tools, each once.

    Of these it can do without the `optional` ones. `skills` are the versions that the run has.
    """

    tenant_id: UUID
    agent_id: UUID | None
    definition: AgentDefinition
    names: tuple[str, ...]
    registry: ToolRegistry  # what this worker's own code offers
    skills: tuple[SkillVersion, ...] = ()
    optional: frozenset[str] = frozenset()


def wanted(
    tenant_id: UUID, agent_id: UUID | None, definition: AgentDefinition, skills: Sequence[SkillVersion], registry: ToolRegistry
) -> Wanted:
    """What an agent with these skills wants."""
    needed = dict.fromkeys([*definition.tools, *(name for skill in skills for name in skill.tools)])
    names = dict.fromkeys([*needed, *(name for skill in skills for name in skill.optional_tools)])
    return Wanted(tenant_id, agent_id, definition, tuple(names), registry, tuple(skills), frozenset(names) - frozenset(needed))


class ToolSource(Protocol):
    """Somewhere that tools come from."""

    @property
    def name(self) -> str:
        """The word that stands in a run's records."""
        ...

    async def offered(self, connection: Connection, tenant_id: UUID) -> Sequence[str]:
        """The names that a definition of this tenant may use."""
        ...

    async def find(self, database: Database, wanted: Wanted) -> Mapping[str, Record]:
        """The records of the tools that the agent gets from here, by name: the wanted ones that are here, and what else it is given."""
        ...

    def revive(self, name: str, record: Record, registry: ToolRegistry) -> Tool:
        """The tool of a record. Raises NonRetryable when this worker cannot make it."""
        ...


class CodeTools:
    """Python functions that workers register."""

    name = "code"

    async def offered(self, connection: Connection, tenant_id: UUID) -> Sequence[str]:
        return [tool.name for tool in await known_tools(connection)]

    async def find(self, database: Database, wanted: Wanted) -> Mapping[str, Record]:
        return {name: {} for name in wanted.names if name in wanted.registry}

    def revive(self, name: str, record: Record, registry: ToolRegistry) -> Tool:
        if name not in registry:
            raise NonRetryable(f"this worker does not have the tool {name!r}", hint="start the worker with the file that registers it")
        return registry.find(name)


# Where a name is in several, the first one has it.
SOURCES: tuple[ToolSource, ...] = (CodeTools(), BuiltinTools(), SkillTools(), HttpTools(), McpTools())


async def offered_names(connection: Connection, tenant_id: UUID) -> list[str]:
    """Every name that a definition of this tenant may use."""
    return [name for source in SOURCES for name in await source.offered(connection, tenant_id)]


async def equip(database: Database, wanted: Wanted) -> list[Record]:
    """The records of all tools of a run, to be kept by it. Raises NonRetryable, naming the first tool that nobody here has."""
    found: dict[str, Record] = {}
    for source in SOURCES:
        for name, record in (await source.find(database, wanted)).items():
            found.setdefault(name, {"name": name, "source": source.name, "record": record})
    for name in wanted.names:
        if name not in found and name not in wanted.optional:
            known = await offered_names(database.pool, wanted.tenant_id)
            told = str(NotFound("tool", name, known)) if name not in known else f"this worker does not have the tool {name!r}"
            raise NonRetryable(
                f"{told}; agent {wanted.definition.name!r} wants it", hint="start the worker with the file that registers it"
            )
    return list(found.values())


def revived(records: Sequence[Record], registry: ToolRegistry) -> dict[str, Tool]:
    """The tools of a run's records, by name. Raises NonRetryable when this worker cannot make one of them."""
    sources = {source.name: source for source in SOURCES}
    return {one["name"]: sources[one["source"]].revive(one["name"], one["record"], registry) for one in records}
