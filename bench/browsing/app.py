"""What the dashboard shows in `bench/dashboard.py`; the project that its server loads."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import flowforge
from flowforge import Context, step


@flowforge.function(trigger="bench/once", id="bench.once")
async def once(ctx: Context) -> str:
    return await step.run("only", lambda: "done")


@flowforge.function(trigger="bench/many", id="bench.many")
async def many(ctx: Context) -> int:
    """So many steps one after another, in groups of ten beside each other."""
    for first in range(0, ctx.event.data["steps"], 10):
        await asyncio.gather(*(step.run(f"step {number}", lambda number=number: {"number": number}) for number in range(first, first + 10)))
    return 0


@flowforge.tool(effect="read")
async def lookup_order(order_id: str) -> dict[str, Any]:
    """Find an order by its id."""
    return {"order_id": order_id, "total": 420, "state": "lost in transit"}


@flowforge.tool(effect="money", reversible=False, consequence="money leaves the account")
async def issue_refund(order_id: str, amount: Decimal) -> dict[str, Any]:
    """Pay money back for an order."""
    return {"order_id": order_id, "refunded": float(amount)}
