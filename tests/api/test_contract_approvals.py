"""The review queue over HTTP."""

from __future__ import annotations

import itertools
import json

import pytest

from flowforge.board.approve_step import look
from flowforge.orchestrator.run import start_run
from flowforge.orchestrator.waits import PendingWait

REFUND = {"order": "ORD-9218", "amount": 420}
SCHEMA = {"type": "object", "properties": {"order": {"type": "string"}, "amount": {"type": "number"}}, "required": ["order", "amount"]}
QUESTION = {
    "tool": "issue_refund",
    "arguments": REFUND,
    "schema": SCHEMA,
    "effect": "money",
    "reversible": False,
    "reason": "it is money",
}
FIELDS = {
    "id", "state", "tool", "arguments", "arguments_hash", "effect", "reversible", "reason", "agent", "task", "run", "cost_so_far",
    "created_at", "expires_at", "decided_by", "decision", "hash", "proposal", "schema", "consequence", "rule", "said", "tainted", "taint",
    "requester", "supersedes", "needed", "roles", "people", "not_requester", "grantable", "votes", "reminded_at", "escalated_at", "alike",
}  # fmt: skip


@pytest.fixture
async def run_id(database, tenant_id, publish):
    await publish({"order.refund": []})
    return await start_run(database, tenant_id, "order.refund", "{}")


@pytest.fixture
async def asked(api, ask):
    """A run that waits for an approval."""
    return await ask()


@pytest.fixture
async def ask(api, database, tenant_id, run_id):
    """Let the run ask, with more in the question; returns the approval."""
    numbers = itertools.count()

    async def ask(**more):
        key = f"ask {next(numbers)}"
        wait = PendingWait(tenant_id, run_id, key, "ask", "approve", None, json.dumps(QUESTION | more), None, None, None, None)
        await look(database, [wait])
        await database.pool.execute("update flowforge.owner set state = 'p', parked_for = 'w'")
        return (await api.get("/v1/approvals", params={"state": "pending"})).json()["data"][-1]

    return ask


async def test_the_queue_shows_what_waits(api, asked):
    assert asked.keys() == FIELDS
    assert (asked["tool"], asked["arguments"], asked["effect"], asked["reversible"]) == ("issue_refund", REFUND, "money", False)
    assert (asked["cost_so_far"], asked["agent"], asked["task"], asked["decided_by"], asked["decision"]) == ("0", None, None, None, None)
    for reference in (asked["id"], asked["id"][-8:]):
        alone = (await api.get(f"/v1/approvals/{reference}")).json()
        assert {**alone, "alike": None} == asked
        assert alone["alike"] == {"agent_approved": 0, "agent_denied": 0, "shape_approved": 0, "shape_denied": 0, "days": 7}


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


async def test_a_call_that_needs_two_people_waits_for_the_second_and_says_who_spoke(api, ask):
    asked = await ask(requirement={"count": 2, "roles": [], "people": [], "not_requester": False})
    first = await api.post(f"/v1/approvals/{asked['id']}/decision", json={"approved": True, "hash": asked["hash"], "reason": "fine"})
    assert first.status_code == 200, first.text
    told = first.json()
    assert (told["state"], told["needed"], [(vote["name"], vote["voided_by"]) for vote in told["votes"]]) == (
        "pending",
        2,
        [("operator", None)],
    )
    again = await api.post(f"/v1/approvals/{asked['id']}/decision", json={"approved": True})
    assert again.status_code == 409 and "approved this call already" in again.json()["detail"]


async def test_a_decision_about_a_call_that_has_changed_is_409_with_its_hash(api, asked):
    answer = await api.post(f"/v1/approvals/{asked['id']}/decision", json={"approved": True, "hash": "0" * 64})
    assert (answer.status_code, answer.json()["winner"]) == (409, {"hash": asked["hash"]})


async def test_who_may_not_decide_this_one_gets_403(api, ask):
    asked = await ask(requirement={"count": 1, "roles": [], "people": ["ann"], "not_requester": False})
    answer = await api.post(f"/v1/approvals/{asked['id']}/decision", json={"approved": True})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert [one["id"] for one in (await api.get("/v1/approvals?mine=true")).json()["data"]] == []


async def test_several_are_decided_at_once_each_for_itself(api, ask):
    one, two, three = [await ask(), await ask(), await ask(requirement={"count": 1, "roles": [], "people": ["ann"]})]
    decisions = [
        {"id": one["id"], "approved": True},
        {"id": one["id"], "approved": False},
        {"id": two["id"], "approved": True, "edited_args": {"order": 1}},
        {"id": two["id"], "approved": False, "reason": "no"},
        {"id": three["id"], "approved": True},
        {"id": "apr_nothing", "approved": True},
    ]
    answer = await api.post("/v1/approvals/bulk", json={"decisions": decisions})
    assert answer.status_code == 200, answer.text
    results = answer.json()["data"]
    assert [(item["id"], item["status"]) for item in results] == [
        (one["id"], 200), (one["id"], 409), (two["id"], 422), (two["id"], 200), (three["id"], 403), ("apr_nothing", 404),
    ]  # fmt: skip
    assert (results[0]["approval"]["state"], results[3]["approval"]["state"], answer.json()["refused"]) == ("approved", "denied", 4)
    assert results[1]["error"]["winner"]["decided_by"] == "operator"
    assert results[2]["error"]["errors"][0]["pointer"] == "/edited_args"


@pytest.mark.parametrize(
    ("decisions", "pointer"),
    [([], "/decisions"), ([{"approved": True}], "/decisions/0/id"), ([{"id": "x", "approved": True}] * 201, "/decisions")],
    ids=["none", "unnamed", "too many"],
)
async def test_decisions_that_cannot_be_read_decide_nothing(api, asked, decisions, pointer):
    answer = await api.post("/v1/approvals/bulk", json={"decisions": decisions})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_the_queue_is_filtered_and_counted(api, ask, run_id):
    mine, theirs = await ask(), await ask(tool="send_mail", effect="outside", requirement={"count": 1, "roles": [], "people": ["ann"]})

    async def listed(**wish):
        answer = await api.get("/v1/approvals", params=wish)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["data"]]

    both = [mine["id"], theirs["id"]]
    assert await listed(tool="send_mail") == await listed(effect="outside") == [theirs["id"]]
    assert await listed(run=run_id.hex) == await listed(since="2020-01-01T00:00:00Z") == both
    assert await listed(since="2099-01-01T00:00:00Z") == await listed(requester="nobody") == []
    assert await listed(mine="true") == [mine["id"]]
    assert (await api.get("/v1/approvals/counts")).json() == {"pending": 2, "mine": 1, "approved": 0, "denied": 0, "expired": 0, "days": 7}
    await api.post(f"/v1/approvals/{mine['id']}/decision", json={"approved": True})
    assert (await api.get("/v1/approvals/counts")).json()["approved"] == 1
    like = await ask()
    assert (await api.get(f"/v1/approvals/{like['id']}")).json()["alike"]["shape_approved"] == 1
    for name in ("agent", "task", "run"):
        answer = await api.get("/v1/approvals", params={name: "nothing-of-that-name"})
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, name), answer.text
