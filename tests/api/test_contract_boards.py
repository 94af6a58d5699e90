"""Boards over HTTP: columns, cards in short, links, checklists, bulk acts, rows in and out, and what is refused where."""

from __future__ import annotations

import csv
import io

import pytest


@pytest.fixture
async def board(api):
    """FF-1 and FF-2 on FF, an agent and a person."""
    for path, body in (("/v1/agents", {"name": "atlas", "model": "gpt-4o"}), ("/v1/users", {"name": "mira"})):
        assert (await api.post(path, json=body)).status_code == 201
    for title in ("=cmd|' /C calc'!A0", "two"):
        assert (await api.post("/v1/tasks", json={"title": title, "labels": ["money"], "checklist": ["ask"]})).status_code == 201


async def test_a_board_shows_its_columns_with_counts_limits_and_its_seq(api, board):
    limited = await api.patch("/v1/boards/FF/columns/doing", json={"wip_limit": 1})
    assert limited.status_code == 200, limited.text
    assert (await api.put("/v1/tasks/FF-1/column", json={"column": "Doing"})).status_code == 200
    shown = await api.get("/v1/boards/FF")
    columns = {column["name"]: (column["category"], column["count"], column["wip_limit"]) for column in shown.json()["columns"]}
    assert columns["Doing"] == ("doing", 1, 1) and columns["Backlog"] == ("backlog", 1, None)
    assert shown.headers["etag"] == f'"{shown.json()["seq"]}"' and shown.json()["labels"] == [{"name": "money", "colour": "grey"}]

    full = await api.put("/v1/tasks/FF-2/column", json={"column": "Doing"})
    assert full.status_code == 409 and full.json()["winner"] == {"column": "Doing", "limit": 1, "count": 1}
    cards = (await api.get("/v1/boards/ff/cards", params={"limit": 1})).json()
    rest = (await api.get("/v1/boards/ff/cards", params={"cursor": cards["next_cursor"]})).json()
    assert [card["key"] for card in cards["data"] + rest["data"]] == ["FF-2", "FF-1"]
    assert cards["data"][0]["checklist"] == {"done": 0, "total": 1} and rest["next_cursor"] is None


async def test_cards_are_looked_at_again_by_their_keys(api, board):
    assert (await api.put("/v1/tasks/FF-1/column", json={"column": "Todo"})).status_code == 200
    assert (await api.patch("/v1/tasks/FF-1", json={"parent": "FF-2"})).status_code == 200
    found = (await api.get("/v1/boards/FF/cards", params={"key": ["ff-2", "FF-1", "FF-9", "OPS-1"]})).json()
    assert [(card["key"], card["column"], card["parent"]) for card in found["data"]] == [
        ("FF-2", "Backlog", None),
        ("FF-1", "Todo", "FF-2"),
    ]
    assert found["data"][0]["children"] == {"done": 0, "total": 1} and found["data"][0]["run"] is None
    assert found["next_cursor"] is None and found["data"][0]["created_at"] == found["data"][0]["updated_at"]

    assert (await api.put("/v1/tasks/FF-2/archive")).status_code == 200
    assert (await api.get("/v1/boards/FF/cards", params={"key": "FF-2"})).json()["data"] == []
    refused = await api.get("/v1/boards/FF/cards", params={"key": "FF-1", "column": "Todo"})
    assert refused.status_code == 422 and "give keys alone" in refused.json()["detail"]


async def test_a_move_and_an_assignment_happen_only_as_the_caller_saw_the_card(api, board):
    for path, body in (("column", {"column": "Todo"}), ("assignee", {"user": "mira"})):
        late = await api.put(f"/v1/tasks/FF-1/{path}", json=body, headers={"if-match": '"7"'})
        assert late.status_code == 412 and "at revision 1" in late.json()["detail"]
    assert (await api.put("/v1/tasks/FF-1/column", json={"column": "Todo"}, headers={"if-match": '"1"'})).headers["etag"] == '"2"'


