"""Tools that come with FlowForge. One file each; `BUILTIN` is the list of them.

Most are given to an agent whose definition names them, as any other tool is; some come with another of its settings (an agent that may
give work to others has the tool to do so). A function of the same name that a worker registers takes a built-in tool's place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge.agents.builtin.ask_human import ask_human
from flowforge.agents.builtin.await_tasks import await_tasks
from flowforge.agents.builtin.comment import comment
from flowforge.agents.builtin.create_task import create_task
from flowforge.agents.builtin.delegate import delegate
from flowforge.agents.builtin.hand_off import hand_off
from flowforge.agents.builtin.memory import MEMORY
from flowforge.agents.builtin.read_board import list_tasks, read_task
from flowforge.agents.definition import AgentDefinition
from flowforge.errors import NonRetryable
from flowforge.skills.python_tool import PYTHON
from flowforge.skills.tool import Tool, ToolRegistry
from flowforge.skills.web.fetch import HTTP_GET, HTTP_REQUEST
from flowforge.skills.web.search import WEB_SEARCH

if TYPE_CHECKING:
    from flowforge.agents.equipment import Record, Wanted
    from flowforge.db.database import Database
    from flowforge.db.queries import Connection


@dataclass(frozen=True)
class Builtin:
    """One of them. `comes_with` says of a definition that the agent has the tool without naming it."""

    tool: Tool
    comes_with: Callable[[AgentDefinition], bool] = lambda definition: False


def _gives_work(definition: AgentDefinition) -> bool:
    return bool(definition.delegates_to)


_ALL = (
    Builtin(ask_human),
    Builtin(await_tasks, _gives_work),
    Builtin(comment),
    Builtin(create_task),
    Builtin(delegate, _gives_work),
    Builtin(hand_off),
    Builtin(list_tasks),
    Builtin(read_task),
    Builtin(HTTP_GET),
    Builtin(HTTP_REQUEST),
    Builtin(WEB_SEARCH),
    Builtin(PYTHON),
    *(Builtin(tool, lambda definition: definition.memory) for tool in MEMORY),
)

BUILTIN: Mapping[str, Builtin] = {one.tool.name: one for one in _ALL}


class BuiltinTools:
    """The source of these tools. Their descriptions are the version's: a run's records keep their names only."""

    name = "builtin"

    async def offered(self, connection: Connection, tenant_id: UUID) -> Sequence[str]:
        return list(BUILTIN)

    async def find(self, database: Database, wanted: Wanted) -> Mapping[str, Record]:
        return {name: {} for name, one in BUILTIN.items() if name in wanted.names or one.comes_with(wanted.definition)}

    def revive(self, name: str, record: Record, registry: ToolRegistry) -> Tool:
        if name not in BUILTIN:
            raise NonRetryable(
                f"this worker does not have the tool {name!r}", hint="it came with another version of FlowForge: start that one"
            )
        return BUILTIN[name].tool
