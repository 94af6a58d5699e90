"""Who is asking: the one place where a request becomes a principal of a tenant.

A key first (`Authorization: Bearer ffk_…`), else a session's cookie. `FLOWFORGE_API_KEY` is the operator's key of a server, for before
there are others: it may all, in the tenant that `X-FlowForge-Tenant` names. Nobody else is let in, but for `dev` and `demo` without that
key: they are open to this machine, whose user is the person "operator". A page in the operator's browser is on this machine too, so the
open API also refuses names that are not ours (DNS rebinding) and writes that come from another origin.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from flowforge import ids
from flowforge.access.key_check import KeyCheck
from flowforge.access.permission import ALL_PERMISSIONS
from flowforge.access.principal import Principal
from flowforge.access.session import find_session
from flowforge.access.tenant import find_or_create_tenant, find_tenant
from flowforge.api.body import FORMS, HOOKS
from flowforge.api.boundary import SAFE_METHODS
from flowforge.api.dashboard import is_public
from flowforge.api.problem import refuse
from flowforge.api.session_cookie import session_token
from flowforge.db.database import Database
from flowforge.errors import ConfigurationError, InvalidInput
from flowforge.orchestrator.hints import Bell
from flowforge.secrets.vault import Vault
from flowforge.settings import Settings

OPERATOR = "operator"
OWN_KEY = "FLOWFORGE_API_KEY"
BOOTSTRAP_CHARACTERS_MIN = 32
KEY_HINT = "make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
SESSION_COOKIE = "__Host-flowforge"
TENANT_HEADER = "x-flowforge-tenant"
DEFAULT_TENANT_NAME = "default"
# What holds nothing of any tenant, as the dashboard's files: probes, and the page about the API.
PUBLIC_PATHS = frozenset({"/docs", "/openapi.json", "/healthz", "/readyz"})
# Where somebody proves who they are, and is nobody until then.
PUBLIC_PATHS |= FORMS | {"/v1/sign_ins", "/v1/invitation_acceptances"}
SIGN_ON = "/sign-in/"
METRICS_PATH = "/metrics"
ANYBODY = Principal(ids.DEFAULT_TENANT, "system", "anybody", permissions=frozenset({"metrics:read"}))  # where metrics are public


def check_bind(settings: Settings) -> None:
    """Raises ConfigurationError when a server with these settings would be open to other machines, or its own key is no good one."""
    key = settings.api_key
    if key is None and settings.open_here and not is_loopback(settings.host):
        raise ConfigurationError(
            f"refusing to listen on {settings.host or 'every address'} without a key",
            hint="set FLOWFORGE_API_KEY, or listen on 127.0.0.1",
        )
    if key is not None and key.startswith(("ffk_", "whsec_")):
        kind = "an API key (ffk_…), which may do what its scopes say" if key.startswith("ffk_") else "a signing key (whsec_…)"
        raise ConfigurationError(f"FLOWFORGE_API_KEY of a server is a key of its own that may do everything; this is {kind}", hint=KEY_HINT)
    if key is not None and len(key) < BOOTSTRAP_CHARACTERS_MIN:
        raise ConfigurationError(f"FLOWFORGE_API_KEY has at least {BOOTSTRAP_CHARACTERS_MIN} characters, not {len(key)}", hint=KEY_HINT)


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

    def __init__(self, app: ASGIApp, database: Database, settings: Settings, keys: KeyCheck) -> None:
        self.app, self.database, self.keys = app, database, keys
        self.public_metrics = settings.metrics_public
        self.own_digest = None if settings.api_key is None else hashlib.sha256(settings.api_key.encode()).digest()
        self.open = settings.open_here and settings.api_key is None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            state = scope.setdefault("state", {})
            if self.public_metrics and scope["path"] == METRICS_PATH and scope["method"] in SAFE_METHODS:
                state["caller"] = ANYBODY
                return await self.app(scope, receive, send)
            hook = scope["path"].startswith(HOOKS)  # its senders have no key, they sign; the route verifies
            if self.open and not hook:
                must_be_local(scope, headers)
            if not hook and not _is_for_anybody(scope, headers):
                state["caller"] = caller = await self._resolve(state, headers)
                state["ask_again"] = partial(self._ask_again, caller, headers)
        return await self.app(scope, receive, send)

    async def _ask_again(self, caller: Principal, headers: Headers) -> Principal:
        """Who the same request would be from now. Raises Refusal (401) when it would be nobody any more."""
        if caller.id is None:  # the operator's key, or whoever sits at this machine: nobody takes that away
            return caller
        return await self._resolve({}, headers, in_use=False)

    async def _resolve(self, state: dict[str, Any], headers: Headers, *, in_use: bool = True) -> Principal:
        """Raises Refusal (401) for nobody."""
        if "authorization" in headers:
            return await self._of_key(state, headers)
        token = session_token(headers)
        if token is not None and (found := await find_session(self.database, token, in_use=in_use)) is not None:
            return found
        if self.open:
            return Principal(await self._open_tenant(headers), "person", OPERATOR, permissions=ALL_PERMISSIONS)
        raise refuse("unauthorized", "the request needs the header Authorization: Bearer <key>", www_authenticate="Bearer")

    async def _of_key(self, state: dict[str, Any], headers: Headers) -> Principal:
        scheme, _, given = headers["authorization"].partition(" ")
        value = given.strip()
        if scheme.lower() == "bearer":
            if self._is_own(value):
                return Principal(await self._existing_tenant(headers), "key", OWN_KEY, permissions=ALL_PERMISSIONS)
            if (known := await self.keys.find(value, headers.get(TENANT_HEADER))) is not None:
                state["key"] = known
                return known.principal
        if self.open and not value.startswith("ffk_"):  # a client's key of another server does not matter here
            return Principal(await self._open_tenant(headers), "person", OPERATOR, permissions=ALL_PERMISSIONS)
        wrong = "is a signing key (whsec_…), which signs and opens nothing" if value.startswith("whsec_") else "does not hold"
        raise refuse("unauthorized", f"the key in the header Authorization: Bearer <key> {wrong}", www_authenticate="Bearer")

    def _is_own(self, value: str) -> bool:
        digest = hashlib.sha256(value.encode("latin-1", "replace")).digest()
        return self.own_digest is not None and hmac.compare_digest(digest, self.own_digest)

    async def _existing_tenant(self, headers: Headers) -> UUID:
        name = headers.get(TENANT_HEADER, DEFAULT_TENANT_NAME)
        if name == DEFAULT_TENANT_NAME:
            return ids.DEFAULT_TENANT
        found = await find_tenant(self.database.pool, name) if "\0" not in name else None
        if found is None:
            raise refuse("invalid", f"there is no tenant {name[:100]!r}", parameter="X-FlowForge-Tenant")
        return found.tenant_id

    async def _open_tenant(self, headers: Headers) -> UUID:
        """On a developer's machine a tenant is there as soon as it is named."""
        name = headers.get(TENANT_HEADER)
        if name is None or name == DEFAULT_TENANT_NAME:
            return ids.DEFAULT_TENANT
        try:
            return (await find_or_create_tenant(self.database.pool, name)).tenant_id
        except InvalidInput as error:
            raise refuse("invalid", error.message, parameter="X-FlowForge-Tenant") from None


