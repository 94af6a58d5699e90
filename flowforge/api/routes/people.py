"""People who can sign in to the tenant: their roles, their invitations, and a way back in for who has lost theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.access import invitation as invitations
from flowforge.access.account import EMAIL_CHARACTERS_MAX
from flowforge.access.invitation import Answer, Invitation
from flowforge.access.key_check import KEYS_CHANGED
from flowforge.access.membership import Member, change_member, find_member, list_members, remove_member
from flowforge.access.one_time import TOKEN_CHARACTERS_MAX
from flowforge.access.password_reset import make_reset_link
from flowforge.access.permission import Role
from flowforge.api.caller import Caller, Db, Hub, WholeDb
from flowforge.api.idempotency import ShowOnce
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.sign_ins import Code, Password
from flowforge.api.session_cookie import AllDoors, From, let_in, public_url
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.board.page import read_cursor, write_cursor
from flowforge.errors import NotFound

router = Resource(tags=["people"])

PERSON: JsonDict = {
    "id": "usr_01968f3ac8b17c02a3f08241a2f70004",
    "name": "mira",
    "email": "mira@example.com",
    "role": "approver",
    "operator": False,
    "second_factor": True,
    "disabled_at": None,
    "created_at": "2026-11-22T09:00:00.000000Z",
}
INVITATION: JsonDict = {
    "id": "inv_01968f3ac8b17c02a3f08241a2f70042",
    "email": "noor@example.com",
    "role": "member",
    "invited_by": "mira",
    "created_at": "2026-11-22T09:00:00.000000Z",
    "expires_at": "2026-11-29T09:00:00.000000Z",
}
LINK = "https://flows.example.com/invitation?token=iQ0u1Zt4GmTz3x0pVt9G2wLr8sYk5nBdHc7aEfJoXvM"
PersonPath = Annotated[str, Path(description="Their id.", examples=["usr_01968f3ac8b17c02a3f08241a2f70004"])]
InvitationPath = Annotated[str, Path(description="Its id.", examples=["inv_01968f3ac8b17c02a3f08241a2f70042"])]
Email = Annotated[str, Field(max_length=EMAIL_CHARACTERS_MAX, examples=["noor@example.com"])]


class PersonPatch(Body):
    """What is left out stays as it is."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"role": "approver"}, {"disabled": True}]})

    role: Role | None = None
    disabled: Annotated[bool | None, Field(description="Cannot sign in to this tenant, until it is false again.")] = None


class InvitationIn(Body):
    """Whom to invite, and as what."""

    model_config = ConfigDict(
        strict=True, extra="forbid", json_schema_extra={"examples": [{"email": "noor@example.com", "role": "member"}]}
    )

    email: Email
    role: Role = "member"


class AcceptanceIn(Body):
    """The token of the link, with a name and a password of one's own; with those of the account, where the address has one."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={
            "examples": [{"token": "iQ0u1Zt4GmTz3x0pVt9G2wLr8sYk5nBdHc7aEfJoXvM", "name": "noor", "password": "seven grey herons at dawn"}]
        },
    )

    token: Annotated[str, Field(max_length=TOKEN_CHARACTERS_MAX)]
    password: Password
    name: Annotated[str | None, Field(max_length=100, description="How cards and logs call them.")] = None
    code: Code = None


class ResetIn(Body):
    """Whose password is lost."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"email": "noor@example.com"}]})

    email: Email


class PersonOut(BaseModel):
    """Somebody who can sign in to this tenant."""

    model_config = ConfigDict(json_schema_extra={"examples": [PERSON]})

    id: str
    name: str
    email: str
    role: Role
    operator: bool
    second_factor: bool
    disabled_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, member: Member) -> PersonOut:
        return cls(
            id=ids.show("usr", member.person_id),
            name=member.name,
            email=member.email,
            role=member.role,
            operator=member.operator,
            second_factor=member.totp,
            disabled_at=member.disabled_at,
            created_at=member.created_at,
        )


class PersonPage(Page[PersonOut]):
    """People, in the order in which they were added."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [PERSON], "next_cursor": None}]})


class InvitationOut(BaseModel):
    """An invitation that was not accepted yet."""

    model_config = ConfigDict(json_schema_extra={"examples": [INVITATION]})

    id: str
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime


class InvitationMade(InvitationOut):
    """With the link, which is shown this once. Nothing is mailed: hand it on yourself."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**INVITATION, "link": LINK}]})

    link: str | None


class InvitationPage(Page[InvitationOut]):
    """Invitations that were not accepted yet, the expired ones too."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [INVITATION], "next_cursor": None}]})


class AcceptedOut(BaseModel):
    """Who has joined, and is signed in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"account": "usr_01968f3ac8b17c02a3f08241a2f70040"}]})

    account: str


