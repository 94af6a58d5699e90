"""Messages to an agent at work: left by people, seen at its next turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from flowforge import ids
from flowforge.agents.agent import resolve_agent
from flowforge.audit.log import append
from flowforge.board.card import find_card
from flowforge.board.page import Page, page_of, read_cursor
from flowforge.board.text import written
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.orchestrator.run import find_run_id

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

CHARACTERS_MAX = 20_000

MessageState = Literal["waiting", "seen", "missed"]

sql = load_queries("flowforge.agents")


@dataclass(frozen=True)
class Message:
    """What somebody said to an agent. `turn` is the turn of the run at which the agent saw it; `missed`: the run ended before."""

    message_id: UUID
    run_id: UUID
    kind: str
    text: str
    author_kind: str
    author: str
    created_at: datetime
    taken_at: datetime | None
    turn: int | None
    state: MessageState


async def tell_agent(
    database: Database, principal: Principal, agent: str, text: str, *, task: str | None = None, message_id: UUID | None = None
) -> Message:
    """Leave a message for an agent, for its run on the card `task` or for the one run in which it works. A repeat under the same
    `message_id` leaves nothing new.

    Raises NotFound, InvalidInput for a text that cannot be one and where the agent works on several cards, and Conflict when it works
    on none.
    """
    text = _checked(text)
    async with database.pool.acquire() as connection, connection.transaction():
        agent_id = await resolve_agent(connection, principal.tenant_id, agent)
        task_id = None if task is None else await _named_card(connection, principal.tenant_id, task)
        runs = await sql.lock_runs_at_work.fetch(connection, tenant_id=principal.tenant_id, agent_id=agent_id, task_id=task_id)
        if not runs:
            where = "" if task is None else f" on {task}"
            raise Conflict(f"{agent} is not at work{where}", hint="assign it a task, or mention it in a comment")
        if len(runs) > 1 and task is None:
            raise InvalidInput(f"{agent} works on {len(runs)} tasks at once", pointer="/task", hint="say which of them is meant")
        of = {"agent_id": agent_id, "task_id": runs[-1]["task_id"], "run_id": runs[-1]["run_id"]}
        return await _leave(connection, principal, of, text, message_id or ids.new_id())


async def tell_run(database: Database, principal: Principal, run: str, text: str, *, message_id: UUID | None = None) -> Message:
    """Leave a message for the agent of a run. Raises NotFound, InvalidInput, and Conflict when no agent works in it (any more)."""
    text = _checked(text)
    async with database.pool.acquire() as connection, connection.transaction():
        run_id = await find_run_id(connection, principal.tenant_id, run)
        row = await sql.agent_at_work.fetchrow(connection, tenant_id=principal.tenant_id, run_id=run_id)
        if row is None:
            raise NotFound("run", run)
        if row["agent_id"] is None:
            raise Conflict(f"no agent works in run {ids.label(run_id)}", hint="send it a signal: POST /v1/runs/{run}/signals")
        if not row["is_open"]:
            raise Conflict(f"run {ids.label(run_id)} has ended", hint="assign the agent a task, or mention it in a comment")
        of = {"agent_id": row["agent_id"], "task_id": row["task_id"], "run_id": run_id}
        return await _leave(connection, principal, of, text, message_id or ids.new_id())


async def list_messages(database: Database, tenant_id: UUID, run: str, *, cursor: str | None = None, limit: int = 50) -> Page[Message]:
    """What was said in a run, oldest first. Raises NotFound, and InvalidInput for an unknown cursor."""
    after = read_cursor(cursor)
    run_id = await find_run_id(database.pool, tenant_id, run)
    if await sql.agent_at_work.fetchrow(database.pool, tenant_id=tenant_id, run_id=run_id) is None:
        raise NotFound("run", run)
    rows = await sql.run_messages.fetch(database.pool, tenant_id=tenant_id, run_id=run_id, only=None, after=after, limit=limit + 1)
    return page_of(rows, limit, "message_id", _message)


async def _leave(connection: Connection, principal: Principal, of: dict[str, Any], text: str, message_id: UUID) -> Message:
    tenant_id, run_id = principal.tenant_id, of["run_id"]
    made = await sql.leave_message.fetchval(
        connection,
        tenant_id=tenant_id,
        **of,
        message_id=message_id,
        kind="message",
        text=text,
        author_kind=principal.kind,
        author=principal.name,
    )
    row = await sql.run_messages.fetchrow(connection, tenant_id=tenant_id, run_id=run_id, only=message_id, after=None, limit=1)
    if made is not None:
        detail = {"message": message_id.hex, "run": ids.show("run", run_id)}
        await append(connection, principal, "agent.message", "agent", ids.show("agt", of["agent_id"]), detail)
    return _message(row)


async def _named_card(connection: Connection, tenant_id: UUID, task: str) -> UUID:
    try:
        return await find_card(connection, tenant_id, task)
    except NotFound as missing:
        raise InvalidInput(missing.message, pointer="/task") from None


def _checked(text: str) -> str:
    return written(text, "/text", max_characters=CHARACTERS_MAX)


def _message(row: Any) -> Message:
    names = ("message_id", "run_id", "kind", "text", "author_kind", "author", "created_at", "taken_at", "turn")
    state: MessageState = "seen" if row["taken_at"] is not None else "waiting" if row["is_open"] else "missed"
    return Message(**{name: row[name] for name in names}, state=state)