def _is_for_anybody(scope: Scope, headers: Headers) -> bool:
    path = scope["path"]
    return path in PUBLIC_PATHS or path.startswith(SIGN_ON) or is_public(scope["method"], path, headers)


def must_be_local(scope: Scope, headers: Headers) -> None:
    """Raises Refusal unless this machine asks, for a name of this machine, and no page of another origin."""
    client = scope.get("client")
    passed_on = headers.get("x-forwarded-for", "").split(",")  # by a proxy on this machine, for whoever that is
    if any(who.strip() and not is_loopback(who.strip()) for who in [client[0] if client is not None else "", *passed_on]):
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


def caller_of(request: Request) -> Principal:
    """Who asks. (What follows here are dependencies too; a route that is asked a thousand times a second calls them itself.)"""
    caller: Principal = request.state.caller
    return caller


def database_of(request: Request) -> Database:
    """As its caller's tenant may see it."""
    database: Database = request.app.state.database
    caller = caller_of(request)
    return database.for_tenant(caller.tenant_id, test=caller.test)


def bell_of(request: Request) -> Bell:
    bell: Bell = request.app.state.bell
    return bell


async def _caller(request: Request) -> Principal:
    return caller_of(request)


async def _whole_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _database(request: Request) -> Database:
    return database_of(request)


async def _keys(request: Request) -> KeyCheck:
    keys: KeyCheck = request.app.state.keys
    return keys


async def _bell(request: Request) -> Bell:
    return bell_of(request)


async def _vault(request: Request) -> Vault:
    vault: Vault = request.app.state.vault
    return vault


Caller = Annotated[Principal, Depends(_caller)]
Db = Annotated[Database, Depends(_database)]  # as the caller's tenant may see it
WholeDb = Annotated[Database, Depends(_whole_database)]  # for what has no tenant yet, or is the deployment's
Keys = Annotated[KeyCheck, Depends(_keys)]
Hub = Annotated[Bell, Depends(_bell)]
Safe = Annotated[Vault, Depends(_vault)]  # where there is no key, it says so when it is used
