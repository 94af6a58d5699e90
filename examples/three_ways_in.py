"""Three ways in beside `POST /events`: a payment provider's webhook, a queue, and the outbox of one's own transaction.

    STRIPE_WEBHOOK_SECRET=whsec_… flowforge dev examples/three_ways_in.py

Stripe then posts to /hooks/stripe, `select pg_notify('parcels', '{"parcel": "P-1"}')` brings a message, and `place_order` sends an
event with the commit of its own transaction.
"""

from __future__ import annotations

import os
from typing import Any

import asyncpg

import flowforge
from flowforge import Context, step

stripe = flowforge.webhook("stripe", event="'stripe/' + body.type", data="body.data.object")
parcels = flowforge.queue(os.environ.get("PARCELS_URL", "notify://parcels"), event="parcel/scanned", id="'scan-' + body.parcel")

BOOKS: list[tuple[str, int]] = []


@flowforge.function(trigger=stripe.only("stripe/invoice.paid"))
async def book_payment(ctx: Context) -> int:
    return await step.run("book", book, ctx.event.data["id"], ctx.event.data["amount_paid"])


@flowforge.function(trigger=parcels)
async def track_parcel(ctx: Context) -> str:
    return f"{ctx.event.data['parcel']} was seen"


@flowforge.function(trigger="order/placed")
async def confirm_order(ctx: Context) -> str:
    return f"thank you for {ctx.event.data['order_id']}"


def book(invoice: str, amount: int) -> int:
    BOOKS.append((invoice, amount))
    return len(BOOKS)


async def place_order(connection: asyncpg.Connection[Any], order_id: str) -> None:
    """The row and the event come into being together, with one commit, or neither does."""
    async with connection.transaction():
        await connection.execute("insert into orders (id) values ($1)", order_id)
        await flowforge.send("order/placed", {"order_id": order_id}, id=f"placed-{order_id}", connection=connection)
