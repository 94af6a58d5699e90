"""Approvals handed on: who decides for whom while they are away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.api.caller import Caller, Db
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.board.approval_delegation import Delegation, hand_back, hand_on, list_delegations

router = Resource(prefix="/v1/approval_delegations", tags=["approvals"])

EXAMPLE: JsonDict = {
    "id": "dlg_01968f3ac8b17c02a3f08241a2f70051",
    "from": "mira",
    "to": "jonas",
    "until": "2026-12-01T00:00:00.000000Z",
    "created_at": "2026-11-22T09:01:00.000000Z",
}


class DelegationIn(Body):
    """Who decides for you, and until when. They have your role."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "jonas", "until": "2026-12-01T00:00:00Z"}]})

    to: Annotated[str, Field(min_length=1, max_length=100, description="A member, by name.")]
    until: Annotated[AwareDatetime, Field(strict=False)]


class DelegationOut(BaseModel):
    """Somebody decides for somebody else until a moment."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra={"examples": [EXAMPLE]})

    id: str
    from_: Annotated[str, Field(alias="from")]
    to: str
    until: datetime
    created_at: datetime

    @classmethod
    def of(cls, found: Delegation) -> DelegationOut:
        return cls(id=found.id, from_=found.from_name, to=found.to_name, until=found.expires_at, created_at=found.created_at)


class DelegationPage(Page[DelegationOut]):
    """Those that hold now, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.get("", summary="List delegations of approvals", operation_id="list_approval_delegations", responses=errors())
async def index(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> DelegationPage:
    """Those that hold now."""
    page = await list_delegations(database, caller.tenant_id, cursor=cursor, limit=limit)
    return DelegationPage(data=[DelegationOut.of(one) for one in page.data], next_cursor=page.next_cursor)


@router.post(
    "", status_code=201, summary="Hand your approvals on", operation_id="create_approval_delegation", responses=errors(409)
)  # fmt: skip
async def create(body: DelegationIn, caller: Caller, database: Db, repeat: RepeatId) -> DelegationOut:
    """What is for you by name, another person of your role decides in your place. It ends an earlier delegation of yours."""
    return DelegationOut.of(await hand_on(database, caller, to=body.to, until=body.until, delegation_id=repeat))


@router.delete(
    "/{delegation}", status_code=204, summary="End a delegation of approvals", operation_id="end_approval_delegation", responses=errors(404)
)
async def end(delegation: Annotated[str, Path(description="A delegation's id.")], caller: Caller, database: Db) -> None:
    """Your own, one to you, or, as an admin, anybody's. One that has ended stays so."""
    await hand_back(database, caller, delegation)
