"""Policies in code: they hold for every tenant of the deployment, and are asked before a tenant's own.

flowforge.Policy(
    "refunds",
    [
        {"tool": "issue_refund", "when": "args.amount <= 50.0", "action": "allow"},
        {"tool": "issue_refund", "action": "require", "require": {"count": 2, "not_requester": True}},
    ],
)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flowforge.db.queries import Connection
from flowforge.errors import InvalidInput, RegistrationError
from flowforge.skills.policy import sql
from flowforge.skills.policy_name import check_policy_name
from flowforge.skills.policy_rule import Rule, read_rules, write_rules

FIRST_PLACE = 100


class PolicyRegistry:
    """Policies by name. `flowforge.Policy` fills `POLICIES`; tests make their own."""

    def __init__(self) -> None:
        self._policies: dict[str, Policy] = {}

    def add(self, policy: Policy) -> None:
        """Register a policy. The same one may be registered again (a module that is loaded twice). Raises RegistrationError."""
        known = self._policies.get(policy.name)
        if known is not None and known.rules != policy.rules:
            raise RegistrationError(f"two policies are named {policy.name!r}", hint="give one of them another name")
        self._policies[policy.name] = policy

    def clear(self) -> None:
        """Forget all: a reload registers them anew."""
        self._policies.clear()

    def __iter__(self) -> Iterator[Policy]:
        return iter(self._policies.values())

    def __len__(self) -> int:
        return len(self._policies)


POLICIES = PolicyRegistry()


class Policy:
    """An ordered list of rules, published by the worker that loads it; the first that fits a call decides.

    `rules` are as in `policies.yaml`. Policies are asked by `place` (smaller first), then by name. Raises RegistrationError for a name
    or rule that does not fit.

    >>> Policy("no-mail", [{"tool": "send_*", "action": "deny", "reason": "we send no mail"}], registry=PolicyRegistry()).rules[0].action
    'deny'
    """

    def __init__(
        self, name: str, rules: Sequence[Mapping[str, Any] | Rule], *, place: int = FIRST_PLACE, registry: PolicyRegistry | None = None
    ) -> None:
        try:
            self.name = check_policy_name(name)
            self.rules = read_rules([rule if isinstance(rule, Rule) else dict(rule) for rule in rules])
        except InvalidInput as error:
            raise RegistrationError(f"policy {name!r}: {error.pointer}: {error.message}", hint=error.hint) from None
        self.place = place
        (POLICIES if registry is None else registry).add(self)


async def publish_policies(connection: Connection, app: str, policies: Iterable[Policy] = POLICIES) -> None:
    """Make `policies` all that `app` says: what it said before and does not now holds no more."""
    policies = list(policies)
    texts = [write_rules(policy.rules) for policy in policies]
    await sql.replace_policies.execute(
        connection,
        app=app,
        names=[policy.name for policy in policies],
        places=[policy.place for policy in policies],
        rules=texts,
        versions=[hashlib.sha256(text.encode()).hexdigest()[:8] for text in texts],
    )
