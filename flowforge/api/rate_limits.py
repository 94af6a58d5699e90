"""Nobody asks faster than their tenant may: requests here, events where they are counted, live streams where they are opened.

Every limited answer says where the rate stands (`RateLimit`, `RateLimit-Policy`, as in the IETF's draft). A refusal costs the database
nothing. Who goes on asking all the same is answered late: a client that repeats at once would otherwise keep the server busy with
refusals, to the cost of everybody else.
"""

from __future__ import annotations

import math
from uuid import UUID

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flowforge.access.principal import Principal
from flowforge.access.rate_lease import Leases, Standing
from flowforge.access.rate_limit import RateKind
from flowforge.api.problem import Problem, Refusal
from flowforge.clock import Clock
from flowforge.db.database import Database
from flowforge.settings import Settings

MINUTE = 60
PATIENCE = 20  # refusals more than were allowed, which are answered at once
LATE_SECONDS = 1.0  # the least that Retry-After can say
LATE_AT_ONCE = 200  # answers that are held back at a time, of one server


class RateLimits:
    """ASGI layer behind CallerResolver: counts requests, by the caller's key and by their tenant."""

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        self.app, self.rates = app, rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller: Principal | None = scope["state"].get("caller") if scope["type"] == "http" else None
        if caller is None or not self.rates.limits(caller):
            return await self.app(scope, receive, send)
        try:
            standing = await self.rates.take(caller, "requests", 1)
        except TooFast as refusal:
            await self.rates.hold_back(refusal.standing)
            raise

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _told("requests", standing).items():
                    headers.setdefault(name, value)
            await send(message)

        return await self.app(scope, receive, answer)


class Rates:
    """The rates of a server's callers."""

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self.database, self.settings, self.clock = database, settings, clock
        self.leases = Leases(clock)
        self._late = 0

    def limits(self, caller: Principal) -> bool:
        """Is this caller to be counted? Not who asks the open API of this machine, unless the settings say so."""
        if self.settings.rate_limits is not None:
            return self.settings.rate_limits and caller.kind != "system"
        return caller.kind != "system" and (caller.kind != "person" or caller.id is not None)

    async def take(self, caller: Principal, kind: RateKind, count: int) -> Standing:
        """Take from the rate of the caller's own key, then from the tenant's. Raises TooFast."""
        subjects = ("",) if caller.id is None else (str(caller.id), "")
        return await self._take(caller.tenant_id, subjects, kind, count)

    async def hold_back(self, standing: Standing) -> None:
        """Let one who is refused far more often than allowed wait for the answer."""
        if standing.refusals <= PATIENCE or self._late >= LATE_AT_ONCE:
            return
        self._late += 1
        try:
            await self.clock.sleep(LATE_SECONDS)
        finally:
            self._late -= 1

    async def _take(self, tenant_id: UUID, subjects: tuple[str, ...], kind: RateKind, count: int) -> Standing:
        per_minute = self.settings.requests_per_minute if kind == "requests" else self.settings.events_per_minute
        nearest: Standing | None = None
        for subject in subjects:
            share = self.settings.key_share if subject else 1.0
            standing = await self.leases.take(self.database.pool, tenant_id, subject, kind, count, per_minute=per_minute, share=share)
            if not standing.allowed:
                raise TooFast(kind, standing, of_key=bool(subject))
            nearest = standing if nearest is None or standing.remaining < nearest.remaining else nearest
        assert nearest is not None
        return nearest


class TooFast(Refusal):
    """Refused: a rate has nothing left."""

    def __init__(self, kind: RateKind, standing: Standing, *, of_key: bool) -> None:
        self.standing = standing
        who = "this key" if of_key else "the tenant"
        headers = {"Retry-After": str(_whole_seconds(standing.retry_after)), **_told(kind, standing)}
        super().__init__(Problem("too-many", f"{who} may send {standing.per_minute} {kind} a minute", headers=headers))


async def take_events(request: Request, count: int) -> None:
    """Count events that a request is about to send. Raises TooFast."""
    rates: Rates = request.app.state.rates
    caller: Principal = request.state.caller
    if rates.limits(caller):
        await rates.take(caller, "events", count)


async def take_delivered_event(request: Request, webhook: Principal) -> None:
    """Count an event that a webhook has become; it is its tenant's, whoever sent it. Raises TooFast."""
    rates: Rates = request.app.state.rates
    if rates.settings.rate_limits is not False:
        await rates.take(webhook, "events", 1)


def _told(kind: RateKind, standing: Standing) -> dict[str, str]:
    """`t`: after how many seconds there is more than now."""
    seconds = standing.retry_after or MINUTE / standing.per_minute
    return {
        "RateLimit-Policy": f'"{kind}";q={standing.per_minute};w={MINUTE}',
        "RateLimit": f'"{kind}";r={standing.remaining};t={_whole_seconds(seconds)}',
    }


def _whole_seconds(seconds: float) -> int:
    return max(1, math.ceil(seconds))
