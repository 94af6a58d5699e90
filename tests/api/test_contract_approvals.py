"""The review queue over HTTP."""

from __future__ import annotations

import json

import pytest

from flowforge.board.approve_step import look
from flowforge.orchestrator.run import start_run
from flowforge.orchestrator.waits import PendingWait

REFUND = {"order": "ORD-9218", "amount": 420}
SCHEMA = {"type": "object", "properties": {"order": {"type": "string"}, "amount": {"type": "number"}}, "required": ["order", "amount"]}
FIELDS = {
    "id", "state", "tool", "arguments", "arguments_hash", "effect", "reversible", "reason", "agent", "task", "run", "cost_so_far",
    "created_at", "expires_at", "decided_by", "decision",
}  # fmt: skip


@pytest.fixture
async def asked(api, database, tenant_id, publish):
    """A run that waits for an approval."""
    await publish({"order.refund": []})
    run_id = await start_run(database, tenant_id, "order.refund", "{}")
    question = {
        "tool": "issue_refund",
        "arguments": REFUND,
        "schema": SCHEMA,
        "effect": "money",
        "reversible": False,
        "reason": "it is money",
    }
    await look(database, [PendingWait(tenant_id, run_id, "ask", "ask", "approve", None, json.dumps(question), None, None, None, None)])
    await database.pool.execute("update flowforge.owner set state = 'p', parked_for = 'w'")
    (approval,) = (await api.get("/v1/approvals", params={"state": "pending"})).json()["data"]
    return approval


async def test_the_queue_shows_what_waits(api, asked):
    assert asked.keys() == FIELDS
    assert (asked["tool"], asked["arguments"], asked["effect"], asked["reversible"]) == ("issue_refund", REFUND, "money", False)
    assert (asked["cost_so_far"], asked["agent"], asked["task"], asked["decided_by"], asked["decision"]) == ("0", None, None, None, None)
    for reference in (asked["id"], asked["id"][-8:]):
        assert (await api.get(f"/v1/approvals/{reference}")).json() == asked


async def test_an_approval_with_edited_arguments_is_decided_once(api, asked):
    edited = {"order": "ORD-9218", "amount": 300}
    answer = await api.post(f"/v1/approvals/{asked['id'][-8:]}/decision", json={"approved": True, "edited_args": edited, "reason": None})

    assert answer.status_code == 200
    decided = answer.json()
    assert (decided["state"], decided["decided_by"]) == ("approved", "operator")
    assert decided["decision"] == {"approved": True, "edited_args": edited, "reason": None} and decided["arguments"] == REFUND
    late = await api.post(f"/v1/approvals/{asked['id']}/decision", json={"approved": False, "edited_args": None, "reason": "no"})
    assert late.status_code == 409
    assert late.json()["winner"]["decided_by"] == "operator" and late.json()["winner"]["decision"] == decided["decision"]
    assert (await api.get("/v1/approvals", params={"state": "pending"})).json()["data"] == []
    assert (await api.get("/v1/approvals", params={"state": "approved"})).json()["data"] == [decided]


async def test_a_decision_that_comes_too_late_is_410(api, asked, database):
    await database.pool.execute("update flowforge.approval set expires_at = now() - interval '1 second'")
    answer = await api.post(f"/v1/approvals/{asked['id']}/decision", json={"approved": True})

    assert answer.status_code == 410 and "expired" in answer.json()["detail"]
    assert (await api.get(f"/v1/approvals/{asked['id']}")).json()["state"] == "expired"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/approved"),
        ({"approved": "yes"}, "/approved"),
        ({"approved": True, "edited_args": {"order": 9218, "amount": 1}}, "/edited_args/order"),
        ({"approved": True, "edited_args": []}, "/edited_args"),
        ({"approved": False, "edited_args": REFUND}, "/edited_args"),
        ({"approved": True, "note": "x"}, "/note"),
    ],
)
async def test_a_decision_that_does_not_fit_is_refused_with_a_pointer(api, asked, body, pointer):
    answer = await api.post(f"/v1/approvals/{asked['id']}/decision", json=body)

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await api.get(f"/v1/approvals/{asked['id']}")).json()["state"] == "pending"


async def test_an_unknown_approval_is_not_found(api, asked):
    for request in (api.get("/v1/approvals/apr_00ff00ff"), api.post("/v1/approvals/zzz/decision", json={"approved": True})):
        assert (await request).status_code == 404


async def test_an_unknown_state_is_refused(api):
    assert (await api.get("/v1/approvals", params={"state": "open"})).status_code == 422
