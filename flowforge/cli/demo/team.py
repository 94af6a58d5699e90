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
QUESTIONS = (
    "parcels lost in October",
    "parcels lost in October, by carrier",
    "Northpost, depot Hamar",
    "Northpost, depot Hamar, new scanner",
    "customers who wrote twice",
    "what the carrier owes",
)
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
        "title": "Find out why parcels were lost in October",
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
        "title": "Compare what the three carriers charge",
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

    asked_so_far = sum(message.tool_name == SEARCH for message in asked.messages)
    if asked_so_far == len(QUESTIONS):
        return Reply(
            reasoning="All of it points to one place. That is worth saying first.",
            text="Nine of the eleven parcels went through one depot, Northpost in Hamar, in the week of its new scanner. "
            "The other two are chance. Northpost owes us $1,140 for them, and a claim has to be made before 15 December.",
        )
    question = QUESTIONS[asked_so_far]
    return Reply(
        reasoning=f"I know too little yet to say why. Next I look for {question}, and compare it with what I have.",
        text=f"I am looking for {question}.",
        tool_calls=(ToolCall(SEARCH, {"query": question}),),
    )


def _maya() -> Reply:
    from flowforge.testing.scripted_provider import Reply

    return Reply(
        text="Dear Ben, your lamp leaves us tomorrow, and is with you on Thursday. Thank you for asking, and for waiting. Warmly, Maya"
    )
