"""What nobody should send: every route refuses it at the door, with a 4xx that names the place, and never with a 5xx."""

from __future__ import annotations

import asyncio
import json

import pytest

from flowforge.api.problem import Refusal
from flowforge.api.strict_json import MAX_DEPTH, parse_strictly
from flowforge.orchestrator.webhook import publish_webhooks, webhook

# name: body, status, pointer of the place
CORPUS = {
    "not JSON": (b'{"name": "a", "data": {}', 400, ""),
    "trailing text": (b'{"name": "a"} x', 400, ""),
    "two values": (b"{}{}", 400, ""),
    "single quotes": (b"{'name': 'a'}", 400, ""),
    "raw control character": (b'{"name": "a\x00b"}', 400, ""),
    "NUL": (b'{"name": "a", "data": {"x": ["a\\u0000b"]}}', 422, "/data/x/0"),
    "NUL in a key": (b'{"name": "a", "data": {"x\\u0000": 1}}', 422, "/data"),
    "lone surrogate": (b'{"name": "a", "data": {"x": "\\ud800"}}', 422, "/data/x"),
    "a low surrogate first": (b'{"name": "a", "data": {"x": "\\udc00\\ud800"}}', 422, "/data/x"),
    "two high surrogates": (b'{"name": "a", "data": {"x": "\\ud83d\\ud83d\\ude00"}}', 422, "/data/x"),
    "lone surrogate in a key": (b'{"name": "a", "data": {"\\udfff": 1}}', 422, "/data"),
    "NaN": (b'{"name": "a", "data": {"x": NaN}}', 400, "/data/x"),
    "Infinity": (b'{"name": "a", "data": {"x": [1, -Infinity]}}', 400, "/data/x/1"),
    "10^400": (b'{"name": "a", "data": {"x": 1e400}}', 422, "/data/x"),
    "10^400 in digits": (b'{"name": "a", "data": {"x": 1' + b"0" * 400 + b"}}", 422, "/data/x"),
    "10^5000 in digits": (b'{"name": "a", "data": {"x": 1' + b"0" * 5000 + b"}}", 422, "/data/x"),
    "2^63": (b'{"name": "a", "data": {"x": 9223372036854775808}}', 422, "/data/x"),
    "duplicate keys": (b'{"name": "a", "data": {"x": {"k": 1, "k": 2}}}', 400, "/data/x/k"),
    "depth 201": (b"[" * 201 + b"]" * 201, 400, "/" + "/".join("0" * 200)),
    "depth 100,000": (b"[" * 20_000 + b"]" * 20_000, 400, ""),
    "depth 20,000 of objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400, ""),
    "not UTF-8": (b'{"name": "\xff"}', 400, ""),
    "UTF-16": ('{"name": "a"}'.encode("utf-16"), 400, ""),
    "byte order mark": (b'\xef\xbb\xbf{"name": "a"}', 400, ""),
    "encoded surrogate": (b'{"name": "\xed\xa0\x80"}', 400, ""),
}
TEXTS = [
    "a" * 100_000,
    "\u202e\u200b",
    "'; drop table flowforge.run; --",
    "%s%n{0}",
    "../../etc/passwd",
    "\U0001f600" * 50,
    " ",
    "\n",
    "null",
    "0",
]


@pytest.mark.parametrize("name", CORPUS)
def test_the_place_of_the_poison_is_named(name):
    body, status, pointer = CORPUS[name]

    with pytest.raises(Refusal) as refusal:
        parse_strictly(body)

    problem = refusal.value.problem
    assert problem.status == status, problem
    assert problem.errors[0].pointer == pointer[:200]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1, -2.5, 1e3, true, null, "\\u00e9\\ud83d\\ude00"]}',
        "9223372036854775807",
        '["\\\\u0000 \\\\ud800 \\ud83d\\ude00"]',
        "-9223372036854775808",
        '""',
        "[]",
        "1e308",
    ],
)
def test_what_is_fine_is_read_as_it_is(text):
    assert parse_strictly(text.encode()) == json.loads(text)


@pytest.mark.parametrize("body", [b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000])
def test_a_depth_of_100_000_is_refused(body):
    with pytest.raises(Refusal, match=r"nests deeper|not valid JSON"):
        parse_strictly(body)


