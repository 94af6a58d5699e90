"""A server with nothing but `/metrics` and `/healthz`: what a worker offers on a port of its own, where one is set."""

from __future__ import annotations

from dataclasses import replace

from fastapi import Depends, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from flowforge.access.key_check import KeyCheck
from flowforge.api.authorization import authorize
from flowforge.api.boundary import Boundary
from flowforge.api.caller import CallerResolver, check_bind
from flowforge.api.exposition import Exposition
from flowforge.api.routes import health, metrics
from flowforge.api.server import Server
from flowforge.api.sse import LiveStreams
from flowforge.api.told_error import problem_of
from flowforge.db.database import Database
from flowforge.errors import ConfigurationError
from flowforge.settings import Settings


def metrics_server(database: Database, settings: Settings) -> Server:
    """A server on `settings.metrics_port`, behind the same door as the API. Raises ConfigurationError for a wide open one."""
    if settings.metrics_port is None:
        raise ConfigurationError("no port is set to serve metrics on", hint="set FLOWFORGE_METRICS_PORT")
    door = replace(settings, host=settings.metrics_host, open_here=True)
    if not settings.metrics_public:
        check_bind(door)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.database, app.state.streams, app.state.exposition = database, LiveStreams(), Exposition(database)
    app.include_router(metrics.router, dependencies=[Depends(authorize)])
    app.include_router(health.router)
    app.add_exception_handler(HTTPException, _tell)
    app.add_middleware(CallerResolver, database=database, settings=door, keys=KeyCheck(database, None))
    app.add_middleware(Boundary)
    return Server(app, settings.metrics_host, settings.metrics_port)


async def _tell(request: Request, error: Exception) -> Response:
    return problem_of(error).response(instance=request.url.path, request_id=request.state.request_id)
