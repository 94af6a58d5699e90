"""A copy of what is held about one person."""

from __future__ import annotations

from fastapi.responses import StreamingResponse

from flowforge.api.caller import Caller, Db
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.erasures import ErasureIn
from flowforge.privacy.subject_export import begin_export, export_subject

router = Resource(prefix="/v1/subject_exports", tags=["privacy"])

MEDIA_TYPE = "application/x-ndjson"
EXAMPLE = (
    '{"kind": "event", "id": "evt_01968f3ac8b17c02a3f08241a2f70001", "table": "event", "record": {"name": "order/created", '
    '"data": {"mail": "mira@example.org"}}}\n{"end": true, "records": 1}\n'
)


@router.post(
    "",
    summary="Export what is held about a person",
    operation_id="export_subject",
    response_class=StreamingResponse,
    responses={
        **errors(),
        200: {
            "description": "JSON lines. The last one says how many there were: without it the export was cut.",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": EXAMPLE}},
        },
    },
)
async def create(body: ErasureIn, caller: Caller, database: Db) -> StreamingResponse:
    """Everything that an erasure would find, streamed: events and runs with all that is theirs, and whatever else holds the value. Names
    are sent in the body, where no log keeps them. The audit log has an entry before the first line goes out."""
    matches = body.read()
    await begin_export(database, caller, matches)
    return StreamingResponse(
        export_subject(database, caller.tenant_id, matches), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"}
    )
