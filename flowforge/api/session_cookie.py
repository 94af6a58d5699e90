"""The cookies of people who sign in: the session's, and one by which a browser that has signed in before is known.

Both carry the prefix `__Host-`: a browser takes them over https only (and from localhost), and sends them to this host alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response

from flowforge.access.session import Session, Visitor, load_session
from flowforge.access.sign_in import Admission, Doors
from flowforge.api.problem import refuse
from flowforge.settings import Settings

SESSION_COOKIE = "__Host-flowforge"
DEVICE_COOKIE = "__Host-flowforge-device"
DEVICE_LIFETIME = timedelta(days=180)


def session_token(headers: Headers) -> str | None:
    """The session's token that came with a request; none where a key came too, which goes first."""
    if "authorization" in headers or SESSION_COOKIE not in headers.get("cookie", ""):
        return None
    return cookie_parser(headers["cookie"]).get(SESSION_COOKIE) or None


def visitor_of(request: Request) -> Visitor:
    """Where a request comes from."""
    address = request.client.host if request.client is not None else ""
    return Visitor(address, request.headers.get("user-agent", ""), request.cookies.get(DEVICE_COOKIE))


def let_in(response: Response, admission: Admission, doors: Doors) -> None:
    """Give the browser what it keeps of a sign-in."""
    keep_session(response, admission.session_token, doors)
    set_cookie(response, DEVICE_COOKIE, admission.device_token, DEVICE_LIFETIME)


def keep_session(response: Response, token: str, doors: Doors) -> None:
    """Give the browser its session's (other) token."""
    set_cookie(response, SESSION_COOKIE, token, doors.lifetime.longest)


def forget_session(response: Response) -> None:
    """Let the browser forget its session; that it has signed in before it goes on to know."""
    set_cookie(response, SESSION_COOKIE, "", timedelta(0))


def set_cookie(response: Response, name: str, value: str, lifetime: timedelta) -> None:
    """With all that `__Host-` asks for, out of reach of scripts, and not sent along by pages of others but for links."""
    response.set_cookie(name, value, max_age=int(lifetime.total_seconds()), path="/", secure=True, httponly=True, samesite="lax")


def public_url(request: Request) -> str:
    """This server's address as people reach it: FLOWFORGE_PUBLIC_URL, or the one that was asked."""
    settings: Settings = request.app.state.settings
    return settings.public_url or f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"


async def _own_session(request: Request) -> Session:
    token = session_token(request.headers)
    session = None if token is None else await load_session(request.app.state.database, token)
    if session is None:
        raise refuse("forbidden", "this is for people who are signed in, not for keys", parameter="Cookie")
    return session


async def _visitor(request: Request) -> Visitor:
    return visitor_of(request)


async def _doors(request: Request) -> Doors:
    doors: Doors = request.app.state.doors
    return doors


OwnSession = Annotated[Session, Depends(_own_session)]
From = Annotated[Visitor, Depends(_visitor)]
AllDoors = Annotated[Doors, Depends(_doors)]
