"""Teams and questions over HTTP: what is made, changed, refused, and how it is told."""

from __future__ import annotations

import pytest

TEAM = {"name": "support", "lead": "atlas", "members": ["maya"]}


@pytest.fixture
async def crew(api) -> None:
    for name in ("atlas", "maya", "zoe"):
        assert (await api.post("/v1/agents", json={"name": name, "model": "gpt-4o"})).status_code == 201


async def test_a_team_is_made_changed_at_its_revision_and_rolled_back(api, crew):
    made = await api.post("/v1/teams", json=TEAM)
    assert (made.status_code, made.headers["etag"], made.json()["status"]) == (201, '"1"', "idle")
    assert made.headers["location"] == f"/v1/teams/{made.json()['id']}"
    changed = await api.patch("/v1/teams/support", json={"members": ["zoe"]}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.json()["revision"], changed.json()["members"]) == (200, 2, ["zoe"])
    late = await api.patch("/v1/teams/support", json={"lead": "zoe"}, headers={"if-match": '"1"'})
    assert late.status_code == 412
    back = await api.post("/v1/teams/support/rollback", json={"revision": 1})
    assert (back.json()["revision"], back.json()["members"]) == (3, ["maya"])
    page = (await api.get("/v1/teams/support/revisions?limit=2")).json()
    assert ([one["revision"] for one in page["data"]], page["next_cursor"]) == ([3, 2], "2")
    rest = (await api.get(f"/v1/teams/support/revisions?limit=2&cursor={page['next_cursor']}")).json()
    assert ([one["revision"] for one in rest["data"]], rest["next_cursor"]) == ([1], None)
    assert (await api.delete("/v1/teams/support")).status_code == 204
    assert (await api.get("/v1/teams/support")).status_code == 404


async def test_what_is_wrong_with_a_team_is_named(api, crew):
    assert (await api.post("/v1/teams", json=TEAM)).status_code == 201
    assert (await api.post("/v1/teams", json=TEAM)).status_code == 409
    unknown = await api.post("/v1/teams", json={**TEAM, "name": "other", "members": ["zoe", "maia"]})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/members/1")
    assert "maya" in unknown.json()["errors"][0]["detail"]
    missing = await api.get("/v1/teams/suport")
    assert (missing.status_code, "support" in missing.text) == (404, True)
    assert (await api.post("/v1/teams/support/rollback", json={"revision": 9})).status_code == 404


async def test_teams_are_listed_by_name_page_by_page(api, crew):
    for name in ("b", "a", "c"):
        await api.post("/v1/teams", json={**TEAM, "name": name})
    first = (await api.get("/v1/teams?limit=2")).json()
    rest = (await api.get(f"/v1/teams?limit=2&cursor={first['next_cursor']}")).json()
    assert [team["name"] for team in [*first["data"], *rest["data"]]] == ["a", "b", "c"]
    assert rest["next_cursor"] is None


async def test_a_card_for_a_team_is_its_leads(api, crew):
    await api.post("/v1/teams", json=TEAM)
    task = await api.post("/v1/tasks", json={"title": "Refund", "assignee": {"team": "support"}})
    assert task.json()["assignee"] == {"agent": "atlas"}
    both = await api.put("/v1/tasks/FF-1/assignee", json={"team": "support", "agent": "maya"})
    nobody = await api.put("/v1/tasks/FF-1/assignee", json={"team": "suport"})
    assert (both.status_code, nobody.status_code, "support" in nobody.text) == (422, 422, True)
    tree = (await api.get("/v1/tasks/FF-1/tree")).json()
    assert (tree["root"]["assignee"], tree["root"]["children"], tree["truncated"]) == ({"agent": "atlas"}, [], False)


async def test_a_question_that_is_not_there_is_not_found_and_a_state_that_is_none_is_refused(api):
    assert (await api.get("/v1/questions")).json() == {"data": [], "next_cursor": None}
    assert (await api.get("/v1/questions?state=opened")).status_code == 422
    assert (await api.get("/v1/questions/beef")).status_code == 404
    assert (await api.post("/v1/questions/qst_01968f3ac8b17c02a3f08241a2f70041/answer", json={"answer": "yes"})).status_code == 404
    assert (await api.get("/v1/questions?task=FF-77")).status_code == 404
