"""The prices of a tenant's own: read at each call, changed by people. Each change is a version and an audit entry in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import NotFound
from flowforge.orchestrator.models.price_override import FIELDS, PriceOverride, check_model_name

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

sql = load_queries("flowforge.orchestrator")


async def load_overrides(connection: Connection, tenant_id: UUID) -> Mapping[str, PriceOverride]:
    """The prices that hold for a tenant instead of the table's, by the name of the model: its own, and those of `prices.toml`."""
    rows = await sql.load_overrides.fetch(connection, tenant_id=tenant_id)
    return {row["model"]: override_of(row) for row in rows}


async def set_price(database: Database, principal: Principal, model: str, price: PriceOverride) -> PriceOverride:
    """What a model costs this tenant from now on; what was called before keeps its cost. Raises InvalidInput for an impossible name."""
    check_model_name(model)
    prices = {name: getattr(price, name) for name in FIELDS}
    async with database.pool.acquire() as connection, connection.transaction():
        await sql.lock_prices.fetch(connection, tenant_id=principal.tenant_id)
        await sql.end_price.fetchval(connection, tenant_id=principal.tenant_id, model=model, by=principal.name)
        version = await sql.insert_price.fetchval(connection, tenant_id=principal.tenant_id, model=model, by=principal.name, **prices)
        await append(connection, principal, "price.set", "model", model, {"version": version, **_shown(prices)})
    return PriceOverride(**prices, version=str(version))


async def delete_price(database: Database, principal: Principal, model: str) -> None:
    """Take a tenant's price of a model back. Raises NotFound when there is none."""
    async with database.pool.acquire() as connection, connection.transaction():
        await sql.lock_prices.fetch(connection, tenant_id=principal.tenant_id)
        ended = await sql.end_price.fetchval(connection, tenant_id=principal.tenant_id, model=model, by=principal.name)
        if ended is None:
            known = await load_overrides(connection, principal.tenant_id)
            raise NotFound("price of", model, [name for name, price in known.items() if price.source == "override"])
        await append(connection, principal, "price.delete", "model", model, {"version": ended})


async def publish_prices(connection: Connection, app: str, prices: Mapping[str, PriceOverride], version: str) -> None:
    """Put an app's file in the place of what it published before. Call it in a transaction."""
    await sql.forget_published_prices.execute(connection, app=app)
    if prices:
        columns = {name: [getattr(price, name) for price in prices.values()] for name in FIELDS}
        await sql.publish_prices.execute(
            connection,
            app=app,
            version=version,
            models=list(prices),
            inputs=columns["input"],
            outputs=columns["output"],
            cached=columns["cached"],
            written=columns["cache_written"],
            reasoning=columns["reasoning"],
        )


def override_of(row: Any) -> PriceOverride:
    """The price in a row of `load_overrides`."""
    return PriceOverride(**{name: row[name] for name in FIELDS}, source=row["source"], version=row["version"])


def _shown(prices: Mapping[str, Decimal | None]) -> dict[str, str | None]:
    return {name: None if price is None else format(price, "f") for name, price in prices.items()}
