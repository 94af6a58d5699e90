"""One's own account: the password and the second factor."""

from __future__ import annotations

from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.access import own_account
from flowforge.access.session import csrf_token
from flowforge.api.caller import WholeDb
from flowforge.api.idempotency import ShowOnce
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.sign_ins import Password
from flowforge.api.session_cookie import AllDoors, From, OwnSession, keep_session
from flowforge.api.values import Body

router = Resource(prefix="/v1/account", tags=["people"])

TOKEN = "3q2-7wq0yPjS4yEkYf2Xj0bT7i5pQpQ7yQm1wZr0x5E"  # noqa: S105 - an example
RENEWED: JsonDict = {"csrf_token": TOKEN}
CODES: JsonDict = {"recovery_codes": ["k7mx-p3wd-9hqr-t2vb", "c4fn-y8se-6gja-u5zx"], "csrf_token": TOKEN}
ENROLMENT: JsonDict = {
    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "url": "otpauth://totp/FlowForge:mira%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=FlowForge",
}


class PasswordChange(Body):
    """The password as it is, and as it is to be."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={"examples": [{"password": "correct horse battery staple", "new_password": "seven grey herons at dawn"}]},
    )

    password: Password
    new_password: Annotated[str, Field(description="12 to 1024 characters, and not one of the first that anybody would try.")]


class PasswordBody(Body):
    """The account's password again: a browser that was left open is not enough."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"password": "correct horse battery staple"}]})

    password: Password


class CodeBody(Body):
    """A code that the app shows now."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"code": "492039"}]})

    code: Annotated[str, Field(max_length=50)]


class EnrolmentOut(BaseModel):
    """What an app needs to make codes; `url` is what a QR code of it says. Shown once."""

    model_config = ConfigDict(json_schema_extra={"examples": [ENROLMENT]})

    secret: str | None
    url: str | None


class RenewedOut(BaseModel):
    """The session goes on under another cookie, and this is its CSRF token."""

    model_config = ConfigDict(json_schema_extra={"examples": [RENEWED]})

    csrf_token: str | None


class CodesOut(BaseModel):
    """Recovery codes, each good for one sign-in without the app. Shown once."""

    model_config = ConfigDict(json_schema_extra={"examples": [CODES]})

    recovery_codes: list[str | None]
    csrf_token: str | None


@router.put("/password", summary="Change one's password", operation_id="change_password", responses=errors(401, 429))
async def change(
    body: PasswordChange, response: Response, session: OwnSession, visitor: From, doors: AllDoors, database: WholeDb, show_once: ShowOnce
) -> RenewedOut:
    """Every other session of the account ends."""
    token = await own_account.change_password(database, doors, session, body.password, body.new_password, visitor)
    keep_session(response, token, doors)
    return _renewed(token, show_once)


@router.post("/totp", status_code=201, summary="Begin a second factor", operation_id="begin_totp", responses=errors(401, 429))
async def begin(
    body: PasswordBody, session: OwnSession, visitor: From, doors: AllDoors, database: WholeDb, show_once: ShowOnce
) -> EnrolmentOut:
    """A secret for an app that makes codes (TOTP). It is asked for once a code has confirmed it."""
    enrolment = await own_account.enrol(database, doors, session, body.password, visitor)
    show_once(enrolment.secret)
    show_once(enrolment.url)
    return EnrolmentOut(secret=enrolment.secret, url=enrolment.url)


@router.put("/totp", summary="Confirm a second factor", operation_id="confirm_totp", responses=errors(429))
async def confirm(
    body: CodeBody, response: Response, session: OwnSession, doors: AllDoors, database: WholeDb, show_once: ShowOnce
) -> CodesOut:
    """From now on signing in needs a code as well. The answer has ten recovery codes; every other session of the account ends."""
    renewed = await own_account.confirm(database, doors, session, body.code)
    return _codes(renewed, response, doors, show_once)


@router.post(
    "/totp/removals", status_code=201, summary="Take the second factor away", operation_id="remove_totp", responses=errors(401, 429)
)
async def remove(
    body: PasswordBody, response: Response, session: OwnSession, visitor: From, doors: AllDoors, database: WholeDb, show_once: ShowOnce
) -> RenewedOut:
    """Signing in needs the password alone from now on."""
    token = await own_account.remove_totp(database, doors, session, body.password, visitor)
    keep_session(response, token, doors)
    return _renewed(token, show_once)


@router.post(
    "/recovery_codes", status_code=201, summary="Make new recovery codes", operation_id="renew_recovery_codes", responses=errors(401, 429)
)
async def renew(
    body: PasswordBody, response: Response, session: OwnSession, visitor: From, doors: AllDoors, database: WholeDb, show_once: ShowOnce
) -> CodesOut:
    """Ten of them; those before open nothing any more."""
    renewed = await own_account.renew_recovery_codes(database, doors, session, body.password, visitor)
    return _codes(renewed, response, doors, show_once)


def _codes(renewed: own_account.Renewed, response: Response, doors: AllDoors, show_once: ShowOnce) -> CodesOut:
    keep_session(response, renewed.session_token, doors)
    for code in renewed.recovery_codes:
        show_once(code)
    return CodesOut(recovery_codes=list(renewed.recovery_codes), csrf_token=_renewed(renewed.session_token, show_once).csrf_token)


def _renewed(token: str, show_once: ShowOnce) -> RenewedOut:
    show_once(csrf_token(token))
    return RenewedOut(csrf_token=csrf_token(token))