class ResetOut(BaseModel):
    """A link under which a new password is set, for a day. Shown once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"link": LINK.replace("invitation", "new-password")}]})

    link: str | None


@router.get("/v1/people", summary="List people", operation_id="list_people")
async def index(caller: Caller, database: WholeDb, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> PersonPage:
    """Who can sign in to this tenant, in the order in which they were added."""
    found = await list_members(database.pool, caller.tenant_id, limit + 1, read_cursor(cursor))
    following = write_cursor(found[limit - 1].person_id) if len(found) > limit else None
    return PersonPage(data=[PersonOut.of(one) for one in found[:limit]], next_cursor=following)


@router.get("/v1/people/{person}", summary="Show somebody", operation_id="get_person", responses=errors(404))
async def show(person: PersonPath, caller: Caller, database: WholeDb) -> PersonOut:
    """Their role, and whether they have a second factor."""
    return PersonOut.of(await find_member(database.pool, caller.tenant_id, _id("usr", person)))


@router.patch("/v1/people/{person}", summary="Change somebody's role", operation_id="update_person", responses=errors(404))
async def change(person: PersonPath, body: PersonPatch, caller: Caller, database: WholeDb, bell: Hub) -> PersonOut:
    """Or shut them out, or let them in again. Their sessions in this tenant end. The last admin stays one."""
    changed = await change_member(database, caller, _id("usr", person), role=body.role, disabled=body.disabled)
    bell.ring(KEYS_CHANGED)  # theirs may no more than they may
    return PersonOut.of(changed)


@router.delete("/v1/people/{person}", status_code=204, summary="Remove somebody", operation_id="remove_person", responses=errors(404))
async def remove(person: PersonPath, caller: Caller, database: WholeDb, bell: Hub) -> None:
    """They cannot sign in to this tenant any more; what they did stays under their name. The last admin cannot be removed."""
    await remove_member(database, caller, _id("usr", person))
    bell.ring(KEYS_CHANGED)


@router.get("/v1/invitations", summary="List invitations", operation_id="list_invitations")
async def index_invitations(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> InvitationPage:
    """Those that were not accepted yet."""
    found = await invitations.list_invitations(database.pool, caller.tenant_id, limit + 1, read_cursor(cursor))
    following = write_cursor(found[limit - 1].invitation_id) if len(found) > limit else None
    return InvitationPage(data=[InvitationOut(**_shown(one)) for one in found[:limit]], next_cursor=following)


@router.post("/v1/invitations", status_code=201, summary="Invite somebody", operation_id="create_invitation")
async def invite(body: InvitationIn, request: Request, caller: Caller, database: WholeDb, show_once: ShowOnce) -> InvitationMade:
    """The answer has a link that holds for a week. A second invitation of the same address voids the first."""
    made, token = await invitations.invite(database, caller, body.email, body.role)
    link = _link(request, "invitation", token)
    show_once(link)
    return InvitationMade(**_shown(made), link=link)


@router.delete(
    "/v1/invitations/{invitation}", status_code=204, summary="Revoke an invitation", operation_id="revoke_invitation", responses=errors(404)
)
async def revoke(invitation: InvitationPath, caller: Caller, database: Db) -> None:
    """Its link opens nothing any more."""
    await invitations.revoke(database, caller, _id("inv", invitation))


@router.post(
    "/v1/invitation_acceptances",
    status_code=201,
    summary="Accept an invitation",
    operation_id="accept_invitation",
    responses=errors(401, 410, 429),
)
async def accept(body: AcceptanceIn, response: Response, visitor: From, doors: AllDoors, database: WholeDb) -> AcceptedOut:
    """Join the tenant and be signed in. Where the address has an account, its password (and code) are asked for."""
    admission = await invitations.accept(database, doors, Answer(body.token, body.password, body.name, body.code), visitor)
    let_in(response, admission, doors)
    return AcceptedOut(account=ids.show("usr", admission.account_id))


@router.post(
    "/v1/password_resets", status_code=201, summary="Offer a new password", operation_id="create_password_reset", responses=errors(404)
)
async def reset(body: ResetIn, request: Request, caller: Caller, database: WholeDb, show_once: ShowOnce) -> ResetOut:
    """A link for somebody who has lost their password or their app. An operator's act: accounts belong to the deployment."""
    link = _link(request, "new-password", await make_reset_link(database, caller, body.email))
    show_once(link)
    return ResetOut(link=link)


def _id(prefix: ids.Prefix, text: str) -> UUID:
    found = ids.parse(prefix, text)
    if found is None:
        raise NotFound("person" if prefix == "usr" else "invitation", text)
    return found


def _link(request: Request, page: str, token: str) -> str:
    return f"{public_url(request)}/{page}?{urlencode({'token': token})}"


def _shown(found: Invitation) -> dict[str, object]:
    return {
        "id": ids.show("inv", found.invitation_id),
        "email": found.email,
        "role": found.role,
        "invited_by": found.invited_by,
        "created_at": found.created_at,
        "expires_at": found.expires_at,
    }
