"""`flowforge tools` and `flowforge mcp-servers`, against answers in the contract's shape; and a project's `tools/`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.api.routes.mcp_servers import EXAMPLE as SERVER
from flowforge.api.routes.mcp_servers import TOOL as OFFERED
from flowforge.api.routes.runs import EXAMPLE as RUN
from flowforge.api.routes.tools import DEFINITION, EXAMPLE, IMPORT
from flowforge.cli import main
from flowforge.errors import RegistrationError
from flowforge.skills.http.project import read_http_tools


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url="http://127.0.0.1:8288", assert_all_called=False) as router:
        yield router


def flowforge(*arguments: str, piped: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=piped)


def page(*data: object) -> dict[str, object]:
    return {"data": list(data), "next_cursor": None}


def sent(route: respx.Route) -> object:
    return json.loads(route.calls.last.request.content)


def test_tools_are_listed_with_where_they_come_from(server):
    server.get("/v1/tools").respond(json=page(EXAMPLE, {**EXAMPLE, "name": "tracker__look", "origin": "mcp", "state": "changed"}))
    done = flowforge("tools")
    assert done.exit_code == 0, done.output
    assert "● get_order" in done.stdout and "12 today, 1 failed" in done.stdout
    assert "◐ tracker__look" in done.stdout and "changed" in done.stdout


def test_a_tool_is_shown_with_who_has_it_and_what_went_wrong(server):
    server.get("/v1/tools/get_order").respond(json={**EXAMPLE, "definition": DEFINITION})
    done = flowforge("tools", "show", "get_order")
    assert "used by: atlas" in done.stdout and "last error: the server answered 404 Not Found" in done.stdout


def test_a_tool_is_added_from_a_file_or_a_pipe_and_replaced_whole(server, tmp_path: Path):
    made = server.post("/v1/tools").respond(201, json={**EXAMPLE, "definition": DEFINITION})
    file = tmp_path / "tool.yaml"
    file.write_text("name: get_order\neffect: read\n")
    assert flowforge("tools", "add", str(file)).exit_code == 0
    assert sent(made) == {"name": "get_order", "effect": "read"}
    assert flowforge("tools", "add", "-", piped='{"name": "x"}').exit_code == 0
    assert sent(made) == {"name": "x"}

    server.get("/v1/tools").respond(json=page(EXAMPLE))
    server.get("/v1/tools/get_order").respond(json={**EXAMPLE, "definition": {"name": "get_order", "rate": "5/s"}})
    changed = server.patch("/v1/tools/get_order").respond(json={**EXAMPLE, "definition": DEFINITION})
    assert flowforge("tools", "add", str(file), "--replace").exit_code == 0
    assert sent(changed) == {"rate": None, "name": "get_order", "effect": "read"}


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "neither JSON nor YAML"), ("[1]", "must hold an object"), ("a: [", "neither JSON nor YAML")],
    ids=["json", "list", "yaml"],
)
def test_a_file_that_describes_nothing_is_refused_in_a_sentence(server, tmp_path: Path, text, words):
    (tmp_path / "t").write_text(text)
    done = flowforge("tools", "add", str(tmp_path / "t"))
    assert done.exit_code == 2 and words in done.stderr and "Traceback" not in done.stderr
    assert flowforge("tools", "add", str(tmp_path / "absent")).exit_code == 2


@pytest.mark.parametrize(("state", "code"), [("completed", 0), ("failed", 1)])
def test_a_test_waits_for_its_run_and_says_what_came_back(server, state, code):
    started = server.post("/v1/tools/get_order/tests").respond(202, json=RUN)
    server.get(f"/v1/runs/{RUN['id']}/stream").respond(
        headers={"content-type": "text/event-stream"}, text=f'id: 1\nevent: run.{state}\ndata: {{"run": "{RUN["id"]}"}}\n\n'
    )
    error = {"type": "ToolFailed", "message": "the server answered 404"} if code else None
    server.get(f"/v1/runs/{RUN['id']}").respond(json={**RUN, "state": state, "output": {"n": 1}, "error": error})
    done = flowforge("tools", "test", "get_order", "-d", "order=ORD-1", "-d", "n=7", "-d", 'x={"a": 1}')
    assert done.exit_code == code, done.output
    assert sent(started) == {"arguments": {"order": "ORD-1", "n": 7, "x": {"a": 1}}}
    assert ('"n": 1' in done.stdout) if code == 0 else ("the server answered 404" in done.stderr)


def test_an_import_says_first_what_it_would_do(server, tmp_path: Path):
    imported = server.post("/v1/tool_imports").respond(json=IMPORT)
    done = flowforge(
        "tools", "import-openapi", "shop", "https://api.example.com/o.json", "--tag", "a", "--effect", "x=money", "--secret", "s"
    )
    assert done.exit_code == 0, done.output
    assert "+ list_orders" in done.stdout and "- old_order" in done.stdout and "multipart" in done.stderr and "--yes" in done.stderr
    body = sent(imported)
    assert isinstance(body, dict)
    assert (body["url"], body["tags"], body["effects"], body["dry_run"]) == ("https://api.example.com/o.json", ["a"], {"x": "money"}, True)
    assert body["auth"] == {"kind": "bearer", "secret": "s"}
    (tmp_path / "o.json").write_text('{"openapi": "3.1.0"}')
    flowforge("tools", "import-openapi", "shop", str(tmp_path / "o.json"), "--yes")
    assert sent(imported) == {"source": "shop", "prefix": "", "effects": {}, "dry_run": False, "document": {"openapi": "3.1.0"}}


def test_web_access_is_shown_and_changed_in_part(server):
    server.get("/v1/web_access").respond(json={"allow": ["a.example"], "search": None, "revision": 1, "updated_at": None})
    put = server.put("/v1/web_access").respond(
        json={"allow": ["a.example"], "search": {"kind": "brave"}, "revision": 2, "updated_at": None}
    )
    assert "searches: nobody" in flowforge("tools", "web").stdout
    assert not put.called
    assert "searches: brave" in flowforge("tools", "web", "--search", "brave", "--secret", "k").stdout
    assert sent(put) == {"allow": ["a.example"], "search": {"kind": "brave", "secret": "k"}}


def test_servers_are_listed_added_and_their_tools_accepted(server):
    server.get("/v1/mcp_servers").respond(json=page(SERVER))
    assert "● tracker" in flowforge("mcp-servers").stdout
    made = server.post("/v1/mcp_servers").respond(201, json=SERVER)
    flowforge("mcp-servers", "add", "tracker", "https://mcp.example.com/mcp", "--bearer", "t", "--header", "X-A: {{secret:b}}")
    assert sent(made) == {
        "name": "tracker",
        "transport": {"kind": "http", "url": "https://mcp.example.com/mcp", "headers": {"X-A": "{{secret:b}}"}, "bearer": "t"},
    }
    flowforge("mcp-servers", "add", "files", "--env", "A=1", "--", "npx", "-y", "server")
    assert sent(made) == {"name": "files", "transport": {"kind": "stdio", "command": "npx", "args": ["-y", "server"], "env": {"A": "1"}}}

    server.get("/v1/mcp_servers/tracker/tools").respond(json=page(OFFERED, {**OFFERED, "name": "tracker__old", "state": "accepted"}))
    decided = server.patch("/v1/mcp_servers/tracker/tools/tracker__list_issues").respond(json=OFFERED)
    assert flowforge("mcp-servers", "accept", "tracker", "--effect", "read", "--ask").exit_code == 0
    assert sent(decided) == {"accept": OFFERED["hash"], "effect": "read", "approval": True}
    assert len(decided.calls) == 1
    assert flowforge("mcp-servers", "accept", "tracker", "tracker__nothing").exit_code == 2
    flowforge("mcp-servers", "accept", "tracker", "tracker__list_issues", "--take-back")
    assert sent(decided) == {"accept": None}


def test_a_projects_tools_are_read_from_its_files(tmp_path: Path):
    (tmp_path / "one.json").write_text(json.dumps(DEFINITION))
    (tmp_path / "two.yaml").write_text("name: list_orders\ndescription: All.\neffect: read\nurl: https://api.example.com/orders\n")
    (tmp_path / "notes.txt").write_text("no tool")
    assert [(tool.name, tool.origin) for tool in read_http_tools(tmp_path)] == [("get_order", "http"), ("list_orders", "http")]
    (tmp_path / "three.json").write_text(json.dumps(DEFINITION))
    with pytest.raises(RegistrationError, match="both describe the tool 'get_order'"):
        read_http_tools(tmp_path)
    (tmp_path / "three.json").write_text('{"name": 1}')
    with pytest.raises(RegistrationError, match=r"three\.json: /"):
        read_http_tools(tmp_path)
    assert read_http_tools(tmp_path / "absent") == []
