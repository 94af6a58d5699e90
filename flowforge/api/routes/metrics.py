"""`GET /metrics`, for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from flowforge.api.exposition import Exposition

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
async def scrape(request: Request) -> Response:
    """The metrics of this process, and the backlog of the whole database."""
    exposition: Exposition = request.app.state.exposition
    return await exposition.response(request)
