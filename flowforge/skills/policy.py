"""What becomes of a tool call: it runs, waits for people, or never runs. Decided by code at the call, never by asking the model.

Two ordered lists are asked: the deployment's (policies in code) and the tenant's (YAML and API). In each the first rule that fits counts,
and the stricter of the two wins; an agent's own word may tighten that, never loosen it. Where no rule fits, the effect decides, as
`needs_approval` says; and an agent that has read untrusted content always asks before a call with an effect, and before a read that could
carry the tenant's data to a server that nobody named. A rule whose expression has no value for a call makes people decide: nothing runs
because a condition failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flowforge.db.queries import Connection, load_queries
from flowforge.errors import ExpressionFailed
from flowforge.orchestrator.expression import compiled
from flowforge.skills.place import place_of
from flowforge.skills.policy_rule import NAMES, Action, Rule, stored_rules
from flowforge.skills.requirement import ONE_PERSON, Requirement
from flowforge.skills.tool import Tool

_STRICTNESS: Mapping[Action, int] = {"allow": 0, "require": 1, "deny": 2}

sql = load_queries("flowforge.skills")


@dataclass(frozen=True)
class CallUnderReview:
    """A tool call that a model asks for, with what rules may look at.

    `hosts`: the servers that the agent's instructions and its card name, None where no call is held to them; `informed`: the agent has
    read what is the tenant's own.
    """

    tool: Tool
    arguments: Mapping[str, Any]
    agent: str | None = None
    agent_override: Mapping[str, bool] | None = None  # the agent's own word for single tools
    task: str | None = None
    labels: Sequence[str] = ()
    tainted: bool = False
    taint_sources: Sequence[str] = ()
    hosts: frozenset[str] | None = None
    informed: bool = False
    cost_so_far: Decimal | None = None
    requester: str | None = None
    at: datetime | None = None

    @property
    def stranger(self) -> str | None:
        """The server that nobody named to which this call could carry the tenant's data; "" for an address that cannot be read."""
        host = place_of(self.tool, self.arguments)
        return None if host is None or self.hosts is None or not self.informed or host in self.hosts else host

    @property
    def asks_for_its_taint(self) -> bool:
        """Whether people decide because of what the agent has read, unless a rule speaks of such calls."""
        return self.tainted and (self.tool.effect != "read" or self.stranger is not None)


@dataclass(frozen=True)
class Verdict:
    """What becomes of a call, and why. `rule` names the rule with its revision, as in `refunds@3#2`; None where none fitted."""

    action: Action
    reason: str | None = None
    rule: str | None = None
    requirement: Requirement = ONE_PERSON
    grantable: bool | None = None  # None: unless it moves money


@dataclass(frozen=True)
class PlacedRule:
    """A rule with its name: the policy, its revision, its place in it from 1."""

    name: str
    rule: Rule


@dataclass(frozen=True)
class PolicySet:
    """The rules in force for a tenant, in the order in which they are asked."""

    deployment: tuple[PlacedRule, ...] = ()
    tenant: tuple[PlacedRule, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.deployment or self.tenant)


async def load_policies(connection: Connection, tenant_id: UUID) -> PolicySet:
    """The policies in force now: those that workers have published, and the tenant's own."""
    deployment: list[PlacedRule] = []
    tenant: list[PlacedRule] = []
    for row in await sql.policies_in_force.fetch(connection, tenant_id=tenant_id):
        rules = deployment if row["published"] else tenant
        rules += [PlacedRule(f"{row['name']}@{row['version']}#{n}", rule) for n, rule in enumerate(stored_rules(row["rules"]), 1)]
    return PolicySet(tuple(deployment), tuple(tenant))


async def judge(call: CallUnderReview, rules: PolicySet) -> Verdict:
    """What becomes of this call under these rules. The same call and rules give the same verdict."""
    found = [verdict for verdict in (_first(call, rules.deployment), _first(call, rules.tenant)) if verdict is not None]
    if not found:
        return _without_rule(call)
    verdict = found[0] if len(found) == 1 else _stricter(*found)
    if verdict.action == "allow" and (call.agent_override or {}).get(call.tool.name):
        return Verdict("require", needs_approval(call.tool, call.agent_override or {}))
    return verdict


