"""Prices over HTTP: what holds for a model and why, set by a tenant, versioned and audited."""

from __future__ import annotations

import asyncio

import pytest

from flowforge.audit.log import read
from flowforge.orchestrator.models.price_book import publish_prices
from flowforge.orchestrator.models.price_file import parse_prices


async def price_of(api, model, **headers):
    (found,) = (await api.get("/v1/prices", params={"model": model}, headers=headers)).json()["data"]
    return found


async def test_the_tables_price_is_shown_per_million_with_its_version(api):
    assert (await price_of(api, "gpt-4o")) | {"version": "?"} == {
        "model": "gpt-4o", "input": "2.5", "output": "10", "cached": "1.25", "cache_written": "2.5", "reasoning": "10",
        "source": "litellm", "version": "?",
    }  # fmt: skip


async def test_a_price_that_nobody_knows_is_null(api):
    found = await price_of(api, "openai/own-model")
    assert set(found.values()) == {"openai/own-model", None}


@pytest.mark.parametrize("model", ["my-provider/my-model", "a/b/c:free", "gpt-4o", "modèle/ü 1"])
async def test_a_price_is_set_changed_and_taken_back_under_any_name(api, model):
    before = await price_of(api, model)
    path = f"/v1/prices/{model}"
    first = await api.put(path, json={"input": "0.15", "output": "0.60", "cached": "0.015"})
    assert first.status_code == 200
    assert first.json() == {
        "model": model, "input": "0.15", "output": "0.6", "cached": "0.015", "cache_written": "0.15", "reasoning": "0.6",
        "source": "override", "version": "1",
    }  # fmt: skip
    assert (await api.put(path, json={"input": "0.000000000001"})).json()["version"] == "2"
    found = await price_of(api, model)
    assert (found["input"], found["output"], found["version"]) == ("0.000000000001", None, "2")
    assert [line["model"] for line in (await api.get("/v1/prices")).json()["data"]] == [model]

    assert (await api.delete(path)).status_code == 204
    assert await price_of(api, model) == before
    assert (await api.delete(path)).status_code == 404
    assert (await api.put(path, json={"input": "3"})).json()["version"] == "3"


async def test_each_change_is_an_audit_entry_and_every_version_stays(api, database, tenant_id):
    await api.put("/v1/prices/my/model", json={"input": "1", "output": "2"})
    await api.put("/v1/prices/my/model", json={"input": "3"})
    await api.delete("/v1/prices/my/model")

    entries = await read(database.pool, tenant_id)
    assert [(entry.principal, entry.action, entry.target) for entry in entries] == [
        ("operator", "price.set", "my/model"), ("operator", "price.set", "my/model"), ("operator", "price.delete", "my/model"),
    ]  # fmt: skip
    assert [entry.detail["version"] for entry in entries] == [1, 2, 2]
    assert (entries[0].detail["input"], entries[1].detail["output"]) == ("1", None)
    rows = await database.pool.fetch("select version, ended_by from flowforge.model_price order by version")
    assert [tuple(row) for row in rows] == [(1, "operator"), (2, "operator")]


async def test_a_price_is_a_tenants_own(api):
    await api.put("/v1/prices/gpt-4o", json={"input": "1"}, headers={"x-flowforge-tenant": "acme"})
    assert (await price_of(api, "gpt-4o"))["source"] == "litellm"
    assert (await price_of(api, "gpt-4o", **{"x-flowforge-tenant": "acme"}))["source"] == "override"


async def test_the_apps_file_goes_before_the_table_and_behind_what_is_set(api, database):
    file = parse_prices('[models."gpt-4o"]\ninput = "7"\noutput = "8"\n')
    await publish_prices(database.pool, "shop/", file.prices, file.version)
    found = await price_of(api, "gpt-4o")
    assert (found["input"], found["source"], found["version"]) == ("7", "prices.toml", file.version)
    await api.put("/v1/prices/gpt-4o", json={"input": "1"})
    assert (await price_of(api, "gpt-4o"))["input"] == "1"
    await api.delete("/v1/prices/gpt-4o")
    assert (await price_of(api, "gpt-4o"))["input"] == "7"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"input": "-1"}, "/input"), ({"input": "1", "output": "-0.01"}, "/output"), ({"input": "1e3"}, "/input"),
        ({"input": "NaN"}, "/input"), ({"input": ""}, "/input"), ({"input": 0.15}, "/input"), ({"output": "1"}, "/input"),
        ({"input": "1", "reasoning": "1,5"}, "/reasoning"), ({"input": "1", "per": "1K"}, "/per"),
        ({"input": "1" * 20}, "/input"), ({"input": "0." + "1" * 13}, "/input"),
    ],
)  # fmt: skip
async def test_a_price_that_is_none_is_pointed_at(api, body, pointer):
    answer = await api.put("/v1/prices/my/model", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await api.get("/v1/prices")).json()["data"] == []


async def test_a_name_that_no_model_has_is_refused(api):
    assert (await api.put("/v1/prices/%20", json={"input": "1"})).status_code == 422
    assert (await api.put(f"/v1/prices/{'m' * 201}", json={"input": "1"})).status_code == 422


async def test_changes_at_the_same_moment_are_versions_one_after_the_other(api, database):
    answers = await asyncio.gather(*(api.put("/v1/prices/my/model", json={"input": str(n)}) for n in range(8)))
    assert sorted(int(answer.json()["version"]) for answer in answers) == list(range(1, 9))
    assert await database.pool.fetchval("select count(*) from flowforge.model_price where ended_at is null") == 1
