"""How fast a tenant may ask: where it stands, and an operator's word for it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.access.rate_limit import LARGEST, RateLimits, find_rate_limits, reset_rate_limits, set_rate_limits
from flowforge.api.caller import Caller, Db, WholeDb
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import Body

router = Resource(prefix="/v1/rate_limits", tags=["limits"])

EXAMPLE: JsonDict = {"requests_per_minute": 6000, "events_per_minute": 60000, "streams": 200, "key_share": 0.8, "counted": True}
Rate = Annotated[int | None, Field(ge=1, le=LARGEST)]
Tenant = Annotated[str, Path(description="A tenant's name.", examples=["acme"])]


class RateLimitsIn(Body):
    """Limits of one tenant; one that is null or left out is everybody's."""

    model_config = ConfigDict(
        strict=True, extra="forbid", json_schema_extra={"examples": [{"requests_per_minute": 12000, "events_per_minute": 600000}]}
    )

    requests_per_minute: Rate = None
    events_per_minute: Rate = None
    streams: Rate = None


class RateLimitsOut(BaseModel):
    """What a tenant may ask for. `key_share` is the part of both rates that one key may have; `counted` is false while the API is open to
    this machine, which then may ask for anything."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE]})

    requests_per_minute: int
    events_per_minute: int
    streams: int
    key_share: float
    counted: bool


@router.get("", summary="Show how fast the tenant may ask", operation_id="show_rate_limits")
async def show(request: Request, caller: Caller, database: Db) -> RateLimitsOut:
    """The limits in force for the caller's tenant. What is left of them is in the headers of each answer."""
    return _shown(request, await find_rate_limits(database.pool, caller.tenant_id), request.app.state.rates.limits(caller))


@router.put("/{tenant}", summary="Set how fast a tenant may ask", operation_id="set_rate_limits", responses=errors(404))
async def put(tenant: Tenant, body: RateLimitsIn, request: Request, caller: Caller, database: WholeDb) -> RateLimitsOut:
    """Instead of the deployment's settings, for this tenant. Servers keep to it within two seconds."""
    limits = RateLimits(**body.model_dump())
    await set_rate_limits(database, caller, tenant, limits)
    return _shown(request, limits, request.app.state.settings.rate_limits is not False)


@router.delete(
    "/{tenant}", status_code=204, summary="Reset how fast a tenant may ask", operation_id="reset_rate_limits", responses=errors(404)
)
async def delete(tenant: Tenant, caller: Caller, database: WholeDb) -> None:
    """The deployment's settings hold for it again."""
    await reset_rate_limits(database, caller, tenant)


def _shown(request: Request, limits: RateLimits, counted: bool) -> RateLimitsOut:
    settings = request.app.state.settings
    return RateLimitsOut(
        requests_per_minute=limits.requests_per_minute or settings.requests_per_minute,
        events_per_minute=limits.events_per_minute or settings.events_per_minute,
        streams=limits.streams or settings.streams_per_tenant,
        key_share=settings.key_share,
        counted=counted,
    )
