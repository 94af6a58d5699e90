"""Approvals: what waits for a person, and the decision, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict, JsonValue

from flowforge.access.principal import Principal
from flowforge.agents.agent import resolve_agent
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.masking import Masking, shown
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.told_error import problem_of
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Money, Page
from flowforge.board.approval import Approval, ApprovalState, Wish, get_approval, list_approvals
from flowforge.board.approval_history import DAYS, count_approvals, find_alike
from flowforge.board.card import find_card
from flowforge.board.decision import decide
from flowforge.board.grant import GrantScope, GrantWish
from flowforge.board.vote import find_voter
from flowforge.db.database import Database
from flowforge.errors import FlowForgeError, InvalidInput, NotFound
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.run import find_run_id
from flowforge.skills.tool import Effect

router = Resource(prefix="/v1/approvals", tags=["approvals"])

BULK_MAX = 200

ApprovalId = Annotated[
    str, Path(description="An approval's id, or any ending of it that fits only one.", examples=["apr_01968f3ac8b17c02a3f08241a2f70005"])
]

VOTE_EXAMPLE: JsonDict = {
    "name": "mira",
    "approved": True,
    "hash": "5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456",
    "reason": None,
    "on_behalf_of": None,
    "role": "approver",
    "voted_at": "2026-11-22T09:01:00.000000Z",
    "voided_by": None,
}
EXAMPLE: JsonDict = {
    "id": "apr_01968f3ac8b17c02a3f08241a2f70005",
    "state": "approved",
    "tool": "issue_refund",
    "arguments": {"order_id": "ORD-9218", "amount": 420},
    "arguments_hash": "0b1f3c5f7f5bd9a1f1a63e2e0b8c1d0d5f8f6d2b9a7c4e3d2c1b0a9f8e7d6c5b",
    "hash": "5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456",
    "proposal": None,
    "schema": {"type": "object", "properties": {"order_id": {"type": "string"}, "amount": {"type": "number"}}},
    "effect": "money",
    "reversible": False,
    "consequence": "money leaves the account",
    "reason": "issue_refund waits for a person: it moves money.",
    "rule": None,
    "said": "The parcel never arrived, so I ask to refund $420.",
    "tainted": False,
    "taint": [],
    "agent": "atlas",
    "task": "FF-1",
    "run": "run_01968f3ac8b17c02a3f08241a2f70001",
    "requester": "jonas",
    "supersedes": None,
    "cost_so_far": "0.0310",
    "needed": 1,
    "roles": [],
    "people": [],
    "not_requester": False,
    "grantable": None,
    "votes": [VOTE_EXAMPLE],
    "created_at": "2026-11-22T09:00:10.000000Z",
    "expires_at": None,
    "reminded_at": None,
    "escalated_at": None,
    "decided_by": "mira",
    "decision": {"approved": True, "edited_args": {"order_id": "ORD-9218", "amount": 300}, "reason": None},
    "alike": {"agent_approved": 2, "agent_denied": 0, "shape_approved": 5, "shape_denied": 1, "days": DAYS},
}
COUNTS_EXAMPLE: JsonDict = {"pending": 4, "mine": 3, "approved": 31, "denied": 2, "expired": 0, "days": DAYS}
DECISION_EXAMPLES: list[JsonValue] = [
    {"approved": True},
    {"approved": True, "edited_args": {"order_id": "ORD-9218", "amount": 300}},
    {"approved": True, "grant": {"scope": "call", "times": 5}},
    {"approved": False, "edited_args": None, "reason": "The parcel has arrived after all."},
]


class GrantIn(Body):
    """Do not ask again for the same task: about this very `call`, or about this `tool` so many times or until then."""

    scope: GrantScope
    until: Annotated[AwareDatetime | None, Field(strict=False)] = None
    times: Annotated[int | None, Field(ge=1, le=10_000)] = None


class DecisionIn(Body):
    """Yes, yes with other arguments, or no with a reason that the agent reads."""

    model_config = ConfigDict(json_schema_extra={"examples": DECISION_EXAMPLES})

    approved: bool
    edited_args: Annotated[dict[str, Any] | None, Field(description="The whole arguments; they must satisfy the tool's schema.")] = None
    reason: str | None = None
    hash: Annotated[str | None, Field(max_length=64, description="The call's hash as you saw it: another one is 409.")] = None
    grant: GrantIn | None = None

    def wish(self) -> GrantWish | None:
        return None if self.grant is None else GrantWish(self.grant.scope, self.grant.until, self.grant.times)


class BulkDecisionIn(DecisionIn):
    """One decision of several."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": EXAMPLE["id"], "approved": True}]})

    id: Annotated[str, Field(min_length=1, max_length=100, description="The approval's id, or an ending of it that fits only one.")]


