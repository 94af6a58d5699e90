"""Which tool calls a person must approve first. Decided by code at the call, never by asking the model."""

from __future__ import annotations

from collections.abc import Mapping

from flowforge.skills.tool import Tool


def needs_approval(tool: Tool, agent_override: Mapping[str, bool]) -> str | None:
    """Why this call waits for a person, or None when it may run at once.

    The agent's own rule for the tool wins, then the tool's `approval`, then its effect: a `read` runs at once; `write`,
    `money` and `outside` ask, because what they do is seen or lasts. Loosening that is one word on the tool
    (`approval=False`) or on the agent (`{"tool": false}`), and is audited there.
    """
    if tool.name in agent_override:
        return "this agent must ask before it uses this tool" if agent_override[tool.name] else None
    if tool.approval is not None:
        return "this tool always asks first" if tool.approval else None
    return _BY_EFFECT[tool.effect]


_BY_EFFECT = {
    "read": None,
    "write": "it changes data",
    "money": "it moves money",
    "outside": "it is seen outside",
}
