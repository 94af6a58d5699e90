"""Retention: how long finished runs, events, frames and usage are kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.api.caller import Caller, Db
from flowforge.api.resource import Resource
from flowforge.api.values import Body
from flowforge.durations import seconds, written
from flowforge.errors import InvalidInput
from flowforge.orchestrator.retention import Retention, find_retention, set_retention

router = Resource(prefix="/v1/retention", tags=["retention"])

EXAMPLE: JsonDict = {"runs": "30d", "events": "30d", "frames": "7d", "usage": None, "swept_at": "2026-11-22T09:00:00.000000Z"}
Age = Annotated[str | None, Field(max_length=50, description="A duration, as in 90d or 36h.", examples=["90d"])]


class RetentionIn(Body):
    """What is left out stays as it is; only `usage` can be null: for ever."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"runs": "90d"}]})

    runs: Age = None
    events: Age = None
    frames: Age = None
    usage: Age = None


class RetentionOut(BaseModel):
    """`runs`: after their end. `frames`: of finished runs, which keep their steps. `usage` null: for ever. `swept_at`: the last sweep."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    runs: str
    events: str
    frames: str
    usage: str | None
    swept_at: datetime | None

    @classmethod
    def of(cls, found: Retention) -> RetentionOut:
        usage = None if found.usage is None else written(found.usage)
        return cls(
            runs=written(found.runs), events=written(found.events), frames=written(found.frames), usage=usage, swept_at=found.swept_at
        )


@router.get("", summary="Show what is kept how long", operation_id="get_retention")
async def show(caller: Caller, database: Db) -> RetentionOut:
    """The tenant's settings, or the defaults."""
    return RetentionOut.of(await find_retention(database.pool, caller.tenant_id))


@router.patch("", summary="Change what is kept how long", operation_id="set_retention")
async def change(body: RetentionIn, caller: Caller, database: Db) -> RetentionOut:
    """The next sweep, within an hour, goes by it. A shorter time cannot be taken back for what it has dropped."""
    present = await find_retention(database.pool, caller.tenant_id)
    wanted: dict[str, Any] = {name: getattr(present, name) for name in ("runs", "events", "frames", "usage")}
    for name in body.model_fields_set:
        wanted[name] = _age(name, getattr(body, name))
    return RetentionOut.of(await set_retention(database, caller, Retention(**wanted)))


def _age(name: str, text: str | None) -> timedelta | None:
    if text is None:
        if name == "usage":
            return None
        raise InvalidInput(f"{name} cannot be kept for ever", pointer=f"/{name}", hint="give a long time, as in 3650d")
    try:
        return timedelta(seconds=seconds(text))
    except InvalidInput as error:
        raise InvalidInput(error.message, pointer=f"/{name}", hint=error.hint) from None
