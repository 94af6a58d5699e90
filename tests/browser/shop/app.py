"""What the server of the browser tests runs: functions with steps of several kinds and ends, and tools of agents who refund and search."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

import flowforge
from flowforge import Context, RetryAfter, step

LOOKED_AT_SECONDS = 150.0  # what goes on for as long as a test looks at it; the test ends it
ORDERS = {"ORD-9218": {"customer": "Ada Reyes", "total": 420, "state": "lost in transit"}}


@flowforge.function(trigger="order/created", id="process_order", retries=1)
async def process_order(ctx: Context) -> dict[str, Any]:
    order = await step.run("validate", lambda: {"order_id": ctx.event.data["order_id"], "total": ctx.event.data.get("total", 0)})
    if ctx.event.data.get("wait"):
        await step.wait_for_event("payment", event="payment/settled", match="data.order_id", timeout="24h")
    return await step.run("ship", lambda: {**order, "shipped": True})


@flowforge.function(trigger=flowforge.on("order/created", if_="event.data.total > 1000"), id="review_large_order")
async def review_large_order(ctx: Context) -> str:
    return await step.run("review", lambda: f"somebody looks at {ctx.event.data['order_id']}")


class Parcel(BaseModel):
    parcel_id: str
    weight: float
    express: bool = False


@flowforge.function(trigger="parcel/handed_in", id="route_parcel", concurrency=3, timeout="24h")
async def route_parcel(ctx: Context[Parcel]) -> str:
    return await step.run("route", lambda: f"{ctx.event.data.parcel_id} goes by {'air' if ctx.event.data.express else 'road'}")


class Risk(BaseModel):
    score: int
    why: str


@flowforge.function(trigger="order/doubted", id="judge_order", retries=1)
async def judge_order(ctx: Context) -> dict[str, Any]:
    order = await step.run("validate", lambda: {"order_id": ctx.event.data["order_id"]})
    risk = await step.ai("fraud", model="gpt-4o", prompt=f"How risky is {order}?", output=Risk)
    return await step.run("note", lambda: {**order, "score": risk.score})


@flowforge.function(trigger="stock/counted", id="count_stock", timeout="1h")
async def count_stock(ctx: Context) -> str:
    await step.run("open the shelves", lambda: ctx.event.data)
    ctx.progress(0.4, "shelf 2 of 5")
    return await step.run("count", go_on)


@flowforge.function(trigger="stock/synced", id="sync_stock", retries=3)
async def sync_stock(ctx: Context) -> str:
    return await step.run("fetch", refuse)


async def go_on() -> str:
    await asyncio.sleep(LOOKED_AT_SECONDS)
    return "done"


def refuse() -> str:
    raise RetryAfter(3600, "503 from stock.example.com")


@flowforge.tool(effect="read")
async def search_notes(query: str) -> str:
    """Look through the notes of the team."""
    return await go_on()


@flowforge.tool(effect="read")
async def lookup_order(order_id: str) -> dict[str, Any]:
    """Find an order by its id."""
    return {"order_id": order_id, **ORDERS.get(order_id, {"state": "unknown"})}


@flowforge.tool(effect="money", reversible=False, consequence="money leaves the account")
async def issue_refund(order_id: str, amount: Decimal) -> dict[str, Any]:
    """Pay money back for an order."""
    return {"order_id": order_id, "refunded": float(amount)}
