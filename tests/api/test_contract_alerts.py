"""Alerts over HTTP: channels, rules, and what is wrong."""

from __future__ import annotations

from flowforge import ids
from flowforge.alerts.evaluation import evaluate

CHANNEL = {"name": "on-call", "settings": {"kind": "webhook", "url": "https://hooks.example.com/x", "secret_env": "FLOWFORGE_ALERT_SECRET"}}
RULE = {"name": "orders-fail", "kind": "failed_runs", "function": "order.ship", "threshold": 2, "window": "10m", "channels": ["on-call"]}


async def test_channels_and_rules_are_made_listed_and_deleted(api):
    made = await api.post("/v1/alert_channels", json=CHANNEL)
    assert made.status_code == 201, made.text
    assert made.json()["settings"] == CHANNEL["settings"] and made.json()["id"].startswith("alc_")
    made = await api.post("/v1/alert_rules", json=RULE)
    assert made.status_code == 201, made.text
    assert (made.json()["window_seconds"], made.json()["quiet_seconds"]) == (600, 14400)

    assert [item["name"] for item in (await api.get("/v1/alert_channels")).json()["data"]] == ["on-call"]
    assert [item["name"] for item in (await api.get("/v1/alert_rules")).json()["data"]] == ["orders-fail"]
    assert (await api.delete("/v1/alert_channels/on-call")).status_code == 409
    assert (await api.delete("/v1/alert_rules/orders-fail")).status_code == 204
    assert (await api.delete("/v1/alert_rules/orders-fail")).status_code == 404
    assert (await api.delete("/v1/alert_channels/on-call")).status_code == 204


async def test_a_repeated_request_makes_one_rule(api):
    await api.post("/v1/alert_channels", json=CHANNEL)
    headers = {"idempotency-key": "one"}
    first = await api.post("/v1/alert_rules", json=RULE, headers=headers)
    again = await api.post("/v1/alert_rules", json=RULE, headers=headers)
    assert first.json() == again.json() and again.status_code == 201
    assert (await api.post("/v1/alert_rules", json=RULE)).status_code == 409


async def test_what_does_not_fit_is_refused_with_its_place(api):
    await api.post("/v1/alert_channels", json=CHANNEL)
    for change, pointer in (
        ({"kind": "failed_rums"}, "/kind"),
        ({"channels": ["nobody"]}, "/channels/0"),
        ({"window": "soon"}, "/window"),
        ({"treshold": 3}, "/treshold"),
    ):
        answer = await api.post("/v1/alert_rules", json={**RULE, **change})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    foreign = {"name": "x", "settings": {"kind": "slack", "url_env": "OPENAI_API_KEY"}}
    assert (await api.post("/v1/alert_channels", json=foreign)).status_code == 422


async def test_alerts_are_listed_newest_first_page_by_page(api, database, tenant_id):
    await api.post("/v1/alert_channels", json=CHANNEL)
    await api.post("/v1/alert_rules", json={"name": "any", "kind": "failed_runs", "channels": ["on-call"]})
    for name in ("a", "b", "c"):
        await database.pool.execute(
            "insert into flowforge.failure (tenant_id, ended_at, run_id, function_id) values ($1, now(), $2, $3)",
            tenant_id, ids.new_id(), name,
        )  # fmt: skip
    assert await evaluate(database, every_seconds=0)

    first = (await api.get("/v1/alerts", params={"limit": 2, "state": "open"})).json()
    rest = (await api.get("/v1/alerts", params={"limit": 2, "state": "open", "cursor": first["next_cursor"]})).json()
    found = [*first["data"], *rest["data"]]
    assert sorted(item["subject"] for item in found) == ["a", "b", "c"] and rest["next_cursor"] is None
    assert [item["id"] for item in found] == sorted((item["id"] for item in found), reverse=True)
    assert found[0]["deliveries"][0] | {"due": None} == {
        "channel": "on-call", "event": "opened", "attempt": 0, "due": None, "delivered_at": None, "error": None,
    }  # fmt: skip
    assert (await api.get("/v1/alerts", params={"state": "resolved"})).json()["data"] == []
    assert (await api.get("/v1/alerts", params={"cursor": "nonsense"})).status_code == 422


async def test_another_tenant_sees_none_of_it(api):
    await api.post("/v1/alert_channels", json=CHANNEL)
    other = {"x-flowforge-tenant": "other"}
    assert (await api.get("/v1/alert_channels", headers=other)).json()["data"] == []
    assert (await api.delete("/v1/alert_channels/on-call", headers=other)).status_code == 404
