"""The OpenAPI document is complete: every route, every field, every error, with examples; and its page needs no network."""

from __future__ import annotations

import re

import pytest
from fastapi.routing import APIRoute

from flowforge.access.permission import OPEN, OPERATIONS
from flowforge.api.routes import ROUTERS

ROUTES = {
    "post /hooks/{}",
    "post /events", "post /v1/events", "get /v1/runs", "get /v1/runs/{}", "get /v1/runs/{}/steps", "post /v1/runs/{}/cancellation",
    "get /v1/runs/{}/stream", "get /v1/functions", "post /v1/functions/{}/runs", "post /v1/agents", "get /v1/agents", "get /v1/agents/{}",
    "patch /v1/agents/{}", "get /v1/agents/{}/stream", "post /v1/tasks", "get /v1/tasks", "get /v1/tasks/{}", "put /v1/tasks/{}/assignee",
    "put /v1/tasks/{}/column", "post /v1/tasks/{}/comments", "get /v1/tasks/{}/activity", "get /v1/tasks/{}/stream", "post /v1/users",
    "get /v1/users", "get /v1/approvals", "post /v1/approvals/{}/decision", "get /healthz", "get /readyz", "get /v1/events",
    "get /v1/events/{}",
    "get /metrics", "get /v1/alerts", "get /v1/alert_rules", "post /v1/alert_rules", "delete /v1/alert_rules/{}", "get /v1/alert_channels",
    "post /v1/alert_channels", "delete /v1/alert_channels/{}", "get /v1/usage", "get /v1/prices", "put /v1/prices/{}",
    "delete /v1/prices/{}",
}  # fmt: skip


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", method, operation


def resolve(document, schema):
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def has_example(document, media) -> bool:
    if "example" in media or "examples" in media:
        return True
    schema = resolve(document, media["schema"])
    options = [schema, *(resolve(document, option) for option in [*schema.get("oneOf", []), *schema.get("anyOf", [])])]
    return any("examples" in option or "example" in option for option in options)


def test_every_route_is_in_the_document(document):
    served = {route.path_format for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)}

    assert served == set(document["paths"])
    assert {re.sub(r"\{\w+\}", "{}", name) for name, _, _ in operations(document)} >= ROUTES


def test_every_operation_has_a_summary_a_description_and_a_name_of_its_own(document):
    names = [operation["operationId"] for _, _, operation in operations(document)]

    assert len(set(names)) == len(names)
    for name, _, operation in operations(document):
        assert operation.get("summary") and operation.get("description") and operation.get("tags"), name


def test_every_body_and_every_answer_has_an_example(document):
    for name, _, operation in operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            assert has_example(document, media), f"{name}: the body"
        for status, response in operation["responses"].items():
            for media in response.get("content", {}).values():
                assert has_example(document, media), f"{name}: {status}"


def test_every_operation_declares_its_errors_as_problems(document):
    for name, method, operation in operations(document):
        statuses = set(operation["responses"])
        expected = {"500", "503"} if "health" in operation["tags"] else {"401", "403", "422", "429", "500", "503"}
        expected |= {"409"} if method != "get" and "hooks" not in operation["tags"] else set()
        expected |= {"400", "413", "415"} if "requestBody" in operation else set()
        assert expected <= statuses, (name, expected - statuses)
        for status in statuses:
            if status >= "400":
                [(media_type, media)] = operation["responses"][status]["content"].items()
                assert (media_type, media["schema"]) == ("application/problem+json", {"$ref": "#/components/schemas/Problem"}), name
                assert media["example"]["status"] == int(status)


def test_every_path_with_a_name_in_it_declares_404(document):
    for name, _, operation in operations(document):
        assert "{" not in name or "404" in operation["responses"], name


def test_every_parameter_has_a_description_and_each_write_takes_an_idempotency_key(document):
    for name, method, operation in operations(document):
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (name, parameter["name"])
        keys = [parameter for parameter in operation.get("parameters", []) if parameter["name"] == "Idempotency-Key"]
        assert len(keys) == (method != "get" and "hooks" not in operation["tags"]), name


def test_every_reference_leads_somewhere(document):
    for reference in set(re.findall(r"'\$ref': '#/components/schemas/(\w+)'", str(document))):
        assert reference in document["components"]["schemas"], reference


def test_no_body_takes_unknown_fields(document):
    for name, _, operation in operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            schema = resolve(document, media["schema"])
            for option in [schema, *schema.get("oneOf", [])]:
                found = resolve(document, option)
                if found.get("type") == "object":
                    assert found.get("additionalProperties") is False, name


async def test_the_document_is_served(api, document):
    assert (await api.get("/openapi.json")).json() == document


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_the_pages_ask_nobody_else_for_anything(api, path):
    page = await api.get(path)

    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//|@import|\burl\(""", page.text)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe-inline" not in policy and "http" not in policy


async def test_the_first_page_links_only_to_what_is_there(api):
    for link in re.findall(r'href="([^"]+)"', (await api.get("/")).text):
        assert (await api.get(link)).status_code == 200, link


def test_who_is_let_in_by_what_is_declared_for_every_operation(document):
    assert document["components"]["securitySchemes"].keys() == {"key", "session", "csrf"}
    for name, method, operation in operations(document):
        if OPERATIONS[operation["operationId"]] == OPEN:
            assert operation["security"] == [{}], name
        elif method == "get":
            assert operation.get("security", document["security"]) == [{"key": []}, {"session": []}], name
        else:
            assert operation["security"] == [{"key": []}, {"session": [], "csrf": []}], name
