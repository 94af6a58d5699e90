"""One event, two functions: every order is shipped, large ones are looked at as well.

    flowforge dev examples/filtered_trigger.py
    flowforge send order/created -d order_id=ORD-1 -d total=20 --no-follow
    flowforge events
    flowforge events show ID

The last line says for each function whether it ran, and if not, why: `the filter event.data.total > 1000 is false`.
"""

from __future__ import annotations

import flowforge
from flowforge import Context, step


@flowforge.function(trigger="order/created")
async def ship(ctx: Context) -> str:
    return await step.run("ship", lambda: f"{ctx.event.data['order_id']} is on its way")


@flowforge.function(
    trigger=[
        flowforge.on("order/created", if_="event.data.total > 1000"),
        flowforge.on("order/*", if_='event.data.country in ["KP", "SY"]'),
    ]
)
async def review(ctx: Context) -> str:
    """Either filter starts it; an event that passes both still starts it once."""
    return await step.run("review", lambda: f"somebody looks at {ctx.event.data['order_id']}")
