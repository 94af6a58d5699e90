"""`Idempotency-Key`: a write that is sent again is answered again, not done again.

The key is claimed before the write and its answer kept for 24 hours. Refused and failed writes change nothing and free
their key. When a server dies between the write and the kept answer, the repeat comes under the same `RepeatId`, by which the
rooms recognise what they have made.

What tells one request from another is kept as a digest under the pepper of API keys, so that a copy of the database checks no guess at what
a body said. Where there is no vault to keep a pepper in, bodies that hold a password or speak of a person are left out of it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flowforge import ids
from flowforge.access.key_check import KeyCheck
from flowforge.access.principal import Principal
from flowforge.api.boundary import UNSAFE_METHODS
from flowforge.api.problem import refuse
from flowforge.api.told_error import problem_of
from flowforge.db.database import Database
from flowforge.db.queries import load_queries
from flowforge.db.tenant_database import TenantPool
from flowforge.errors import ConfigurationError, Conflict

HEADER = "idempotency-key"
MAX_KEY = 255
STREAMED = "application/x-ndjson"  # such an answer is neither held back nor kept: it may be large, and about people
NOT_FOR_GUESSES = frozenset(
    {
        "begin_totp",
        "change_password",
        "confirm_totp",
        "create_erasure",
        "export_subject",
        "remove_totp",
        "renew_recovery_codes",
        "set_secret",
    }
)
_KEPT_HEADERS = (b"content-type", b"location", b"etag")

log = logging.getLogger("flowforge.api")
sql = load_queries("flowforge.api")


@dataclass
class _Claim:
    """One request that holds a key, and the answer as it goes by."""

    rows: TenantPool
    tenant_id: UUID
    key: str
    claim_id: UUID
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    shown_once: list[str] = field(default_factory=list)

    def is_streamed(self) -> bool:
        return self.headers.get("content-type", "").startswith(STREAMED)

    def hear(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {n.decode(): v.decode("latin-1") for n, v in message["headers"] if n.lower() in _KEPT_HEADERS}
        else:
            self.body += message.get("body", b"")


class Idempotency:
    """ASGI layer behind CallerResolver and StrictBody, for the methods that write."""

    def __init__(self, app: ASGIApp, database: Database, keys: KeyCheck) -> None:
        self.app, self.database, self.keys = app, database, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = Headers(scope=scope).get(HEADER) if scope["type"] == "http" and scope["method"] in UNSAFE_METHODS else None
        if key is None or "caller" not in scope["state"] or "operation" not in scope["state"]:  # the router says what is not there
            await self.app(scope, receive, send)
            return
        if not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
            raise refuse("invalid", f"an Idempotency-Key has 1 to {MAX_KEY} printable ASCII characters", parameter="Idempotency-Key")
        answer = await self._known_answer(scope, key)
        if answer is None:
            await self._answer_first(scope["state"]["claim"], scope, receive, send)
        else:
            await answer(scope, receive, send)

    async def _known_answer(self, scope: Scope, key: str) -> Response | None:
        """Claim the key, leaving the claim in the request's state; or the answer that the key has already."""
        caller: Principal = scope["state"]["caller"]
        rows = self.database.for_tenant(caller.tenant_id).pool
        claim = _Claim(rows, caller.tenant_id, key, ids.new_id())
        fingerprint = await self._fingerprint(scope, caller)
        subject = await sql.claim_request.fetchval(rows, tenant_id=claim.tenant_id, key=key, fingerprint=fingerprint, new_id=claim.claim_id)
        if subject is None:
            known = await sql.find_request.fetchrow(rows, tenant_id=claim.tenant_id, key=key)
            return _repeat(known, fingerprint)
        await sql.drop_old_requests.execute(rows, tenant_id=claim.tenant_id)
        scope["state"]["claim"], scope["state"]["repeat_id"] = claim, subject
        return None

    async def _fingerprint(self, scope: Scope, caller: Principal) -> str:
        body: bytes = scope["state"].get("body", b"")
        try:
            return (await self.keys.digest(f"idempotency {_digest(scope, caller, body)}")).hex()
        except (Conflict, ConfigurationError):  # there is no pepper to be had
            return _digest(scope, caller, b"" if scope["state"]["operation"] in NOT_FOR_GUESSES else body)

    async def _answer_first(self, claim: _Claim, scope: Scope, receive: Receive, send: Send) -> None:
        held: list[Message] = []

        async def hold(message: Message) -> None:
            """The answer leaves only when it is kept: whoever has seen it can repeat the request."""
            if claim.is_streamed():
                await send(message)
                return
            claim.hear(message)
            if claim.is_streamed():
                await self._release(claim)
                await send(message)
                return
            held.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                await self._settle(claim)
                for kept in held:
                    await send(kept)

        try:
            await self.app(scope, receive, hold)
        except Exception as error:
            await self._give_up(claim, error)
            raise

    async def _settle(self, claim: _Claim) -> None:
        if 200 <= claim.status < 300:
            answer = json.dumps({"headers": claim.headers, "body": _without(claim.body.decode(), claim.shown_once)})
            await self._answer(claim, claim.status, answer)
        else:
            await self._release(claim)

    async def _give_up(self, claim: _Claim, error: Exception) -> None:
        """Free the key where it is sure that nothing was done; where it is not known, let the repeat settle it."""
        try:
            if problem_of(error).status < 500:
                await self._release(claim)
            else:
                await self._answer(claim, 0, None)
        except Exception as another:  # noqa: BLE001 - the first error is the one to tell; the key frees itself after a minute
            log.warning("idempotency.key_stays_claimed", extra={"error": repr(another)})

    async def _answer(self, claim: _Claim, status: int, answer: str | None) -> None:
        await sql.answer_request.execute(
            claim.rows, tenant_id=claim.tenant_id, key=claim.key, claim_id=claim.claim_id, status=status, response=answer
        )

    async def _release(self, claim: _Claim) -> None:
        await sql.release_request.execute(claim.rows, tenant_id=claim.tenant_id, key=claim.key, claim_id=claim.claim_id)


