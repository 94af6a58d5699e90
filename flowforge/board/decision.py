"""Deciding an approval: once, by one person. The decision, its audit entry, the frames that tell it and the run's wake-up are
one transaction; whoever comes second is told who won."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board import text
from flowforge.board.approval import Approval, Verdict, find_approval, get_approval
from flowforge.board.arguments import check_arguments
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, Gone, InvalidInput, NotFound
from flowforge.orchestrator import hints
from flowforge.orchestrator.codec import to_json
from flowforge.orchestrator.notice import give_notice
from flowforge.orchestrator.run import wake_run
from flowforge.orchestrator.stream import append_frame

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

REASON_CHARACTERS_MAX = 10_000
ENDED = "the run that asked for it has ended"


@dataclass(frozen=True)
class _Held:
    """An approval under its lock, with its run's owner row locked before it."""

    row: Any
    run_is_open: bool


async def decide(
    database: Database,
    principal: Principal,
    approval_id: str,
    *,
    approved: bool,
    edited_args: Mapping[str, Any] | None = None,
    reason: str | None = None,
    bell: Bell | None = None,
) -> Approval:
    """Approve, approve with edited arguments, or deny. Returns the approval as decided.

    Raises NotFound; Conflict with the winner when it is decided already, or when an agent wants to decide; Gone when its time
    or its run is over; InvalidInput, pointing into `edited_args`, when they do not satisfy the tool's schema.

        await decide(database, principal, "apr_…", approved=True, edited_args={"order": "ORD-9218", "amount": 300})
    """
    if principal.kind == "agent":
        raise Conflict("an agent cannot decide an approval", hint="a person decides what agents may do")
    verdict = _verdict(approved, edited_args, reason)
    found = await find_approval(database.pool, principal.tenant_id, approval_id)
    async with database.pool.acquire() as connection, connection.transaction():
        held = await _hold(connection, principal.tenant_id, found, approval_id)
        gone = _too_late(held)
        if gone is None:
            _check(held.row, verdict)
            await _settle(connection, principal, held, verdict)
        elif held.row["state"] == "pending":
            await expire(connection, principal.tenant_id, held.row)
            await wake_run(connection, principal.tenant_id, held.row["run_id"])
    if bell is not None:
        bell.ring_streams(stream for stream in (held.row["agent_id"], held.row["task_id"]) if stream is not None)
        bell.ring(hints.READY, hints.WAKE)
    if gone is not None:
        raise gone
    return await get_approval(database, principal.tenant_id, ids.show("apr", found))


async def expire(connection: Connection, tenant_id: UUID, row: Any) -> None:
    """Note that a pending approval's time is over. The caller holds its lock (see `lock_approval`)."""
    of = {"tenant_id": tenant_id, "approval_id": row["approval_id"]}
    await sql.settle_approval.fetchval(connection, **of, state="expired", decided_by=None, decision=None)
    await _tell(connection, tenant_id, row, "approval.expired", {})


def decided_frame(row: Any, more: Mapping[str, Any]) -> dict[str, Any]:
    """What every stream is told of an approval's end."""
    return {"run": ids.show("run", row["run_id"]), "approval": ids.show("apr", row["approval_id"]), "tool": row["tool"], **more}


def _verdict(approved: bool, edited_args: Mapping[str, Any] | None, reason: str | None) -> Verdict:
    if reason is not None:
        reason = text.body(reason, "/reason", max_characters=REASON_CHARACTERS_MAX)
    if edited_args is not None and not approved:
        raise InvalidInput("edited arguments come with an approval, not with a denial", pointer="/edited_args")
    return Verdict(approved, None if edited_args is None else dict(edited_args), reason)


async def _hold(connection: Connection, tenant_id: UUID, approval_id: UUID, reference: str) -> _Held:
    """Lock the run's owner row, then the approval: owner rows come first in everybody's lock order."""
    run_id = await sql.approval_run.fetchval(connection, tenant_id=tenant_id, approval_id=approval_id)
    if run_id is None:
        raise NotFound("approval", reference[:80])
    owner = await sql.lock_run.fetchrow(connection, tenant_id=tenant_id, run_id=run_id)
    row = await sql.lock_approval.fetchrow(connection, tenant_id=tenant_id, approval_id=approval_id)
    return _Held(row, owner is not None and not owner["cancel"])


def _too_late(held: _Held) -> Gone | None:
    """Why nobody can decide it any more; None while somebody can. Raises Conflict when somebody has."""
    row = held.row
    if row["decision"] is not None:
        raise Conflict(
            f"{row['decided_by']} has {row['state']} this already",
            winner={"decided_by": row["decided_by"], "decided_at": row["decided_at"].isoformat(), "decision": json.loads(row["decision"])},
        )
    if row["state"] == "expired" or row["is_due"]:
        when = row["expires_at"] or row["decided_at"]
        return Gone(f"the approval expired at {when.isoformat()}", hint="an expired approval reads as denied")
    return None if held.run_is_open else Gone(ENDED)


def _check(row: Any, verdict: Verdict) -> None:
    if verdict.edited_args is not None:
        check_arguments(verdict.edited_args, None if row["schema"] is None else json.loads(row["schema"]), "/edited_args")


async def _settle(connection: Connection, principal: Principal, held: _Held, verdict: Verdict) -> None:
    row, state = held.row, "approved" if verdict.approved else "denied"
    decision = to_json(asdict(verdict))
    of = {"tenant_id": principal.tenant_id, "approval_id": row["approval_id"]}
    await sql.settle_approval.fetchval(connection, **of, state=state, decided_by=principal.name, decision=decision)
    await wake_run(connection, principal.tenant_id, row["run_id"])
    detail = {"tool": row["tool"], "arguments": json.loads(row["arguments"]), **asdict(verdict)}
    await audit.append(connection, principal, "approval.decide", "approval", ids.show("apr", row["approval_id"]), detail)
    await _tell(connection, principal.tenant_id, row, "approval.decided", {"state": state, "decided_by": principal.name, **asdict(verdict)})


async def _tell(connection: Connection, tenant_id: UUID, row: Any, name: str, more: Mapping[str, Any]) -> None:
    data = decided_frame(row, more)
    await give_notice(connection, tenant_id, name, data)
    if row["agent_id"] is not None or row["task_id"] is not None:
        await append_frame(connection, tenant_id, name=name, data=data, agent_id=row["agent_id"], task_id=row["task_id"])
