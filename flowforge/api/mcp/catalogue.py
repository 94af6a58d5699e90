"""The tools that there are. Their names are a contract: a client's settings and prompts name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowforge.api.mcp.tool import Tool

WAIT_SECONDS_MAX = 300
STEPS_MAX = 50

WAIT: dict[str, Any] = {
    "type": "integer",
    "minimum": 0,
    "maximum": WAIT_SECONDS_MAX,
    "default": 0,
    "description": "Wait up to so many seconds for the run to end; what it does meanwhile is told as progress.",
}
STEPS: dict[str, Any] = {"type": "boolean", "default": True, "description": f"Its steps too, the last {STEPS_MAX} of them."}

_OF_TASKS = (
    Tool(
        "list_tasks",
        "list_tasks",
        "List cards of the board, by column, assignee, label, priority or date. A card's `key` names it.",
        without=frozenset({"q"}),
    ),
    Tool(
        "search_tasks",
        "list_tasks",
        "Find cards by words in their key, title, description or comments.",
        only=frozenset({"q", "board", "archived", "limit", "cursor"}),
        required=frozenset({"q"}),
    ),
    Tool("get_task", "get_task", "Show a card with its latest comments, checklist and dependencies."),
    Tool(
        "create_task",
        "create_task",
        "Make a card. One that is assigned to an agent is begun at once, unless it depends on cards that are not done.",
    ),
    Tool(
        "update_task",
        "update_task",
        "Change a card's title, description, priority, labels, due date, owner or parent. What is left out stays; null takes a field back "
        "to what a new card has.",
    ),
    Tool(
        "move_task",
        "move_task",
        "Move a card to a column, to its end or beside another card. Moving an agent's card away from its work stops the agent, or parks "
        "it, as the column says.",
    ),
    Tool(
        "assign_task",
        "assign_task",
        "Give a card to an agent, a person or a team; name none of them to take it from whoever has it. An agent begins at once.",
    ),
    Tool("comment_on_task", "create_comment", "Say something on a card, in Markdown. `@name` tells a person and wakes an agent."),
)

_OF_RUNS = (
    Tool("send_event", "send_events_v1", "Send an event; the answer names the runs that it started."),
    Tool("list_runs", "list_runs", "List runs, newest first, by state, function, error or time."),
    Tool(
        "get_run",
        "get_run",
        "Show a run: state, input, output, error, cost and steps. It can wait for the run to end.",
        more={"wait_seconds": WAIT, "steps": STEPS},
    ),
    Tool("cancel_run", "cancel_run", "Cancel a run. What it has done stays done.", destroys=True),
    Tool(
        "replay_run",
        "replay_run",
        "Run a finished run again, from a step or from where it failed; `dry_run` only tells what would run again.",
    ),
)

_OF_APPROVALS = (
    Tool("list_approvals", "list_approvals", "List what waits, or has waited, for a person's yes, oldest first."),
    Tool("get_approval", "get_approval", "Show an approval: exactly what is asked for, by whom, and why."),
    Tool(
        "decide_approval",
        "decide_approval",
        "Approve or deny what waits, once. Show the person whom you work for the exact call first, and decide only as they say; give the "
        "`hash` that they saw.",
        destroys=True,
    ),
    Tool("list_questions", "list_questions", "List what agents ask people, oldest first."),
    Tool("answer_question", "answer_question", "Answer what an agent asks; it goes on at once."),
    Tool("inbox", "list_inbox", "List what is put before you: assigned, mentioned, asked.", for_people=True),
)

_OF_AGENTS = (
    Tool("list_agents", "list_agents", "List agents, with what each is doing and why."),
    Tool("get_agent", "get_agent", "Show an agent: its definition, status, cost and queue."),
    Tool("message_agent", "tell_agent", "Say something to an agent at work; it reads it at its next turn."),
    Tool(
        "run_agent",
        "run_agent",
        "Let an agent work on something without a card. The answer names the run; `get_run` with `wait_seconds` gives what it answers.",
    ),
)

TOOLS: Mapping[str, Tool] = {tool.name: tool for tool in (*_OF_TASKS, *_OF_RUNS, *_OF_APPROVALS, *_OF_AGENTS)}
