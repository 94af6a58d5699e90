"""Probes: `/healthz` while the process lives, `/readyz` while it can accept work."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from flowforge.api.caller import WholeDb
from flowforge.api.problem import refuse
from flowforge.api.resource import Resource

router = Resource(tags=["health"])


class Health(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: str = "ok"


@router.get("/healthz", summary="Does the process live?", operation_id="healthz")
async def live() -> Health:
    """Asks nobody else: an outage of the database is no reason to restart this process."""
    return Health()


@router.get("/readyz", summary="Can it accept work?", operation_id="readyz")
async def ready(database: WholeDb) -> Health:
    """503 while there is no PostgreSQL that takes writes."""
    if not await database.is_writable():
        raise refuse("unavailable", "the database cannot be reached or takes no writes", retry_after="2")
    return Health()