def _digest(scope: Scope, caller: Principal, body: bytes) -> str:
    digest = hashlib.sha256()
    for part in (
        caller.kind,
        caller.name,
        str(caller.id),
        scope["method"],
        scope["path"],
        scope.get("query_string", b"").decode("latin-1"),
    ):
        digest.update(part.encode() + b"\0")
    digest.update(body)
    return digest.hexdigest()


def _without(body: str, shown_once: list[str]) -> str:
    """An answer as it is kept: what was to be shown once is null in a repeat, and is nowhere in the database."""
    for secret in shown_once:
        body = body.replace(json.dumps(secret), "null")
    return body


def _repeat(known: Any, fingerprint: str) -> Response:
    """The kept answer. Raises Refusal when the key stands for another request, or its first one is still being answered."""
    if known is not None and known["fingerprint"] != fingerprint:
        raise refuse("conflict", "this Idempotency-Key was used for another request; take a new one", parameter="Idempotency-Key")
    if known is None or not known["status"]:
        detail = "the first request with this Idempotency-Key is still being answered; ask again in a moment"
        raise refuse("conflict", detail, parameter="Idempotency-Key", retry_after="1")
    kept = json.loads(known["response"])
    return Response(kept["body"], status_code=known["status"], headers={**kept["headers"], "Idempotency-Replayed": "true"})


def repeat_id_of(request: Request) -> UUID:
    """As `RepeatId`."""
    found: UUID = getattr(request.state, "repeat_id", None) or ids.new_id()
    return found


async def _repeat_id(request: Request) -> UUID:
    return repeat_id_of(request)


async def _show_once(request: Request) -> Callable[[str], None]:
    claim: _Claim | None = getattr(request.state, "claim", None)
    return claim.shown_once.append if claim is not None else lambda secret: None


ShowOnce = Annotated[Callable[[str], None], Depends(_show_once)]
"""Called with a secret that the answer holds: the answer to a repeat has null in its place."""

RepeatId = Annotated[UUID, Depends(_repeat_id)]
"""The id that a write gives to what it makes: the same one when the request is repeated under its Idempotency-Key."""
