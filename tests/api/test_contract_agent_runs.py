"""POST /v1/agents/{agent}/runs: an agent at work without a card."""

from __future__ import annotations

import pytest

from flowforge.agents.bare_run import register_bare_run
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.skills.tool import ToolRegistry


@pytest.fixture
async def atlas(api):
    return (await api.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o"})).json()


@pytest.fixture
async def able(database):
    registry = Registry()
    register_bare_run(registry, ToolRegistry())
    await publish_functions(database.pool, registry, app="tests")


async def test_a_run_of_the_agent_is_started_and_a_repeat_starts_no_other(api, atlas, able, database):
    asked = {"prompt": "Look at it.", "budget": "0.50", "output": {"type": "object"}}
    answers = [await api.post("/v1/agents/atlas/runs", json=asked, headers={"idempotency-key": "k"}) for _ in range(2)]
    run = answers[0].json()
    assert [answer.status_code for answer in answers] == [202, 202] and answers[1].json() == run
    assert answers[0].headers["location"] == f"/v1/runs/{run['id']}"
    assert (run["function"], run["state"], run["agent"], run["task"]) == ("flowforge.agent_run", "queued", "atlas", None)
    assert run["input"] == {"agent_id": atlas["id"].removeprefix("agt_"), "agent": "atlas", **asked}
    [entry] = await database.pool.fetch("select action, detail from flowforge.audit where action = 'run.start'")
    assert '"agent":"atlas"' in entry["detail"].replace(" ", "")


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        ({"prompt": " "}, "/prompt", "must not be empty"),
        ({}, "/prompt", "is required"),
        ({"prompt": "x" * 100_001}, "", "larger than"),
        ({"prompt": "x", "budget": "much"}, "/budget", "US dollars"),
        ({"prompt": "x", "budget": "0"}, "/budget", "above 0"),
        ({"prompt": "x", "output": {"type": "objekt"}}, "/output", "no valid JSON Schema"),
        ({"prompt": "x", "output": {"$ref": "https://example.com/x"}}, "/output", "nothing is fetched"),
        ({"prompt": "x", "tool": "y"}, "/tool", "is not a known field"),
    ],
    ids=["blank", "missing", "long", "no amount", "nothing", "no schema", "foreign schema", "unknown"],
)
async def test_what_cannot_be_asked_is_pointed_at(api, atlas, able, body, pointer, said):
    answer = await api.post("/v1/agents/atlas/runs", json=body)
    assert answer.status_code in (413, 422) and answer.json()["errors"][0]["pointer"] == pointer
    assert said in answer.json()["detail"]


async def test_an_unknown_agent_an_archived_one_and_no_worker_are_told(api, atlas):
    asked = {"prompt": "Look."}
    none = await api.post("/v1/agents/atlas/runs", json=asked)
    assert none.status_code == 409 and "no worker has run agents" in none.json()["detail"] and "flowforge worker" in none.json()["hint"]
    unknown = await api.post("/v1/agents/atlsa/runs", json=asked)
    assert (unknown.status_code, unknown.json()["nearest"]) == (404, ["atlas"])
    await api.post("/v1/agents/atlas/archive", json={})
    archived = await api.post("/v1/agents/atlas/runs", json=asked)
    assert archived.status_code == 409 and "archived" in archived.json()["detail"]


async def test_the_runs_of_an_agent_are_listed_by_its_name_or_its_id(api, atlas, able):
    await api.post("/v1/agents", json={"name": "maya", "model": "gpt-4o"})
    of_atlas, of_maya = [(await api.post(f"/v1/agents/{name}/runs", json={"prompt": "Look."})).json()["id"] for name in ("atlas", "maya")]

    for agent, run in (("atlas", of_atlas), (atlas["id"], of_atlas), ("maya", of_maya)):
        found = (await api.get("/v1/runs", params={"agent": agent, "state": "queued"})).json()["data"]
        assert [one["id"] for one in found] == [run]
    assert (await api.get("/v1/runs", params={"agent": "nobody"})).status_code == 404
