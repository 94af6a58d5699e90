"""The HTTP API, put together: layers around it, routes in it. What each of them does is its own file's.

A request passes Boundary (id, problems), AddressLimit and CallerResolver (who), CsrfGuard (from a page of ours), SuspensionGate (may
anybody of that tenant), RateLimits (how often), McpDoor (by a tool), Authorization (may they), StrictBody (what), Admission (whose
turn), Idempotency (again?) and Location (where is it now), and reaches its route, which parses, calls one function of a room, and answers.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import httpx
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from flowforge.access.key_check import KEYS_CHANGED, KeyCheck
from flowforge.access.membership import person_permissions
from flowforge.access.password import Passwords
from flowforge.access.provider import read_providers
from flowforge.access.session import Lifetime
from flowforge.access.sign_in import Doors
from flowforge.access.stream_count import StreamCount
from flowforge.api import approval_page, openapi, pages, sign_in_pages, sign_on_pages
from flowforge.api.address_limit import AddressLimit
from flowforge.api.admission import Admission
from flowforge.api.authorization import Authorization, authorize
from flowforge.api.body import StrictBody
from flowforge.api.boundary import Boundary
from flowforge.api.caller import CallerResolver
from flowforge.api.csrf import CsrfGuard
from flowforge.api.dashboard import Dashboard, own_dashboard
from flowforge.api.exposition import Exposition
from flowforge.api.idempotency import Idempotency
from flowforge.api.location import Location
from flowforge.api.mcp.door import McpDoor
from flowforge.api.rate_limits import RateLimits, Rates
from flowforge.api.routes import ROUTERS
from flowforge.api.served_code import ServedCode
from flowforge.api.sse import LiveStreams
from flowforge.api.suspension import SuspensionGate, Suspensions
from flowforge.api.told_error import problem_of
from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.db.database import Database
from flowforge.orchestrator.hints import Bell
from flowforge.secrets.vault import Vault
from flowforge.settings import Settings


def create_app(
    database: Database,
    *,
    settings: Settings,
    bell: Bell,
    clock: Clock = SYSTEM_CLOCK,
    vault: Vault | None = None,
    passwords: Passwords | None = None,
    sign_on_transport: httpx.AsyncBaseTransport | None = None,
    dashboard: Dashboard | None = None,
) -> FastAPI:
    """The API over an open database. It starts and stops nothing: whoever opened the database and the bell closes them.

    Without a `vault` it seals no secrets, there are no API keys, and nobody can have a second factor or sign in through a provider,
    which is asked through `sign_on_transport`.
    """
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
    app.state.settings, app.state.clock, app.state.code = settings, clock, ServedCode()
    app.state.exposition, app.state.suspensions = Exposition(database), Suspensions(database)
    app.state.vault = vault = vault or Vault()
    able = vault if vault.has_key else None
    app.state.keys = keys = KeyCheck(database, able, news=bell.subscribe(KEYS_CHANGED), person_permissions=person_permissions)
    lifetime = Lifetime(timedelta(seconds=settings.session_idle_seconds), timedelta(seconds=settings.session_seconds))
    app.state.doors = Doors(passwords or Passwords(), able, lifetime)
    app.state.providers, app.state.sign_on_transport = read_providers(settings.sign_on), sign_on_transport
    app.state.rates, app.state.stream_count = Rates(database, settings, clock), StreamCount(database)
    app.router.routes.extend(_guarded().routes)
    app.router.routes.extend((dashboard or own_dashboard()).router.routes)
    app.include_router(pages.router)
    app.include_router(sign_in_pages.router)
    app.include_router(approval_page.router)
    app.include_router(sign_on_pages.router)
    openapi.complete(app)
    app.add_exception_handler(RequestValidationError, _tell)
    app.add_exception_handler(HTTPException, _tell)
    # The last one added is the outermost.
    app.add_middleware(Location)
    app.add_middleware(Idempotency, database=database, keys=keys)
    app.add_middleware(Admission, clock=clock)
    app.add_middleware(StrictBody, limit_bytes=settings.body_limit_bytes)
    app.add_middleware(Authorization, routes=[route for router in ROUTERS for route in router.routes])
    app.add_middleware(McpDoor, limit_bytes=settings.body_limit_bytes, public_url=settings.public_url)
    app.add_middleware(RateLimits, rates=app.state.rates)
    app.add_middleware(SuspensionGate, suspensions=app.state.suspensions)
    app.add_middleware(CsrfGuard, public_url=settings.public_url)
    app.add_middleware(CallerResolver, database=database, settings=settings, keys=keys)
    app.add_middleware(AddressLimit, clock=clock)
    app.add_middleware(Boundary)
    return app


@cache
def _guarded() -> APIRouter:
    """Every route of ours behind the table of permissions. What FastAPI works out of them at the first request serves all apps."""
    whole = APIRouter()
    for router in ROUTERS:
        whole.include_router(router, dependencies=[Depends(authorize)])
    return whole


async def _tell(request: Request, error: Exception) -> Response:
    """FastAPI answers these two itself unless it is told otherwise; all else reaches the boundary as it is."""
    return problem_of(error).response(instance=request.url.path, request_id=request.state.request_id)
