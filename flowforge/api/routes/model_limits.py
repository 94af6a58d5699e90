"""Limits of models: how many tokens and requests a minute, with each key of their provider, by all workers together."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.api.caller import Caller, WholeDb
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import Body, Page
from flowforge.orchestrator.models.model_limit import (
    LARGEST,
    ModelLimit,
    delete_model_limit,
    list_model_limits,
    set_model_limit,
)

router = Resource(prefix="/v1/model_limits", tags=["budgets"])

EXAMPLE: JsonDict = {"model": "gpt-4o", "tokens_per_minute": 450000, "requests_per_minute": 5000, "blocked_until": None}
Rate = Annotated[int | None, Field(ge=1, le=LARGEST)]
Model = Annotated[str, Path(description="A model's name; slashes belong to it.", examples=["anthropic/claude-sonnet-4-5"])]


class ModelLimitIn(Body):
    """One of the two, or both."""

    model_config = ConfigDict(
        strict=True, extra="forbid", json_schema_extra={"examples": [{"tokens_per_minute": 450000, "requests_per_minute": 5000}]}
    )

    tokens_per_minute: Rate = None
    requests_per_minute: Rate = None


class ModelLimitOut(BaseModel):
    """A model's limit. `blocked_until`: the provider has asked to be left alone, and no worker calls it before then."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE]})

    model: str
    tokens_per_minute: int | None
    requests_per_minute: int | None
    blocked_until: datetime | None


class ModelLimitPage(Page[ModelLimitOut]):
    """Models that have a limit, or are blocked, by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.get("", summary="List limits of models", operation_id="list_model_limits")
async def index(caller: Caller, database: WholeDb) -> ModelLimitPage:
    """Those of the whole installation: a provider counts by key. `blocked_until` tells of keys that the tenant's calls use."""
    found = await list_model_limits(database.pool, caller.tenant_id)
    return ModelLimitPage(data=[ModelLimitOut.model_validate(one) for one in found])


@router.put("/{model:path}", summary="Set a model's limit", operation_id="set_model_limit", responses=errors(404))
async def put(model: Model, body: ModelLimitIn, caller: Caller, database: WholeDb) -> ModelLimitOut:
    """All workers keep to it from their next call on. A call that has to wait longer than a moment lets its run leave the worker."""
    limit = ModelLimit(model, body.tokens_per_minute, body.requests_per_minute)
    await set_model_limit(database, caller, limit)
    return ModelLimitOut.model_validate(limit)


@router.delete("/{model:path}", status_code=204, summary="Delete a model's limit", operation_id="delete_model_limit", responses=errors(404))
async def delete(model: Model, caller: Caller, database: WholeDb) -> None:
    """Its provider's own word still holds."""
    await delete_model_limit(database, caller, model)
