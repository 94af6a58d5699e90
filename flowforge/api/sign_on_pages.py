"""`/sign-in/<provider>` sends a browser to a provider of sign-on, and `/sign-in/<provider>/callback` is where it comes back to."""

from __future__ import annotations

import logging
from urllib.parse import quote

import httpx
from fastapi import APIRouter, Request
from starlette.responses import Response

from flowforge.access import sign_on
from flowforge.access.identity import enter
from flowforge.access.provider import Provider
from flowforge.access.sign_on import ProviderUnavailable
from flowforge.api.caller import WholeDb
from flowforge.api.people_page import own_path, page, see_other
from flowforge.api.session_cookie import AllDoors, From, let_in, public_url, set_cookie
from flowforge.errors import Conflict, FlowForgeError, NotFound, SignInRefused

SIGN_ON_COOKIE = "__Host-flowforge-sign-on"
CODE_CHARACTERS_MAX = 4096

log = logging.getLogger("flowforge.api")
router = APIRouter(include_in_schema=False)


@router.get("/sign-in/{provider}")
async def begin(provider: str, request: Request, doors: AllDoors, database: WholeDb, next: str = "/") -> Response:
    found = _provider(request, provider)
    redirect_uri = f"{public_url(request)}/sign-in/{quote(found.name)}/callback"
    try:
        url, cookie = await sign_on.begin(database.pool, doors.opened_vault, found, redirect_uri, own_path(next), _transport(request))
    except (ProviderUnavailable, Conflict) as error:
        return _refused(error)
    answer = see_other(url)
    set_cookie(answer, SIGN_ON_COOKIE, cookie, sign_on.LIFETIME)
    return answer


@router.get("/sign-in/{provider}/callback")
async def end(provider: str, request: Request, visitor: From, doors: AllDoors, database: WholeDb) -> Response:
    found, given = _provider(request, provider), request.query_params
    try:
        cookie = request.cookies.get(SIGN_ON_COOKIE, "")
        begun = await sign_on.find_begun(database.pool, doors.opened_vault, found, cookie, given.get("state", ""))
        if given.get("iss", found.issuer) != found.issuer or "code" not in given:
            raise SignInRefused("the provider did not let you in")
        code = given["code"][:CODE_CHARACTERS_MAX]
        vouched = await sign_on.finish(database.pool, found, begun, code, _transport(request))
        admission = await enter(database, doors, found, vouched, visitor)
    except (SignInRefused, ProviderUnavailable, Conflict) as error:
        answer: Response = _refused(error)
    else:
        answer = see_other(begun.next)
        let_in(answer, admission, doors)
    answer.delete_cookie(SIGN_ON_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return answer


def _provider(request: Request, name: str) -> Provider:
    providers: dict[str, Provider] = request.app.state.providers
    if name not in providers:
        raise NotFound("provider", name, providers)
    return providers[name]


def _transport(request: Request) -> httpx.AsyncBaseTransport | None:
    transport: httpx.AsyncBaseTransport | None = request.app.state.sign_on_transport
    return transport


def _refused(error: FlowForgeError) -> Response:
    if isinstance(error, ProviderUnavailable):
        log.warning("sign_on.unavailable", extra={"provider": error.message, "reason": error.reason})
    status = 502 if isinstance(error, ProviderUnavailable) else 401
    sentence = error.message[:1].upper() + error.message[1:] + "."
    return page("Not signed in", '<p><a href="/sign-in">Sign in</a></p>', alert=sentence, status=status)
