"""`GET /metrics`, for Prometheus."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import PlainTextResponse, Response

from flowforge.api.exposition import Exposition
from flowforge.api.resource import Resource

EXAMPLE = 'flowforge_ready_runs{function="order.process_order"} 12.0\nflowforge_commits_total 48211.0\n'

router = Resource(tags=["metrics"])


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    operation_id="metrics",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"example": EXAMPLE}}}},
)
async def scrape(request: Request) -> Response:
    """For an operator the metrics of this process and the backlog of the whole database; for a tenant's key what its tenant has open."""
    exposition: Exposition = request.app.state.exposition
    return await exposition.response(request)
