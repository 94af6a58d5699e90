"""Prices: what a model costs, and whose price that is; a tenant's own can be set and taken back."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.api.caller import Caller, Db
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import Body, Money
from flowforge.orchestrator.models.price_book import delete_price, load_overrides, set_price
from flowforge.orchestrator.models.price_override import FIELDS, PriceOverride
from flowforge.orchestrator.models.price_table import loaded
from flowforge.orchestrator.models.prices import EffectivePrice, effective_price

router = Resource(prefix="/v1/prices", tags=["usage"])

PRICE: JsonDict = {"input": "0.15", "output": "0.60", "cached": "0.015"}
EXAMPLE: JsonDict = {
    "model": "my-provider/my-model",
    **PRICE,
    "cache_written": "0.15",
    "reasoning": "0.60",
    "source": "override",
    "version": "3",
}
Amount = Annotated[str | None, Field(max_length=50, description="US dollars per million tokens, as a decimal string.", examples=["0.15"])]
ModelName = Annotated[str, Path(max_length=200, description="The model's name, slashes and all.", examples=["my-provider/my-model"])]


class PriceIn(Body):
    """US dollars per million tokens, as decimal strings. What is left out costs what it is a part of: cached and cache-written tokens
    what input does, reasoning what output does. Without `output` only calls that write nothing, like embeddings, have a price."""

    model_config = ConfigDict(json_schema_extra={"examples": [PRICE]})

    input: Annotated[str, Field(max_length=50, description="US dollars per million tokens, as a decimal string.", examples=["0.15"])]
    output: Amount = None
    cached: Amount = None
    cache_written: Amount = None
    reasoning: Amount = None

    def price(self) -> PriceOverride:
        return PriceOverride.read({name: text for name in FIELDS if (text := getattr(self, name)) is not None})


class PriceOut(BaseModel):
    """What a model costs in US dollars per million tokens, of prompts that are not long and at the usual service tier and hour; null
    where nobody says. `source`: `override` (set here), `prices.toml` (an app's file) or `litellm` (the table that it comes with)."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    model: str
    input: Money | None
    output: Money | None
    cached: Money | None
    cache_written: Money | None
    reasoning: Money | None
    source: str | None
    version: str | None

    @classmethod
    def of(cls, model: str, found: EffectivePrice) -> PriceOut:
        per_million = {name: _per_million(getattr(found.rates, name)) for name in FIELDS}
        return cls(model=model, **per_million, source=found.source, version=found.version)


class PricesOut(BaseModel):
    """Prices by model."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})

    data: list[PriceOut]
    next_cursor: None = None


@router.get("", summary="Show prices", operation_id="list_prices")
async def index(
    caller: Caller,
    database: Db,
    model: Annotated[
        str | None, Query(max_length=200, description="Only what this model costs, whoever says so.", examples=["gpt-4o"])
    ] = None,
) -> PricesOut:
    """Of one model the price that is in force for new calls; without one, all that go before the table's: set here, or in an app's file."""
    overrides = await load_overrides(database.pool, caller.tenant_id)
    await loaded()
    names = sorted(overrides) if model is None else [model]
    return PricesOut(data=[PriceOut.of(name, effective_price(name, overrides=overrides)) for name in names])


@router.put("/{model:path}", summary="Set a price", operation_id="set_price", responses=errors(404))
async def put(model: ModelName, body: PriceIn, caller: Caller, database: Db) -> PriceOut:
    """It holds for calls from now on; what was called before keeps its cost. Each change is a new version."""
    price = await set_price(database, caller, model, body.price())
    return PriceOut.of(model, EffectivePrice(price.rates(), price.source, price.version))


@router.delete("/{model:path}", status_code=204, summary="Take a price back", operation_id="delete_price", responses=errors(404))
async def delete(model: ModelName, caller: Caller, database: Db) -> None:
    """What the app's `prices.toml` or the table says holds again."""
    await delete_price(database, caller, model)


def _per_million(rate: Decimal | None) -> Decimal | None:
    return None if rate is None else rate.scaleb(6).normalize() + 0
