"""What operators do to runs, over HTTP: replays, single acts, acts on many, retention."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from flowforge import ids
from flowforge.orchestrator.run import start_run
from tests.api.declared import Declared

PLAN_FIELDS = {"run", "origin", "function", "version", "from_step", "reused", "again", "warnings"}
STEP = "insert into flowforge.step (tenant_id, run_id, key, name, kind, state, seq, output, started_at, ended_at)"


@pytest.fixture
async def runs(database, tenant_id, publish):
    """Three queued runs of `order.ship`, the oldest first."""
    await publish({"order.ship": ["order/created"]})
    return [await start_run(database, tenant_id, "order.ship", json.dumps({"n": n})) for n in range(3)]


@pytest.fixture
async def failed(database, tenant_id, runs):
    """The oldest of them, failed in its second step of three names; its id as it is shown."""
    pool = database.pool
    await pool.execute("delete from flowforge.owner where run_id = $1", runs[0])
    error = json.dumps({"type": "CarrierDown", "message": "no answer from the carrier", "step": "ship"})
    await pool.execute(
        "update flowforge.run set state = 'failed', error = $2, ended_at = now(), end_seq = 9 where run_id = $1", runs[0], error
    )
    await pool.execute(
        "insert into flowforge.failure select tenant_id, run_id, function_id, ended_at from flowforge.run where run_id = $1", runs[0]
    )
    for seq, name, state in ((4, "pack", 2), (6, "ship", 3)):
        await pool.execute(f"{STEP} values ($1, $2, $3, $3, 'run', $4, $5, '1', now(), now())", tenant_id, runs[0], name, state, seq)
    return f"run_{runs[0].hex}"


async def test_a_replay_is_planned_then_made_and_names_its_origin(api, failed, database, document):
    plan = await api.post(f"/v1/runs/{failed}/replays", json={"from_step": "ship", "dry_run": True})
    assert Declared(document).wrong("replay_run", plan) == []
    assert plan.status_code == 200 and plan.json().keys() == PLAN_FIELDS
    assert [s["key"] for s in plan.json()["reused"]] == ["pack"] and [s["key"] for s in plan.json()["again"]] == ["ship"]
    assert plan.json()["run"] is None and await database.pool.fetchval("select count(*) from flowforge.run") == 3

    made = await api.post(f"/v1/runs/{failed}/replays", json={"from_failure": True, "input": {"n": 7}})
    assert made.status_code == 202 and made.headers["location"] == f"/v1/runs/{made.json()['run']}"
    run = (await api.get(made.headers["location"])).json()
    assert (run["origin"], run["origin_step"], run["input"], run["state"]) == (failed, "ship", {"n": 7}, "queued")
    steps = (await api.get(f"{made.headers['location']}/steps")).json()["data"]
    assert [(s["key"], s["reused"]) for s in steps] == [("pack", True)]


async def test_a_replay_that_is_sent_again_makes_no_second_run(api, failed, database):
    request = {"url": f"/v1/runs/{failed}/replays", "json": {}, "headers": {"Idempotency-Key": "once"}}
    first = await api.post(**request)
    await database.pool.execute("update flowforge.idempotent_request set status = 0")
    again = await api.post(**request)
    assert first.json()["run"] == again.json()["run"]
    assert await database.pool.fetchval("select count(*) from flowforge.audit where action = 'run.replay'") == 1


async def test_a_replay_that_cannot_be_is_refused(api, failed, runs):
    for target, body, status in (
        (failed, {"from_step": "fly"}, 404),
        (f"run_{runs[1].hex}", {}, 409),
        (failed, {"from_step": "ship", "from_failure": True}, 422),
        (failed, {"form_step": "ship"}, 422),
    ):
        answer = await api.post(f"/v1/runs/{target}/replays", json=body)
        assert answer.status_code == status, answer.text


async def test_a_run_is_paused_and_resumed(api, runs):
    path = f"/v1/runs/{runs[2].hex}/pause"
    paused = await api.put(path, json={"reason": "the carrier is down"})
    assert (paused.status_code, paused.json()["state"]) == (200, "paused")
    assert paused.json()["reason"] == "paused by operator: the carrier is down"
    assert (await api.delete(path)).json()["state"] == "queued"
    assert (await api.delete(path)).status_code == 409


async def test_a_run_is_moved_to_another_version(api, runs):
    answer = await api.put(f"/v1/runs/{runs[2].hex}/version", json={"version": "v2"})
    assert (answer.status_code, answer.json()["version"]) == (200, "v2")


async def test_a_run_is_deleted_an_open_one_by_force(api, runs, failed, database):
    assert (await api.delete(f"/v1/runs/{failed}")).status_code == 204
    assert (await api.get(f"/v1/runs/{failed}")).status_code == 404
    refused = await api.delete(f"/v1/runs/{runs[1].hex}")
    assert refused.status_code == 409 and "force" in refused.json()["hint"]
    assert (await api.delete(f"/v1/runs/{runs[1].hex}?force=true")).status_code == 204
    assert await database.pool.fetchval("select count(*) from flowforge.audit where action = 'run.delete'") == 2


async def test_failures_are_listed_by_reason_and_dismissed(api, failed):
    async def found(**query):
        return [run["id"] for run in (await api.get("/v1/runs", params={"state": "failed", **query})).json()["data"]]

    assert await found(error_type="CarrierDown", q="NO ANSWER", since="2020-01-01T00:00:00Z") == [failed]
    assert await found(error_type="Other") == await found(q="else") == await found(until="2020-01-01T00:00:00Z") == []
    dismissed = await api.put(f"/v1/runs/{failed}/dismissal")
    assert dismissed.json()["dismissed_at"] is not None
    assert await found(dismissed="false") == [] and await found() == [failed]
    await api.delete(f"/v1/runs/{failed}/dismissal")
    assert await found(dismissed="false") == [failed]
    assert (await api.get("/v1/runs", params={"since": "2020-01-01T00:00:00"})).status_code == 422


async def test_an_act_on_many_runs_is_previewed_confirmed_and_done(api, runs, database, document):
    body = {"action": "cancel", "filter": {"function": "order.ship"}}
    seen = await api.post("/v1/runs/bulk", json={**body, "dry_run": True})
    assert Declared(document).wrong("act_on_runs", seen) == []
    assert (seen.status_code, seen.json()["count"], len(seen.json()["sample"])) == (200, 3, 3)
    unconfirmed = await api.post("/v1/runs/bulk", json=body)
    assert (unconfirmed.status_code, unconfirmed.json()["errors"][0]["pointer"]) == (422, "/confirm")
    other = await api.post("/v1/runs/bulk", json={**body, "confirm": {**seen.json()["confirm"], "count": 50}})
    assert (other.status_code, other.json()["winner"]) == (409, {"count": 3})
    done = await api.post("/v1/runs/bulk", json={**body, "confirm": seen.json()["confirm"]})
    assert done.status_code == 202 and (done.json()["bulk"]["done"], done.json()["bulk"]["refused"]) == (3, 0)
    shown = (await api.get(done.headers["location"])).json()
    assert shown == done.json()["bulk"] == (await api.get("/v1/runs/bulk")).json()["data"][0] and shown["ended_at"] is not None
    assert await database.pool.fetchval("select count(*) from flowforge.audit where action = 'run.bulk_cancel'") == 1
    assert (await api.get("/v1/runs/bulk/nonsense")).status_code == 404


async def test_an_act_meets_the_runs_of_the_agent_that_it_names(api, runs, database):
    agent = (await api.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o"})).json()["id"]
    await database.pool.execute("update flowforge.run set agent_id = $1 where run_id = $2", UUID(agent.removeprefix("agt_")), runs[0])
    seen = await api.post("/v1/runs/bulk", json={"action": "cancel", "filter": {"agent": "atlas"}, "dry_run": True})
    assert (seen.status_code, seen.json()["sample"]) == (200, [ids.show("run", runs[0])])

    nobody = await api.post("/v1/runs/bulk", json={"action": "cancel", "filter": {"agent": "nobody"}, "dry_run": True})
    assert (nobody.status_code, nobody.json()["errors"][0]["pointer"]) == (422, "/filter/agent")


async def test_an_act_that_is_sent_again_after_a_lost_answer_is_answered_as_it_was(api, runs, database):
    body = {"action": "delete", "filter": {"function": "order.ship"}, "options": {"force": True}}
    confirm = (await api.post("/v1/runs/bulk", json={**body, "dry_run": True})).json()["confirm"]
    request = {"url": "/v1/runs/bulk", "json": {**body, "confirm": {**confirm, "count": 3}}, "headers": {"Idempotency-Key": "once"}}
    first = await api.post(**request)
    await database.pool.execute("update flowforge.idempotent_request set status = 0")
    again = await api.post(**request)
    assert first.json()["bulk"] == again.json()["bulk"] and again.json()["bulk"]["done"] == 3
    assert await database.pool.fetchval("select count(*) from flowforge.bulk") == 1


async def test_retention_is_shown_and_changed_field_by_field(api, database):
    assert (await api.get("/v1/retention")).json() == {"runs": "30d", "events": "30d", "frames": "7d", "usage": None, "swept_at": None}
    changed = await api.patch("/v1/retention", json={"runs": "90d", "usage": "36h"})
    assert (changed.status_code, changed.json()["runs"], changed.json()["usage"], changed.json()["events"]) == (200, "90d", "36h", "30d")
    assert (await api.patch("/v1/retention", json={"usage": None})).json()["usage"] is None
    for wrong in ({"runs": None}, {"runs": "soon"}, {"runs": "1s"}, {"run": "1d"}):
        answer = await api.patch("/v1/retention", json=wrong)
        assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"].startswith("/run"), answer.text
    assert await database.pool.fetchval("select count(*) from flowforge.audit where action = 'retention.set'") == 2
