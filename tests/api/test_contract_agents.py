"""Agents over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from flowforge.agents.definition import AgentDefinition

ATLAS = {"name": "atlas", "model": "gpt-4o", "instructions": "Look after orders."}
FIELDS = {
    *AgentDefinition.model_fields, "id", "status", "status_reason", "status_text", "task", "run", "queued", "cost_today", "budget_used",
    "owned_by", "revision", "paused_at", "archived_at", "created_at", "updated_at", "seq",
}  # fmt: skip


def lasting(agent: dict[str, Any]) -> dict[str, Any]:
    """What does not change by itself."""
    return {name: value for name, value in agent.items() if name not in ("status_text", "updated_at")}


@pytest.fixture
async def atlas(api):
    answer = await api.post("/v1/agents", json=ATLAS)
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == '"1"' and answer.headers["location"] == f"/v1/agents/{answer.json()['id']}"
    return answer.json()


async def test_an_agent_is_made_and_shown_by_name_and_id(api, atlas):
    assert atlas.keys() == FIELDS
    assert (atlas["status"], atlas["revision"], atlas["cost_today"], atlas["task"], atlas["run"]) == ("idle", 1, "0", None, None)
    for name in ("atlas", atlas["id"], atlas["id"][-6:]):
        shown = await api.get(f"/v1/agents/{name}")
        assert lasting(shown.json()) == lasting(atlas) and shown.headers["etag"] == '"1"'
    listed = (await api.get("/v1/agents")).json()
    assert [lasting(one) for one in listed["data"]] == [lasting(atlas)] and listed["next_cursor"] is None


async def test_an_unknown_agent_is_not_found_and_the_nearest_are_named(api, atlas):
    for request in (api.get("/v1/agents/atlsa"), api.patch("/v1/agents/atlsa", json={}), api.get("/v1/agents/atlsa/stream")):
        answer = await request
        assert answer.status_code == 404 and answer.json()["nearest"] == ["atlas"]


async def test_a_name_is_given_once(api, atlas):
    answer = await api.post("/v1/agents", json=ATLAS)

    assert answer.status_code == 409
    assert answer.json()["detail"] == "there is an agent named 'atlas' already"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"skills": ["no-such-skill"]}, "/skills/0"),
        ({"tools": ["no_such_tool"]}, "/tools/0"),
        ({"approval": {"no_such_tool": True}}, "/approval/no_such_tool"),
        ({"name": "No Spaces"}, "/name"),
        ({"name": None}, "/name"),
        ({"model": ""}, "/model"),
        ({"colour": "red"}, "/colour"),
        ({"tools": "lookup"}, "/tools"),
    ],
)
async def test_a_wrong_definition_is_refused_with_a_pointer(api, change, pointer):
    answer = await api.post("/v1/agents", json={**ATLAS, **change})

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_patch_merges_and_makes_a_revision(api, atlas):
    answer = await api.patch("/v1/agents/atlas", json={"instructions": "Refund at most 300."})

    assert answer.status_code == 200 and answer.headers["etag"] == '"2"'
    changed = {"instructions": "Refund at most 300.", "revision": 2, "seq": answer.json()["seq"]}
    assert lasting(answer.json()) == lasting({**atlas, **changed})
    assert (await api.patch("/v1/agents/atlas", json={"instructions": None})).json()["instructions"] == ""


async def test_a_merge_patch_has_a_media_type_of_its_own(api, atlas):
    headers = {"content-type": "application/merge-patch+json"}

    answer = await api.patch("/v1/agents/atlas", content=b'{"done_column": "Done"}', headers=headers)

    assert answer.status_code == 200 and answer.json()["done_column"] == "Done"


async def test_a_patch_with_if_match_loses_to_an_earlier_change(api, atlas):
    first = await api.patch("/v1/agents/atlas", json={"model": "gpt-4o-mini"}, headers={"if-match": '"1"'})
    second = await api.patch("/v1/agents/atlas", json={"model": "o3"}, headers={"if-match": '"1"'})

    assert first.status_code == 200
    assert second.status_code == 412 and "revision 2" in second.json()["detail"]
    assert (await api.get("/v1/agents/atlas")).json()["model"] == "gpt-4o-mini"


@pytest.mark.parametrize(("tag", "status"), [("*", 200), ('W/"1"', 412), ("1", 422), ('"x"', 422), ('"99"', 412)])
async def test_if_match_takes_an_etag(api, atlas, tag, status):
    assert (await api.patch("/v1/agents/atlas", json={"model": "o3"}, headers={"if-match": tag})).status_code == status


async def test_a_name_that_is_taken_is_a_conflict_even_with_if_match(api, atlas):
    await api.post("/v1/agents", json={**ATLAS, "name": "kepler"})

    answer = await api.patch("/v1/agents/kepler", json={"name": "atlas"}, headers={"if-match": '"1"'})

    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("patch", "pointer"), [({"colour": "red"}, "/colour"), ({"model": 5}, "/model"), ({"tools": ["nope"]}, "/tools/0"), ([], "")]
)
async def test_a_wrong_patch_is_refused_with_a_pointer(api, atlas, patch, pointer):
    answer = await api.patch("/v1/agents/atlas", json=patch)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
