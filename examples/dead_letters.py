"""A carrier that is down: orders fail, somebody mends it, and they go on from where they failed. No order is packed twice.

flowforge dev examples/dead_letters.py
flowforge send parcel/packed -d order_id=ORD-1
flowforge runs --failed
CARRIER=up flowforge dev examples/dead_letters.py       (instead of the first)
flowforge runs replay --failed --error StepError --from-failure --dry-run
flowforge runs replay --failed --error StepError --from-failure
"""

from __future__ import annotations

import os
from typing import Any

import flowforge
from flowforge import Context, NonRetryable, step

packed: list[str] = []


@flowforge.function(trigger="parcel/packed")
async def ship_parcel(ctx: Context) -> dict[str, Any]:
    order_id = ctx.event.data["order_id"]
    weight = await step.run("weigh", weigh, order_id)
    return {"label": await step.run("label", print_label, order_id, weight)}


async def weigh(order_id: str) -> int:
    packed.append(order_id)
    return 1200


async def print_label(order_id: str, grams: int) -> str:
    if os.environ.get("CARRIER") != "up":
        raise NonRetryable("the carrier does not answer")
    return f"{order_id}/{grams}g"
