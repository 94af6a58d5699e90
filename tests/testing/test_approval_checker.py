"""The checker of the review queue finds a planted violation of each promise, and none where all is as it should be."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from flowforge.skills.binding import call_hash
from flowforge.skills.requirement import Requirement
from flowforge.testing.approval_checker import PROMISES, Evidence, check, check_approvals

RUN, APPROVAL = UUID(int=1), UUID(int=2)
ARGUMENTS = {"to": "ann", "amount": 5}
HASH = call_hash("pay", "money", None, ARGUMENTS)


def approval(**changes: Any) -> dict[str, Any]:
    """One that two people have approved, and whose call ran."""
    return {
        "approval_id": APPROVAL,
        "run_id": RUN,
        "step_key": "approve pay:c1",
        "state": "approved",
        "tool": "pay",
        "effect": "money",
        "schema": None,
        "arguments": json.dumps(ARGUMENTS),
        "proposal_hash": HASH,
        "bound": True,
        "requirement": Requirement(2, not_requester=True).to_json(),
        "roles": ["approver"],
        "requester_kind": "person",
        "requester": "eve",
        "decided_by": "bob",
        "decision": json.dumps({"approved": True, "edited_args": None, "reason": None}),
        "parent": "turn:1",
        "decisions": 1,
    } | changes


def vote(name: str, **changes: Any) -> dict[str, Any]:
    place = {"approval_id": APPROVAL, "voter": f"person:{name}", "kind": "person", "name": name}
    return {**place, "role": "approver", "approved": True, "hash": HASH, "voided": False} | changes


def step(kind: str = "tool", **changes: Any) -> dict[str, Any]:
    return {
        "run_id": RUN,
        "key": "pay:c1",
        "name": "pay",
        "kind": kind,
        "parent": "turn:1",
        "input": json.dumps(ARGUMENTS),
        "output": '"paid"',
    } | changes


def judged(action: str, grant: str | None = None) -> dict[str, Any]:
    output = json.dumps({"verdict": {"action": action}, "grant": grant})
    return step("policy", key="review pay:turn:1/c1", name="review pay", output=output)


WHOLE = Evidence((approval(),), (vote("ann"), vote("bob", role="admin")), (step(), judged("require")))
DENIED = approval(state="denied", decision=json.dumps({"approved": False, "edited_args": None, "reason": None}))
PLANTED = [
    ("decided once", "no decision", replace(WHOLE, approvals=(approval(decision=None),))),
    ("decided once", "expired and decided", replace(WHOLE, approvals=(approval(state="expired"),))),
    ("decided once", "twice", replace(WHOLE, approvals=(approval(decisions=2),))),
    ("decided once", "other way", replace(WHOLE, approvals=(approval(state="denied"),), steps=())),
    ("by the right people", "too few", replace(WHOLE, votes=(vote("ann"),))),
    ("by the right people", "of another call", replace(WHOLE, votes=(vote("ann"), vote("bob", hash="x")))),
    ("by the right people", "voided", replace(WHOLE, votes=(vote("ann"), vote("bob", voided=True)))),
    ("by the right people", "one twice", replace(WHOLE, votes=(vote("ann"), vote("bob"), vote("bob", voter="person:kim")))),
    ("by the right people", "requester", replace(WHOLE, votes=(*WHOLE.votes, vote("eve")))),
    ("by the right people", "role", replace(WHOLE, votes=(*WHOLE.votes, vote("kim", role="member")))),
    ("never ran", "denied", replace(WHOLE, approvals=(DENIED,))),
    ("never ran", "expired", replace(WHOLE, approvals=(approval(state="expired", decision=None, decided_by=None),))),
    ("never ran", "policy", replace(WHOLE, steps=(step(), judged("deny")))),
    ("as approved", "other arguments", replace(WHOLE, steps=(step(input='{"to": "ann", "amount": 6}'),))),
    ("as approved", "other tool", replace(WHOLE, approvals=(approval(schema="{}"),))),
    ("as approved", "never asked", replace(WHOLE, approvals=(), votes=())),
    ("granted", "overused", replace(WHOLE, overused_grants=(UUID(int=3),))),
]


def test_what_is_as_it_should_be_violates_nothing():
    assert check(WHOLE) == []
    assert check(replace(WHOLE, approvals=(DENIED,), steps=(judged("require"),))) == []
    assert check(replace(WHOLE, approvals=(), votes=(), steps=(step(), judged("require", "grt_1")))) == []
    edited = {"to": "ann", "amount": 3}
    decision = json.dumps({"approved": True, "edited_args": edited, "reason": None})
    bound = call_hash("pay", "money", None, edited)
    once = approval(decision=decision, proposal_hash=bound, requirement=None, roles=[])
    assert check(Evidence((once,), (vote("ann", hash=bound),), (step(input=json.dumps(edited)),))) == []
    stale = approval(approval_id=UUID(int=1), step_key="approve pay:c1", decision=decision, proposal_hash=bound, requirement=None, roles=[])
    again = approval(step_key="approve pay:c1~2")
    assert check(replace(WHOLE, approvals=(stale, again), votes=(*WHOLE.votes, vote("ann", approval_id=UUID(int=1), hash=bound)))) == []


@pytest.mark.parametrize(
    ("promise", "evidence"), [(name, evidence) for name, _, evidence in PLANTED], ids=[f"{a}: {b}" for a, b, _ in PLANTED]
)
def test_a_planted_violation_is_found(promise: str, evidence: Evidence):
    assert [found for found in check(evidence) if found.startswith(f"{promise}: ")], check(evidence)


def test_every_promise_has_a_planted_violation():
    assert {promise for promise, *_ in PLANTED} == set(PROMISES)


async def test_an_empty_database_breaks_no_promise(database):
    assert await check_approvals(database) == []
