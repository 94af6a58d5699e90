"""Which tool calls need an approval."""

from __future__ import annotations

import pytest

from flowforge.skills.policy import needs_approval
from flowforge.skills.tool import Effect, make_tool


def act() -> None:
    """."""


@pytest.mark.parametrize(
    ("effect", "approval", "override", "asks"),
    [
        ("read", None, {}, False),
        ("write", None, {}, True),
        ("money", None, {}, True),
        ("outside", None, {}, True),
        ("read", True, {}, True),
        ("money", False, {}, False),
        ("money", None, {"act": False}, False),
        ("money", True, {"act": False}, False),
        ("read", False, {"act": True}, True),
        ("money", None, {"other": False}, True),
    ],
)
def test_the_agent_decides_before_the_tool_and_the_tool_before_its_effect(
    effect: Effect, approval: bool | None, override: dict[str, bool], asks: bool
):
    reason = needs_approval(make_tool(act, effect, approval=approval), override)

    assert bool(reason) is asks
