"""Signing in, and the session that follows: who I am, in which tenant, where else."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.access import own_account
from flowforge.access.account import EMAIL_CHARACTERS_MAX
from flowforge.access.membership import tenants_of
from flowforge.access.password import CHARACTERS_MAX
from flowforge.access.permission import Role
from flowforge.access.session import Session, SessionShown, csrf_token, list_sessions, load_session
from flowforge.access.sign_in import sign_in
from flowforge.api.caller import WholeDb
from flowforge.api.idempotency import ShowOnce
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.session_cookie import AllDoors, From, OwnSession, forget_session, keep_session, let_in, session_token
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.board.page import read_cursor, write_cursor
from flowforge.db.database import Database
from flowforge.errors import NotFound

router = Resource(tags=["people"])

TENANT: JsonDict = {"id": "tnt_00000000000070008000000000000001", "name": "default", "role": "admin"}
EXAMPLE: JsonDict = {
    "account": "usr_01968f3ac8b17c02a3f08241a2f70040",
    "user": "usr_01968f3ac8b17c02a3f08241a2f70004",
    "name": "mira",
    "email": "mira@example.com",
    "role": "admin",
    "operator": False,
    "tenant": TENANT,
    "tenants": [TENANT],
    "permissions": ["approvals:decide", "runs:read"],
    "second_factor": True,
    "csrf_token": "3q2-7wq0yPjS4yEkYf2Xj0bT7i5pQpQ7yQm1wZr0x5E",
}
SHOWN: JsonDict = {
    "id": "ses_01968f3ac8b17c02a3f08241a2f70041",
    "current": True,
    "created_at": "2026-11-22T09:00:00.000000Z",
    "used_at": "2026-11-22T09:30:00.000000Z",
    "ends_at": "2026-11-22T21:30:00.000000Z",
    "address": "203.0.113.7",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
}
Password = Annotated[str, Field(max_length=CHARACTERS_MAX, description="Their password.")]
Code = Annotated[
    str | None,
    Field(max_length=50, description="Of the app or a recovery code, where the account has a second factor.", examples=["492039"]),
]
SessionPath = Annotated[str, Path(description="Its id.", examples=["ses_01968f3ac8b17c02a3f08241a2f70041"])]


class SignInBody(Body):
    """An e-mail address, a password, and a code where the account has a second factor."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={"examples": [{"email": "mira@example.com", "password": "correct horse battery staple", "code": "492039"}]},
    )

    email: Annotated[str, Field(max_length=EMAIL_CHARACTERS_MAX)]
    password: Password
    code: Code = None


class TenantBody(Body):
    """The tenant to look at."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"tenant": "acme"}]})

    tenant: Annotated[str, Field(max_length=100, description="Its name or its id.")]


class WorkplaceOut(BaseModel):
    """A tenant that this person can work in, and as what."""

    model_config = ConfigDict(json_schema_extra={"examples": [TENANT]})

    id: str
    name: str
    role: Role


class SessionOut(BaseModel):
    """Who is signed in, what they are in the tenant that they look at, and the token that goes with every write of theirs."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    account: str
    user: str
    name: str
    email: str
    role: Role
    operator: bool
    tenant: WorkplaceOut
    tenants: list[WorkplaceOut]
    permissions: list[str]
    second_factor: bool
    csrf_token: Annotated[str, Field(description="To be sent as X-FlowForge-CSRF by whoever writes with the session's cookie.")]


class SessionShownOut(BaseModel):
    """One open session of the account. It ends at `ends_at` unless it is used before."""

    model_config = ConfigDict(json_schema_extra={"examples": [SHOWN]})

    id: str
    current: bool
    created_at: datetime
    used_at: datetime
    ends_at: datetime
    address: str
    user_agent: str

    @classmethod
    def of(cls, shown: SessionShown, own: Session) -> SessionShownOut:
        return cls(
            id=ids.show("ses", shown.session_id),
            current=shown.session_id == own.session_id,
            created_at=shown.created_at,
            used_at=shown.used_at,
            ends_at=shown.ends_at,
            address=shown.address,
            user_agent=shown.user_agent,
        )


