"""A run's history over HTTP."""

from __future__ import annotations

from flowforge.orchestrator.history import RunHistory


async def test_a_runs_history_is_what_a_replay_finds(api, publish):
    await publish({"order.ship": ["order/created"]})
    run = (await api.post("/v1/functions/order.ship/runs", json={"input": {"order_id": "ORD-1"}})).json()
    answer = await api.get(f"/v1/runs/{run['label']}/history")
    assert answer.status_code == 200
    history = RunHistory.model_validate_json(answer.text)
    assert (history.id, history.function, history.state, history.steps) == (run["id"], "order.ship", "queued", ())
    assert (history.event.name, history.event.data) == ("flowforge/call", {"order_id": "ORD-1"})
    assert (await api.get("/v1/runs/run_00000000000070008000000000000000/history")).status_code == 404
