"""`Idempotency-Key`: a write that is sent again is answered again, not done again.

The key is claimed before the write and its answer kept for 24 hours. Refused and failed writes change nothing and free
their key. When a server dies between the write and the kept answer, the repeat comes under the same `RepeatId`, by which the
rooms recognise what they have made.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.api.boundary import SAFE_METHODS
from flowforge.api.problem import refuse
from flowforge.api.told_error import problem_of
from flowforge.db.database import Database
from flowforge.db.queries import Connection, load_queries

HEADER = "idempotency-key"
MAX_KEY = 255
_KEPT_HEADERS = (b"content-type", b"location", b"etag")

log = logging.getLogger("flowforge.api")
sql = load_queries("flowforge.api")


@dataclass
class _Claim:
    """One request that holds a key, and the answer as it goes by."""

    tenant_id: UUID
    key: str
    claim_id: UUID
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)

    def hear(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {n.decode(): v.decode("latin-1") for n, v in message["headers"] if n.lower() in _KEPT_HEADERS}
        else:
            self.body += message.get("body", b"")


class Idempotency:
    """ASGI layer behind CallerResolver and StrictBody, for the methods that write."""

    def __init__(self, app: ASGIApp, database: Database) -> None:
        self.app, self.database = app, database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = Headers(scope=scope).get(HEADER) if scope["type"] == "http" and scope["method"] not in SAFE_METHODS else None
        if key is None or "caller" not in scope["state"]:
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
        theirs = self.database.for_tenant(caller.tenant_id).pool
        claim = _Claim(caller.tenant_id, key, ids.new_id())
        fingerprint = _fingerprint(scope, caller)
        subject = await sql.claim_request.fetchval(
            theirs, tenant_id=claim.tenant_id, key=key, fingerprint=fingerprint, new_id=claim.claim_id
        )
        if subject is None:
            known = await sql.find_request.fetchrow(theirs, tenant_id=claim.tenant_id, key=key)
            return _repeat(known, fingerprint)
        await sql.drop_old_requests.execute(theirs, tenant_id=claim.tenant_id)
        scope["state"]["claim"], scope["state"]["repeat_id"] = claim, subject
        return None

    async def _answer_first(self, claim: _Claim, scope: Scope, receive: Receive, send: Send) -> None:
        held: list[Message] = []

        async def hold(message: Message) -> None:
            """The answer leaves only when it is kept: whoever has seen it can repeat the request."""
            claim.hear(message)
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
            answer = json.dumps({"headers": claim.headers, "body": claim.body.decode()})
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

    def _view(self, claim: _Claim) -> Connection:
        pool: Connection = self.database.for_tenant(claim.tenant_id).pool
        return pool

    async def _answer(self, claim: _Claim, status: int, answer: str | None) -> None:
        await sql.answer_request.execute(
            self._view(claim), tenant_id=claim.tenant_id, key=claim.key, claim_id=claim.claim_id, status=status, response=answer
        )

    async def _release(self, claim: _Claim) -> None:
        await sql.release_request.execute(self._view(claim), tenant_id=claim.tenant_id, key=claim.key, claim_id=claim.claim_id)


def _fingerprint(scope: Scope, caller: Principal) -> str:
    digest = hashlib.sha256()
    for part in (caller.kind, caller.name, scope["method"], scope["path"], scope.get("query_string", b"").decode("latin-1")):
        digest.update(part.encode() + b"\0")
    digest.update(scope["state"].get("body", b""))
    return digest.hexdigest()


def _repeat(known: Any, fingerprint: str) -> Response:
    """The kept answer. Raises Refusal when the key stands for another request, or its first one is still being answered."""
    if known is not None and known["fingerprint"] != fingerprint:
        raise refuse("conflict", "this Idempotency-Key was used for another request; take a new one", parameter="Idempotency-Key")
    if known is None or not known["status"]:
        detail = "the first request with this Idempotency-Key is still being answered; ask again in a moment"
        raise refuse("conflict", detail, parameter="Idempotency-Key", retry_after="1")
    kept = json.loads(known["response"])
    return Response(kept["body"], status_code=known["status"], headers={**kept["headers"], "Idempotency-Replayed": "true"})


async def _repeat_id(request: Request) -> UUID:
    found: UUID = getattr(request.state, "repeat_id", None) or ids.new_id()
    return found


RepeatId = Annotated[UUID, Depends(_repeat_id)]
"""The id that a write gives to what it makes: the same one when the request is repeated under its Idempotency-Key."""
