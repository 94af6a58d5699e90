"""Flow control: at most two calls to the payment provider at once, one order at a time for each customer, and no order twice.

flowforge dev examples/flow_control.py
flowforge send order/created -d order_id=1 -d customer=acme
flowforge queue
"""

import flowforge
from flowforge import Concurrency, Context, Limit, step

PROVIDER = Limit(name="payment-provider", concurrency=2)


@flowforge.function(
    trigger="order/created",
    concurrency=[PROVIDER, Concurrency(limit=1, key="event.data.customer")],
    idempotency="event.data.order_id",
    cancel_on=flowforge.CancelOn("order/cancelled", match="data.order_id"),
    timeout="24h",
)
async def charge(ctx: Context) -> str:
    return await step.run("charge", lambda: f"charged order {ctx.event.data['order_id']}")


@flowforge.function(trigger="order/viewed", batch=flowforge.Batch(size=50, timeout="1s", key="event.data.customer"))
async def count_views(ctx: Context) -> int:
    return await step.run("count", lambda: len(ctx.events))
