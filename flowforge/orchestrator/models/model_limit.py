"""How fast a model may be called: tokens and requests a minute, with each key of its provider, by all workers together.

Like a shared limit of flow control it is the installation's, not a tenant's: a provider counts by key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import InvalidInput, NotFound
from flowforge.orchestrator.models.aliases import litellm_name
from flowforge.orchestrator.models.price_override import check_model_name

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

LARGEST = 2_000_000_000

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class ModelLimit:
    """At most so many tokens (of prompt and answer) and requests in any minute; None: no limit. `blocked_until` is a provider's word."""

    model: str
    tokens_per_minute: int | None = None
    requests_per_minute: int | None = None
    blocked_until: datetime | None = None

    def __post_init__(self) -> None:
        check_model_name(self.model)
        for name in ("tokens_per_minute", "requests_per_minute"):
            value = getattr(self, name)
            if value is not None and not 0 < value <= LARGEST:
                raise InvalidInput(f"{name} must lie between 1 and {LARGEST}, not {value}", pointer=f"/{name}")


async def set_model_limit(database: Database, principal: Principal, limit: ModelLimit) -> None:
    """Let all workers keep to it from their next call on. Raises InvalidInput for a limit that limits nothing."""
    if limit.tokens_per_minute is None and limit.requests_per_minute is None:
        raise InvalidInput("a limit needs tokens_per_minute, requests_per_minute or both", pointer="/tokens_per_minute")
    rates = {"tokens_per_minute": limit.tokens_per_minute, "requests_per_minute": limit.requests_per_minute}
    async with database.pool.acquire() as connection, connection.transaction():
        await sql.set_model_limit.execute(connection, model=litellm_name(limit.model), **rates)
        await append(connection, principal, "model_limit.set", "model", limit.model, rates)


async def delete_model_limit(database: Database, principal: Principal, model: str) -> None:
    """Take a limit away. Raises NotFound."""
    async with database.pool.acquire() as connection, connection.transaction():
        if await sql.delete_model_limit.fetchval(connection, model=litellm_name(model)) is None:
            raise NotFound("limit of", model, [limit.model for limit in await list_model_limits(connection, principal.tenant_id)])
        await append(connection, principal, "model_limit.delete", "model", model)


async def list_model_limits(connection: Connection, tenant_id: UUID) -> Sequence[ModelLimit]:
    """Limits, and models that a provider wants to be left alone, by name. Of keys that tenants have of their own only this tenant's count.

    Takes the whole database.
    """
    return [ModelLimit(**row) for row in await sql.list_model_limits.fetch(connection, tenant_id=tenant_id)]
