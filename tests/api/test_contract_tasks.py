"""Tasks and users over HTTP."""

from __future__ import annotations

import asyncio
import json

import pytest

ATLAS = {"name": "atlas", "model": "gpt-4o"}
TASK = {"title": "Refund ORD-9218", "description": "The parcel was empty."}
FIELDS = {
    "id", "key", "title", "description", "column", "assignee", "run", "state", "cost", "comments", "revision", "seq", "created_by",
    "created_at", "updated_at", "board", "position", "priority", "labels", "due_at", "owner", "parent", "children", "checklist",
    "depends_on", "blocked_by", "waits", "parked", "archived_at",
    "watchers", "attachments",
}  # fmt: skip


@pytest.fixture
async def board(api):
    """An agent, a person and FF-1."""
    for path, body in (("/v1/agents", ATLAS), ("/v1/users", {"name": "mira"}), ("/v1/tasks", TASK)):
        answer = await api.post(path, json=body)
        assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_task_is_made_and_shown_by_key_and_id(api, board):
    assert board.keys() == FIELDS
    assert (board["key"], board["column"], board["assignee"], board["run"], board["state"]) == ("FF-1", "Backlog", None, None, None)
    assert (board["cost"], board["comments"], board["revision"], board["seq"], board["created_by"]) == ("0", [], 1, 1, "operator")
    for key in ("FF-1", "ff-1", board["id"]):
        shown = await api.get(f"/v1/tasks/{key}")
        assert shown.json() == board and shown.headers["etag"] == '"1"'
    assert (await api.get("/v1/tasks")).json() == {"data": [board], "next_cursor": None}


async def test_a_task_for_an_agent_is_in_doing_and_its_run_is_queued(api, board, publish, database):
    await publish({"flowforge.agent": ["board/task.assigned"]})
    answer = await api.post("/v1/tasks", json={**TASK, "assignee": {"agent": "atlas"}})

    assert answer.status_code == 201 and answer.headers["location"] == "/v1/tasks/FF-2"
    assert (answer.json()["column"], answer.json()["assignee"]) == ("Doing", {"agent": "atlas"})
    (run,) = (await api.get("/v1/runs")).json()["data"]
    assert run["trigger"] == "board/task.assigned" and run["input"]["task"] == "FF-2"


@pytest.mark.parametrize("nobody", ["null", "{}", '{"agent": null}', '{"agent": null, "user": null}'])
async def test_a_task_is_assigned_and_taken_back(api, board, nobody):
    assigned = await api.put("/v1/tasks/FF-1/assignee", json={"user": "mira"})
    assert assigned.status_code == 200 and assigned.json()["assignee"] == {"user": "mira"} and assigned.headers["etag"] == '"2"'
    freed = await api.put("/v1/tasks/FF-1/assignee", content=nobody, headers={"content-type": "application/json"})
    assert freed.status_code == 200 and freed.json()["assignee"] is None


async def test_an_assignment_to_nothing_at_all_is_refused(api, board):
    assert (await api.put("/v1/tasks/FF-1/assignee")).status_code == 422
    both = await api.put("/v1/tasks/FF-1/assignee", json={"agent": "atlas", "user": "mira"})
    assert both.status_code == 422 and "one assignee" in both.json()["detail"]


async def test_a_task_is_moved(api, board):
    moved = await api.put("/v1/tasks/FF-1/column", json={"column": "doing"})

    assert moved.status_code == 200 and moved.json()["column"] == "Doing"
    found = (await api.get("/v1/tasks", params={"column": "Doing", "assignee": "nobody"})).json()["data"]
    assert [task["key"] for task in found] == ["FF-1"]


async def test_a_task_is_changed_only_as_the_caller_saw_it(api, board):
    changed = await api.patch("/v1/tasks/FF-1", json={"title": "Refund it", "description": None}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.json()["title"], changed.json()["description"]) == (200, "Refund it", "")
    late = await api.patch("/v1/tasks/FF-1", json={"title": "No"}, headers={"if-match": '"1"'})
    assert late.status_code == 412
    assert (await api.patch("/v1/tasks/FF-1", json={})).json()["revision"] == 2


