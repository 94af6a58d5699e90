"""The review queue: what agents and functions ask before they act, as people read it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, get_args
from uuid import UUID

from flowforge import ids
from flowforge.board.page import Page, page_of, read_cursor
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, InvalidInput, NotFound

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

    @classmethod
    def from_json(cls, text: str) -> Decision:
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Approval:
    """A gated act: exactly what is asked for, by whom, and what became of it."""

    approval_id: UUID
    state: ApprovalState
    tool: str
    arguments: dict[str, Any]
    arguments_hash: str
    effect: str
    reversible: bool | None
    reason: str | None
    agent: str | None
    task: str | None
    run_id: UUID
    cost_so_far: Decimal | None
    created_at: datetime
    expires_at: datetime | None
    decided_at: datetime | None
    decided_by: str | None
    decision: Verdict | None

    @property
    def id(self) -> str:
        return ids.show("apr", self.approval_id)

    @property
    def run(self) -> str:
        return ids.show("run", self.run_id)


async def get_approval(database: Database, tenant_id: UUID, reference: str) -> Approval:
    """The approval that an id, or any ending of it that fits only one, names. Raises NotFound, or Conflict when it fits several."""
    approval_id = await find_approval(database.pool, tenant_id, reference)
    rows = await _read(database.pool, tenant_id, approval_id=approval_id)
    if not rows:
        raise NotFound("approval", reference)
    return _approval(rows[0])


async def list_approvals(
    database: Database, tenant_id: UUID, *, state: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[Approval]:
    """Approvals, oldest first, perhaps only those in one state. Raises InvalidInput for an unknown state or cursor."""
    if state is not None and state not in APPROVAL_STATES:
        raise InvalidInput(f"an approval's state is one of {', '.join(APPROVAL_STATES)}, not {state[:40]!r}", pointer="/state")
    stored = list(APPROVAL_STATES) if state is None else ["pending", "expired"] if state == "expired" else [state]
    wanted = {"stored_states": stored, "shown_state": state, "after": read_cursor(cursor), "limit": limit + 1}
    return page_of(await _read(database.pool, tenant_id, **wanted), limit, "approval_id", _approval)


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
    anything: dict[str, Any] = {"stored_states": list(APPROVAL_STATES), "shown_state": None, "approval_id": None, "after": None, "limit": 1}
    return await sql.read_approvals.fetch(connection, tenant_id=tenant_id, **{**anything, **wanted})


def _approval(row: Any) -> Approval:
    decision = None if row["decision"] is None else Verdict(**json.loads(row["decision"]))
    return Approval(**{**row, "arguments": json.loads(row["arguments"]), "decision": decision})
