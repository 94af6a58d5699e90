"""Who else is at work while somebody looks: the rest of Atlas's team, what is on their board, and what their models say.

Kepler looks things up, slowly and one task after the other; Maya writes one answer; some cards are with people, or with nobody yet. Nobody
but Atlas moves money, so the story and its ledger stay what they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowforge.api.client import AsyncClient
    from flowforge.testing.scripted_provider import Asked, Reply

SEARCH, REFUND = "search_notes", "issue_refund"
LOST, PRICES = "Find out why parcels were lost in October", "Compare what the three carriers charge"
# What Kepler looks for, one thing after the other, and what it comes to.
SEARCHES = {
    LOST: (
        "parcels lost in October",
        "parcels lost in October, by carrier",
        "Northpost, depot Hamar",
        "Northpost, depot Hamar, new scanner",
        "customers who wrote twice",
        "what the carrier owes",
    ),
    PRICES: (
        "prices of Northpost, up to 5 kg",
        "prices of Fjordbud, up to 5 kg",
        "prices of Kystexpress, up to 5 kg",
        "what each of them pays for a lost parcel",
        "surcharges for the coast",
    ),
}
FINDINGS = {
    LOST: "Nine of the eleven parcels went through one depot, Northpost in Hamar, in the week of its new scanner. The other two are "
    "chance. Northpost owes us $1,140 for them, and a claim has to be made before 15 December.",
    PRICES: "Fjordbud is the cheapest up to 2 kg, Northpost above that. Kystexpress costs a tenth more and pays the whole value of what it "
    "loses. For lamps and glass it is the cheapest of the three.",
}
AGENTS: tuple[dict[str, Any], ...] = (
    {
        "name": "kepler",
        "model": "gpt-4o",
        "description": "Finds out why",
        "instructions": "You are Kepler. Search the notes until you know why, then say it in three sentences.",
        "tools": [SEARCH],
        "concurrency": 1,
    },
    {
        "name": "maya",
        "model": "gpt-4o-mini",
        "description": "Writes to customers",
        "instructions": "You are Maya. Write short and warm answers to customers.",
        "tools": [],
    },
)
TASKS: tuple[dict[str, Any], ...] = (
    {
        "title": LOST,
        "description": "Eleven customers wrote. Is it one carrier, one depot, or chance?",
        "assignee": {"agent": "kepler"},
        "labels": ["shipping"],
    },
    {
        "title": "Write to Ben Okafor about ORD-9301",
        "description": "He asks when his lamp arrives. It leaves tomorrow.",
        "assignee": {"agent": "maya"},
        "labels": ["customers"],
    },
    {
        "title": PRICES,
        "description": "For parcels up to 5 kg, inside the country.",
        "assignee": {"agent": "kepler"},
        "labels": ["shipping"],
    },
    {"title": "Decide how long a refund may take", "assignee": {"user": "mira"}, "column": "Todo", "priority": "high"},
    {"title": "Tell customers whose parcels are late", "column": "Backlog", "labels": ["customers"]},
    {"title": "Close the books of October", "assignee": {"user": "mira"}, "column": "Done"},
)


def script(asked: Asked) -> Reply:
    """What the team's models say: each agent is known by the tool that it has of its own."""
    from flowforge.testing.scripted_provider import atlas

    if SEARCH in asked.tool_names:
        return _kepler(asked)
    return atlas(asked) if REFUND in asked.tool_names else _maya()


async def gather_team(client: AsyncClient) -> None:
    """Make the other agents and the other cards, as anybody would make them, over HTTP."""
    for agent in AGENTS:
        await client.request("POST", "/v1/agents", json=agent)
    for task in TASKS:
        await client.request("POST", "/v1/tasks", json=task)


def _kepler(asked: Asked) -> Reply:
    from flowforge.testing.scripted_provider import Reply, ToolCall

    task = PRICES if PRICES in asked.text() else LOST
    found = sum(message.tool_name == SEARCH for message in asked.messages)
    if found == len(SEARCHES[task]):
        return Reply(reasoning="That is enough. What matters most comes first.", text=FINDINGS[task])
    query = SEARCHES[task][found]
    return Reply(
        reasoning=f"I know too little yet to say why. Next I look for {query}, and compare it with what I have.",
        text=f"I am looking for {query}.",
        tool_calls=(ToolCall(SEARCH, {"query": query}),),
    )


def _maya() -> Reply:
    from flowforge.testing.scripted_provider import Reply

    return Reply(
        text="Dear Ben, your lamp leaves us tomorrow, and is with you on Thursday. Thank you for asking, and for waiting. Warmly, Maya"
    )
