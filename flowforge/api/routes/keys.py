"""API keys: what programs and agents show to be let in. A value is shown once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import durations
from flowforge.access import api_key as api_keys
from flowforge.access.api_key import ApiKey, Issued
from flowforge.access.key_check import KEYS_CHANGED
from flowforge.agents.agent import resolve_agent
from flowforge.api.caller import Caller, Db, Hub, Keys
from flowforge.api.idempotency import RepeatId, ShowOnce
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.errors import InvalidInput, NotFound

router = Resource(prefix="/v1/keys", tags=["keys"])

EXAMPLE: JsonDict = {
    "id": "key_01968f3ac8b17c02a3f08241a2f70031",
    "name": "ci",
    "kind": "live",
    "scopes": ["events:send", "runs:read"],
    "agent": None,
    "ends_in": ["x7Qf"],
    "old_good_until": None,
    "active": True,
    "created_by": {"kind": "person", "name": "ada"},
    "created_at": "2026-11-22T09:00:00.000000Z",
    "expires_at": "2027-02-20T09:00:00.000000Z",
    "last_used_at": "2026-11-22T09:41:00.000000Z",
    "revoked_at": None,
}
ISSUED: JsonDict = {**EXAMPLE, "last_used_at": None, "value": "ffk_live_…"}
Name = Annotated[str, Field(min_length=1, max_length=api_keys.NAME_MAX)]
Scopes = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=100)]],
    Field(
        min_length=1,
        max_length=api_keys.SCOPES_MAX,
        description="Permissions (`runs:read`) or patterns of them (`runs:*`, `*:read`, `*`). A pattern means what its maker has of it.",
    ),
]
InPath = Annotated[str, Path(description="A key's name, its id, or an ending of that.", examples=["ci"])]


class KeyIn(Body):
    """A key to make. With `agent` it acts as that agent, and can do less."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"name": "ci", "scopes": ["events:send", "runs:read"], "expires_in": "90d"},
                {"name": "atlas-outside", "scopes": ["tasks:*"], "agent": "atlas"},
            ]
        },
    )

    name: Name
    scopes: Scopes
    kind: Annotated[Literal["live", "test"], Field(description="A test key sees and starts test runs only.")] = "live"
    agent: Annotated[str | None, Field(max_length=200, description="The agent that it acts as, by name or id.")] = None
    expires_in: Annotated[str | None, Field(max_length=50, description="How long it is good; for ever without it.", examples=["90d"])] = (
        None
    )


class KeyPatch(Body):
    """What is left out stays as it is. New scopes are within what the caller may."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"scopes": ["events:send"]}]})

    name: Name | None = None
    scopes: Scopes | None = None


class RotationIn(Body):
    """How long the value before stays good."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"grace": "24h"}]})

    grace: Annotated[str, Field(max_length=50, description="At most 30 days; `0s` ends it at once.")] = "24h"
    end_old: Annotated[bool, Field(description="End at once what an earlier rotation has left good.")] = False


class Maker(BaseModel):
    kind: str
    name: str


class KeyOut(BaseModel):
    """A key. `ends_in` are the last characters of the values that are good now, the newest first; `active` is false for one that has
    expired or is revoked; `last_used_at` is a minute late at most."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    name: str
    kind: Literal["live", "test"]
    scopes: list[str]
    agent: str | None
    ends_in: list[str]
    old_good_until: datetime | None
    active: bool
    created_by: Maker
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> KeyOut:
        return cls(
            id=key.id,
            name=key.name,
            kind="test" if key.test else "live",
            scopes=list(key.scopes),
            agent=key.agent,
            ends_in=list(key.last_four),
            old_good_until=key.old_good_until,
            active=key.active,
            created_by=Maker(kind=key.created_by_kind, name=key.created_by),
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            revoked_at=key.revoked_at,
        )


class IssuedOut(KeyOut):
    """A key with its `value`, which is shown this once: a repeat of the request has null there."""

    model_config = ConfigDict(json_schema_extra={"examples": [ISSUED]})

    value: str | None

    @classmethod
    def of_issued(cls, issued: Issued) -> IssuedOut:
        return cls(**KeyOut.of(issued.key).model_dump(), value=issued.value)


class KeyPage(Page[KeyOut]):
    """Keys, the oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.get("", summary="List API keys", operation_id="list_keys")
