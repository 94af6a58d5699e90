"""One attempt: a claimed delivery is signed and sent, and how it ended is noted. A crash between the two repeats it, under the same id."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from uuid import UUID

import httpx

from flowforge import ids, metrics
from flowforge.clock import Clock
from flowforge.crash import crash_point
from flowforge.db.database import Database
from flowforge.errors import ConfigurationError
from flowforge.secrets.redact import redact
from flowforge.secrets.vault import DoesNotOpen, Vault
from flowforge.transport.failure import EgressError
from flowforge.webhooks.endpoint import give_up
from flowforge.webhooks.queries import sql
from flowforge.webhooks.retry import ENDPOINT_PATIENCE_SECONDS, delay_seconds, read_retry_after
from flowforge.webhooks.signing_key import signatures

ANSWER_BYTES_MAX = 1024
GONE = 410

log = logging.getLogger("flowforge.webhooks")


@dataclass(frozen=True)
class Claimed:
    """A delivery that this process is to send."""

    tenant_id: UUID
    delivery_id: UUID
    endpoint_id: UUID
    event: str
    payload: str
    attempt: int
    failures: int
    url: str

    @property
    def message_id(self) -> str:
        return f"msg_{self.delivery_id.hex}"


@dataclass(frozen=True)
class _End:
    """How an attempt ended: an error is null where the endpoint took it. `unsigned`: it was not even sent, for a reason of ours."""

    ms: int = 0
    status: int | None = None
    answer: str | None = None
    error: str | None = None
    retry_after: float | None = None
    unsigned: bool = False


async def attempt(database: Database, vault: Vault, client: httpx.AsyncClient, clock: Clock, claimed: Claimed) -> bool:
    """Send a delivery and note the end, whatever it is. Returns whether this process could sign it.

    Raises only what the database raises: then the claim runs out.
    """
    end = await _send(database, vault, client, clock, claimed)
    crash_point("webhook.sent")
    fact = {"delivery": ids.show("whd", claimed.delivery_id), "event": claimed.event, "attempt": claimed.attempt}
    metrics.WEBHOOKS_SENT.add("delivered" if end.error is None else "failed")
    if end.error is None:
        log.info("webhook.delivered", extra={**fact, "status": end.status, "ms": end.ms})
    else:
        log.warning("webhook.not_delivered", extra={**fact, "error": end.error})
    await _note(database, claimed, end)
    return not end.unsigned


async def _send(database: Database, vault: Vault, client: httpx.AsyncClient, clock: Clock, claimed: Claimed) -> _End:
    body, timestamp = claimed.payload.encode(), int(clock.now().timestamp())
    try:
        async with database.pool.acquire() as connection:
            signed = await signatures(connection, vault, claimed.tenant_id, claimed.endpoint_id, claimed.message_id, timestamp, body)
    except (ConfigurationError, DoesNotOpen) as error:
        return _End(error=f"it could not be signed: {error.message}", unsigned=True)
    headers = {
        "content-type": "application/json",
        "webhook-id": claimed.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signed,
    }
    begun = clock.monotonic()
    try:
        async with client.stream("POST", claimed.url, content=body, headers=headers) as response:
            text = await _beginning(response)
    except EgressError as error:
        return _End(_ms(clock, begun), error=error.message)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return _End(_ms(clock, begun), error=f"no answer: {type(error).__name__}")  # its text may hold the address
    error_text = None if response.is_success else f"it answered with status {response.status_code}"
    wait = read_retry_after(response.headers.get("retry-after"), clock.now())
    return _End(_ms(clock, begun), response.status_code, text, error_text, wait)


async def _beginning(response: httpx.Response) -> str:
    found = b""
    async for piece in response.aiter_bytes():
        found += piece
        if len(found) >= ANSWER_BYTES_MAX:
            break
    return redact(found[:ANSWER_BYTES_MAX].decode(errors="replace").replace("\0", ""))


async def _note(database: Database, claimed: Claimed, end: _End) -> None:
    """The endpoint's row is locked before the delivery's, by everybody."""
    of = {"tenant_id": claimed.tenant_id, "delivery_id": claimed.delivery_id, "attempt": claimed.attempt}
    endpoint = {"tenant_id": claimed.tenant_id, "endpoint_id": claimed.endpoint_id}
    async with database.pool.acquire() as connection, connection.transaction():
        worn_out = False
        if end.error is None:
            await sql.endpoint_answered.execute(connection, **endpoint)
        elif not end.unsigned:
            worn_out = bool(await sql.endpoint_failed.fetchval(connection, **endpoint, patience=ENDPOINT_PATIENCE_SECONDS))
        await sql.add_attempt.execute(connection, **of, ms=end.ms, status=end.status, answer=end.answer, error=end.error)
        if end.error is None:
            await sql.delivered.execute(connection, **of)
            return
        failures = 0 if end.unsigned else 1  # what is this process's fault, another one may do at once
        delay = delay_seconds(claimed.delivery_id, claimed.failures + 1, end.retry_after) if failures else 0.0
        await sql.not_delivered.fetchval(connection, **of, delay=delay, error=end.error, failures=failures)
        if end.status == GONE:
            await give_up(connection, **endpoint, because="it answered with status 410: it does not want to be called any more")
        elif worn_out:
            await give_up(connection, **endpoint, because="it has taken nothing for five days")


def _ms(clock: Clock, begun: float) -> int:
    return round((clock.monotonic() - begun) * 1000)
