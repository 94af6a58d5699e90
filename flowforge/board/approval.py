"""The review queue: what agents and functions ask before they act, as people read it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, get_args
from uuid import UUID

from flowforge import ids
from flowforge.board.page import Page, page_of, read_cursor
from flowforge.board.queries import sql
from flowforge.board.vote import Vote, Voter, votes_of
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.skills.requirement import Requirement

ApprovalState = Literal["pending", "approved", "denied", "expired"]
APPROVAL_STATES: tuple[ApprovalState, ...] = get_args(ApprovalState)


@dataclass(frozen=True)
class Verdict:
    """What a person decided: yes, perhaps with other arguments than were asked for, or no, with a reason that the model reads."""

    approved: bool
    edited_args: dict[str, Any] | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Decision:
    """How an approval ended, as the run that asked for it sees it. One that expired reads as denied, by nobody."""

    approved: bool
    arguments: dict[str, Any]  # those to act with: the edited ones, where a person has edited them
    edited_args: dict[str, Any] | None = None
    reason: str | None = None
    decided_by: str | None = None
    expired: bool = False
    approval: str | None = None
    hash: str | None = None  # of the call that was decided: tool, schema and these arguments

    @classmethod
    def from_json(cls, text: str) -> Decision:
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Approval:
    """A gated act: exactly what is asked for, by whom, why, who may decide, and what became of it."""

    approval_id: UUID
    state: ApprovalState
    tool: str
    arguments: dict[str, Any]
    arguments_hash: str
    hash: str  # of the call that is decided: as it was asked, or as somebody has edited it
    proposal: dict[str, Any] | None  # the arguments as edited by a vote that was not the last
    schema: dict[str, Any] | None
    effect: str
    reversible: bool | None
    consequence: str | None
    reason: str | None
    rule: str | None
    requirement: Requirement
    roles: tuple[str, ...]
    grantable: bool | None
    taint: tuple[str, ...] | None
    said: str | None
    agent: str | None
    task: str | None
    run_id: UUID
    requester: str | None
    supersedes: str | None
    cost_so_far: Decimal | None
    created_at: datetime
    expires_at: datetime | None
    reminded_at: datetime | None
    escalated_at: datetime | None
    decided_at: datetime | None
    decided_by: str | None
    decision: Verdict | None
    votes: tuple[Vote, ...] = ()

    @property
    def id(self) -> str:
        return ids.show("apr", self.approval_id)

    @property
    def run(self) -> str:
        return ids.show("run", self.run_id)

    @property
    def needed(self) -> int:
        """How many different people must approve."""
        return self.requirement.count


@dataclass(frozen=True)
class Wish:
    """Which approvals to find; None asks for nothing. `mine`: those that this voter may decide, and has not yet."""

    state: str | None = None
    tool: str | None = None
    effect: str | None = None
    agent_id: UUID | None = None
    task_id: UUID | None = None
    run_id: UUID | None = None
    requester: str | None = None
    since: datetime | None = None
    mine: Voter | None = None


async def get_approval(database: Database, tenant_id: UUID, reference: str) -> Approval:
    """The approval that an id, or any ending of it that fits only one, names. Raises NotFound, or Conflict when it fits several."""
    approval_id = await find_approval(database.pool, tenant_id, reference)
    found = await _read(database.pool, tenant_id, approval_id=approval_id)
    if not found:
        raise NotFound("approval", reference)
    return _approval(found[0], await votes_of(database.pool, tenant_id, [approval_id]))


async def list_approvals(
    database: Database, tenant_id: UUID, *, state: str | None = None, wish: Wish | None = None, cursor: str | None = None, limit: int = 50
) -> Page[Approval]:
    """Approvals, oldest first, perhaps only those in one state. Raises InvalidInput for an unknown state or cursor."""
    wish = wish or Wish(state=state)
    if wish.state is not None and wish.state not in APPROVAL_STATES:
        raise InvalidInput(f"an approval's state is one of {', '.join(APPROVAL_STATES)}, not {wish.state[:40]!r}", pointer="/state")
    rows = await _read(database.pool, tenant_id, **_wanted(wish), after=read_cursor(cursor), limit=limit + 1)
    votes = await votes_of(database.pool, tenant_id, [row["approval_id"] for row in rows])
    return page_of(rows, limit, "approval_id", lambda row: _approval(row, votes))


def _wanted(wish: Wish) -> dict[str, Any]:
    shown = wish.state
    stored = list(APPROVAL_STATES) if shown is None else ["pending", "expired"] if shown == "expired" else [shown]
    return {
        "stored_states": stored,
        "shown_state": shown,
        **{name: getattr(wish, name) for name in ("tool", "effect", "agent_id", "task_id", "run_id", "requester", "since")},
        **of_voter(wish.mine),
    }


def of_voter(voter: Voter | None) -> dict[str, Any]:
    """The voter as queries take one who asks what they may decide."""
    if voter is None:
        return {"voter": None, "name": None, "role": None, "stands_in_for": []}
    return {"voter": voter.place, "name": voter.name, "role": voter.role, "stands_in_for": list(voter.stands_in_for)}


async def find_approval(connection: Connection, tenant_id: UUID, reference: str) -> UUID:
    """The id that `reference` means; for a whole id it is not checked that the approval exists. Raises NotFound and Conflict."""
    if (whole := ids.parse("apr", reference)) is not None:
        return whole
    ending = reference.removeprefix("apr_").replace("_", "").replace("-", "").lower()
    if not re.fullmatch(r"[0-9a-f]{4,32}", ending):
        raise NotFound("approval", reference[:80])
    found = [row["approval_id"] for row in await sql.approvals_by_ending.fetch(connection, tenant_id=tenant_id, ending=ending)]
    if not found:
        raise NotFound("approval", reference)
    if len(found) > 1:
        raise Conflict(
            f"several approvals end in {reference!r}: {', '.join(ids.show('apr', one) for one in found)}", hint="give more digits"
        )
    approval_id: UUID = found[0]
    return approval_id


async def _read(connection: Connection, tenant_id: UUID, **wanted: Any) -> Any:
    nothing = dict.fromkeys(
        ("approval_id", "after", "tool", "effect", "agent_id", "task_id", "run_id", "requester", "since", "shown_state")
    )
    anything = {**nothing, "stored_states": list(APPROVAL_STATES), "limit": 1, **of_voter(None)}
    return await sql.read_approvals.fetch(connection, tenant_id=tenant_id, **{**anything, **wanted})


def _approval(row: Any, votes: Mapping[UUID, Sequence[Vote]]) -> Approval:
    values = dict(row)
    call = values.pop("call_hash")
    values["hash"] = values.pop("proposal_hash") or call or ""
    for name in ("arguments", "proposal", "schema"):
        values[name] = None if values[name] is None else json.loads(values[name])
    values["requirement"] = Requirement.from_json(values["requirement"])
    values["roles"] = tuple(values["roles"])
    values["taint"] = None if values["taint"] is None else tuple(json.loads(values["taint"]))
    values["supersedes"] = None if values["supersedes"] is None else ids.show("apr", values["supersedes"])
    values["decision"] = None if values["decision"] is None else Verdict(**json.loads(values["decision"]))
    return Approval(**values, votes=tuple(votes.get(row["approval_id"], ())))
