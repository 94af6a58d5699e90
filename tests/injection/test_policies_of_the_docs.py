"""The policies that the documentation shows say what it says of them."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from flowforge.skills.policy import CallUnderReview, PlacedRule, PolicySet, judge
from flowforge.skills.policy_rule import read_rules
from flowforge.skills.tool import Effect, make_tool
from flowforge.skills.web.fetch import HTTP_GET

TEXT = Path(__file__).parents[2].joinpath("docs", "prompt-injection.md").read_text(encoding="utf-8")


def shown() -> PolicySet:
    block = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[0]
    rules = [rule for policy in yaml.safe_load(block)["policies"] for rule in policy["rules"]]
    return PolicySet((), tuple(PlacedRule(f"misled@1#{n}", rule) for n, rule in enumerate(read_rules(rules), 1)))


def call(name: str, effect: Effect, taint: str = "read_mail", **args: Any) -> CallUnderReview:
    def act() -> None:
        """."""

    facts: dict[str, Any] = {"task": "FF-7", "cost_so_far": Decimal(0)}
    tool = HTTP_GET if name == "http_get" else make_tool(act, effect, name=name)
    return CallUnderReview(tool, args, tainted=True, taint_sources=(taint,), hosts=frozenset(), informed=True, **facts)


@pytest.mark.parametrize(
    ("asked", "action"),
    [
        pytest.param(call("reply_to_ticket", "outside", ticket="FF-7"), "allow", id="answer"),
        pytest.param(call("reply_to_ticket", "outside", ticket="FF-8"), "require", id="answer-to-another"),
        pytest.param(call("http_get", "read", url="https://wiki.example.com/a"), "allow", id="wiki"),
        pytest.param(call("http_get", "read", url="https://wiki.example.com.evil.example/a"), "require", id="like-the-wiki"),
        pytest.param(call("refund", "money"), "deny", id="money"),
        pytest.param(call("bank_read", "read", taint="event mail/received"), "deny", id="bank"),
        pytest.param(call("bank_read", "read", taint="http_get"), "allow", id="bank-after-a-page"),
    ],
)
async def test_a_policy_that_the_page_shows_does_what_it_says(asked: CallUnderReview, action: str):
    assert (await judge(asked, shown())).action == action
