"""What becomes of a call: rules in order, the stricter of two lists, taint, conditions that cannot be told."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from flowforge.errors import InvalidInput, RegistrationError
from flowforge.skills.code_policy import Policy, PolicyRegistry
from flowforge.skills.policy import CallUnderReview, PlacedRule, PolicySet, Verdict, as_json, from_json, judge
from flowforge.skills.policy_rule import read_rules, stored_rules, write_rules
from flowforge.skills.requirement import Requirement
from flowforge.skills.tool import Effect, make_tool


def act(amount: float = 0.0) -> None:
    """."""


def call(effect: Effect = "money", name: str = "issue_refund", **facts: Any) -> CallUnderReview:
    return CallUnderReview(make_tool(act, effect, name=name, approval=facts.pop("approval", None)), facts.pop("args", {}), **facts)


def rules(*written: dict[str, Any], name: str = "p") -> tuple[PlacedRule, ...]:
    return tuple(PlacedRule(f"{name}@1#{n}", rule) for n, rule in enumerate(read_rules(list(written)), 1))


async def verdict(asked: CallUnderReview, *tenant: dict[str, Any], deployment: tuple[dict[str, Any], ...] = ()) -> Verdict:
    return await judge(asked, PolicySet(rules(*deployment, name="d"), rules(*tenant)))


ALLOW, DENY, ASK = {"action": "allow"}, {"action": "deny", "reason": "no"}, {"action": "require"}


async def test_the_first_rule_that_fits_decides_and_is_named():
    small = {"tool": "issue_*", "when": "args.amount <= 50.0", "action": "allow"}
    large = {"tool": "issue_*", "action": "require", "require": {"count": 2, "not_requester": True, "expires": "24h"}}
    assert await verdict(call(args={"amount": 50}), small, large) == Verdict("allow", None, "p@1#1")
    asked = await verdict(call(args={"amount": 51}), small, large)
    assert (asked.action, asked.rule, asked.requirement) == ("require", "p@1#2", Requirement(2, not_requester=True, expires=86400.0))
    assert (await verdict(call(name="other"), small, large)).rule is None


@pytest.mark.parametrize(
    ("rule", "facts", "fits"),
    [
        ({"tool": ["a", "issue_*"]}, {}, True),
        ({"tool": "ISSUE_*"}, {}, False),
        ({"effect": ["money", "outside"]}, {}, True),
        ({"effect": "read"}, {}, False),
        ({"agent": "atl*"}, {"agent": "atlas"}, True),
        ({"agent": "*"}, {}, False),
        ({"labels": ["vip", "vip-*"]}, {"labels": ["vip-gold"]}, True),
        ({"labels": "vip"}, {"labels": []}, False),
        ({"tainted": True}, {"tainted": True}, True),
        ({"tainted": False}, {"tainted": True}, False),
        ({"when": "agent.name == 'atlas' && task.key == 'FF-1'"}, {"agent": "atlas", "task": "FF-1"}, True),
        ({"when": "'vip' in task.labels"}, {"labels": ["vip"]}, True),
        ({"when": "cost > 0.5"}, {"cost_so_far": Decimal("0.51")}, True),
        ({"when": "taint.sources.exists(s, s.startsWith('http'))"}, {"tainted": True, "taint_sources": ["http_request"]}, True),
        ({"when": "tool.effect == 'money' && tool.name.startsWith('issue')"}, {}, True),
    ],
)  # fmt: skip
async def test_a_rule_fits_when_all_that_it_names_does(rule, facts, fits):
    assert (await verdict(call(**facts), {**rule, **DENY})).action == ("deny" if fits else "require")


@pytest.mark.parametrize(("at", "denied"), [("2026-11-23T06:30:00", True), ("2026-11-23T08:00:00", False), ("2026-11-22T10:00:00", True)])
async def test_rules_know_the_time_of_day_and_the_weekday_of_a_zone(at, denied):
    closed = {"when": "now.weekday > 5 || now.time < '09:00' || now.hour >= 17", "zone": "Europe/Oslo", **DENY}
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)  # an hour behind Oslo, on a Monday and a Sunday
    assert ((await verdict(call(at=moment), closed, ALLOW)).action == "deny") is denied


@pytest.mark.parametrize(
    ("deployment", "tenant", "action"),
    [
        (DENY, ALLOW, "deny"), (ALLOW, DENY, "deny"), (ASK, ALLOW, "require"), (ALLOW, ASK, "require"), (ALLOW, ALLOW, "allow"),
    ],
)  # fmt: skip
async def test_the_stricter_of_the_two_lists_wins(deployment, tenant, action):
    assert (await verdict(call(), tenant, deployment=(deployment,))).action == action


async def test_two_lists_that_both_ask_are_both_satisfied():
    ours = {**ASK, "require": {"count": 2, "roles": ["approver", "admin"], "expires": "1h"}, "reason": "ours"}
    theirs = {**ASK, "require": {"roles": ["admin"], "not_requester": True, "expires": "2h"}, "reason": "theirs", "grantable": False}
    found = await verdict(call(), theirs, deployment=(ours,))
    assert found.requirement == Requirement(2, ("admin",), not_requester=True, expires=3600.0)
    assert (found.reason, found.rule, found.grantable) == ("ours; theirs", "d@1#1 and p@1#1", False)


async def test_an_agents_own_word_tightens_a_policy_and_never_loosens_it():
    free, bound = {"issue_refund": False}, {"issue_refund": True}
    assert (await verdict(call(agent_override=free), DENY)).action == "deny"
    assert (await verdict(call(agent_override=free), ASK)).action == "require"
    assert (await verdict(call(agent_override=bound), ALLOW)).action == "require"
    assert (await verdict(call(agent_override=free))).action == "allow"
    assert (await verdict(call(approval=True), ALLOW)).action == "allow"


@pytest.mark.parametrize("effect", ["write", "money", "outside"])
async def test_who_has_read_untrusted_content_asks_before_every_effect(effect):
    tainted = {"tainted": True, "taint_sources": ["http_request"], "agent_override": {"issue_refund": False}}
    found = await verdict(call(effect, approval=False, **tainted))
    assert (found.action, found.reason) == ("require", "the agent has read untrusted content (http_request)")
    assert (await verdict(call(effect, **tainted), ALLOW)).action == "require", "said by the way"
    assert (await verdict(call(effect, **tainted), {**ALLOW, "tainted": True})).action == "allow"
    assert (await verdict(call("read", **tainted))).action == "allow"
    assert (await verdict(call("read", **tainted), ALLOW)).action == "allow"


@pytest.mark.parametrize("when", ["args.amount > 10", "args.none == 1", "cost > 1.0", "now.hour > 3", "args.amount"])
async def test_a_condition_that_cannot_be_told_makes_people_decide_at_least(when):
    unsure = {"when": when, **ALLOW}
    asked = call(args={"amount": "10"})
    found = await verdict(asked, unsure)
    assert found.action == "require" and "p@1#1 cannot be told" in str(found.reason)
    assert (await verdict(asked, unsure, ALLOW)).action == "require"
    assert (await verdict(asked, unsure, DENY)).action == "deny"
    assert (await verdict(asked, unsure, {**ASK, "require": {"count": 3}})).requirement.count == 3


@pytest.mark.parametrize(
    ("written", "pointer"),
    [
        ({}, "/rules/0/action"),
        ({"action": "perhaps"}, "/rules/0/action"),
        ({"action": "deny"}, "/rules/0"),
        ({"action": "allow", "tol": "x"}, "/rules/0/tol"),
        ({"action": "allow", "tool": []}, "/rules/0/tool"),
        ({"action": "allow", "tool": "\x00"}, "/rules/0/tool/0"),
        ({"action": "allow", "effect": "harm"}, "/rules/0/effect/0"),
        ({"action": "allow", "when": "args.amount >"}, "/rules/0/when"),
        ({"action": "allow", "when": "event.data == 1"}, "/rules/0/when"),
        ({"action": "allow", "zone": "Nowhere/X"}, "/rules/0/zone"),
        ({"action": "allow", "zone": "../../etc/passwd"}, "/rules/0/zone"),
        ({"action": "allow", "grantable": True}, "/rules/0"),
        ({"action": "require", "require": {"count": 0}}, "/rules/0/require/count"),
        ({"action": "require", "require": {"count": 3, "people": ["ann", "bob"]}}, "/rules/0/require"),
        ({"action": "require", "require": {"expires": "soon"}}, "/rules/0/require/expires"),
        ({"action": "require", "require": {"remind_after": 0.1}}, "/rules/0/require/remind_after"),
        ({"action": "require", "require": {"escalate_after": "1h"}}, "/rules/0/require"),
        ({"action": "require", "require": {"roles": ["viewer"]}}, "/rules/0/require"),
        ({"action": "require", "require": {"roles": ["boss"]}}, "/rules/0/require/roles/0"),
    ],
)  # fmt: skip
def test_a_rule_that_does_not_fit_is_refused_with_a_pointer(written, pointer):
    with pytest.raises(InvalidInput) as refused:
        read_rules([written])
    assert refused.value.pointer == pointer


def test_rules_are_stored_as_they_were_written():
    written = [{"action": "require", "tool": ["a"], "require": {"count": 2, "remind_after": "10m"}, "grantable": True}]
    assert stored_rules(write_rules(read_rules(written))) == read_rules(written)


async def test_a_verdict_is_stored_and_read_back():
    found = await verdict(call(), {**ASK, "require": {"count": 2, "roles": ["admin"], "escalate_after": "1h", "escalate_to": "admin"}})
    assert from_json(as_json(found)) == found


def test_two_policies_of_one_name_are_refused_and_the_same_one_twice_is_not():
    registry = PolicyRegistry()
    for _ in range(2):
        Policy("one", [{"action": "allow"}], registry=registry)
    with pytest.raises(RegistrationError, match="two policies"):
        Policy("one", [DENY], registry=registry)
    with pytest.raises(RegistrationError, match="/rules/0/action"):
        Policy("two", [{"action": "no"}], registry=registry)
    assert [policy.name for policy in registry] == ["one"]