async def test_links_and_checklists_have_addresses_of_their_own(api, board):
    linked = await api.put("/v1/tasks/FF-2/dependencies/FF-1")
    assert (linked.status_code, linked.json()["blocked_by"]) == (200, ["FF-1"])
    circle = await api.put("/v1/tasks/FF-1/dependencies/FF-2")
    assert circle.status_code == 409 and circle.json()["winner"] == {"circle": ["FF-1", "FF-2", "FF-1"]}
    waiting = (await api.put("/v1/tasks/FF-2/assignee", json={"agent": "atlas"})).json()
    assert (waiting["waits"], waiting["column"], waiting["run"]) == (True, "Backlog", None)
    item = (await api.post("/v1/tasks/FF-1/checklist", json={"text": "count"})).json()
    assert (await api.patch(f"/v1/tasks/FF-1/checklist/{item['id']}", json={"done": True})).json()["done"] is True
    assert (await api.delete(f"/v1/tasks/FF-1/checklist/{item['id']}")).status_code == 204
    assert (await api.delete(f"/v1/tasks/FF-1/checklist/{item['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "pointer"),
    [
        ("POST", "/v1/tasks", {"title": "x", "board": "FX"}, "/board"),
        ("POST", "/v1/tasks", {"title": "x", "parent": "FF-9"}, "/parent"),
        ("POST", "/v1/tasks", {"title": "x", "depends_on": ["FF-9"]}, "/depends_on"),
        ("POST", "/v1/tasks", {"title": "x", "owner": "nobody"}, "/owner"),
        ("POST", "/v1/tasks", {"title": "x", "priority": "hihg"}, "/priority"),
        ("POST", "/v1/tasks", {"title": "x", "due_at": "soon"}, "/due_at"),
        ("POST", "/v1/tasks", {"title": "a\u0007\nb"}, "/title"),
        ("PATCH", "/v1/tasks/FF-1", {"parent": "FF-9"}, "/parent"),
        ("PUT", "/v1/tasks/FF-1/column", {"column": "Todo", "before": "FF-9"}, "/before"),
        ("PUT", "/v1/tasks/FF-1/column", {"column": "Todo", "before": "FF-2"}, "/before"),
        ("PUT", "/v1/tasks/FF-1/column", {"column": "Todo", "before": "FF-2", "after": "FF-2"}, "/after"),
        ("POST", "/v1/boards", {"name": "x", "prefix": "x"}, "/prefix"),
        ("POST", "/v1/boards", {"name": "x", "prefix": "XX", "columns": [{"name": "a"}, {"name": "A"}]}, "/columns/1/name"),
        ("POST", "/v1/boards/FF/columns", {"name": "x", "wip_limit": 0}, "/wip_limit"),
        ("PATCH", "/v1/boards/FF/columns/Todo", {"category": None}, "/category"),
        ("PATCH", "/v1/boards/FF/columns/Todo", {"before": "Nowhere"}, "/before"),
        ("POST", "/v1/tasks/bulk", {"action": "move", "keys": ["FF-1"]}, "/column"),
        ("POST", "/v1/tasks/bulk", {"action": "assign", "keys": ["FF-1"]}, "/assignee"),
        ("POST", "/v1/tasks/bulk", {"action": "archive", "filter": {"board": "FX"}}, "/filter/board"),
        ("POST", "/v1/boards/FF/import", {"csv": "name\r\nx\r\n"}, "/csv"),
        ("POST", "/v1/boards/FF/import", {"csv": 'title\r\n"open'}, "/csv"),
    ],
    ids=lambda value: None if isinstance(value, dict) else str(value),
)
async def test_what_does_not_fit_is_422_with_a_pointer_and_changes_nothing(api, board, method, path, body, pointer):
    before = (await api.get("/v1/tasks", params={"archived": True})).json()
    answer = await api.request(method, path, json=body)

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await api.get("/v1/tasks", params={"archived": True})).json() == before


@pytest.mark.parametrize("path", ["/v1/boards/FX", "/v1/boards/FX/cards", "/v1/boards/FX/export"])
async def test_an_unknown_board_in_a_path_is_404_with_the_nearest(api, board, path):
    answer = await api.get(path)

    assert answer.status_code == 404 and answer.json()["nearest"] == ["FF"]


async def test_a_table_goes_out_harmless_and_comes_in_as_it_was(api, board):
    table = await api.get("/v1/boards/FF/export", params={"format": "csv"})
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.text, newline="")))
    assert [row["title"] for row in rows] == ["'=cmd|' /C calc'!A0", "two"] and rows[0]["checklist"] == "[ ] ask"
    await api.post("/v1/boards", json={"name": "Operations", "prefix": "OPS"})
    for outcome in ("created", "present"):
        report = (await api.post("/v1/boards/OPS/import", json={"csv": table.text})).json()
        assert (report[outcome], report["refused"]) == (2, 0), report
    came = (await api.get("/v1/boards/OPS/export")).json()["tasks"]
    assert came == (await api.get("/v1/boards/FF/export")).json()["tasks"]


async def test_a_bulk_act_tells_what_each_task_would_have_been_answered(api, board):
    answer = (await api.post("/v1/tasks/bulk", json={"action": "move", "keys": ["FF-1", "FF-9"], "column": "Done"})).json()

    assert (answer["done"], answer["refused"], answer["data"][1]["error"]["status"]) == (1, 1, 404)
    found = await api.post("/v1/tasks/bulk", json={"action": "archive", "filter": {"columns": ["Done"]}})
    assert [one["key"] for one in found.json()["data"]] == ["FF-1"]
    assert [task["key"] for task in (await api.get("/v1/tasks")).json()["data"]] == ["FF-2"]
