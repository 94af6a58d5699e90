"""An agent that refunds orders, and asks a person before money moves.

    flowforge dev examples/refund_agent.py
    flowforge agents add atlas --model claude-sonnet-4.5 --tool lookup_order --tool issue_refund
    flowforge board add "Refund ORD-9218" --description "The parcel was lost. Refund \\$420." --assign atlas
    flowforge approvals
    flowforge approvals approve ID --edit amount=300

Without a provider's key a scripted model plays the agent's part.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import flowforge

ORDERS = {"ORD-9218": {"customer": "Ada Reyes", "total": 420, "state": "lost in transit"}}
LEDGER: dict[str, Decimal] = {}  # by idempotency key, as a payment provider keeps it


@flowforge.tool(effect="read")
async def lookup_order(order_id: str) -> dict[str, Any]:
    """Find an order by its id."""
    return {"order_id": order_id, **ORDERS.get(order_id, {"state": "unknown"})}


@flowforge.tool(effect="money", reversible=False, consequence="money leaves the account")
async def issue_refund(order_id: str, amount: Decimal) -> dict[str, Any]:
    """Pay money back for an order."""
    key = flowforge.current_step().step_key
    paid = LEDGER.setdefault(key, amount)  # the same key never pays twice
    return {"order_id": order_id, "refunded": float(paid)}
