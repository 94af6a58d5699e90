"""Who am I: the caller as this server sees it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.access.key_check import KnownKey
from flowforge.access.permission import ROLES, Role
from flowforge.access.session import csrf_token
from flowforge.access.tenant import load_tenant_name
from flowforge.api.caller import Caller, Db
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.session_cookie import session_token

router = Resource(tags=["keys"])

EXAMPLE: JsonDict = {
    "kind": "key",
    "name": "ci",
    "tenant": "default",
    "test": False,
    "role": None,
    "scopes": ["events:send", "runs:read"],
    "permissions": ["events:send", "runs:read"],
    "csrf_token": None,
}


class Me(BaseModel):
    """The caller. A person has a `role`, a key `scopes`; `permissions` are what either comes to. `test`: sees test runs only."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    kind: Literal["person", "agent", "key", "system"]
    name: str
    tenant: str
    test: bool
    role: Role | None
    scopes: list[str] | None
    permissions: list[str]
    csrf_token: Annotated[
        str | None, Field(description="To be sent as X-FlowForge-CSRF by whoever writes with a session's cookie; null for all others.")
    ]


@router.get("/v1/me", summary="Show who is asking", operation_id="whoami", responses=errors())
async def show(request: Request, caller: Caller, database: Db) -> Me:
    """What the key or session of this request stands for, and what it may do."""
    key: KnownKey | None = getattr(request.state, "key", None)
    token = session_token(request.headers)
    return Me(
        kind=caller.kind,
        name=caller.name,
        tenant=await load_tenant_name(database.pool, caller.tenant_id),
        test=caller.test,
        role=next((role for role, permissions in ROLES.items() if caller.kind == "person" and permissions == caller.permissions), None),
        scopes=None if key is None else list(key.scopes),
        permissions=sorted(caller.permissions),
        csrf_token=None if key is not None or caller.id is None or token is None else csrf_token(token),
    )
