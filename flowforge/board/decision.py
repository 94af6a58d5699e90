"""Deciding an approval: once. A decision, its votes, its audit entry, the frames that tell it and the run's wake-up are one
transaction; whoever comes second is told who won.

Where several people are needed, each vote is about one call: tool, schema and arguments, by their hash. Whoever edits the arguments
proposes another call, and what was approved before counts no more. One denial by somebody with the right ends it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board import text
from flowforge.board.approval import Approval, Verdict, find_approval, get_approval
from flowforge.board.approval_notice import tell_ended, tell_voted
from flowforge.board.grant import GrantWish, check_grant, give_grant
from flowforge.board.queries import sql
from flowforge.board.vote import Voter, check_right, find_voter, votes_of
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, Gone, InvalidInput, NotFound
from flowforge.orchestrator import hints
from flowforge.orchestrator.codec import to_json
from flowforge.orchestrator.run import wake_run
from flowforge.skills.arguments import check_arguments
from flowforge.skills.binding import call_hash
from flowforge.skills.requirement import Requirement

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

REASON_CHARACTERS_MAX = 10_000
ENDED = "the run that asked for it has ended"


@dataclass(frozen=True)
class _Held:
    """An approval under its lock, with its run's owner row locked before it."""

    row: Any
    run_is_open: bool

    @property
    def hash(self) -> str:
        """Of the call that votes are about now: as it was asked, or as somebody has edited it."""
        return self.row["proposal_hash"] or hash_of_call(self.row, json.loads(self.row["arguments"]))


async def decide(
    database: Database,
    principal: Principal,
    approval_id: str,
    *,
    approved: bool,
    edited_args: Mapping[str, Any] | None = None,
    reason: str | None = None,
    hash: str | None = None,
    grant: GrantWish | None = None,
    within: Callable[[Connection], Awaitable[None]] | None = None,
    bell: Bell | None = None,
) -> Approval:
    """Approve, approve with edited arguments, or deny. Returns the approval as it is then: still pending, where more people are needed.

    With `hash` only the call that the person saw is decided; `within` is done in the same transaction, and may refuse. Raises NotFound;
    Conflict with the winner when it is decided already, with the new hash when the call is another one by now, when this person has
    approved it before, or when an agent wants to decide; NotAllowed for who may not; Gone when its time or its run is over; InvalidInput,
    pointing into `edited_args`, when they do not satisfy the tool's schema, and at `grant` where none can be given.

        await decide(database, principal, "apr_…", approved=True, edited_args={"order": "ORD-9218", "amount": 300})
    """
    if principal.kind == "agent":
        raise Conflict("an agent cannot decide an approval", hint="a person decides what agents may do")
    verdict = _verdict(approved, edited_args, reason)
    if grant is not None and not approved:
        raise InvalidInput("a grant comes with an approval, not with a denial", pointer="/grant")
    found = await find_approval(database.pool, principal.tenant_id, approval_id)
    async with database.pool.acquire() as connection, connection.transaction():
        held = await _hold(connection, principal.tenant_id, found, approval_id)
        gone = _too_late(held)
        if gone is None:
            if within is not None:
                await within(connection)
            await _take(connection, principal, held, verdict, hash, grant)
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
    await sql.settle_approval.fetchval(connection, **of, state="expired", decided_by=None, decision=None, hash=None)
    await tell_ended(connection, tenant_id, row, "approval.expired", {})


def hash_of_call(row: Any, arguments: Mapping[str, Any]) -> str:
    """The hash of the call that an approval's row would be with these arguments."""
    return call_hash(row["tool"], row["effect"], None if row["schema"] is None else json.loads(row["schema"]), arguments)


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
    if row is None:
        raise NotFound("approval", reference[:80])
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


async def _take(
    connection: Connection, principal: Principal, held: _Held, verdict: Verdict, seen: str | None, grant: GrantWish | None
) -> None:
    """Take what this person says: it decides, or it is one vote of several."""
    row = held.row
    if seen is not None and seen != held.hash:
        raise Conflict("the call is not the one that you saw: look again", winner={"hash": held.hash})
    voter = await find_voter(connection, principal)
    behalf = await check_right(connection, principal.tenant_id, row, voter)
    if not verdict.approved:
        await _cast(connection, principal, row, voter, behalf, verdict, held.hash)
        await _settle(connection, principal, held, verdict, held.hash)
        return
    arguments, hash = _proposed(held, verdict, seen)
    await _cast(connection, principal, row, voter, behalf, verdict, hash)
    votes = (await votes_of(connection, principal.tenant_id, [row["approval_id"]]))[row["approval_id"]]
    approving = [vote for vote in votes if vote.voided_by is None and vote.approved and vote.hash == hash]
    asked = json.loads(row["arguments"])
    if len(approving) < Requirement.from_json(row["requirement"]).count:
        if grant is not None:
            raise InvalidInput("a grant comes with the approval that decides; more people are needed first", pointer="/grant")
        await _note(connection, principal, held, verdict, arguments, hash, len(approving))
        return
    final = Verdict(True, None if arguments == asked and verdict.edited_args is None else arguments, verdict.reason)
    if grant is not None:
        check_grant(row, grant)
    await _settle(connection, principal, held, final, hash, grant)


