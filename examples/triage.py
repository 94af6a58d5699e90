"""A ticket is triaged by a model that looks orders up before it decides, and another one decides when that has no time.

    flowforge dev examples/triage.py
    flowforge send ticket/opened '{"text": "Where is ORD-9218?", "email": "mira@example.org"}'

What it decides is typed. No model sees the customer's address, and no decision costs more than ten cents.
"""

from typing import Literal

from pydantic import BaseModel, Field

import flowforge
from flowforge import Context, GuardRefused, ModelReply, step


class Ticket(BaseModel):
    text: str
    email: str = Field(json_schema_extra={"x-redact": True})


class Triage(BaseModel):
    kind: Literal["refund", "delivery", "other"]
    urgent: bool
    answer: str


@flowforge.tool(effect="read")
async def look_up_order(order_id: str) -> dict[str, str]:
    """Where an order is, and what was paid for it."""
    return {"order_id": order_id, "state": "lost", "paid": "420 USD"}


def promises_nothing(reply: ModelReply) -> None:
    if "guarantee" in reply.text.lower():
        raise GuardRefused("an answer guarantees something")


@flowforge.function(trigger="ticket/opened")
async def triage(ctx: Context[Ticket]) -> dict[str, str | bool]:
    ticket = ctx.event.data
    found = await step.ai(
        "triage",
        model="gpt-4o",
        system="Triage this ticket of a web shop. Look up the orders that it names.",
        prompt=f"{ticket.text}\n\nFrom: {ticket.email}",
        output=Triage,
        tools=[look_up_order],
        max_turns=4,
        fallback=["claude-sonnet-4.5"],
        max_cost="0.10",
        max_tokens=1000,
        after=[promises_nothing],
    )
    await step.run("answer", send_mail, ticket.email, found.answer)
    return {"kind": found.kind, "urgent": found.urgent}


async def send_mail(to: str, text: str) -> str:
    return f"to {to}: {text}"
