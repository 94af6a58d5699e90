"""Policies, grants and delegations over HTTP."""

from __future__ import annotations

import pytest

from flowforge.skills.code_policy import Policy, PolicyRegistry, publish_policies

RULES = [
    {"tool": "issue_refund", "when": "args.amount <= 50.0", "action": "allow"},
    {"tool": ["issue_*"], "action": "require", "require": {"count": 2, "roles": ["admin"], "expires": "24h"}},
]


async def test_a_policy_is_made_changed_and_deleted_and_each_change_is_a_revision(api):
    made = await api.post("/v1/policies", json={"name": "refunds", "rules": RULES})
    assert (made.status_code, made.headers["etag"], made.headers["location"]) == (201, '"1"', "/v1/policies/refunds"), made.text
    assert (made.json()["place"], made.json()["rules"][0]["when"]) == (100, "args.amount <= 50.0")
    assert made.json()["rules"][1]["require"]["expires"] == 86400.0
    assert (await api.post("/v1/policies", json={"name": "refunds", "rules": []})).status_code == 409

    changed = await api.patch("/v1/policies/refunds", json={"rules": RULES[:1]}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.headers["etag"], len(changed.json()["rules"])) == (200, '"2"', 1), changed.text
    for method, body in (("PATCH", {"place": 5}), ("DELETE", None)):
        late = await api.request(method, "/v1/policies/refunds", json=body, headers={"if-match": '"1"'})
        assert late.status_code == 412, late.text
    assert (await api.patch("/v1/policies/refunds", json={"rules": RULES[:1]})).headers["etag"] == '"2"', "nothing changed"

    revisions = (await api.get("/v1/policies/refunds/revisions")).json()["data"]
    assert [(one["revision"], one["changed_by"], len(one["rules"])) for one in revisions] == [(2, "operator", 1), (1, "operator", 2)]
    page = (await api.get("/v1/policies/refunds/revisions?limit=1")).json()
    assert [one["revision"] for one in (await api.get(f"/v1/policies/refunds/revisions?cursor={page['next_cursor']}")).json()["data"]] == [
        1
    ]
    assert (await api.delete("/v1/policies/refunds")).status_code == 204
    assert (await api.get("/v1/policies/refunds")).status_code == 404


async def test_policies_are_listed_in_the_order_in_which_they_are_asked(api):
    for name, place in (("b", 100), ("a", 100), ("z", 1)):
        assert (await api.post("/v1/policies", json={"name": name, "rules": RULES, "place": place})).status_code == 201
    listed = (await api.get("/v1/policies")).json()["data"]
    assert [one["name"] for one in listed] == ["z", "a", "b"]
    page, names = (await api.get("/v1/policies?limit=1")).json(), []
    while True:
        names += [one["name"] for one in page["data"]]
        if page["next_cursor"] is None:
            break
        page = (await api.get(f"/v1/policies?limit=1&cursor={page['next_cursor']}")).json()
    assert names == ["z", "a", "b"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "Refunds", "rules": []}, "/name"),
        ({"name": "r", "rules": [{"action": "allow", "when": "x >"}]}, "/rules/0/when"),
        ({"name": "r", "rules": [{"action": "allow"}, {"action": "deny"}]}, "/rules/1"),
        ({"name": "r", "rules": [{"action": "require", "require": {"count": 99}}]}, "/rules/0/require/count"),
        ({"name": "r", "rules": "all"}, "/rules"),
        ({"name": "r", "rules": [], "place": -1}, "/place"),
    ],
    ids=["name", "expression", "reason", "count", "no list", "place"],
)
async def test_a_policy_that_does_not_fit_is_refused_with_a_pointer(api, body, pointer):
    answer = await api.post("/v1/policies", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    assert (await api.get("/v1/policies")).json()["data"] == []


async def test_policies_in_code_are_shown_apart(api, database):
    registry = PolicyRegistry()
    Policy("no-mail", [{"tool": "send_*", "action": "deny", "reason": "no mail"}], registry=registry)
    await publish_policies(database.pool, "app.py", registry)
    (found,) = (await api.get("/v1/policies/published")).json()["data"]
    assert (found["name"], found["app"], found["rules"][0]["reason"]) == ("no-mail", "app.py", "no mail")
    await publish_policies(database.pool, "app.py", PolicyRegistry())
    assert (await api.get("/v1/policies/published")).json()["data"] == []


async def test_what_names_nothing_is_not_found(api):
    for path in ("/v1/policies/none", "/v1/policies/none/revisions", "/v1/grants/none", f"/v1/grants/grt_{'0' * 32}"):
        assert (await api.get(path)).status_code == 404, path
    assert (await api.delete("/v1/approval_delegations/dlg_none")).status_code == 404
    assert (await api.get("/v1/grants")).json() == {"data": [], "next_cursor": None}
    assert (await api.get("/v1/approval_delegations")).json() == {"data": [], "next_cursor": None}
    assert (await api.get("/v1/grants?task=FF-99")).status_code == 422