class DecisionsIn(Body):
    """Up to 200 decisions, each for itself."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"decisions": [{"id": EXAMPLE["id"], "approved": False, "reason": "not this week"}]}]}
    )

    decisions: Annotated[list[BulkDecisionIn], Field(min_length=1, max_length=BULK_MAX)]


class DecisionOut(BaseModel):
    """What was decided."""

    model_config = ConfigDict(from_attributes=True)

    approved: bool
    edited_args: dict[str, Any] | None
    reason: str | None


class VoteOut(BaseModel):
    """What somebody said. With `voided_by` it counts no more: that person has edited the arguments, or the voter has voted again."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [VOTE_EXAMPLE]})

    name: str
    approved: bool
    hash: str
    reason: str | None
    on_behalf_of: str | None
    role: str | None
    voted_at: datetime
    voided_by: str | None


class AlikeOut(BaseModel):
    """How calls of the same tool were decided lately: of the same agent, and with arguments of the same names and types."""

    agent_approved: int
    agent_denied: int
    shape_approved: int
    shape_denied: int
    days: int


class ApprovalOut(BaseModel):
    """A gated act: exactly what is asked for, by whom and why, who may decide, and what became of it.

    `hash` is what a decision is bound to: the SHA-256 of tool, effect, schema and arguments as canonical JSON, of the `proposal` where
    somebody has edited the arguments. `arguments_hash` is that of the stored text alone. `reason` is the policy's; `said` are the model's
    own words, and nothing else is. `taint` says where untrusted content came from that the agent has read. `needed` different people of
    these `roles`, or of these `people`, must approve; empty lists mean everybody who decides approvals.
    """

    model_config = ConfigDict(from_attributes=True, populate_by_name=True, json_schema_extra={"examples": [EXAMPLE]})

    id: str
    state: ApprovalState
    tool: str
    arguments: dict[str, Any]
    arguments_hash: str
    hash: str
    proposal: dict[str, Any] | None
    schema_: Annotated[dict[str, Any] | None, Field(alias="schema")]
    effect: str
    reversible: bool | None
    consequence: str | None
    reason: str | None
    rule: str | None
    said: str | None
    tainted: bool
    taint: list[str]
    agent: str | None
    task: str | None
    run: str
    requester: str | None
    supersedes: str | None
    cost_so_far: Money | None
    needed: int
    roles: list[str]
    people: list[str]
    not_requester: bool
    grantable: bool | None
    votes: list[VoteOut]
    created_at: datetime
    expires_at: datetime | None
    reminded_at: datetime | None
    escalated_at: datetime | None
    decided_by: str | None
    decision: DecisionOut | None
    alike: Annotated[AlikeOut | None, Field(description="Only where one approval is asked for.")] = None

    @classmethod
    def of(cls, approval: Approval) -> ApprovalOut:
        given = {name: getattr(approval, name) for name in cls.model_fields if name not in _DERIVED}
        return cls(
            **given,
            schema=approval.schema,
            tainted=approval.taint is not None,
            taint=list(approval.taint or ()),
            people=list(approval.requirement.people),
            not_requester=approval.requirement.not_requester,
            roles=list(approval.roles),
            votes=[VoteOut.model_validate(vote) for vote in approval.votes],
            decision=None if approval.decision is None else DecisionOut.model_validate(approval.decision),
        )


_DERIVED = {"schema_", "tainted", "taint", "people", "not_requester", "roles", "votes", "decision", "alike"}
_MASKED = ("arguments", "reason", "decision", "proposal", "said", "votes")


class ApprovalPage(Page[ApprovalOut]):
    """Approvals, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [{**EXAMPLE, "alike": None}], "next_cursor": None}]})


class CountsOut(BaseModel):
    """How many approvals there are; `mine` wait for whoever asks. Those that have ended are counted for `days`."""

    model_config = ConfigDict(json_schema_extra={"examples": [COUNTS_EXAMPLE]})

    pending: int
    mine: int
    approved: int
    denied: int
    expired: int
    days: int


class BulkResult(BaseModel):
    """What became of one decision: the approval, or why it was refused, with the status that it would have had alone."""

    id: str
    status: int
    approval: ApprovalOut | None
    error: Annotated[dict[str, Any] | None, Field(description="`title`, `detail`, `errors` and what the kind of error adds.")]


class DecisionsOut(BaseModel):
    """The results, in the order of the decisions."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"data": [{"id": EXAMPLE["id"], "status": 200, "approval": {**EXAMPLE, "alike": None}, "error": None}], "refused": 0}
            ]
        }
    )

    data: list[BulkResult]
    refused: int


