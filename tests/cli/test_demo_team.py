"""What the demo's other agents do while somebody looks."""

from __future__ import annotations

from flowforge.cli.demo.team import AGENTS, FINDINGS, LOST, PRICES, SEARCH, SEARCHES, TASKS, script
from flowforge.testing.scripted_provider import Asked, Message, Reply, Tool

OFFERED = (Tool(SEARCH), Tool("ask_human"))


def told(task: str) -> Reply:
    """Kepler's last words on a task, after as many searches as it wants."""
    turns: list[Message] = [Message("user", f"FF-2: {task}")]
    while (reply := script(Asked("gpt-4o", tuple(turns), OFFERED))).tool_calls:
        assert reply.tool_calls[0].arguments["query"] == SEARCHES[task][len(turns) - 1]
        turns.append(Message("tool", "[]", tool_name=SEARCH))
    return reply


def test_kepler_looks_for_one_thing_after_the_other_and_says_what_it_comes_to() -> None:
    assert told(LOST).text == FINDINGS[LOST]
    assert told(PRICES).text == FINDINGS[PRICES]


def test_only_atlas_asks_for_money() -> None:
    refund = script(Asked("claude-sonnet-4.5", (Message("user", "Refund ORD-9218"),), (Tool("lookup_order"), Tool("issue_refund"))))
    assert refund.tool_calls[0].name == "lookup_order"
    assert "lamp" in script(Asked("gpt-4o-mini", (Message("user", "Write to Ben"),), (Tool("ask_human"),))).text
    assert "issue_refund" not in {tool for agent in AGENTS for tool in agent["tools"]}


def test_the_board_has_cards_in_every_column_and_somebody_at_work() -> None:
    assert {task["column"] for task in TASKS if "column" in task} == {"Backlog", "Todo", "Done"}
    assert [task["title"] for task in TASKS if task.get("assignee", {}).get("agent") == "kepler"] == [LOST, PRICES]