class SessionPage(Page[SessionShownOut]):
    """Sessions, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [SHOWN], "next_cursor": None}]})


@router.post("/v1/sign_ins", status_code=201, summary="Sign in", operation_id="sign_in", responses=errors(401, 429))
async def create(body: SignInBody, response: Response, visitor: From, doors: AllDoors, database: WholeDb) -> SessionOut:
    """With a password. The answer sets the session's cookie; a wrong address, password and code are refused alike."""
    admission = await sign_in(database, doors, body.email, body.password, body.code, visitor)
    let_in(response, admission, doors)
    return await _shown(database, admission.session_token)


@router.get("/v1/session", summary="Show who is signed in", operation_id="get_session")
async def show(request: Request, _: OwnSession, database: WholeDb) -> SessionOut:
    """With the CSRF token that writes need, and the tenants that can be switched to."""
    return await _shown(database, session_token(request.headers) or "")


@router.put("/v1/session/tenant", summary="Switch to another tenant", operation_id="switch_tenant", responses=errors(404))
async def switch(
    body: TenantBody, response: Response, session: OwnSession, doors: AllDoors, database: WholeDb, show_once: ShowOnce
) -> SessionOut:
    """One that this person is in. The session goes on under another cookie."""
    token = await own_account.switch_tenant(database, session, body.tenant)
    keep_session(response, token, doors)
    shown = await _shown(database, token)
    show_once(shown.csrf_token)
    return shown


@router.delete("/v1/session", status_code=204, summary="Sign out", operation_id="sign_out")
async def delete(response: Response, session: OwnSession, database: WholeDb) -> None:
    """Here; sessions of other browsers go on."""
    await own_account.sign_out(database, session)
    forget_session(response)


@router.get("/v1/sessions", summary="List one's own sessions", operation_id="list_sessions")
async def index(session: OwnSession, database: WholeDb, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> SessionPage:
    """Those that are open, the newest first: since when, from where, with which browser."""
    found = await list_sessions(database.pool, session.account_id, limit + 1, read_cursor(cursor))
    following = write_cursor(found[limit - 1].session_id) if len(found) > limit else None
    return SessionPage(data=[SessionShownOut.of(one, session) for one in found[:limit]], next_cursor=following)


@router.delete("/v1/sessions", status_code=204, summary="Sign out everywhere", operation_id="sign_out_everywhere")
async def delete_all(response: Response, session: OwnSession, database: WholeDb) -> None:
    """Ends every session of the account, this one too."""
    await own_account.sign_out_everywhere(database, session)
    forget_session(response)


@router.delete("/v1/sessions/{session}", status_code=204, summary="End a session", operation_id="end_session", responses=errors(404))
async def delete_one(session: SessionPath, own: OwnSession, database: WholeDb) -> None:
    """One of one's own, as of a browser that was left open somewhere."""
    session_id = ids.parse("ses", session)
    if session_id is None:
        raise NotFound("session", session)
    await own_account.sign_out(database, own, session_id)


async def _shown(database: Database, token: str) -> SessionOut:
    session = await load_session(database, token)
    if session is None:
        raise NotFound("session", "of this cookie")
    account = await own_account.load_account(database.pool, session)
    theirs = [
        WorkplaceOut(id=ids.show("tnt", one.tenant_id), name=one.name, role=one.role)
        for one in await tenants_of(database.pool, session.account_id)
    ]
    return SessionOut(
        account=ids.show("usr", session.account_id),
        user=ids.show("usr", session.person_id),
        name=session.name,
        email=account.email,
        role=session.role,
        operator=session.operator,
        tenant=next(one for one in theirs if one.id == ids.show("tnt", session.tenant_id)),
        tenants=theirs,
        permissions=sorted(session.principal.permissions),
        second_factor=account.totp_since is not None,
        csrf_token=csrf_token(token),
    )