async def test_comments_and_activity_are_pages(api, board):
    for words in ("one", "two", "three"):
        said = await api.post("/v1/tasks/FF-1/comments", json={"text": words})
        assert said.status_code == 201 and said.json()["author"] == "operator"
    first = (await api.get("/v1/tasks/FF-1/comments", params={"limit": 2})).json()
    rest = (await api.get("/v1/tasks/FF-1/comments", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [said["text"] for said in first["data"] + rest["data"]] == ["one", "two", "three"] and rest["next_cursor"] is None
    assert (await api.get("/v1/tasks/FF-1")).json()["comments"] == first["data"] + rest["data"]
    history = (await api.get("/v1/tasks/FF-1/activity", params={"limit": 3})).json()
    rest = (await api.get("/v1/tasks/FF-1/activity", params={"cursor": history["next_cursor"]})).json()
    assert [entry["action"] for entry in history["data"] + rest["data"]] == ["created", "commented", "commented", "commented"]


@pytest.mark.parametrize(
    ("method", "path", "body", "pointer", "nearest"),
    [
        ("POST", "/v1/tasks", {**TASK, "column": "Doin"}, "/column", "Doing"),
        ("POST", "/v1/tasks", {**TASK, "assignee": {"agent": "atlsa"}}, "/assignee/agent", "atlas"),
        ("POST", "/v1/tasks", {**TASK, "assignee": {"user": "mria"}}, "/assignee/user", "mira"),
        ("PUT", "/v1/tasks/FF-1/assignee", {"agent": "atlsa"}, "/agent", "atlas"),
        ("PUT", "/v1/tasks/FF-1/assignee", {"user": "mria"}, "/user", "mira"),
        ("PUT", "/v1/tasks/FF-1/column", {"column": "Revew"}, "/column", "Review"),
    ],
)
async def test_an_unknown_name_in_a_body_is_422_with_the_nearest(api, board, method, path, body, pointer, nearest):
    answer = await api.request(method, path, json=body)

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert f"did you mean {nearest}" in answer.json()["detail"]
    assert (await api.get("/v1/tasks/FF-1")).json() == board


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"title": "x"}),
        ("PUT", "/assignee", {"user": "mira"}),
        ("PUT", "/column", {"column": "Doing"}),
        ("POST", "/comments", {"text": "x"}),
        ("GET", "/comments", None),
        ("GET", "/activity", None),
        ("GET", "/stream", None),
    ],
)
async def test_an_unknown_task_in_a_path_is_404_with_the_nearest(api, board, method, path, body):
    answer = await api.request(method, f"/v1/tasks/FF-11{path}", json=body)

    assert answer.status_code == 404 and answer.json()["nearest"] == ["FF-1"]


@pytest.mark.parametrize(
    ("method", "path", "body", "pointer"),
    [
        ("POST", "/v1/tasks", {}, "/title"),
        ("POST", "/v1/tasks", {"title": ""}, "/title"),
        ("POST", "/v1/tasks", {"title": 7}, "/title"),
        ("POST", "/v1/tasks", {**TASK, "colour": "red"}, "/colour"),
        ("POST", "/v1/tasks", {**TASK, "assignee": {"robot": "x"}}, "/assignee/robot"),
        ("POST", "/v1/tasks", {**TASK, "assignee": "atlas"}, "/assignee"),
        ("PATCH", "/v1/tasks/FF-1", {"title": None}, "/title"),
        ("PATCH", "/v1/tasks/FF-1", {"column": "Done"}, "/column"),
        ("POST", "/v1/tasks/FF-1/comments", {"text": " "}, "/text"),
        ("POST", "/v1/users", {"name": ""}, "/name"),
        ("POST", "/v1/users", {"name": "a\nb"}, "/name"),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_with_a_pointer(api, board, method, path, body, pointer):
    answer = await api.request(method, path, json=body)

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("text", [r'"a\u0000b"', r'"\ud800"'])
async def test_text_that_cannot_be_kept_is_refused(api, board, text):
    answer = await api.post("/v1/tasks", content=f'{{"title": {text}}}', headers={"content-type": "application/json"})

    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("query", ["column=Doign", "assignee=atlsa", "cursor=made-up", "limit=0", "limit=201"])
async def test_a_wrong_filter_is_refused(api, board, query):
    assert (await api.get(f"/v1/tasks?{query}")).status_code == 422


async def test_a_task_made_twice_under_one_key_is_made_once(api, board):
    answers = [await api.post("/v1/tasks", json=TASK, headers={"idempotency-key": "again"}) for _ in range(2)]

    assert [answer.json()["key"] for answer in answers] == ["FF-2", "FF-2"]


async def test_users_are_added_once_and_listed(api, board):
    assert (await api.post("/v1/users", json={"name": "mira"})).status_code == 409
    await api.post("/v1/users", json={"name": "jonas"})
    first = (await api.get("/v1/users", params={"limit": 1})).json()
    rest = (await api.get("/v1/users", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert [user["name"] for user in first["data"] + rest["data"]] == ["mira", "jonas"] and rest["next_cursor"] is None
    assert first["data"][0]["id"].startswith("usr_")


async def test_a_task_stream_tells_each_change_once(server, reader, board, api, until):
    import httpx

    async with httpx.AsyncClient(base_url=server.url) as client, client.stream("GET", "/v1/tasks/FF-1/stream") as response:

        async def read() -> None:
            async for chunk in response.aiter_bytes():
                reader.feed(chunk)

        reading = asyncio.create_task(read())
        await until(lambda: len(reader.frames) == 1)
        await api.put("/v1/tasks/FF-1/column", json={"column": "Todo"})
        await api.post("/v1/tasks/FF-1/comments", json={"text": "hello"})
        await until(lambda: len(reader.frames) == 3)
        reading.cancel()
    assert [(frame.id, frame.name) for frame in reader.frames] == [("1", "task.created"), ("2", "task.moved"), ("3", "task.commented")]
    assert json.dumps(reader.frames[2].data).count("hello") == 1
