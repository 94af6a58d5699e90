"""Signing in through a provider: OpenID Connect with an authorization code, PKCE (S256), state and nonce.

What a sign-on needs to remember while the browser is at the provider travels in a sealed cookie, so it can end at another server than it
began at, and only in the browser that began it. Keys of the provider are asked for at each sign-on: one that was withdrawn opens nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any
from urllib.parse import quote_plus

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from flowforge.access.account import sql
from flowforge.access.provider import Provider
from flowforge.db.queries import Connection
from flowforge.errors import ConfigurationError, FlowForgeError, SignInRefused
from flowforge.secrets.vault import DEPLOYMENT, DoesNotOpen, Vault
from flowforge.transport.client import operator_client

# Only what a provider signs with a key of its own; a secret that is shared, or none at all, proves nothing.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
LIFETIME = timedelta(minutes=10)
CLOCK_SKEW_SECONDS = 60
TIMEOUT_SECONDS = 10.0
SEALED_BYTES_MIN = 32  # a version, a nonce, a tag
ANSWER_BYTES_MAX = 1024 * 1024
_LABEL = "sign-on"


class ProviderUnavailable(FlowForgeError):
    """The provider does not answer, or not as OpenID Connect says. `reason` is for the log."""

    def __init__(self, provider: str, reason: str) -> None:
        super().__init__(f"{provider} cannot be reached, or does not answer as it should")
        self.reason = reason


@dataclass(frozen=True)
class Begun:
    """A sign-on on its way: what is remembered of it."""

    provider: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_uri: str
    next: str
    until: float  # as the database's clock goes


@dataclass(frozen=True)
class Vouched:
    """Whom a provider vouches for. `email_verified`: that this address is theirs."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str
    groups: frozenset[str]


async def begin(
    connection: Connection, vault: Vault, provider: Provider, redirect_uri: str, next: str, transport: httpx.AsyncBaseTransport | None
) -> tuple[str, str]:
    """Where to send the browser, and the sealed cookie that it comes back with. Raises ProviderUnavailable."""
    moment: datetime = await sql.moment.fetchval(connection)
    begun = Begun(
        provider.name,
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(64),
        redirect_uri=redirect_uri,
        next=next,
        until=(moment + LIFETIME).timestamp(),
    )
    async with _client(transport) as client:
        document = await _discover(client, provider)
    url: str = prepare_grant_uri(
        document["authorization_endpoint"],
        provider.client_id,
        "code",
        redirect_uri=redirect_uri,
        scope=provider.scopes,
        state=begun.state,
        nonce=begun.nonce,
        code_challenge=create_s256_code_challenge(begun.verifier),
        code_challenge_method="S256",
    )
    sealed = await vault.seal(connection, DEPLOYMENT, _LABEL, json.dumps(asdict(begun)).encode())
    return url, base64.urlsafe_b64encode(sealed).decode()


async def find_begun(connection: Connection, vault: Vault, provider: Provider, cookie: str, state: str) -> Begun:
    """What this browser began at that provider. Raises SignInRefused when it did not, or too long ago."""
    try:
        sealed = base64.urlsafe_b64decode(cookie.encode())
        if len(sealed) < SEALED_BYTES_MIN:
            raise _refused()
        opened = await vault.open(connection, DEPLOYMENT, _LABEL, sealed, noted=False)
        begun = Begun(**json.loads(opened))
    except (DoesNotOpen, ConfigurationError, ValueError, binascii.Error, UnicodeEncodeError):
        raise _refused() from None
    moment: datetime = await sql.moment.fetchval(connection)
    same = compare_digest(begun.state.encode(), state.encode()) and begun.provider == provider.name
    if not same or moment.timestamp() > begun.until:
        raise _refused()
    return begun


async def finish(
    connection: Connection, provider: Provider, begun: Begun, code: str, transport: httpx.AsyncBaseTransport | None
) -> Vouched:
    """Whom the provider vouches for with this code. Raises SignInRefused, and ProviderUnavailable."""
    moment: datetime = await sql.moment.fetchval(connection)
    async with _client(transport) as client:
        document = await _discover(client, provider)
        token = await _exchange(client, provider, document["token_endpoint"], begun, code)
        keys: Any = await _json(client, provider, document["jwks_uri"])
        claims = _verified(provider, keys, token.get("id_token"), begun.nonce, moment)
        if "email" not in claims and "userinfo_endpoint" in document:
            told = await _json(client, provider, document["userinfo_endpoint"], str(token.get("access_token", "")))
            claims = {**told, **claims} if told.get("sub") == claims["sub"] else claims
    return _vouched(provider, claims)


