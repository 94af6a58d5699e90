"""The demo's story: Atlas looks an order up, asks to refund it, and says how it ended.

Order and amount are those of the task where it names them, else $420 to ORD-9218.
"""

from __future__ import annotations

import json
import re
from typing import Any

from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, ToolCall

LOOKUP = "lookup_order"
REFUND = "issue_refund"


def atlas(asked: Asked) -> Reply:
    """One turn of the story, decided by what the tools have answered so far."""
    order, amount = _order(asked), _amount(asked)
    found = asked.result_of(LOOKUP)
    if found is None and LOOKUP in asked.tool_names:
        return Reply(
            reasoning=f"The customer asks for money back on {order}. I look the order up before I promise anything.",
            text=f"I am looking up {order}.",
            tool_calls=(ToolCall(LOOKUP, {"order_id": order}),),
        )
    settled = asked.result_of(REFUND)
    if settled is None and REFUND in asked.tool_names:
        return Reply(
            reasoning=f"The order exists. A refund of ${_money(amount)} moves money, so a person has to approve it.",
            text=f"I found the order. I ask to refund ${_money(amount)} to {order}.",
            tool_calls=(ToolCall(REFUND, {"order_id": order, "amount": amount}),),
        )
    return Reply(text=_ending(order, settled))


def _order(asked: Asked) -> str:
    found = re.search(r"\bORD-\d+\b", asked.text())
    return found.group() if found else "ORD-9218"


def _amount(asked: Asked) -> int | float:
    said = "\n".join(message.text for message in asked.messages if message.role == "user")
    found = re.search(r"\$\s?(\d[\d,]*(?:\.\d{1,2})?)", said)
    value = float(found.group(1).replace(",", "")) if found else 420.0
    return int(value) if value.is_integer() else value


def _ending(order: str, settled: str | None) -> str:
    if settled is None:
        return f"I cannot refund {order}: I have no tool for it."
    paid = _refunded(settled)
    if paid is None:
        return f"I did not refund {order}. The answer was: {settled.strip().strip(chr(34))}"
    return f"Done: ${_money(paid)} was refunded to {order}. The customer can be told."


def _refunded(result: str) -> int | float | None:
    """The amount that the tool says it paid, or None when it did not pay (a denial is plain text)."""
    try:
        value: Any = json.loads(result)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    paid = next((value[key] for key in ("refunded", "amount", "amount_refunded") if key in value), None)
    try:
        return None if paid is None or isinstance(paid, bool) else float(paid)
    except (TypeError, ValueError):
        return None


def _money(amount: int | float) -> str:
    return f"{amount:,.0f}" if float(amount).is_integer() else f"{amount:,.2f}"
