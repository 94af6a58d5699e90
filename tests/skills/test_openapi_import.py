"""Tools from OpenAPI documents, good and bad."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flowforge.access.principal import Principal
from flowforge.errors import InvalidInput
from flowforge.skills.http.openapi import Choice, read_document, read_openapi
from flowforge.skills.http.record import http_tools, update_http_tool
from flowforge.skills.http.tool_import import carry_out, plan

ORDER = {"type": "object", "properties": {"sku": {"type": "string"}, "next": {"$ref": "#/components/schemas/Order"}}, "required": ["sku"]}


def shop(**paths: Any) -> dict[str, Any]:
    given = {
        "/orders/{order-id}": {
            "parameters": [{"$ref": "#/components/parameters/order"}],
            "get": {
                "operationId": "getOrder",
                "summary": "Show an order.",
                "tags": ["orders"],
                "parameters": [
                    {"name": "full", "in": "query", "schema": {"type": "boolean"}},
                    {"name": "X-Trace", "in": "header", "schema": {}},
                ],
            },
            "put": {
                "operationId": "putOrder",
                "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
            },
        },
        "/upload": {"post": {"operationId": "upload", "requestBody": {"content": {"multipart/form-data": {"schema": {}}}}}},
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Shop"},
        "servers": [{"url": "https://{region}.example.com/v1", "variables": {"region": {"default": "eu"}}}],
        "paths": {**given, **paths},
        "components": {
            "schemas": {"Order": ORDER},
            "parameters": {"order": {"name": "order-id", "in": "path", "required": True, "schema": {"type": "string", "nullable": True}}},
        },
    }


def test_each_operation_is_a_tool_with_the_effect_of_its_method():
    reading = read_openapi(shop(), Choice(auth={"kind": "bearer", "secret": "shop"}, effects={"putOrder": "money"}))

    get, put = reading.tools
    assert (get.name, get.effect, get.url) == ("getOrder", "read", "https://eu.example.com/v1/orders/{order-id}?full={full}")
    assert get.headers == {"X-Trace": "{X-Trace}"}
    assert get.parameters["required"] == ["order-id"]
    assert get.parameters["properties"]["order-id"]["type"] == ["string", "null"]
    assert (put.effect, put.body, put.parameters["required"]) == ("money", {"sku": "{sku}", "next": "{next}"}, ["order-id", "sku"])
    assert put.auth is not None
    assert reading.refused == ("POST /upload: its body is of a kind that a tool cannot send: multipart/form-data",)


def test_operations_are_chosen_by_tag_or_id_and_what_is_not_there_is_said():
    assert [tool.name for tool in read_openapi(shop(), Choice(tags=("orders",), prefix="shop_")).tools] == ["shop_getOrder"]
    chosen = read_openapi(shop(), Choice(operations=("putOrder", "nothing")))
    assert [tool.name for tool in chosen.tools] == ["putOrder"]
    assert chosen.refused == ("nothing: the document has no such operation",)


def test_names_are_made_unique_and_fit_for_every_provider():
    one = {"get": {"summary": "x"}}
    paths = {"/" + "a" * 100: one, "/" + "a" * 100 + "b": one, "/…": one}

    names = [tool.name for tool in read_openapi({**shop(), "paths": paths}, Choice()).tools]

    assert len(set(names)) == 3
    assert all(len(name) <= 64 for name in names)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "https://evil.example/schema"}, "leads out of the document"),
        ({"$ref": "file:///etc/passwd"}, "leads out of the document"),
        ({"$ref": "#/components/schemas/Nobody"}, "leads nowhere"),
        ({"$ref": "#/components/schemas/Circle"}, "around in a circle"),
        ({"$ref": "#/components/schemas/Wide0"}, "has more than 5000 parts"),
    ],
    ids=["remote", "file", "nowhere", "circle", "wide"],
)
def test_references_are_followed_within_the_document_and_not_for_ever(schema, words):
    document = shop(**{"/bad": {"post": {"operationId": "bad", "requestBody": {"content": {"application/json": {"schema": schema}}}}}})
    document["components"]["schemas"]["Circle"] = {"$ref": "#/components/schemas/Circle"}
    for n in range(10):  # nine lines that stand for a billion
        ten = {f"p{m}": {"$ref": f"#/components/schemas/Wide{n + 1}"} for m in range(10)}
        document["components"]["schemas"][f"Wide{n}"] = {"type": "object", "properties": ten}
    document["components"]["schemas"]["Wide10"] = {"type": "string"}

    reading = read_openapi(document, Choice(operations=("bad", "getOrder")))

    assert [tool.name for tool in reading.tools] == ["getOrder"]
    assert words in reading.refused[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "neither JSON nor YAML"),
        ("[]", "no OpenAPI document"),
        (json.dumps({"swagger": "2.0", "paths": {}}), "no OpenAPI document"),
        ("openapi: 3.1.0\n", "has no paths"),
        ("a: &a [1]\nb: *a\n", "anchors"),
        ("x" * (5 * 1024 * 1024 + 1), "at most"),
    ],
    ids=["broken", "list", "old", "empty", "anchors", "large"],
)
def test_what_is_no_document_is_refused(text, words):
    with pytest.raises(InvalidInput, match=words):
        read_document(text)


def test_a_server_is_fixed_when_the_document_is_read():
    document = {**shop(), "servers": [{"url": "/v2"}]}
    with pytest.raises(InvalidInput, match="where its server is"):
        read_openapi(document, Choice())
    assert (
        read_openapi(document, Choice(), url="https://api.example.com/docs/openapi.json")
        .tools[0]
        .url.startswith("https://api.example.com/v2/")
    )
    inside = read_openapi(document, Choice(server="http://169.254.169.254"))
    assert inside.tools == ()
    assert "may not be called from here" in inside.refused[0]


async def test_importing_again_compares_and_keeps_what_people_have_set(database, tenant_id):
    mira, pool = Principal(tenant_id, "person", "mira"), database.pool
    first = await plan(pool, tenant_id, "shop", shop(), Choice(), None)
    assert [one.name for one in first.made] == ["getOrder", "putOrder"]
    assert await http_tools(pool, tenant_id) == []
    await carry_out(database, mira, first)
    await update_http_tool(database, mira, "putOrder", {"effect": "money", "rate": "5/min"})

    changed = shop(**{"/new": {"delete": {"operationId": "deleteAll"}}})
    del changed["paths"]["/orders/{order-id}"]["get"]
    changed["paths"]["/orders/{order-id}"]["put"]["summary"] = "Change an order."
    second = await plan(pool, tenant_id, "shop", changed, Choice(), None)
    assert [one.name for one in second.made] == ["deleteAll"]
    assert [after.name for _, after in second.changed] == ["putOrder"]
    assert (second.removed, second.kept) == (("getOrder",), ())
    await carry_out(database, mira, second)

    tools = {one.definition.name: one for one in await http_tools(pool, tenant_id)}
    put = tools["putOrder"].definition
    assert sorted(tools) == ["deleteAll", "putOrder"]
    assert (put.description, put.effect, put.rate, tools["putOrder"].revision) == ("Change an order.", "money", "5/min", 3)
    third = await plan(pool, tenant_id, "shop", changed, Choice(), None)
    assert (third.made, third.changed, third.removed, third.kept) == ((), (), (), ("putOrder", "deleteAll"))
    other = await plan(pool, tenant_id, "other", changed, Choice(), None)
    assert other.made == ()
    assert other.refused[-1].startswith("deleteAll: another tool has this name")
