"""Secrets: set, rotated and retired here, used in workers. No route gives a value back."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.agents.agent import resolve_agent
from flowforge.api.caller import Caller, Db, Safe
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.db.queries import Connection
from flowforge.errors import InvalidInput, NotFound
from flowforge.secrets import secret as secrets
from flowforge.secrets.secret import Scope, ScopeKind, Secret

router = Resource(prefix="/v1/secrets", tags=["secrets"])

LONGEST_VALUE = secrets.VALUE_BYTES_MAX * 4 // 3 + 8  # in base64
EXAMPLE: JsonDict = {
    "id": "sec_01968f3ac8b17c02a3f08241a2f70031",
    "name": "stripe",
    "scope": "function",
    "subject": "order.refund",
    "current": 2,
    "versions": [
        {
            "version": 2,
            "created_by": "mira",
            "created_at": "2026-11-22T09:00:00.000000Z",
            "last_used_at": "2026-11-22T09:04:00.000000Z",
            "retired_at": None,
        },
        {
            "version": 1,
            "created_by": "mira",
            "created_at": "2026-10-01T08:00:00.000000Z",
            "last_used_at": "2026-11-22T08:59:00.000000Z",
            "retired_at": "2026-11-22T10:00:00.000000Z",
        },
    ],
    "created_by": "mira",
    "created_at": "2026-10-01T08:00:00.000000Z",
}
InPath = Annotated[str, Path(description="Its name, its id, or an ending of that.", examples=["stripe"])]


class SecretIn(Body):
    """A secret's first value, or its next one, which is in use from then on. Without a subject the whole tenant may use it."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"name": "stripe", "value": "the key that Stripe shows once", "scope": "function", "subject": "order.refund"},
                {"name": "provider.openai", "value": "the key of this tenant's account"},
            ]
        },
    )

    name: Annotated[str, Field(max_length=100, description="`provider.<name>` holds the tenant's own key of a provider of models.")]
    value: Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_VALUE, json_schema_extra={"writeOnly": True})]
    encoding: Annotated[Literal["text", "base64"], Field(description="How `value` writes the bytes; 64 KiB at most.")] = "text"
    scope: Annotated[ScopeKind, Field(description="Who may use it: everybody in the tenant, or one function, agent or tool.")] = "tenant"
    subject: Annotated[str | None, Field(max_length=secrets.SUBJECT_MAX, description="Which function, agent or tool.")] = None


class SecretVersionOut(BaseModel):
    """One value that a secret had. `last_used_at` is right to the minute; a retired version has no value any more."""

    version: int
    created_by: str
    created_at: datetime
    last_used_at: datetime | None
    retired_at: datetime | None


class SecretOut(BaseModel):
    """Everything about a secret but its value. `current` is the version in use, null when all are retired."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    name: str
    scope: ScopeKind
    subject: str | None
    current: int | None
    versions: list[SecretVersionOut]
    created_by: str
    created_at: datetime

    @classmethod
    def of(cls, found: Secret) -> SecretOut:
        return cls(
            id=ids.show("sec", found.secret_id),
            name=found.name,
            scope=found.scope.kind,
            subject=found.scope.subject_name,
            current=found.current,
            versions=[SecretVersionOut(**vars(one)) for one in found.versions],
            created_by=found.created_by,
            created_at=found.created_at,
        )


class SecretPage(Page[SecretOut]):
    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.post("", status_code=201, summary="Set a secret", operation_id="set_secret", responses=errors())
async def set_(body: SecretIn, caller: Caller, database: Db, vault: Safe, repeat: RepeatId) -> SecretOut:
    """The first version, or the next one: it holds at the next use. Of more than ten versions the oldest are retired."""
    scope = await _scope(database.pool, caller.tenant_id, body)
    return SecretOut.of(await secrets.set_secret(database, vault, caller, body.name, _bytes(body), scope, set_id=repeat))


@router.get("", summary="List secrets", operation_id="list_secrets")
async def list_(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> SecretPage:
    """Their names, scopes and versions, in the order of their names."""
    found, following = await secrets.list_secrets(database.pool, caller.tenant_id, limit, cursor)
    return SecretPage(data=[SecretOut.of(one) for one in found], next_cursor=following)


@router.get("/{secret}", summary="Show a secret", operation_id="get_secret", responses=errors(404))
async def show(secret: InPath, caller: Caller, database: Db) -> SecretOut:
    """Its versions, who set them and when they were used last; never its value."""
    secret_id = await secrets.resolve_secret(database.pool, caller.tenant_id, secret)
    return SecretOut.of(await secrets.load_secret(database.pool, caller.tenant_id, secret_id))


@router.post(
    "/{secret}/versions/{version}/retirement",
    summary="Retire a version of a secret",
    operation_id="retire_secret_version",
    responses=errors(404),
)
async def retire(
    secret: InPath,
    version: Annotated[int, Path(ge=1, le=2**31 - 1, description="Its number.", examples=[1])],
    caller: Caller,
    database: Db,
) -> SecretOut:
    """Its value is gone for good. Retiring the version in use brings back the one before it."""
    secret_id = await secrets.resolve_secret(database.pool, caller.tenant_id, secret)
    return SecretOut.of(await secrets.retire_version(database, caller, secret_id, version))


@router.delete("/{secret}", status_code=204, summary="Delete a secret", operation_id="delete_secret", responses=errors(404))
async def delete(secret: InPath, caller: Caller, database: Db) -> None:
    """All its versions; who uses it next is told that there is no such secret."""
    await secrets.delete_secret(database, caller, await secrets.resolve_secret(database.pool, caller.tenant_id, secret))


def _bytes(body: SecretIn) -> bytes:
    text = body.value.get_secret_value()
    if body.encoding == "text":
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput("the value is not base64", pointer="/value") from None


async def _scope(connection: Connection, tenant_id: Any, body: SecretIn) -> Scope:
    """An agent is named as people name it, and kept by its id. Functions and tools may come later than their secrets."""
    if body.scope != "agent" or not body.subject:
        return Scope(body.scope, body.subject or "", body.subject)
    try:
        return Scope("agent", (await resolve_agent(connection, tenant_id, body.subject)).hex, body.subject)
    except NotFound as missing:
        raise InvalidInput(missing.message, pointer="/subject") from None
