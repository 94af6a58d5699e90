"""The tools of the demo's agents, written as users write theirs."""

from __future__ import annotations

import asyncio
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

from flowforge.cli.demo.ledger import Ledger
from flowforge.orchestrator.step_scope import current_step
from flowforge.skills.tool import tool

LEDGER = "FLOWFORGE_DEMO_LEDGER"  # the file, for this process and the workers it starts

SEARCH_SECONDS = 7.0  # slow enough to be watched, also by who opens the board a minute later

ORDERS = {"ORD-9218": {"customer": "Ada Reyes", "total": 420, "state": "lost in transit"}}


@tool(effect="read")
def lookup_order(order_id: str) -> dict[str, Any]:
    """Find an order by its id."""
    return {"order_id": order_id, **ORDERS.get(order_id, {"state": "unknown"})}


@tool(effect="money", reversible=False, consequence="money leaves the account")
def issue_refund(order_id: str, amount: Decimal) -> dict[str, Any]:
    """Pay money back for an order."""
    paid = Ledger(Path(os.environ[LEDGER])).refund(current_step().step_key, order_id, amount)
    return {"order_id": paid.order_id, "refunded": float(paid.amount)}


@tool(effect="read")
async def search_notes(query: str) -> list[dict[str, str]]:
    """Search what the support team wrote down, for a few words."""
    await asyncio.sleep(SEARCH_SECONDS)
    return [{"note": f"N-{100 + len(query)}", "about": query, "text": "Seen by two of us, and written down the same day."}]
