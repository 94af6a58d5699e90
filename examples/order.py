"""An order: checked, scored by a model, packed by two hands at once, paid for, labelled, and shipped.

    flowforge dev examples/order.py
    flowforge send order/created -d order_id=ORD-9218 -d total=1420 --no-follow
    flowforge send payment/settled -d order_id=ORD-9218 -d amount=1420
    flowforge runs

Without a provider's key a scripted model answers. Kill `flowforge dev` at any moment and start it again: the run goes on.
"""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from pydantic import BaseModel

import flowforge
from flowforge import Context, StepTimeout, step


class Order(BaseModel):
    order_id: str
    total: float
    items: list[str] = ["a book"]


class Risk(BaseModel):
    level: Literal["low", "high"]
    reason: str


@flowforge.function(trigger="order/created", retries=3)
async def process_order(ctx: Context) -> dict[str, Any]:
    order = await step.run("validate", validate_order, ctx.event.data)
    risk = await step.ai("fraud", model="gpt-4o", prompt=f"How likely is fraud? {order.model_dump_json()}", output=Risk)
    if order.total > 1000:
        await step.run("flag", flag_high_value, order)

    # Both at once; each is checkpointed by itself, and a crash between them repeats neither.
    stock, quote = await asyncio.gather(step.run("reserve", reserve, order), step.run("quote", quote_shipping, order))

    try:
        paid = await step.wait_for_event("payment", event="payment/settled", match="data.order_id", timeout="24h")
    except StepTimeout:
        await step.run("release", release, stock)
        return {"ok": False, "reason": "nobody paid within a day"}

    label = await step.invoke("label", make_label, {"order_id": order.order_id, "carrier": quote["carrier"]})
    await step.sleep("cool-down", "1h")
    await step.run("ship", ship, order, label)
    await step.send_event("announce", "order/shipped", {"order_id": order.order_id})
    return {"ok": True, "risk": risk.level, "label": label, "paid": paid.data["amount"]}


@flowforge.function()
async def make_label(ctx: Context) -> str:
    """Started by `step.invoke` only: a run of its own, with steps of its own."""
    wanted = ctx.event.data
    return await step.run("print", lambda: f"{wanted['carrier']}:{wanted['order_id']}")


@flowforge.function(trigger="order/shipped")
async def notify_customer(ctx: Context) -> str:
    return await step.run("mail", lambda: f"told the customer of {ctx.event.data['order_id']}")


def validate_order(data: dict[str, Any]) -> Order:
    try:
        return Order.model_validate(data)
    except ValueError as error:
        raise flowforge.NonRetryable(f"not an order: {error}") from error


def flag_high_value(order: Order) -> str:
    return f"{order.order_id} is worth {order.total:.2f}: somebody should look at it"


async def reserve(order: Order) -> list[str]:
    return [f"shelf-{number}" for number, _ in enumerate(order.items, 1)]


async def release(shelves: list[str]) -> None:
    return None


async def quote_shipping(order: Order) -> dict[str, Any]:
    return {"carrier": "post", "price": 4.9}


async def ship(order: Order, label: str) -> str:
    # A carrier takes this key and refuses to fetch the same parcel twice, whatever crashes in between.
    return flowforge.current_step().step_key
