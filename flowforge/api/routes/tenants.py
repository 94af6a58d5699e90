"""Tenants, as the deployment's operator sees them: make, name, suspend, export, delete."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import Response, StreamingResponse

from flowforge import ids
from flowforge.access.key_check import KEYS_CHANGED
from flowforge.access.tenant import NAME_CHARACTERS_MAX, Tenant
from flowforge.api.caller import Caller, Hub, WholeDb
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.suspension import Suspensions
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.tenants import deletion, export, life

router = Resource(prefix="/v1/tenants", tags=["tenants"])

EXAMPLE: JsonDict = {
    "id": "tnt_01968f3ac8b17c02a3f08241a2f70031",
    "name": "acme",
    "state": "suspended",
    "reason": "the invoice of October is open",
    "suspended_at": "2026-11-22T10:42:07Z",
    "created_at": "2026-11-01T09:00:00Z",
    "deleted_rows": 0,
}
Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARACTERS_MAX)]
InPath = Annotated[str, Path(description="Its name or its id.", examples=["acme"])]


class TenantIn(Body):
    """A tenant to make, or its new name."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"name": "acme"}]})

    name: Name


class SuspensionIn(Body):
    """Why; the tenant's people are told."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"reason": "the invoice of October is open"}]})

    reason: Annotated[str | None, Field(max_length=life.REASON_MAX)] = None


class TenantOut(BaseModel):
    """A tenant. `deleting`: rows go until none is left; there is no way back. `deleted`: none is left."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    name: str
    state: Literal["active", "suspended", "deleting", "deleted"]
    reason: str | None
    suspended_at: datetime | None
    created_at: datetime
    deleted_rows: int

    @classmethod
    def of(cls, found: Tenant, *, deleted: bool = False) -> TenantOut:
        return cls(
            id=ids.show("tnt", found.tenant_id),
            name=found.name,
            state="deleted" if deleted else found.state,
            reason=found.reason,
            suspended_at=found.suspended_at,
            created_at=found.created_at,
            deleted_rows=found.deleted_rows,
        )


class TenantPage(Page[TenantOut]):
    """Tenants by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.get("", summary="List tenants", operation_id="list_tenants")
async def index(caller: Caller, database: WholeDb, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> TenantPage:
    """By name. The cursor is the last name of the page before."""
    found = await life.list_tenants(database.pool, limit + 1, cursor or "")
    following = found[limit - 1].name if len(found) > limit else None
    return TenantPage(data=[TenantOut.of(one) for one in found[:limit]], next_cursor=following)


@router.post("", status_code=201, summary="Make a tenant", operation_id="create_tenant", responses=errors(409))
async def create(body: TenantIn, caller: Caller, database: WholeDb, repeat: RepeatId) -> TenantOut:
    """An empty one. Keys and people of it come afterwards."""
    return TenantOut.of(await life.create_tenant(database, caller, body.name, tenant_id=repeat))


@router.get("/{tenant}", summary="Show a tenant", operation_id="get_tenant", responses=errors(404))
async def show(tenant: InPath, caller: Caller, database: WholeDb) -> TenantOut:
    """Its state, and since when."""
    return TenantOut.of(await life.find_tenant(database.pool, tenant))


@router.patch("/{tenant}", summary="Rename a tenant", operation_id="rename_tenant", responses=errors(404, 409))
async def rename(tenant: InPath, body: TenantIn, caller: Caller, database: WholeDb) -> TenantOut:
    """Its id stays."""
    found = await life.find_tenant(database.pool, tenant)
    return TenantOut.of(await life.rename_tenant(database, caller, found.tenant_id, body.name))


@router.put("/{tenant}/suspension", summary="Suspend a tenant", operation_id="suspend_tenant", responses=errors(404, 409))
async def suspend(tenant: InPath, body: SuspensionIn, caller: Caller, database: WholeDb, bell: Hub, request: Request) -> TenantOut:
    """Its keys and people get 403, its runs are not leased anew, its schedules do not fire; its data stays."""
    found = await life.find_tenant(database.pool, tenant)
    suspended = await life.suspend_tenant(database, caller, found.tenant_id, body.reason)
    _forget(request)
    bell.ring(KEYS_CHANGED)  # live streams of the tenant end
    return TenantOut.of(suspended)


@router.delete("/{tenant}/suspension", summary="Let a suspended tenant go on", operation_id="unsuspend_tenant", responses=errors(404, 409))
async def unsuspend(tenant: InPath, caller: Caller, database: WholeDb, bell: Hub, request: Request) -> TenantOut:
    """Its runs go on, with turns of now."""
    found = await life.find_tenant(database.pool, tenant)
    active = await life.unsuspend_tenant(database, caller, found.tenant_id, bell=bell)
    _forget(request)
    return TenantOut.of(active)


@router.get(
    "/{tenant}/export",
    summary="Export a tenant",
    operation_id="export_tenant",
    response_class=Response,
    responses={
        200: {
            "description": "A zip.",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}, "example": "(bytes)"}},
        },
        **errors(404),
    },
)
async def export_all(tenant: InPath, caller: Caller, database: WholeDb) -> StreamingResponse:
    """Everything that is held of it: JSON lines, a file for each table, and a manifest. Sealed values are left out and named."""
    found = await life.find_tenant(database.pool, tenant)
    headers = {"Content-Disposition": f'attachment; filename="{ids.show("tnt", found.tenant_id)}.zip"'}
    return StreamingResponse(export.export_tenant(database, caller, found), media_type="application/zip", headers=headers)


@router.delete("/{tenant}", summary="Delete a tenant", operation_id="delete_tenant", responses=errors(404, 409))
async def delete(
    tenant: InPath,
    caller: Caller,
    database: WholeDb,
    confirm: Annotated[str, Query(description="The tenant's name, once more.", examples=["acme"], max_length=NAME_CHARACTERS_MAX)],
) -> TenantOut:
    """A suspended one, with every row of it. Works for a moment and says how far it got: repeat it until the state is `deleted`."""
    found = await life.find_tenant(database.pool, tenant)
    left = await deletion.delete_tenant(database, caller, found, confirm=confirm)
    return TenantOut.of(left or found, deleted=left is None)


def _forget(request: Request) -> None:
    suspensions: Suspensions = request.app.state.suspensions
    suspensions.forget()
