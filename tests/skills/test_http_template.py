"""What an argument can do to an address, a header, a body: be a part of it, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from flowforge.errors import InvalidInput
from flowforge.skills.http.definition import read_http_tool
from flowforge.skills.http.request import request_of
from flowforge.skills.web.html_text import html_text

PARAMETERS = {"type": "object", "properties": {"a": {}, "b": {}, "list": {}}}


def tool(**more: Any) -> Any:
    base = {"name": "t", "description": "d", "effect": "read", "url": "https://api.example.com/x/{a}?q={b}", "parameters": PARAMETERS}
    return read_http_tool({**base, **more})


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("plain", "/x/plain"),
        ("../../admin", "/x/..%2F..%2Fadmin"),
        ("a?b=c#d", "/x/a%3Fb%3Dc%23d"),
        ("@evil.example", "/x/%40evil.example"),
        ("%2e%2e", "/x/%252e%252e"),
        ("ü/\\", "/x/%C3%BC%2F%5C"),
        (7, "/x/7"),
        (True, "/x/true"),
        ("{b}{{secret:key}}", "/x/%7Bb%7D%7B%7Bsecret%3Akey%7D%7D"),
        ("a\r\nHost: evil", "/x/a%0D%0AHost%3A%20evil"),
    ],
    ids=["plain", "up", "query", "user", "encoded", "unicode", "number", "truth", "templates", "lines"],
)
def test_a_value_stays_within_its_segment(given, path):
    assert request_of(tool(), {"a": given}, {}, "k").url == f"https://api.example.com{path}"


@pytest.mark.parametrize("given", [".", "..", "", None, [1], {}], ids=["dot", "dots", "empty", "none", "list", "object"])
def test_a_value_that_cannot_stand_in_a_path_is_refused(given):
    with pytest.raises(InvalidInput) as refused:
        request_of(tool(), {"a": given}, {}, "k")
    assert refused.value.pointer == "/a"


def test_two_values_cannot_make_two_dots_together():
    with pytest.raises(InvalidInput):
        request_of(tool(url="https://api.example.com/{a}{b}/x"), {"a": ".", "b": "."}, {}, "k")


def test_a_query_takes_values_lists_and_nothing_for_what_is_not_given():
    many = tool(url="https://api.example.com/x?q={b}&tag={list}&fixed=1")
    assert request_of(many, {"b": "a&c=d", "list": ["x", "y z"]}, {}, "k").url.endswith("?q=a%26c%3Dd&tag=x&tag=y%20z&fixed=1")
    assert request_of(many, {}, {}, "k").url.endswith("/x?fixed=1")


def test_headers_take_arguments_and_secrets_but_neither_within_the_other():
    one = tool(headers={"X-A": "{a}/{{secret:key}}", "X-B": "{b}"})
    request = request_of(one, {"a": "{{secret:other}}"}, {"key": "{a}"}, "k")
    assert request.headers["X-A"] == "{{secret:other}}/{a}"
    assert "X-B" not in request.headers
    assert "key" not in repr(request)
    for bad in ("x\r\nHost: evil", "x\nY: 1", "x\x00"):
        with pytest.raises(InvalidInput):
            request_of(one, {"a": bad}, {"key": "s"}, "k")


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"kind": "bearer", "secret": "s"}, "authorization", "Bearer v&1"),
        ({"kind": "basic", "username": "u", "secret": "s"}, "authorization", "Basic dTp2JjE="),
        ({"kind": "api_key", "name": "X-Key", "secret": "s"}, "X-Key", "v&1"),
    ],
    ids=["bearer", "basic", "key"],
)
def test_a_secret_goes_where_its_kind_of_auth_says(auth, header, value):
    assert request_of(tool(auth=auth), {"a": "x"}, {"s": "v&1"}, "k").headers[header] == value


def test_a_key_may_stand_in_the_query():
    auth = {"kind": "api_key", "name": "key", "secret": "s", "place": "query"}
    assert request_of(tool(auth=auth), {"a": "x"}, {"s": "v&1"}, "k").url == "https://api.example.com/x/x?key=v%261"


def test_a_body_is_made_of_the_rest_or_of_a_template_and_the_key_of_the_call_goes_along():
    rest = request_of(tool(method="POST", effect="write"), {"a": "x", "b": 1, "list": [1]}, {}, "run:step")
    assert (rest.body, rest.headers["Idempotency-Key"]) == (b'{"list": [1]}', "run:step")
    shaped = tool(method="PUT", effect="write", body={"id": "{a}", "all": "{list}", "note": "for {a}", "none": "{b}"})
    assert request_of(shaped, {"a": 7, "list": [1, 2]}, {}, "k").body == b'{"id": 7, "all": [1, 2], "note": "for 7"}'
    form = tool(method="POST", effect="write", form=True, body={"x": "{a}", "y": "{list}"})
    assert request_of(form, {"a": "1 2", "list": ["p", "q"]}, {}, "k").body == b"x=1+2&y=p&y=q"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": "n" * 65}, "/name"),
        ({"description": "x" * 2_000_000}, ""),
        ({"description": "x" * 9_000}, "/description"),
        ({"url": "https://{a}.example.com/"}, "/url"),
        ({"url": "{a}://example.com/"}, "/url"),
        ({"url": "https://user:pass@example.com/"}, "/url"),
        ({"url": "https://example.com/a/../b"}, "/url"),
        ({"url": "https://example.com/%2e%2e/b"}, "/url"),
        ({"url": "https://example.com/{nobody}"}, ""),
        ({"url": "https://example.com/{{secret:key}}"}, ""),
        ({"url": "http://127.0.0.1/"}, "/url"),
        ({"url": "http://[::ffff:10.0.0.1]/"}, "/url"),
        ({"url": "ftp://example.com/"}, "/url"),
        ({"headers": {"Host": "evil"}}, "/headers"),
        ({"headers": {"A": "b\r\nC: d"}}, "/headers"),
        ({"headers": {"A b": "c"}}, "/headers"),
        ({"parameters": {"type": "array"}}, "/parameters"),
        ({"parameters": {"type": "object", "properties": {"a": {"$ref": "https://evil.example/"}, "b": {}}}}, "/parameters"),
        ({"parameters": {"type": "object", "properties": {"a": {"type": "nonsense"}, "b": {}}}}, "/parameters"),
        ({"effect": "none"}, "/effect"),
        ({"retries": 2, "effect": "money"}, "/retries"),
        ({"rate": "fast"}, "/rate"),
        ({"timeout": "2h"}, "/timeout"),
        ({"body": {}}, "/body"),
        ({"unknown": 1}, "/unknown"),
    ],
    ids=[
        "name", "huge", "long", "host", "scheme", "user", "up", "encoded", "variable", "secret", "loopback", "mapped", "ftp", "host-header",
        "lines", "header-name", "array", "remote", "nonsense", "effect", "retries", "rate", "time", "body", "unknown",
    ],
)  # fmt: skip
def test_what_cannot_be_a_tool_is_refused_and_says_where(change, pointer):
    with pytest.raises(InvalidInput) as refused:
        tool(**change)
    assert refused.value.pointer == pointer


def test_a_schema_that_is_nested_too_deep_or_holds_itself_is_handled():
    deep: dict[str, Any] = {"type": "object"}
    for _ in range(100):
        deep = {"type": "object", "properties": {"a": deep}}
    with pytest.raises(InvalidInput, match="nested deeper"):
        tool(parameters=deep)
    tree = {"type": "object", "properties": {"a": {"$ref": "#"}, "b": {}}}
    assert tool(parameters=tree).parameters == tree


def test_a_page_is_read_without_what_is_hidden():
    page = "<head><style>x{}</style><title>T &amp; U</title></head><body><p>One<br>two</p><div hidden>no<p>no</p></div><ul><li>a<li>b</ul>"
    page += "<span style='DISPLAY : none'>no</span><a href='javascript:no()'>js</a><a href='/x'>link</a><img alt='a cat'>"
    page += "<textarea>no</textarea>"
    assert html_text(page) == ("T & U", "One\ntwo\n\n- a\n- b\njslink [/x][image: a cat]")
    assert html_text("<div hidden>" * 10_000 + "x")[1] == ""
