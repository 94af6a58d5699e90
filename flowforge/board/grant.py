"""Grants: a person's word that a call need not be asked about again, for one task. Explicit, listed, revocable, and counted.

A grant of scope `call` covers exactly the call that was approved: the same tool, schema and arguments. One of scope `tool` covers the tool
as it was then, with any arguments, so many times or until then. What moves money is granted only where the rule that gated it says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board.card import find_card
from flowforge.board.page import Page, page_of, read_cursor
from flowforge.board.queries import sql
from flowforge.clock import SYSTEM_CLOCK
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import InvalidInput, NotFound
from flowforge.skills.binding import call_hash, definition_hash
from flowforge.skills.policy import Verdict
from flowforge.skills.requirement import Requirement
from flowforge.skills.tool import Tool

GrantScope = Literal["call", "tool"]
TIMES_MAX = 10_000


@dataclass(frozen=True)
class GrantWish:
    """What a decision grants beside itself."""

    scope: GrantScope
    until: datetime | None = None
    times: int | None = None


@dataclass(frozen=True)
class Grant:
    """What need not be asked about again. `holds`: it can still be used."""

    grant_id: UUID
    approval_id: UUID
    task: str | None
    tool: str
    scope: GrantScope
    hash: str
    uses_max: int | None
    uses: int
    expires_at: datetime | None
    granted_by: str
    created_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None
    holds: bool

    @property
    def id(self) -> str:
        return ids.show("grt", self.grant_id)

    @property
    def approval(self) -> str:
        return ids.show("apr", self.approval_id)


def check_grant(row: Any, wish: GrantWish) -> None:
    """Raises InvalidInput, pointing at `grant`, unless the approval in `row` may be granted beyond itself."""
    if row["task_id"] is None:
        raise InvalidInput("a grant is for one task, and this run works on none", pointer="/grant")
    if not _may_be_granted(row["effect"], row["grantable"], Requirement.from_json(row["requirement"])):
        why = "it moves money" if row["effect"] == "money" else "the rule that gated it wants each call decided"
        raise InvalidInput(f"this cannot be granted: {why}", pointer="/grant", hint="a policy allows it by  grantable: true")
    if wish.times is not None and not 1 <= wish.times <= TIMES_MAX:
        raise InvalidInput(f"times lies between 1 and {TIMES_MAX}", pointer="/grant/times")
    if wish.until is not None and wish.until <= SYSTEM_CLOCK.now():
        raise InvalidInput("that moment has passed", pointer="/grant/until")
    if wish.scope == "tool" and wish.times is None and wish.until is None:
        raise InvalidInput("a grant for a tool has an end: say until when, or how many times", pointer="/grant")


async def give_grant(connection: Connection, principal: Principal, row: Any, wish: GrantWish, hash: str) -> None:
    """Store the grant that comes with a decision, in its transaction; `hash` is that of the call as it was approved."""
    schema = None if row["schema"] is None else json.loads(row["schema"])
    grant_id = ids.new_id()
    await sql.insert_grant.execute(
        connection,
        tenant_id=principal.tenant_id,
        grant_id=grant_id,
        approval_id=row["approval_id"],
        task_id=row["task_id"],
        tool=row["tool"],
        scope=wish.scope,
        hash=hash if wish.scope == "call" else definition_hash(row["tool"], row["effect"], schema),
        tainted=row["taint"] is not None,
        uses_max=wish.times,
        expires_at=wish.until,
        granted_by=principal.name,
    )
    until = None if wish.until is None else wish.until.isoformat()
    detail = {"tool": row["tool"], "scope": wish.scope, "hash": hash, "times": wish.times, "until": until}
    await audit.append(connection, principal, "grant.create", "grant", ids.show("grt", grant_id), detail)


async def use_grant(
    database: Database, agent: Principal, *, run_id: UUID, task_id: UUID, call_key: str, tool: Tool, arguments: Mapping[str, Any],
    verdict: Verdict, tainted: bool,
) -> UUID | None:  # fmt: skip
    """Use a grant that covers this call, once for the call however often it is asked; None where there is none.

    `verdict` is why it would have to be asked about: what its rule does not let people grant, an older grant does not cover either.
    """
    if not _may_be_granted(tool.effect, verdict.grantable, verdict.requirement):
        return None
    of_call = {"tenant_id": agent.tenant_id, "run_id": run_id, "call_key": call_key}
    async with database.pool.acquire() as connection, connection.transaction():
        used: UUID | None = await sql.used_grant.fetchval(connection, **of_call)
        if used is not None:
            return used
        grant_id: UUID | None = await sql.lock_grant.fetchval(
            connection,
            tenant_id=agent.tenant_id,
            task_id=task_id,
            tool=tool.name,
            call_hash=call_hash(tool.name, tool.effect, tool.schema, arguments),
            definition_hash=definition_hash(tool.name, tool.effect, tool.schema),
            tainted=tainted,
        )
        if grant_id is None or await sql.use_grant.fetchval(connection, **of_call, grant_id=grant_id) is None:
            return None
        detail = {"tool": tool.name, "run": ids.show("run", run_id), "arguments": dict(arguments)}
        await audit.append(connection, agent, "grant.use", "grant", ids.show("grt", grant_id), detail)
        return grant_id


async def list_grants(
    database: Database, tenant_id: UUID, *, task: str | None = None, holds: bool | None = None, cursor: str | None = None, limit: int = 50
) -> Page[Grant]:
    """Oldest first; perhaps of one task, or only those that can be used. Raises InvalidInput for an unknown task or cursor."""
    try:
        task_id = None if task is None else await find_card(database.pool, tenant_id, task)
    except NotFound as missing:
        raise InvalidInput(missing.message, pointer="/task") from None
    rows = await sql.read_grants.fetch(
        database.pool, tenant_id=tenant_id, grant_id=None, after=read_cursor(cursor), task_id=task_id, holds=holds, limit=limit + 1
    )
    return page_of(rows, limit, "grant_id", lambda row: Grant(**row))


async def get_grant(database: Database, tenant_id: UUID, reference: str) -> Grant:
    """Raises NotFound."""
    grant_id = ids.parse("grt", reference)
    wanted: dict[str, Any] = {"grant_id": grant_id, "after": None, "task_id": None, "holds": None, "limit": 1}
    rows = await sql.read_grants.fetch(database.pool, tenant_id=tenant_id, **wanted) if grant_id is not None else []
    if not rows:
        raise NotFound("grant", reference[:80])
    return Grant(**rows[0])


async def revoke_grant(database: Database, principal: Principal, reference: str) -> Grant:
    """It covers no further call; one that has ended already stays as it is. Raises NotFound."""
    found = await get_grant(database, principal.tenant_id, reference)
    async with database.pool.acquire() as connection, connection.transaction():
        of = {"tenant_id": principal.tenant_id, "grant_id": found.grant_id}
        tool = await sql.revoke_grant.fetchval(connection, **of, revoked_by=principal.name)
        if tool is not None:
            await audit.append(connection, principal, "grant.revoke", "grant", found.id, {"tool": tool})
    return await get_grant(database, principal.tenant_id, found.id)


def _may_be_granted(effect: str, grantable: bool | None, requirement: Requirement) -> bool:
    """One person's word for many calls: never by itself where the rule wants several people, or where money moves."""
    if grantable is None:
        return effect != "money" and requirement.count == 1
    return grantable