async def index(
    caller: Caller,
    database: Db,
    revoked: Annotated[bool, Query(description="Those that are revoked too.")] = False,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> KeyPage:
    """In the order in which they were made; never their values."""
    found, following = await api_keys.list_keys(database.pool, caller.tenant_id, revoked=revoked, limit=limit, cursor=cursor)
    return KeyPage(data=[KeyOut.of(key) for key in found], next_cursor=following)


@router.post("", status_code=201, summary="Make an API key", operation_id="create_key", responses=errors(409))
async def create(body: KeyIn, caller: Caller, database: Db, keys: Keys, repeat: RepeatId, show_once: ShowOnce) -> IssuedOut:
    """The answer holds the value; it is not kept, and nobody can be told it again."""
    agent_id = None if body.agent is None else await _agent(database, caller, body.agent)
    issued = await api_keys.create_key(
        database,
        caller,
        keys.digest,
        body.name,
        body.scopes,
        test=body.kind == "test",
        agent_id=agent_id,
        expires_in=None if body.expires_in is None else _duration(body.expires_in, "/expires_in"),
        key_id=repeat,
    )
    return _issued(issued, show_once)


@router.get("/{key}", summary="Show an API key", operation_id="get_key", responses=errors(404))
async def show(key: InPath, caller: Caller, database: Db) -> KeyOut:
    """Never its value."""
    key_id = await api_keys.resolve_key(database.pool, caller.tenant_id, key)
    return KeyOut.of(await api_keys.load_key(database.pool, caller.tenant_id, key_id))


@router.patch("/{key}", summary="Rename an API key, or change its scopes", operation_id="update_key", responses=errors(404))
async def update(key: InPath, body: KeyPatch, caller: Caller, database: Db, keys: Keys, bell: Hub) -> KeyOut:
    """Every server knows within five seconds."""
    key_id = await api_keys.resolve_key(database.pool, caller.tenant_id, key)
    changed = await api_keys.change_key(database, caller, key_id, name=body.name, scopes=body.scopes)
    _tell(keys, bell)
    return KeyOut.of(changed)


@router.post("/{key}/rotation", status_code=201, summary="Give an API key a new value", operation_id="rotate_key", responses=errors(404))
async def rotate(
    key: InPath, body: RotationIn, caller: Caller, database: Db, keys: Keys, bell: Hub, repeat: RepeatId, show_once: ShowOnce
) -> IssuedOut:
    """The value before stays good for a while, so that it can be replaced where it is used. 409 while two values are good."""
    key_id = await api_keys.resolve_key(database.pool, caller.tenant_id, key)
    grace = _duration(body.grace, "/grace")
    issued = await api_keys.rotate_key(database, caller, keys.digest, key_id, grace=grace, end_old=body.end_old, value_id=repeat)
    _tell(keys, bell)
    return _issued(issued, show_once)


@router.delete("/{key}", status_code=204, summary="Revoke an API key", operation_id="revoke_key", responses=errors(404))
async def revoke(key: InPath, caller: Caller, database: Db, keys: Keys, bell: Hub) -> None:
    """For good, with what was made by it; here at once, on every other server within five seconds."""
    key_id = await api_keys.resolve_key(database.pool, caller.tenant_id, key)
    await api_keys.revoke_key(database, caller, key_id)
    _tell(keys, bell)


def _issued(issued: Issued, show_once: ShowOnce) -> IssuedOut:
    if issued.value is not None:
        show_once(issued.value)
    return IssuedOut.of_issued(issued)


def _tell(keys: Keys, bell: Hub) -> None:
    keys.forget()
    bell.ring(KEYS_CHANGED)


def _duration(text: str, pointer: str) -> timedelta:
    try:
        return timedelta(seconds=durations.seconds(text))
    except InvalidInput as error:
        raise InvalidInput(error.message, pointer=pointer, hint=error.hint) from None


async def _agent(database: Db, caller: Caller, text: str) -> UUID:
    try:
        return await resolve_agent(database.pool, caller.tenant_id, text)
    except NotFound as missing:
        raise InvalidInput(missing.message, pointer="/agent") from None