@router.get("", summary="List approvals", operation_id="list_approvals", responses=errors())
async def index(
    caller: Caller,
    database: Db,
    state: Annotated[ApprovalState | None, Query(description="Only those in this state.", examples=["pending"])] = None,
    tool: Annotated[str | None, Query(max_length=500, description="Only calls of this tool.")] = None,
    effect: Annotated[Effect | None, Query(description="Only calls with this effect.")] = None,
    agent: Annotated[str | None, Query(max_length=100, description="Only what this agent asks, by name or id.")] = None,
    task: Annotated[str | None, Query(max_length=100, description="Only of work on this task.", examples=["FF-12"])] = None,
    run: Annotated[str | None, Query(max_length=100, description="Only of this run.")] = None,
    requester: Annotated[str | None, Query(max_length=200, description="Only of work that this person or key gave.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="Only those asked from then on.")] = None,
    mine: Annotated[bool, Query(description="Only those that you may decide and have not.")] = False,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> ApprovalPage:
    """Oldest first: with `state=pending`, what waits for a person; with `mine=true`, what waits for you."""
    tenant_id, pool = caller.tenant_id, database.pool
    wish = Wish(
        state=state,
        tool=tool,
        effect=effect,
        agent_id=None if agent is None else await _named("agent", resolve_agent(pool, tenant_id, agent)),
        task_id=None if task is None else await _named("task", find_card(pool, tenant_id, task)),
        run_id=None if run is None else await _named("run", find_run_id(pool, tenant_id, run)),
        requester=requester,
        since=since,
        mine=await find_voter(pool, caller) if mine else None,
    )
    page = await list_approvals(database, tenant_id, wish=wish, cursor=cursor, limit=limit)
    return ApprovalPage(data=await _shown(database, caller, page.data), next_cursor=page.next_cursor)


@router.get("/counts", summary="Count approvals", operation_id="count_approvals")
async def counts(caller: Caller, database: Db) -> CountsOut:
    """For a badge: what waits, and how much of it for you."""
    voter = await find_voter(database.pool, caller)
    return CountsOut(**asdict(await count_approvals(database, caller.tenant_id, voter)))


@router.post("/bulk", summary="Decide several approvals", operation_id="decide_approvals", responses=errors())
async def decide_several(body: DecisionsIn, caller: Caller, database: Db, bell: Hub) -> DecisionsOut:
    """One after the other, each for itself: the answer says of each what became of it. 200 also when some were refused."""
    results = [await _decide_one(one, caller, database, bell) for one in body.decisions]
    return DecisionsOut(data=results, refused=sum(one.error is not None for one in results))


@router.get("/{approval_id}", summary="Show an approval", operation_id="get_approval", responses=errors(404, 409))
async def show(approval_id: ApprovalId, caller: Caller, database: Db) -> ApprovalOut:
    """With how calls like it were decided. 409 when an ending fits several approvals."""
    approval = await get_approval(database, caller.tenant_id, approval_id)
    [answer] = await _shown(database, caller, [approval])
    alike = await find_alike(database, caller.tenant_id, approval.approval_id)
    return answer.model_copy(update={"alike": AlikeOut(**asdict(alike))})


@router.post("/{approval_id}/decision", summary="Decide an approval", operation_id="decide_approval", responses=errors(404, 410))
async def decision(approval_id: ApprovalId, body: DecisionIn, caller: Caller, database: Db, bell: Hub) -> ApprovalOut:
    """Once: 409 names the `winner` when it is decided already, and the new `hash` when it is another call than you saw; 403 for who may
    not decide this one; 410 when its time is over; 422 points at arguments that do not fit. Where several people are needed, it stays
    `pending` until enough have approved, and `votes` says whose word counts: an edit of the arguments voids those before it."""
    return (await _shown(database, caller, [await _decide(approval_id, body, caller, database, bell)]))[0]


async def _decide(reference: str, body: DecisionIn, caller: Principal, database: Database, bell: Bell) -> Approval:
    return await decide(
        database,
        caller,
        reference,
        approved=body.approved,
        edited_args=body.edited_args,
        reason=body.reason,
        hash=body.hash,
        grant=body.wish(),
        bell=bell,
    )


async def _decide_one(body: BulkDecisionIn, caller: Principal, database: Database, bell: Bell) -> BulkResult:
    try:
        [answer] = await _shown(database, caller, [await _decide(body.id, body, caller, database, bell)])
    except FlowForgeError as error:
        problem = problem_of(error, writing=True)
        told = problem.as_json(instance=f"/v1/approvals/{body.id}/decision", request_id="")
        return BulkResult(id=body.id, status=problem.status, approval=None, error={key: told[key] for key in told if key != "request_id"})
    return BulkResult(id=body.id, status=200, approval=answer, error=None)


async def _named(parameter: str, finding: Any) -> UUID:
    """What a filter names. Raises InvalidInput that points at it."""
    try:
        found: UUID = await finding
    except NotFound as missing:
        raise InvalidInput(missing.message, pointer=f"/{parameter}") from None
    return found


async def _shown(database: Database, caller: Principal, approvals: Sequence[Approval]) -> list[ApprovalOut]:
    """Approvals as this caller may see them. Who decides has the permission to see exactly what."""
    masks = await (await Masking.of(caller, database)).of_runs(approval.run_id for approval in approvals)
    return [shown(ApprovalOut.of(one), masks[one.run_id], *_MASKED) for one in approvals]
