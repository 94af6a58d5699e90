"""A report every weekday at nine in Oslo, on the days when the clock changes too, and one that never overlaps itself.

    flowforge dev examples/cron_report.py
    flowforge functions
    flowforge events --name 'flowforge/cron/*'

When no worker runs at nine, the report of that morning is made up for when one starts (`catch_up="one"`, which is the default).
"""

from __future__ import annotations

from typing import Any

import flowforge
from flowforge import Context, step


@flowforge.function(trigger=flowforge.cron("0 9 * * 1-5", tz="Europe/Oslo"))
async def morning_report(ctx: Context) -> dict[str, Any]:
    """`scheduled_for` is the time that this run is for; it stays the same however late it runs and however often it is retried."""
    day = ctx.event.data["scheduled_for"][:10]
    orders = await step.run("count orders", count_orders, day)
    await step.run("mail", lambda: f"{orders} orders before {day}")
    return {"day": day, "orders": orders}


@flowforge.function(trigger=flowforge.cron("*/10 * * * *", overlap="skip", catch_up="skip"))
async def import_prices(ctx: Context) -> int:
    """Every ten minutes, but never twice at once: a time that comes while the last import goes on is skipped, and says so."""
    return await step.run("import", lambda: 42)


def count_orders(day: str) -> int:
    return 7