def needs_approval(tool: Tool, agent_override: Mapping[str, bool]) -> str | None:
    """Why this call waits for a person where no rule speaks of it, or None when it may run at once.

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


def _without_rule(call: CallUnderReview) -> Verdict:
    if call.asks_for_its_taint:
        sources = ", ".join(call.taint_sources[:3])
        read = f"the agent has read untrusted content{f' ({sources})' if sources else ''}"
        named = "" if call.stranger is None else f", and neither its instructions nor its card name {call.stranger or 'this address'}"
        return Verdict("require", f"{read}{named}")
    reason = needs_approval(call.tool, call.agent_override or {})
    return Verdict("allow") if reason is None else Verdict("require", reason)


def _first(call: CallUnderReview, rules: Sequence[PlacedRule]) -> Verdict | None:
    """The verdict of the first rule that fits; of one that could not be asked, at least that people decide."""
    failed: Verdict | None = None
    for placed in rules:
        if not _is_about(call, placed.rule):
            continue
        try:
            holds = placed.rule.when is None or compiled(placed.rule.when, NAMES).holds(_facts(call, placed.rule))
        except ExpressionFailed as error:
            failed = failed or Verdict("require", f"the condition of the rule {placed.name} cannot be told: {error}", placed.name)
            continue
        if holds:
            verdict = _verdict(placed)
            return verdict if failed is None else _stricter(failed, verdict)
    return failed


def _is_about(call: CallUnderReview, rule: Rule) -> bool:
    if rule.action == "allow" and call.asks_for_its_taint and rule.tainted is None:
        return False  # to let such calls run is never said by the way
    return (
        _fits(rule.tool, [call.tool.name])
        and (rule.effect is None or call.tool.effect in rule.effect)
        and _fits(rule.agent, [call.agent] if call.agent is not None else [])
        and _fits(rule.labels, call.labels)
        and (rule.tainted is None or rule.tainted == call.tainted)
    )


def _fits(patterns: Sequence[str] | None, names: Sequence[str]) -> bool:
    return patterns is None or any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def _facts(call: CallUnderReview, rule: Rule) -> dict[str, Any]:
    return {
        "args": dict(call.arguments),
        "tool": {"name": call.tool.name, "effect": call.tool.effect},
        "agent": {"name": call.agent or ""},
        "task": {"key": call.task or "", "labels": list(call.labels)},
        "cost": None if call.cost_so_far is None else float(call.cost_so_far),
        "taint": {"tainted": call.tainted, "sources": list(call.taint_sources)},
        "now": dict(_now(call.at, rule.zone)),
    }


def _now(at: datetime | None, zone: str | None) -> Iterator[tuple[str, Any]]:
    """Nothing where nobody said what time it is: a condition on it then fails, and people decide."""
    if at is not None:
        local = at.astimezone(ZoneInfo(zone or "UTC"))
        yield "date", local.date().isoformat()
        yield "time", f"{local:%H:%M}"
        yield "hour", local.hour
        yield "minute", local.minute
        yield "weekday", local.isoweekday()


def _verdict(placed: PlacedRule) -> Verdict:
    rule = placed.rule
    reason = rule.reason or (f"the rule {placed.name} asks for it" if rule.action == "require" else None)
    return Verdict(rule.action, reason, placed.name, rule.requirement, rule.grantable)


def _stricter(one: Verdict, other: Verdict) -> Verdict:
    if one.action == other.action == "require":
        reasons = "; ".join(dict.fromkeys(filter(None, (one.reason, other.reason))))
        names = " and ".join(dict.fromkeys(filter(None, (one.rule, other.rule))))
        grantable = False if False in (one.grantable, other.grantable) else one.grantable and other.grantable
        return Verdict("require", reasons, names, one.requirement.with_(other.requirement), grantable)
    return max(one, other, key=lambda verdict: _STRICTNESS[verdict.action])


def as_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict as a step stores it."""
    return {**verdict.__dict__, "requirement": verdict.requirement.to_json()}


def from_json(data: Mapping[str, Any]) -> Verdict:
    """A verdict that a step has stored."""
    return replace(Verdict(**data), requirement=Requirement.from_json(data["requirement"]))
