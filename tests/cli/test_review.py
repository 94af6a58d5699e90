"""`flowforge approvals`, `policies`, `grants` and `delegations`, against answers in the contract's shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.api.routes.approval_delegations import EXAMPLE as DELEGATION
from flowforge.api.routes.approvals import EXAMPLE, VOTE_EXAMPLE
from flowforge.api.routes.grants import EXAMPLE as GRANT
from flowforge.api.routes.policies import EXAMPLE as POLICY
from flowforge.api.routes.policies import PUBLISHED
from flowforge.cli import main

PENDING: dict[str, Any] = {**EXAMPLE, "state": "pending", "votes": [], "decision": None, "decided_by": None}
FILE = """
policies:
  - name: refunds
    rules:
      - {tool: issue_refund, when: args.amount <= 50.0, action: allow}
      - {tool: issue_refund, action: require, require: {count: 2, expires: 24h}}
"""


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url="http://127.0.0.1:8288", assert_all_called=False) as router:
        yield router


def flowforge(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def sent(route: respx.Route) -> Any:
    return json.loads(route.calls[-1].request.content)


def test_a_decision_is_about_the_call_that_was_shown(server):
    server.get("/v1/approvals/70005").respond(json=PENDING)
    decided = server.post(f"/v1/approvals/{PENDING['id']}/decision").respond(json={**PENDING, "state": "approved"})
    assert flowforge("approvals", "approve", "70005", "--grant", "tool", "--times", "3").exit_code == 0
    body = sent(decided)
    assert (body["hash"], body["grant"]) == (PENDING["hash"], {"scope": "tool", "times": 3, "until": None})


def test_a_vote_of_several_says_how_many_there_are(server):
    server.get("/v1/approvals/70005").respond(json={**PENDING, "needed": 2})
    server.post(f"/v1/approvals/{PENDING['id']}/decision").respond(json={**PENDING, "needed": 2, "votes": [VOTE_EXAMPLE]})
    assert "1 of 2 have approved" in flowforge("approvals", "approve", "70005").stdout


def test_an_approval_is_shown_with_all_that_one_needs_to_decide(server):
    shown = {
        "needed": 2,
        "roles": ["admin"],
        "not_requester": True,
        "tainted": True,
        "taint": ["http_request"],
        "rule": "refunds@3#2",
        "proposal": {"order_id": "ORD-9218", "amount": 300},
        "votes": [VOTE_EXAMPLE, {**VOTE_EXAMPLE, "name": "ann", "voided_by": "mira"}],
    }
    server.get("/v1/approvals/70005").respond(json={**PENDING, **shown})
    done = flowforge("approvals", "show", "70005")
    for part in (
        "amount       300",
        'asked for    {"order_id": "ORD-9218", "amount": 420}',
        "rule         refunds@3#2",
        "it has read http_request",
        "2 of admin, not jonas",
        "mira         approves",
        "ann          approves, void since mira edited",
        "it says      “The parcel never arrived",
        "2 of this agent's approved, 0 denied; 5 alike approved, 1 denied (7 days)",
    ):
        assert part in done.stdout, part


def test_several_are_decided_in_one_request_and_a_refusal_is_told(server):
    results = [
        {"id": "70005", "status": 200, "approval": {**PENDING, "state": "denied"}, "error": None},
        {"id": "70006", "status": 404, "approval": None, "error": {"title": "Not found", "detail": "there is no approval '70006'"}},
    ]
    route = server.post("/v1/approvals/bulk").respond(json={"data": results, "refused": 1})
    done = flowforge("approvals", "deny", "70005", "70006", "--reason", "not this week")
    assert done.exit_code == 1 and "70006: there is no approval '70006'" in done.stderr
    assert sent(route) == {"decisions": [{"id": id, "approved": False, "reason": "not this week"} for id in ("70005", "70006")]}


@pytest.mark.parametrize("options", [("1", "2", "--edit", "a=1"), ("1", "--times", "3"), ("1", "--grant", "tool", "--until", "soon")])
def test_options_that_do_not_go_together_are_refused_in_a_sentence(server, options):
    done = flowforge("approvals", "approve", *options)
    assert done.exit_code != 0 and "Traceback" not in done.output


def test_the_queue_is_filtered(server):
    route = server.get("/v1/approvals").respond(json={"data": [PENDING], "next_cursor": None})
    assert flowforge("approvals", "--mine", "--tool", "issue_refund").exit_code == 0
    asked = route.calls[0].request.url.params
    assert (asked["mine"], asked["tool"], asked["state"]) == ("true", "issue_refund", "pending")


def test_policies_are_applied_from_a_file_and_others_pruned(server, tmp_path):
    file = tmp_path / "policies.yaml"
    file.write_text(FILE)
    server.get("/v1/policies/refunds").respond(json=POLICY)
    changed = server.patch("/v1/policies/refunds").respond(json={**POLICY, "revision": 4})
    server.get("/v1/policies").respond(json={"data": [POLICY, {**POLICY, "name": "old"}], "next_cursor": None})
    gone = server.delete("/v1/policies/old").respond(204)
    done = flowforge("policies", "apply", str(file), "--prune")
    assert (done.exit_code, done.stdout.split()) == (0, ["refunds", "changed,", "revision", "4", "old", "deleted"]), done.output
    assert len(sent(changed)["rules"]) == 2 and gone.called


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("policies: [", "is not YAML"),
        ("rules: []", "policies:"),
        ("policies: [{name: Bad, rules: []}]", "cannot be a policy's name"),
        ("policies: [{name: a, rules: [{action: deny}]}]", "/policies/0/rules/0"),
        ("policies: [{name: a, rules: []}, {name: a, rules: []}]", "two policies are named"),
        ("policies: [{name: a, rules: [], when: x}]", "not 'when'"),
    ],
)
def test_a_file_that_does_not_fit_changes_nothing(server, tmp_path, text, told):
    file = tmp_path / "policies.yaml"
    file.write_text(text)
    done = flowforge("policies", "apply", str(file))
    assert done.exit_code != 0 and told in done.stderr and "Traceback" not in done.output, done.output
    assert not server.calls


def test_policies_are_listed_and_their_rules_shown(server):
    server.get("/v1/policies/published").respond(json={"data": [PUBLISHED], "next_cursor": None})
    server.get("/v1/policies").respond(json={"data": [POLICY], "next_cursor": None})
    assert [line.split()[0] for line in flowforge("policies").stdout.splitlines()] == ["no-mail-at-night", "refunds"]
    server.get("/v1/policies/refunds").respond(json=POLICY)
    shown = flowforge("policies", "show", "refunds").stdout
    assert "#1 allow    tool issue_refund · when args.amount <= 50.0" in shown and "count 2, not_requester true" in shown


def test_grants_are_listed_and_revoked(server):
    server.get("/v1/grants").respond(json={"data": [GRANT], "next_cursor": None})
    assert "2 of 5" in flowforge("grants").stdout
    server.delete(f"/v1/grants/{GRANT['id']}").respond(json=GRANT)
    assert flowforge("grants", "revoke", str(GRANT["id"])).stdout == "send_mail on FF-1 is asked about again\n"


def test_approvals_are_handed_on_and_back(server):
    listed = server.get("/v1/approval_delegations").respond(json={"data": [], "next_cursor": None})
    assert "everybody decides for themselves" in flowforge("delegations").stderr
    listed.respond(json={"data": [DELEGATION], "next_cursor": None})
    assert "jonas" in flowforge("delegations").stdout
    made = server.post("/v1/approval_delegations").respond(201, json=DELEGATION)
    assert flowforge("delegations", "to", "jonas", "--for", "7d").stdout.startswith("jonas decides for mira until 2026-12-01")
    assert sent(made)["to"] == "jonas" and "T" in sent(made)["until"]
    server.delete(f"/v1/approval_delegations/{DELEGATION['id']}").respond(204)
    assert flowforge("delegations", "end", str(DELEGATION["id"])).exit_code == 0
    assert flowforge("delegations", "to", "jonas").exit_code == 2
