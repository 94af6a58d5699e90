"""Grants: calls that need not be asked about again, for one task."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from flowforge.api.caller import Caller, Db
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import PAGE_DEFAULT, Cursor, Limit, Page
from flowforge.board.grant import Grant, GrantScope, get_grant, list_grants, revoke_grant

router = Resource(prefix="/v1/grants", tags=["approvals"])

EXAMPLE: JsonDict = {
    "id": "grt_01968f3ac8b17c02a3f08241a2f70041",
    "approval": "apr_01968f3ac8b17c02a3f08241a2f70005",
    "task": "FF-1",
    "tool": "send_mail",
    "scope": "call",
    "hash": "5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456",
    "uses_max": 5,
    "uses": 2,
    "expires_at": None,
    "granted_by": "mira",
    "created_at": "2026-11-22T09:01:00.000000Z",
    "revoked_at": None,
    "revoked_by": None,
    "holds": True,
}
InPath = Annotated[str, Path(description="A grant's id.", examples=[EXAMPLE["id"]])]


class GrantOut(BaseModel):
    """A person's word that this call, or this tool, need not be asked about again on this task. `holds`: it can still be used."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE]})

    id: str
    approval: str
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

    @classmethod
    def of(cls, grant: Grant) -> GrantOut:
        return cls.model_validate(grant)


class GrantPage(Page[GrantOut]):
    """Grants, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.get("", summary="List grants", operation_id="list_grants", responses=errors())
async def index(
    caller: Caller,
    database: Db,
    task: Annotated[str | None, Query(max_length=100, description="Only of this task.", examples=["FF-12"])] = None,
    holds: Annotated[bool | None, Query(description="Only those that can be used, or only those that cannot.")] = None,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> GrantPage:
    """Oldest first. They are given with a decision: `POST /v1/approvals/{approval_id}/decision`."""
    page = await list_grants(database, caller.tenant_id, task=task, holds=holds, cursor=cursor, limit=limit)
    return GrantPage(data=[GrantOut.of(one) for one in page.data], next_cursor=page.next_cursor)


@router.get("/{grant}", summary="Show a grant", operation_id="get_grant", responses=errors(404))
async def show(grant: InPath, caller: Caller, database: Db) -> GrantOut:
    """With how often it was used."""
    return GrantOut.of(await get_grant(database, caller.tenant_id, grant))


@router.delete("/{grant}", summary="Revoke a grant", operation_id="revoke_grant", responses=errors(404))
async def revoke(grant: InPath, caller: Caller, database: Db) -> GrantOut:
    """The next such call is asked about. One that is revoked stays in the list, and revoking it again changes nothing."""
    return GrantOut.of(await revoke_grant(database, caller, grant))
