"""Who is asking: the one place where a request becomes a principal of a tenant.

Without a key the API is open, to this machine only: the caller is the person "operator", and `X-FlowForge-Tenant` names the
tenant. A page in the operator's browser is on this machine too, so the open API also refuses names that are not ours (DNS
rebinding) and writes that come from another origin. With `FLOWFORGE_API_KEY` every request needs it, from anywhere.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from flowforge import ids
from flowforge.access.permission import ALL_PERMISSIONS
from flowforge.access.principal import Principal
from flowforge.access.session import find_session
from flowforge.access.tenant import find_or_create_tenant
from flowforge.api.body import FORMS, HOOKS
from flowforge.api.boundary import SAFE_METHODS
from flowforge.api.problem import refuse
from flowforge.api.session_cookie import session_token
from flowforge.db.database import Database
from flowforge.errors import ConfigurationError, InvalidInput
from flowforge.orchestrator.hints import Bell
from flowforge.settings import Settings

OPERATOR = "operator"
TENANT_HEADER = "x-flowforge-tenant"
DEFAULT_TENANT_NAME = "default"
# What holds nothing of any tenant: probes, and the pages that say what is here.
PUBLIC_PATHS = frozenset({"/", "/docs", "/openapi.json", "/healthz", "/readyz"})
# Where somebody proves who they are, and is nobody until then.
PUBLIC_PATHS |= FORMS | {"/v1/sign_ins", "/v1/invitation_acceptances"}
SIGN_ON = "/sign-in/"
METRICS_PATH = "/metrics"
ANYBODY = Principal(ids.DEFAULT_TENANT, "system", "anybody", permissions=frozenset({"metrics:read"}))  # where metrics are public


def check_bind(settings: Settings) -> None:
    """Raises ConfigurationError when these settings would offer the API to other machines without a key."""
    if settings.api_key is None and not is_loopback(settings.host):
        raise ConfigurationError(
            f"refusing to listen on {settings.host or 'every address'} without a key",
            hint="set FLOWFORGE_API_KEY, or listen on 127.0.0.1",
        )


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class CallerResolver:
    """ASGI layer: `request.state.caller` is a Principal for everything behind it."""

    def __init__(self, app: ASGIApp, database: Database, settings: Settings) -> None:
        self.app, self.database = app, database
        self.public_metrics = settings.metrics_public
        self.key_digest = None if settings.api_key is None else hashlib.sha256(settings.api_key.encode()).digest()
        self.open = settings.open_here and settings.api_key is None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            if self.public_metrics and scope["path"] == METRICS_PATH and scope["method"] in SAFE_METHODS:
                scope.setdefault("state", {})["caller"] = ANYBODY
                return await self.app(scope, receive, send)
            hook = scope["path"].startswith(HOOKS)  # its senders have no key, they sign; the route verifies
            if self.open and not hook:
                must_be_local(scope, headers)
            if scope["path"] not in PUBLIC_PATHS and not hook and not scope["path"].startswith(SIGN_ON):
                scope.setdefault("state", {})["caller"] = await self._resolve(headers)
        return await self.app(scope, receive, send)

    async def _resolve(self, headers: Headers) -> Principal:
        token = session_token(headers)
        if token is not None and (found := await find_session(self.database, token)) is not None:
            return found
        if self.open:
            return Principal(tenant_id=await self._named_tenant(headers), kind="person", name=OPERATOR, permissions=ALL_PERMISSIONS)
        _must_have_key(headers, self.key_digest or os.urandom(32))
        if headers.get(TENANT_HEADER, DEFAULT_TENANT_NAME) != DEFAULT_TENANT_NAME:
            raise refuse("forbidden", "this key acts for the tenant default only", parameter="X-FlowForge-Tenant")
        return Principal(tenant_id=ids.DEFAULT_TENANT, kind="key", name="FLOWFORGE_API_KEY", permissions=ALL_PERMISSIONS)

    async def _named_tenant(self, headers: Headers) -> UUID:
        name = headers.get(TENANT_HEADER)
        if name is None or name == DEFAULT_TENANT_NAME:
            return ids.DEFAULT_TENANT
        try:
            return (await find_or_create_tenant(self.database.pool, name)).tenant_id
        except InvalidInput as error:
            raise refuse("invalid", error.message, parameter="X-FlowForge-Tenant") from None


def must_be_local(scope: Scope, headers: Headers) -> None:
    """Raises Refusal unless this machine asks, for a name of this machine, and no page of another origin."""
    client = scope.get("client")
    if client is not None and client[0] and not is_loopback(client[0]):
        raise refuse("forbidden", "without FLOWFORGE_API_KEY the API answers this machine only")
    host = headers.get("host", "")
    if not is_loopback(_host_name(host)):
        raise refuse(
            "forbidden", f"without FLOWFORGE_API_KEY the API answers to localhost and 127.0.0.1, not to {host[:100]!r}", parameter="Host"
        )
    if scope["method"] not in SAFE_METHODS:
        _must_be_same_origin(headers, host)


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _must_be_same_origin(headers: Headers, host: str) -> None:
    """A browser says where a page that writes came from; programs say nothing and pass."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    foreign_origin = origin is not None and origin.lower() not in (f"http://{host}".lower(), f"https://{host}".lower())
    if foreign_origin or site not in (None, "same-origin", "none"):
        raise refuse("forbidden", "a page of another origin may not write here", parameter="Origin")


def _must_have_key(headers: Headers, digest: bytes) -> None:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    given = hashlib.sha256(key.strip().encode("latin-1", "replace")).digest()
    if scheme.lower() != "bearer" or not hmac.compare_digest(given, digest):
        what = "needs" if not key else "has a wrong key; it needs"
        raise refuse("unauthorized", f"the request {what} the header Authorization: Bearer <FLOWFORGE_API_KEY>", www_authenticate="Bearer")


async def _caller(request: Request) -> Principal:
    caller: Principal = request.state.caller
    return caller


async def _whole_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _database(request: Request) -> Database:
    caller: Principal = request.state.caller
    return (await _whole_database(request)).for_tenant(caller.tenant_id)


async def _bell(request: Request) -> Bell:
    bell: Bell = request.app.state.bell
    return bell


Caller = Annotated[Principal, Depends(_caller)]
Db = Annotated[Database, Depends(_database)]  # as the caller's tenant may see it
WholeDb = Annotated[Database, Depends(_whole_database)]  # for what has no tenant yet, or is the deployment's
Hub = Annotated[Bell, Depends(_bell)]