def test_nesting_up_to_the_limit_is_fine():
    assert parse_strictly(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is not None


def routes_with_a_body(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method in ("post", "put", "patch"):
                yield method, path, operation


def filled(path: str, value: str) -> str:
    return "/".join(value if part.startswith("{") else part for part in path.split("/"))


@pytest.fixture
async def hook(database):
    """Behind its signature a webhook reads bodies as strictly as every other route."""
    await publish_webhooks(database.pool, "tests", [webhook("x", scheme="none")])


async def test_no_route_answers_poison_with_a_5xx(app, api, hook):
    for method, path, _ in routes_with_a_body(app.openapi()):
        for name, (body, status, _) in CORPUS.items():
            answer = await api.request(method, filled(path, "x"), content=body, headers={"content-type": "application/json"})
            assert answer.status_code == status, (method, path, name, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.thorough
@pytest.mark.long
async def test_no_route_answers_a_value_of_the_wrong_type_with_a_5xx(app, api, hook):
    values = [None, True, 0, -1, 2**63 - 1, 1.5, "", "x", [], [[]], {}, {"x": {}}, [1] * 1001, *TEXTS[1:]]
    for method, path, operation in routes_with_a_body(app.openapi()):
        fields = fields_of(app.openapi(), operation)
        for value in values:
            for body in [value, *({field: value} for field in fields), dict.fromkeys(fields, value)]:
                answer = await api.request(method, filled(path, "x"), json=body)
                assert answer.status_code < 500, (method, path, body, answer.text)


def fields_of(document, operation) -> list[str]:
    if "requestBody" not in operation:
        return []
    schema = next(iter(operation["requestBody"]["content"].values()))["schema"]
    for option in [schema, *schema.get("oneOf", []), *schema.get("anyOf", [])]:
        if "$ref" in option:
            return list(document["components"]["schemas"][option["$ref"].rpartition("/")[2]].get("properties", {}))
    return []


PATH_POISON = [
    "%00",
    "a%00b",
    "%ED%A0%80",
    "%FF",
    "..",
    "%2e%2e",
    "'",
    "%25",
    "%20",
    "a" * 5000,
    "%F0%9F%98%80",
    "%0d%0aX: y",
    "_",
    "-",
    "*",
]


@pytest.mark.long
async def test_no_route_answers_a_poisoned_address_with_a_5xx(app, api):
    for path, operations in app.openapi()["paths"].items():
        for method in operations:
            if "{" in path:
                for poison in PATH_POISON:
                    body = {} if method in ("post", "put", "patch") else None
                    elsewhere = poison in ("..", "%2e%2e")  # the client asks for the path above, where a list may be
                    if elsewhere and path.endswith("/stream"):
                        continue  # or the tenant's stream, which does not end
                    answer = await api.request(method, filled(path, poison), json=body)
                    assert (answer.status_code >= 400 or elsewhere) and answer.status_code < 500, (method, path, poison, answer.text)


@pytest.mark.long
async def test_no_list_answers_a_poisoned_query_with_a_5xx(app, api):
    for path, operations in app.openapi()["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", []):
            if parameter["in"] == "query" and "{" not in path:
                for poison in [*PATH_POISON, "99999999999999999999999", "-1", "NaN", ""]:
                    answer = await api.get(f"{path}?{parameter['name']}={poison}")
                    assert answer.status_code < 500, (path, parameter["name"], poison, answer.text)


async def test_markdown_with_scripts_comes_back_as_the_text_that_it_was(api):
    text = "# x\n<script>alert(1)</script> [x](javascript:alert(1)) ![x](x onerror=alert(1)) </title><svg/onload=alert(1)>"
    task = await api.post("/v1/tasks", json={"title": text.replace("\n", " "), "description": text})
    said = await api.post(f"{task.headers['location']}/comments", json={"text": text})

    for path, field in ((task.headers["location"], "description"), (said.headers["location"], "text")):
        shown = await api.get(path)
        assert shown.json()[field] == text
        assert shown.headers["content-type"] == "application/json" and shown.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in shown.headers["content-security-policy"]


@pytest.mark.parametrize(
    "header", ["Idempotency-Key", "If-Match", "Last-Event-ID", "X-FlowForge-Tenant", "X-Request-Id", "Authorization", "Content-Type"]
)
async def test_no_header_is_answered_with_a_5xx(api, header):
    for value in ["", " ", "x" * 5000, "\x7f", "\xff", "-1", "9" * 30, "W/", '"', "a, b", "Bearer"]:
        for method, path in (("get", "/v1/runs"), ("post", "/events"), ("patch", "/v1/agents/x"), ("get", "/v1/agents/x/stream")):
            content = b"{}" if method != "get" else None
            headers = {"content-type": "application/json", header.lower(): value.encode("latin-1")}
            answer = await api.request(method, path, content=content, headers=headers)
            assert answer.status_code < 500, (header, value, answer.text)


async def test_a_body_over_the_limit_is_refused_by_its_announced_length(api, settings):
    answer = await api.post("/events", content=b" " * (settings.body_limit_bytes + 1), headers={"content-type": "application/json"})

    assert answer.status_code == 413
    assert answer.json()["detail"] == f"the body is larger than {settings.body_limit_bytes} bytes"


async def test_a_chunked_body_over_the_limit_is_not_read_to_its_end(server, settings):
    sent = 0
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = "POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    writer.write(head.encode())
    chunk = b"1000\r\n" + b" " * 0x1000 + b"\r\n"
    while sent <= settings.body_limit_bytes + 0x1000:  # never the last chunk: the answer cannot have waited for it
        writer.write(chunk)
        sent += 0x1000
    await writer.drain()

    assert b" 413 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
async def test_another_media_type_is_refused(api, headers):
    answer = await api.post("/events", content=b'{"name": "a", "data": {}}', headers=headers)

    assert answer.status_code == 415, answer.text


async def test_a_body_that_never_arrives_is_given_up(app, api):
    from flowforge.api.body import StrictBody

    async def never() -> dict[str, object]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: object) -> None: ...

    door = StrictBody(app, limit_bytes=100, read_seconds=0.01)
    scope = {"type": "http", "path": "/events", "headers": [(b"content-length", b"5")], "method": "POST"}
    with pytest.raises(Refusal, match="did not arrive"):
        await door(scope, never, send)
