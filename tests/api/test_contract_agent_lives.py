"""Revisions, pauses, archives, queues and triggers of agents over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from flowforge.cli.engine import publish_builtin_work

ATLAS = {"name": "atlas", "model": "gpt-4o", "instructions": "Look after orders.", "note": "for the shop"}
ORDERS = {"event": "order/created", "if": "event.data.total > 100", "title": "Look at {{event.data.id}}"}


@pytest.fixture
async def atlas(api) -> dict[str, Any]:
    made: dict[str, Any] = (await api.post("/v1/agents", json=ATLAS)).json()
    return made


async def test_revisions_are_listed_shown_compared_and_gone_back_to(api, atlas):
    changed = await api.patch("/v1/agents/atlas", json={"instructions": "Be exact.", "limits": {"turns": 5}, "note": "it rambled"})
    assert changed.status_code == 200 and changed.json()["limits"]["turns"] == 5

    listed = (await api.get("/v1/agents/atlas/revisions")).json()
    assert [(one["revision"], one["note"]) for one in listed["data"]] == [(2, "it rambled"), (1, "for the shop")]
    assert (await api.get("/v1/agents/atlas/revisions/1")).json()["definition"]["instructions"] == "Look after orders."
    diff = (await api.get("/v1/agents/atlas/diff?from=1&to=2")).json()
    assert [change["field"] for change in diff["changes"]] == ["/instructions", "/limits/turns"] and (diff["from"], diff["to"]) == (1, 2)

    back = await api.post("/v1/agents/atlas/rollback", json={"revision": 1}, headers={"if-match": '"2"'})
    assert (back.status_code, back.headers["etag"], back.json()["instructions"]) == (200, '"3"', "Look after orders.")
    late = await api.post("/v1/agents/atlas/rollback", json={"revision": 1}, headers={"if-match": '"2"'})
    assert late.status_code == 412


@pytest.mark.parametrize(
    ("path", "status"), [("revisions/9", 404), ("revisions/0", 422), ("revisions/x", 422), ("diff?from=1&to=9", 404), ("diff?from=1", 422)]
)
async def test_a_revision_that_never_was_is_not_there(api, atlas, path: str, status: int):
    assert (await api.get(f"/v1/agents/atlas/{path}")).status_code == status


@pytest.mark.parametrize("body", [{"revision": 9}, {"revision": 0}, {"revision": "1"}, {}])
async def test_going_back_to_nowhere_is_refused_with_a_pointer(api, atlas, body: dict[str, Any]):
    answer = await api.post("/v1/agents/atlas/rollback", json=body)
    assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == "/revision"


async def test_pausing_says_who_and_why_and_only_what_is_paused_is_resumed(api, atlas):
    paused = (await api.post("/v1/agents/atlas/pause", json={"reason": "lunch"})).json()
    assert paused["status"] == "paused" and paused["status_reason"]["kind"] == "person" and paused["status_text"].endswith(": lunch")
    assert paused["paused_at"] is not None and paused["revision"] == 1
    assert (await api.post("/v1/agents/atlas/resume")).json()["status"] == "idle"
    assert (await api.post("/v1/agents/atlas/resume")).status_code == 409
    too_long = await api.post("/v1/agents/atlas/pause", json={"reason": "x" * 501})
    assert too_long.status_code == 422 and too_long.json()["errors"][0]["pointer"] == "/reason"


async def test_an_agent_with_work_is_archived_only_when_that_is_said(api, atlas):
    await api.post("/v1/agents", json={**ATLAS, "name": "kepler"})
    task = (await api.post("/v1/tasks", json={"title": "Refund", "assignee": {"agent": "atlas"}})).json()

    refused = await api.post("/v1/agents/atlas/archive", json={})
    assert refused.status_code == 409 and refused.json()["winner"] == {"tasks": [task["key"]], "runs": []}
    assert (await api.delete("/v1/agents/atlas")).status_code == 409
    wrong = await api.post("/v1/agents/atlas/archive", json={"reassign_to": "kepplr"})
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["pointer"] == "/reassign_to"
    assert (await api.post("/v1/agents/atlas/archive", json={"reassign_to": "kepler"})).json()["status"] == "archived"

    assert (await api.put(f"/v1/tasks/{task['key']}/assignee", json={"agent": "atlas"})).status_code == 409
    assert [one["name"] for one in (await api.get("/v1/agents?archived=false")).json()["data"]] == ["kepler"]
    assert [one["name"] for one in (await api.get("/v1/agents?status=archived")).json()["data"]] == ["atlas"]
    assert (await api.post("/v1/agents/atlas/unarchive")).json()["archived_at"] is None


async def test_an_agent_that_never_worked_is_deleted(api, atlas):
    assert (await api.delete("/v1/agents/atlas")).status_code == 204
    assert (await api.get("/v1/agents/atlas")).status_code == 404


async def test_agents_are_found_by_model_and_skill(api, atlas):
    await api.post("/v1/agents", json={**ATLAS, "name": "kepler", "model": "o3"})
    assert [one["name"] for one in (await api.get("/v1/agents?model=o3")).json()["data"]] == ["kepler"]
    assert (await api.get("/v1/agents?skill=review")).json()["data"] == []
    assert (await api.get("/v1/agents?status=asleep")).status_code == 422


async def test_what_bounds_an_agent_is_shown_and_its_budget_is_a_budget(api):
    limits = {"turns": 5, "tool_calls": 9, "money": "1.50", "wall_time": "2h"}
    made = (await api.post("/v1/agents", json={**ATLAS, "concurrency": 2, "budget": "5.00/day", "limits": limits})).json()
    assert made["limits"] == {**limits, "on_limit": "fail"} and (made["budget"], made["budget_used"], made["concurrency"]) == (
        "5.00/day",
        "0",
        2,
    )
    [budget] = (await api.get("/v1/budgets")).json()["data"]
    assert (budget["scope"], budget["subject"], budget["amount"], budget["period"]) == ("agent", "atlas", "5", "day")

    await api.patch("/v1/agents/atlas", json={"budget": "7/day"})
    assert (await api.get("/v1/budgets")).json()["data"][0]["amount"] == "7"
    await api.patch("/v1/agents/atlas", json={"budget": None})
    assert (await api.get("/v1/budgets")).json()["data"] == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"limits": {"turns": 0}}, "/limits/turns"),
        ({"limits": {"wall_time": "soon"}}, "/limits/wall_time"),
        ({"limits": {"money": "0"}}, "/limits/money"),
        ({"limits": {"fuel": 1}}, "/limits/fuel"),
        ({"budget": "5/week"}, "/budget"),
        ({"budget": "0/day"}, "/budget"),
        ({"concurrency": 0}, "/concurrency"),
        ({"output": {"type": "nonsense"}}, "/output"),
        ({"delegates_to": ["nobody"]}, "/delegates_to/0"),
        ({"description": "x" * 1025}, "/description"),
        ({"model": "two words"}, "/model"),
        ({"note": "x" * 501}, "/note"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_bounds_that_cannot_be_are_refused_with_a_pointer(api, atlas, change: dict[str, Any], pointer: str):
    made = await api.post("/v1/agents", json={"name": "other", "model": "gpt-4o", **change})
    patched = await api.patch("/v1/agents/atlas", json=change)
    for answer in (made, patched):
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer


async def test_what_waits_is_listed_in_order(api, atlas, database):
    await publish_builtin_work(database)
    await api.post("/v1/agents/atlas/pause", json={})
    keys = [(await api.post("/v1/tasks", json={"title": f"{n}", "assignee": {"agent": "atlas"}})).json()["key"] for n in range(3)]

    first = (await api.get("/v1/agents/atlas/queue?limit=2")).json()
    second = (await api.get(f"/v1/agents/atlas/queue?limit=2&cursor={first['next_cursor']}")).json()

    assert [(one["task"], one["ahead"]) for one in (*first["data"], *second["data"])] == [(key, n) for n, key in enumerate(keys)]
    assert (await api.get("/v1/agents/atlas/queue?cursor=x")).status_code == 422


async def test_triggers_are_given_listed_and_taken_away(api, atlas):
    made = await api.post("/v1/agents/atlas/triggers", json=ORDERS)
    assert made.status_code == 201 and {**made.json(), **ORDERS} == made.json()
    listed = (await api.get("/v1/agents/atlas/triggers")).json()
    assert listed == {"data": [made.json()], "next_cursor": None}
    assert (await api.delete(f"/v1/agents/atlas/triggers/{made.json()['id']}")).status_code == 204
    assert (await api.delete(f"/v1/agents/atlas/triggers/{made.json()['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"event": "order/created"}, "/title"),
        ({**ORDERS, "if": "1 +"}, "/if"),
        ({**ORDERS, "fuel": 1}, "/fuel"),
        ({**ORDERS, "event": "*"}, "/event"),
    ],
    ids=["no title", "no expression", "unknown", "everything"],
)
async def test_a_trigger_that_cannot_be_is_refused_with_a_pointer(api, atlas, body: dict[str, Any], pointer: str):
    answer = await api.post("/v1/agents/atlas/triggers", json=body)
    assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == pointer
