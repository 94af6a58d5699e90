"""Notes and messages over HTTP."""

from __future__ import annotations

import pytest

from flowforge import ids
from flowforge.orchestrator.run import start_run


@pytest.fixture
async def atlas(api) -> str:
    answer = await api.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o", "memory": True})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_note_is_written_found_changed_and_deleted(api, atlas):
    task = (await api.post("/v1/tasks", json={"title": "Refund"})).json()["key"]
    body = {"title": "Refund limit", "text": "At most 500 dollars.", "tags": ["refunds"], "task": task}
    made = await api.post("/v1/agents/atlas/memory", json=body)
    note = made.json()
    assert (made.status_code, made.headers["etag"], note["task"], note["by"]) == (201, '"1"', task, "operator")

    await api.post("/v1/agents/atlas/memory", json={"title": "Tone", "text": "Be kind."})
    listed = (await api.get("/v1/agents/atlas/memory?limit=1")).json()
    assert [one["title"] for one in listed["data"]] == ["Tone"]
    rest = (await api.get(f"/v1/agents/atlas/memory?cursor={listed['next_cursor']}")).json()
    assert ([one["title"] for one in rest["data"]], rest["next_cursor"]) == (["Refund limit"], None)
    assert [one["id"] for one in (await api.get("/v1/agents/atlas/memory?q=dollars")).json()["data"]] == [note["id"]]
    assert [one["id"] for one in (await api.get(f"/v1/agents/atlas/memory?task={task}&tag=refunds")).json()["data"]] == [note["id"]]

    path = f"/v1/agents/atlas/memory/{note['id']}"
    changed = await api.patch(path, json={"pinned": True}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.headers["etag"], changed.json()["text"]) == (200, '"2"', "At most 500 dollars.")
    assert (await api.patch(path, json={"text": "x"}, headers={"if-match": '"1"'})).status_code == 412
    assert (await api.delete(path, headers={"if-match": '"1"'})).status_code == 412
    assert (await api.delete(path)).status_code == 204
    assert (await api.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"title": "", "text": "b"}, "/title"),
        ({"title": "a"}, "/text"),
        ({"title": "a", "text": "\x00"}, "/text"),
        ({"title": "a", "text": "b", "task": "FF-99"}, "/task"),
        ({"title": "a", "text": "b", "colour": "red"}, "/colour"),
        ({"title": "a", "text": "b", "tags": ["x\ny"]}, "/tags/0"),
    ],
    ids=["no-title", "no-text", "nul", "no-such-task", "unknown", "bad-tag"],
)
async def test_a_note_that_cannot_be_is_refused_by_field(api, atlas, body, pointer):
    answer = await api.post("/v1/agents/atlas/memory", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert (await api.get("/v1/agents/atlas/memory")).json()["data"] == []


async def test_a_message_is_left_for_an_open_run_and_read_back(api, database, tenant_id, publish, atlas):
    await publish({"order.ship": []})
    assert (await api.post("/v1/agents/atlas/messages", json={"text": "Hello?"})).status_code == 409
    run_id = await start_run(database, tenant_id, "order.ship", "{}")
    run = ids.show("run", run_id)
    assert (await api.post(f"/v1/runs/{run}/messages", json={"text": "Hello?"})).status_code == 409  # no agent's
    await database.pool.execute("update flowforge.run set agent_id = $2 where run_id = $1", run_id, ids.parse("agt", atlas))

    said = await api.post("/v1/agents/atlas/messages", json={"text": "Hello?"})
    assert (said.status_code, said.json()["run"], said.json()["state"]) == (201, run, "waiting")
    await api.post(f"/v1/runs/{run}/messages", json={"text": "And?"})
    first = (await api.get(f"/v1/runs/{run}/messages?limit=1")).json()
    second = (await api.get(f"/v1/runs/{run}/messages?cursor={first['next_cursor']}")).json()
    assert [one["text"] for one in first["data"] + second["data"]] == ["Hello?", "And?"]

    wrong = await api.post("/v1/agents/atlas/messages", json={"text": "Hello?", "task": "FF-99"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/task")
    assert (await api.get(f"/v1/runs/{ids.show('run', ids.new_id())}/messages")).status_code == 404

    await database.pool.execute("delete from flowforge.owner where run_id = $1", run_id)  # as when it ends
    assert [one["state"] for one in (await api.get(f"/v1/runs/{run}/messages")).json()["data"]] == ["missed", "missed"]
    assert (await api.post(f"/v1/runs/{run}/messages", json={"text": "Hello?"})).status_code == 409

    await database.pool.execute("update flowforge.run set state = 'completed', ended_at = now() where run_id = $1", run_id)
    assert (await api.delete(f"/v1/runs/{run}")).is_success
    assert await database.pool.fetchval("select count(*) from flowforge.agent_message") == 0  # they go with their run