def _verified(provider: Provider, keys: Any, id_token: object, nonce: str, moment: datetime) -> dict[str, Any]:
    """The claims of an ID token that this provider signed, for us, for this sign-on, and not too long ago."""
    now = int(moment.timestamp())
    registry = jwt.JWTClaimsRegistry(
        now=now,
        leeway=CLOCK_SKEW_SECONDS,
        iss={"essential": True, "value": provider.issuer},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        if not isinstance(id_token, str):
            raise _refused()
        claims: dict[str, Any] = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=list(ALGORITHMS)).claims
        registry.validate(claims)
    except (JoseError, ValueError, TypeError, KeyError):
        raise _refused() from None
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if provider.client_id not in audiences or (len(audiences) > 1 and claims.get("azp") != provider.client_id):
        raise _refused()
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise _refused()
    return claims


def _vouched(provider: Provider, claims: Mapping[str, Any]) -> Vouched:
    email, subject = claims.get("email"), claims["sub"]
    groups = claims.get(provider.groups_claim)
    listed = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
    name = next((claims[key] for key in ("name", "preferred_username") if isinstance(claims.get(key), str) and claims[key].strip()), "")
    return Vouched(
        provider.issuer,
        str(subject)[:255],
        email.strip() if isinstance(email, str) else "",
        claims.get(provider.verified_claim) in (True, "true", "1", 1),
        name[:100],
        frozenset(group for group in listed if isinstance(group, str)),
    )


def _client(transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """To a provider, whose address the operator set."""
    return operator_client(timeout=TIMEOUT_SECONDS, transport=transport)


async def _exchange(client: httpx.AsyncClient, provider: Provider, url: str, begun: Begun, code: str) -> dict[str, Any]:
    """The tokens for a code, which the provider gives once, and only to who has the verifier."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": begun.redirect_uri, "code_verifier": begun.verifier}
    secret = provider.client_secret
    login = None if secret is None else httpx.BasicAuth(quote_plus(provider.client_id), quote_plus(secret))
    if login is None:
        form["client_id"] = provider.client_id
    try:
        answer = await client.post(url, data=form, auth=login or httpx.USE_CLIENT_DEFAULT, headers={"accept": "application/json"})
    except httpx.HTTPError as error:
        raise ProviderUnavailable(provider.label, repr(error)) from error
    if 400 <= answer.status_code < 500:
        raise SignInRefused("the provider refused the sign-on; begin again")
    return _object(provider, answer)


async def _discover(client: httpx.AsyncClient, provider: Provider) -> dict[str, Any]:
    """The provider's own description of itself; it must be its own, and lead nowhere without encryption that began with it."""
    document = await _json(client, provider, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    scheme = provider.issuer.partition(":")[0]
    if document.get("issuer") != provider.issuer:
        raise ProviderUnavailable(provider.label, f"it says that it is {str(document.get('issuer'))[:200]!r}, not {provider.issuer!r}")
    for name in (*needed, "userinfo_endpoint") if "userinfo_endpoint" in document else needed:
        address = str(document.get(name, ""))
        if not address.startswith(("https://", f"{scheme}://")):
            raise ProviderUnavailable(provider.label, f"its {name} is {address[:200]!r}")
    return document


async def _json(client: httpx.AsyncClient, provider: Provider, url: str, token: str | None = None) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        answer = await client.get(url, headers=headers)
    except httpx.HTTPError as error:
        raise ProviderUnavailable(provider.label, repr(error)) from error
    return _object(provider, answer)


def _object(provider: Provider, answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json() if answer.status_code == 200 and len(answer.content) <= ANSWER_BYTES_MAX else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ProviderUnavailable(provider.label, f"{answer.request.url.copy_with(query=None)} answered {answer.status_code}")
    return found


def _refused() -> SignInRefused:
    return SignInRefused("this sign-on does not hold; begin again")
