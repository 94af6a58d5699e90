"""Approvals: what waits for a person, and the decision, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict, JsonValue

from flowforge.access.principal import Principal
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.masking import Masking, shown
from flowforge.api.openapi import errors
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Money, Page
from flowforge.board.approval import Approval, ApprovalState, get_approval, list_approvals
from flowforge.board.decision import decide
from flowforge.db.database import Database

router = APIRouter(prefix="/v1/approvals", tags=["approvals"])

ApprovalId = Annotated[
    str, Path(description="An approval's id, or any ending of it that fits only one.", examples=["apr_01968f3ac8b17c02a3f08241a2f70005"])
]

EXAMPLE: JsonDict = {
    "id": "apr_01968f3ac8b17c02a3f08241a2f70005",
    "state": "approved",
    "tool": "issue_refund",
    "arguments": {"order_id": "ORD-9218", "amount": 420},
    "arguments_hash": "0b1f3c5f7f5bd9a1f1a63e2e0b8c1d0d5f8f6d2b9a7c4e3d2c1b0a9f8e7d6c5b",
    "effect": "money",
    "reversible": False,
    "reason": "issue_refund waits for a person: it moves money",
    "agent": "atlas",
    "task": "FF-1",
    "run": "run_01968f3ac8b17c02a3f08241a2f70001",
    "cost_so_far": "0.0310",
    "created_at": "2026-11-22T09:00:10.000000Z",
    "expires_at": None,
    "decided_by": "mira",
    "decision": {"approved": True, "edited_args": {"order_id": "ORD-9218", "amount": 300}, "reason": None},
}
DECISION_EXAMPLES: list[JsonValue] = [
    {"approved": True},
    {"approved": True, "edited_args": {"order_id": "ORD-9218", "amount": 300}},
    {"approved": False, "edited_args": None, "reason": "The parcel has arrived after all."},
]


class DecisionIn(Body):
    """Yes, yes with other arguments, or no with a reason that the agent reads."""

    model_config = ConfigDict(json_schema_extra={"examples": DECISION_EXAMPLES})

    approved: bool
    edited_args: Annotated[dict[str, Any] | None, Field(description="The whole arguments; they must satisfy the tool's schema.")] = None
    reason: str | None = None


class DecisionOut(BaseModel):
    """What was decided."""

    model_config = ConfigDict(from_attributes=True)

    approved: bool
    edited_args: dict[str, Any] | None
    reason: str | None


class ApprovalOut(BaseModel):
    """A gated act: exactly what is asked for, by whom, and what became of it. `arguments_hash` is the SHA-256 of the stored text."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE]})

    id: str
    state: ApprovalState
    tool: str
    arguments: dict[str, Any]
    arguments_hash: str
    effect: str
    reversible: bool | None
    reason: str | None
    agent: str | None
    task: str | None
    run: str
    cost_so_far: Money | None
    created_at: datetime
    expires_at: datetime | None
    decided_by: str | None
    decision: DecisionOut | None

    @classmethod
    def of(cls, approval: Approval) -> ApprovalOut:
        return cls.model_validate(approval)


class ApprovalPage(Page[ApprovalOut]):
    """Approvals, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.get("", summary="List approvals", operation_id="list_approvals")
async def index(
    caller: Caller,
    database: Db,
    state: Annotated[ApprovalState | None, Query(description="Only those in this state.", examples=["pending"])] = None,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> ApprovalPage:
    """Oldest first: with `state=pending`, what waits for a person."""
    page = await list_approvals(database, caller.tenant_id, state=state, cursor=cursor, limit=limit)
    return ApprovalPage(data=await _shown(database, caller, page.data), next_cursor=page.next_cursor)


@router.get("/{approval_id}", summary="Show an approval", operation_id="get_approval", responses=errors(404, 409))
async def show(approval_id: ApprovalId, caller: Caller, database: Db) -> ApprovalOut:
    """409 when an ending fits several approvals."""
    return (await _shown(database, caller, [await get_approval(database, caller.tenant_id, approval_id)]))[0]


@router.post("/{approval_id}/decision", summary="Decide an approval", operation_id="decide_approval", responses=errors(404, 410))
async def decision(approval_id: ApprovalId, body: DecisionIn, caller: Caller, database: Db, bell: Hub) -> ApprovalOut:
    """Once: 409 names the `winner` when it is decided already, 410 when its time is over, 422 points at arguments that do not fit."""
    decided = await decide(
        database, caller, approval_id, approved=body.approved, edited_args=body.edited_args, reason=body.reason, bell=bell
    )
    return (await _shown(database, caller, [decided]))[0]


async def _shown(database: Database, caller: Principal, approvals: Sequence[Approval]) -> list[ApprovalOut]:
    """Approvals as this caller may see them. Who decides has the permission to see exactly what."""
    masks = await (await Masking.of(caller, database)).of_runs(approval.run_id for approval in approvals)
    return [shown(ApprovalOut.of(one), masks[one.run_id], "arguments", "reason", "decision") for one in approvals]
