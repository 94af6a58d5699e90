"""Budgets and limits of models over HTTP."""

from __future__ import annotations

import asyncpg
import pytest

from flowforge.access.tenant import find_or_create_tenant

BUDGET = {"name": "all", "scope": "tenant", "unit": "usd", "period": "month", "amount": "250.00", "over": "ask"}


async def test_a_budget_is_made_shown_changed_raised_and_deleted(api):
    made = await api.post("/v1/budgets", json=BUDGET)
    assert made.status_code == 201, made.text
    assert made.json() | {"id": "", "window_start": "", "created_at": "", "updated_at": ""} == {
        "id": "", "name": "all", "scope": "tenant", "subject": None, "unit": "usd", "period": "month", "amount": "250", "warn_at": "0.8",
        "over": "ask", "window_start": "", "used": "0", "reserved": "0", "raised": "0", "left": "250", "unknown_calls": 0, "subjects": 0,
        "fullest": "0", "state": "open", "created_at": "", "updated_at": "",
    }  # fmt: skip
    assert (await api.get("/v1/budgets/all")).json() == made.json()
    assert (await api.get(f"/v1/budgets/{made.json()['id']}")).json() == made.json()

    changed = await api.patch("/v1/budgets/all", json={"amount": "300", "over": "fail"})
    assert (changed.json()["amount"], changed.json()["over"], changed.json()["warn_at"]) == ("300", "fail", "0.8")
    raised = await api.post("/v1/budgets/all/raises", json={"amount": "10.5"})
    assert (raised.status_code, raised.json()["raised"], raised.json()["left"]) == (201, "10.5", "310.5")
    assert [one["subject"] for one in (await api.get("/v1/budgets/all/spending")).json()["data"]] == ["tenant"]
    assert (await api.delete("/v1/budgets/all")).status_code == 204
    assert (await api.delete("/v1/budgets/all")).status_code == 404


async def test_a_repeated_request_makes_one_budget_and_one_raise(api):
    headers = {"idempotency-key": "one"}
    first = await api.post("/v1/budgets", json=BUDGET, headers=headers)
    again = await api.post("/v1/budgets", json=BUDGET, headers=headers)
    assert first.json() == again.json() and again.status_code == 201
    for _ in range(2):
        raised = await api.post("/v1/budgets/all/raises", json={"amount": "10"}, headers={"idempotency-key": "two"})
    assert raised.json()["raised"] == "10"
    assert (await api.post("/v1/budgets", json=BUDGET)).status_code == 409


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"amount": "0"}, "/amount"),
        ({"amount": "-5"}, "/amount"),
        ({"amount": "much"}, "/amount"),
        ({"amount": "NaN"}, "/amount"),
        ({"amount": 5}, "/amount"),
        ({"warn_at": "1.5"}, "/warn_at"),
        ({"over": "explode"}, "/over"),
        ({"period": "week"}, "/period"),
        ({"subject": "atlas"}, "/subject"),
        ({"scope": "agent", "subject": "nobody"}, "/subject"),
        ({"scope": "task", "subject": "FF-99"}, "/subject"),
        ({"scope": "function", "subject": "no.such"}, "/subject"),
        ({"scope": "run", "period": "day"}, "/period"),
        ({"name": " "}, "/name"),
        ({"ammount": "5"}, "/ammount"),
    ],
)
async def test_what_does_not_fit_is_refused_with_its_place(api, change, pointer):
    answer = await api.post("/v1/budgets", json={**BUDGET, **change})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text


async def test_whose_budget_is_to_be_raised_must_be_said_where_there_are_several(api):
    await api.post("/v1/budgets", json={**BUDGET, "name": "each", "scope": "run", "period": "total"})
    answer = await api.post("/v1/budgets/each/raises", json={"amount": "1"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/subject")


async def test_budgets_are_listed_by_name_page_by_page(api):
    for name in ("c", "a", "b"):
        await api.post("/v1/budgets", json={**BUDGET, "name": name})
    first = (await api.get("/v1/budgets", params={"limit": 2})).json()
    rest = (await api.get("/v1/budgets", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["name"] for one in [*first["data"], *rest["data"]]] == ["a", "b", "c"] and rest["next_cursor"] is None


async def test_a_models_limit_is_set_listed_and_deleted(api):
    put = await api.put("/v1/model_limits/anthropic/claude-sonnet-4-5", json={"tokens_per_minute": 40000})
    assert put.status_code == 200, put.text
    (found,) = (await api.get("/v1/model_limits")).json()["data"]
    assert found == {
        "model": "anthropic/claude-sonnet-4-5", "tokens_per_minute": 40000, "requests_per_minute": None, "blocked_until": None,
    }  # fmt: skip
    assert (await api.put("/v1/model_limits/gpt-4o", json={})).status_code == 422
    assert (await api.put("/v1/model_limits/gpt-4o", json={"requests_per_minute": 0})).status_code == 422
    assert (await api.delete("/v1/model_limits/anthropic/claude-sonnet-4-5")).status_code == 204
    assert (await api.delete("/v1/model_limits/anthropic/claude-sonnet-4-5")).status_code == 404


async def test_a_tenant_is_told_of_blocked_models_by_its_own_keys_and_the_deployments_alone(api, database, tenant_id):
    acme = (await find_or_create_tenant(database.pool, "acme")).tenant_id
    for key, model in (("openai:0123", "gpt-4o"), (f"{tenant_id.hex}:openai:0123", "ours"), (f"{acme.hex}:openai:0123", "theirs")):
        await database.pool.execute(
            "insert into flowforge.pace (key, model, blocked_until) values ($1, $2, flowforge.now() + interval '1 hour')", key, model
        )

    async def listed(tenant: str) -> list[str]:
        answer = await api.get("/v1/model_limits", headers={"x-flowforge-tenant": tenant})
        return [one["model"] for one in answer.json()["data"]]

    assert await listed("default") == ["gpt-4o", "ours"] and await listed("acme") == ["gpt-4o", "theirs"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.for_tenant(tenant_id).pool.fetch("select from flowforge.pace")
