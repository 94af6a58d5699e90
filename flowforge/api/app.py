"""The HTTP API, put together: layers around it, routes in it. What each of them does is its own file's.

A request passes Boundary (id, problems), AddressLimit and CallerResolver (who), RateLimits (how often), StrictBody (what), Admission (whose
turn) and Idempotency (again?), and reaches its route, which parses, calls one function of a room, and answers.
"""

from __future__ import annotations

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from flowforge.access.stream_count import StreamCount
from flowforge.api import openapi, pages
from flowforge.api.address_limit import AddressLimit
from flowforge.api.admission import Admission, Turns
from flowforge.api.authorization import authorize
from flowforge.api.body import StrictBody
from flowforge.api.boundary import Boundary
from flowforge.api.caller import CallerResolver
from flowforge.api.exposition import Exposition
from flowforge.api.idempotency import Idempotency
from flowforge.api.rate_limits import RateLimits, Rates
from flowforge.api.routes import ROUTERS
from flowforge.api.sse import LiveStreams
from flowforge.api.told_error import problem_of
from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.db.database import Database
from flowforge.orchestrator.hints import Bell
from flowforge.settings import Settings


def create_app(database: Database, *, settings: Settings, bell: Bell, clock: Clock = SYSTEM_CLOCK) -> FastAPI:
    """The API over an open database. It starts and stops nothing: whoever opened the database and the bell closes them."""
    app = FastAPI(
        title="FlowForge",
        version=openapi.api_version(),
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        swagger_ui_oauth2_redirect_url=None,
    )
    app.state.database, app.state.bell, app.state.streams = database, bell, LiveStreams()
    app.state.settings, app.state.clock = settings, clock
    app.state.rates, app.state.stream_count = Rates(database, settings, clock), StreamCount(database)
    app.state.exposition = Exposition(database)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(authorize)])
    app.include_router(pages.router)
    openapi.complete(app)
    app.add_exception_handler(RequestValidationError, _tell)
    app.add_exception_handler(HTTPException, _tell)
    # The last one added is the outermost.
    app.add_middleware(Idempotency, database=database)
    app.add_middleware(Admission, turns=Turns(clock))
    app.add_middleware(StrictBody, limit_bytes=settings.body_limit_bytes)
    app.add_middleware(RateLimits, rates=app.state.rates)
    app.add_middleware(CallerResolver, database=database, settings=settings)
    app.add_middleware(AddressLimit, clock=clock)
    app.add_middleware(Boundary)
    return app


async def _tell(request: Request, error: Exception) -> Response:
    """FastAPI answers these two itself unless it is told otherwise; all else reaches the boundary as it is."""
    return problem_of(error).response(instance=request.url.path, request_id=request.state.request_id)
