"""The end of an agent: archived, it keeps its name and its past and takes no work; deleted, only where it has no past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.agents.agent import lock_agent, resolve_agent, tell_changed, view
from flowforge.agents.budget_line import drop_budget
from flowforge.agents.trigger import TRIGGERS_MAX, withdraw
from flowforge.audit.log import append
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.orchestrator.run import cancel_run

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.agents.status import AgentView
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

WORK_SHOWN_MAX = 20
WORK_AT_ONCE = 500

sql = load_queries("flowforge.agents")


@dataclass(frozen=True)
class OpenWork:
    """What an agent has in hand: keys of cards, and ids of runs without one."""

    tasks: tuple[str, ...]
    runs: tuple[UUID, ...]

    def __bool__(self) -> bool:
        return bool(self.tasks or self.runs)


async def archive_agent(
    database: Database,
    principal: Principal,
    text: str,
    *,
    reassign_to: str | None = None,
    cancel: bool = False,
    bell: Bell | None = None,
) -> AgentView:
    """Let an agent take no more work. Archiving an archived one changes nothing.

    What it has in hand refuses that with Conflict, which lists it, unless its cards are given to the agent `reassign_to`, or taken
    from everybody with `cancel`; runs without a card are cancelled in both cases. Raises NotFound, InvalidInput.
    """
    agent_id = await resolve_agent(database.pool, principal.tenant_id, text)
    if reassign_to is not None or cancel:
        await _hand_on(database, principal, agent_id, await _successor(database, principal, agent_id, reassign_to), bell)
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.close_agent.fetchrow(connection, tenant_id=principal.tenant_id, agent_id=agent_id)
        if row["archived_at"] is None:
            _refuse_work(row["name"], await _open_work(connection, principal.tenant_id, agent_id, WORK_SHOWN_MAX))
            await sql.archive_agent.execute(connection, tenant_id=principal.tenant_id, agent_id=agent_id, by=principal.name)
            await append(connection, principal, "agent.archive", "agent", ids.show("agt", agent_id), {"name": row["name"]})
            await tell_changed(connection, principal, agent_id, "agent.archive")
    if bell is not None:
        bell.ring_streams({agent_id})
    return await view(database.pool, principal.tenant_id, agent_id)


async def unarchive_agent(database: Database, principal: Principal, text: str) -> AgentView:
    """Let an archived agent take work again. Raises NotFound, Conflict when it is not archived."""
    agent_id = await resolve_agent(database.pool, principal.tenant_id, text)
    async with database.pool.acquire() as connection, connection.transaction():
        row = await lock_agent(connection, principal.tenant_id, agent_id)
        if row["archived_at"] is None:
            raise Conflict(f"agent {row['name']!r} is not archived")
        await sql.unarchive_agent.execute(connection, tenant_id=principal.tenant_id, agent_id=agent_id)
        await append(connection, principal, "agent.unarchive", "agent", ids.show("agt", agent_id), {"name": row["name"]})
        await tell_changed(connection, principal, agent_id, "agent.unarchive")
    return await view(database.pool, principal.tenant_id, agent_id)


async def delete_agent(database: Database, principal: Principal, text: str) -> None:
    """Take away an agent that never worked. Raises NotFound, Conflict for one that has left something behind: archive that one."""
    agent_id = await resolve_agent(database.pool, principal.tenant_id, text)
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.close_agent.fetchrow(connection, tenant_id=principal.tenant_id, agent_id=agent_id)
        if row is None:
            raise NotFound("agent", text)
        place = {"tenant_id": principal.tenant_id, "agent_id": agent_id}
        left = [what for what, there in dict(await sql.traces_of_agent.fetchrow(connection, **place)).items() if there]
        if left:
            raise Conflict(
                f"agent {row['name']!r} has {' and '.join(left)}, which would lose their name with it",
                winner={"has": left},
                hint="archive it: it then takes no work, and its past stays readable",
            )
        await drop_budget(connection, row["budget_id"], **place)
        for trigger in await sql.list_triggers.fetch(connection, **place, after=None, limit=TRIGGERS_MAX):
            await withdraw(connection, principal.tenant_id, agent_id, trigger["trigger_id"])
        await sql.delete_agent.execute(connection, **place)
        await append(connection, principal, "agent.delete", "agent", ids.show("agt", agent_id), {"name": row["name"]})


async def _successor(database: Database, principal: Principal, agent_id: UUID, name: str | None) -> str | None:
    if name is None:
        return None
    try:
        found = await view(database.pool, principal.tenant_id, await resolve_agent(database.pool, principal.tenant_id, name))
    except NotFound as error:
        raise InvalidInput(str(error), pointer="/reassign_to") from None
    if found.agent_id == agent_id or found.archived_at is not None:
        why = "is the one to be archived" if found.agent_id == agent_id else "is archived itself"
        raise InvalidInput(f"agent {found.name!r} {why}", pointer="/reassign_to")
    return found.name


async def _hand_on(database: Database, principal: Principal, agent_id: UUID, to: str | None, bell: Bell | None) -> None:
    """Each card is an act of its own; a crash in between leaves the rest for a repeat."""
    work = await _open_work(database.pool, principal.tenant_id, agent_id, WORK_AT_ONCE)
    for task in work.tasks:
        await assign(database, principal, task, None if to is None else AssigneeName("agent", to), bell=bell)
    for run_id in work.runs:
        await cancel_run(database, principal.tenant_id, run_id, by=principal.name, force=True, bell=bell)


async def _open_work(connection: Connection, tenant_id: UUID, agent_id: UUID, limit: int) -> OpenWork:
    rows = await sql.open_work.fetch(connection, tenant_id=tenant_id, agent_id=agent_id, limit=limit)
    return OpenWork(
        tuple(row["task"] for row in rows if row["task"] is not None), tuple(row["run_id"] for row in rows if row["run_id"] is not None)
    )


def _refuse_work(name: str, work: OpenWork) -> None:
    if not work:
        return
    shown = [*work.tasks, *(ids.show("run", run_id) for run_id in work.runs)]
    raise Conflict(
        f"agent {name!r} has work in hand: {', '.join(shown)}",
        winner={"tasks": list(work.tasks), "runs": [ids.show("run", run_id) for run_id in work.runs]},
        hint='give it away with "reassign_to", or end it with "cancel": true',
    )