def _proposed(held: _Held, verdict: Verdict, seen: str | None) -> tuple[dict[str, Any], str]:
    """The arguments that are approved, and the hash of the call with them. Raises InvalidInput and Conflict."""
    row = held.row
    if verdict.edited_args is not None:
        check_arguments(verdict.edited_args, None if row["schema"] is None else json.loads(row["schema"]), "/edited_args")
        return verdict.edited_args, hash_of_call(row, verdict.edited_args)
    if row["proposal"] is not None and seen is None:
        raise Conflict(
            "somebody has edited the arguments since they were asked for: say by `hash` which call you approve",
            winner={"hash": held.hash, "arguments": json.loads(row["proposal"])},
        )
    arguments: dict[str, Any] = json.loads(row["arguments"] if row["proposal"] is None else row["proposal"])
    return arguments, held.hash


async def _cast(
    connection: Connection, principal: Principal, row: Any, voter: Voter, behalf: str | None, verdict: Verdict, hash: str
) -> None:
    """Store the vote, and void what is about another call. Raises Conflict for somebody who has approved this call already."""
    of = {"tenant_id": principal.tenant_id, "approval_id": row["approval_id"]}
    place = voter.place if behalf is None else f"person:{behalf}"
    for earlier in await sql.read_votes.fetch(connection, tenant_id=principal.tenant_id, approval_ids=[row["approval_id"]]):
        stands = earlier["voided_by"] is None and earlier["hash"] == hash
        if verdict.approved and stands and (earlier["voter"] == place or earlier["name"] == voter.name):
            raise Conflict(f"{earlier['name']} has approved this call already; another person is needed")
    await sql.void_votes.fetch(connection, **of, voter=place, hash=hash, voided_by=voter.name)
    await sql.add_vote.execute(
        connection,
        **of,
        vote_id=ids.new_id(),
        voter=place,
        kind=voter.place.partition(":")[0],
        name=voter.name,
        on_behalf_of=behalf,
        role=voter.role,
        approved=verdict.approved,
        hash=hash,
        reason=verdict.reason,
    )


async def _note(
    connection: Connection, principal: Principal, held: _Held, verdict: Verdict, arguments: dict[str, Any], hash: str, count: int
) -> None:
    """One vote of several: what the next ones are about."""
    row, asked = held.row, json.loads(held.row["arguments"])
    of = {"tenant_id": principal.tenant_id, "approval_id": row["approval_id"]}
    await sql.propose_arguments.execute(connection, **of, proposal=None if arguments == asked else to_json(arguments), hash=hash)
    needed = Requirement.from_json(row["requirement"]).count
    detail = {"tool": row["tool"], "hash": hash, "votes": count, "needed": needed, **asdict(verdict)}
    await audit.append(connection, principal, "approval.vote", "approval", ids.show("apr", row["approval_id"]), detail)
    told = {"by": principal.name, "votes": count, "needed": needed, "hash": hash, "edited_args": verdict.edited_args}
    await tell_voted(connection, principal.tenant_id, row, told)


async def _settle(
    connection: Connection, principal: Principal, held: _Held, verdict: Verdict, hash: str, grant: GrantWish | None = None
) -> None:
    row, state = held.row, "approved" if verdict.approved else "denied"
    decision = to_json(asdict(verdict))
    of = {"tenant_id": principal.tenant_id, "approval_id": row["approval_id"]}
    await sql.settle_approval.fetchval(connection, **of, state=state, decided_by=principal.name, decision=decision, hash=hash)
    await wake_run(connection, principal.tenant_id, row["run_id"])
    if grant is not None:
        await give_grant(connection, principal, row, grant, hash)
    detail = {"tool": row["tool"], "hash": hash, "arguments": json.loads(row["arguments"]), **asdict(verdict)}
    await audit.append(connection, principal, "approval.decide", "approval", ids.show("apr", row["approval_id"]), detail)
    told = {"state": state, "decided_by": principal.name, **asdict(verdict)}
    await tell_ended(connection, principal.tenant_id, row, "approval.decided", told)
