"""Comments, watchers, attachments, filters and the inbox over HTTP."""

from __future__ import annotations

import asyncio

import pytest

from flowforge.access.principal import Principal
from flowforge.api.task_query import OF_A_PAGE, _parameters, read_query
from flowforge.board.saved_filter import resolve_filter
from flowforge.errors import NotFound

ITEM = {
    "id", "kind", "subject", "task", "title", "text", "by", "by_kind", "stage", "count", "seq", "unread", "archived", "snoozed_until",
    "created_at", "updated_at",
}  # fmt: skip
ATTACHMENT = {"name": "invoice.pdf", "media_type": "application/pdf", "url": "https://files.example.com/9218.pdf", "size": 7}


@pytest.fixture
async def board(api):
    """FF-1; `operator`, who asks, is a person, and so is mira; and a key that speaks, too."""
    for path, body in (
        ("/v1/users", {"name": "operator"}),
        ("/v1/users", {"name": "mira"}),
        ("/v1/tasks", {"title": "Refund ORD-9218"}),
        ("/v1/keys", {"name": "ci", "scopes": ["tasks:*"]}),
    ):
        answer = await api.post(path, json=body)
        assert answer.status_code == 201, answer.text
    return {"authorization": f"Bearer {answer.json()['value']}"}


@pytest.fixture
async def item(api, board):
    """What the key has put before the operator."""
    await api.post("/v1/tasks/FF-1/comments", json={"text": "@operator look"}, headers=board)
    [found] = (await api.get("/v1/inbox")).json()["data"]
    return found


async def test_a_comment_is_answered_changed_and_taken_back_by_its_author_only(api, board):
    said = (await api.post("/v1/tasks/FF-1/comments", json={"text": "@mira when?"})).json()
    answer = await api.post("/v1/tasks/FF-1/comments", json={"text": "now", "reply_to": said["id"]}, headers=board)
    path = f"/v1/tasks/FF-1/comments/{said['id']}"

    assert said["mentions"] == [{"user": "mira"}] and answer.json()["reply_to"] == said["id"]
    assert (await api.get(path)).json() == said
    changed = await api.patch(path, json={"text": "when exactly?"})
    assert changed.status_code == 200 and changed.json()["edited_at"] is not None and changed.json()["mentions"] == []
    assert (await api.patch(path, json={"text": "mine"}, headers=board)).status_code == 403
    assert (await api.delete(path, headers=board)).status_code == 403
    assert [(await api.delete(path)).status_code for _ in range(2)] == [204, 204]
    assert (await api.patch(path, json={"text": "again"})).status_code == 410
    assert [(one["text"], one["deleted"]) for one in (await api.get("/v1/tasks/FF-1")).json()["comments"]] == [("", True), ("now", False)]
    wrong = await api.post("/v1/tasks/FF-1/comments", json={"text": "x", "reply_to": answer.json()["id"]})
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["pointer"] == "/reply_to"
    assert (await api.get("/v1/tasks/FF-1/comments/cmt_x")).status_code == 404


async def test_the_inbox_is_listed_counted_read_archived_and_put_off(api, item):
    assert item.keys() == ITEM and (item["kind"], item["task"], item["by"], item["unread"]) == ("mentioned", "FF-1", "ci", True)
    whole = (await api.get("/v1/inbox")).json()
    assert (whole["unread"], whole["seq"], whole["next_cursor"]) == ({"mentioned": 1}, item["seq"], None)

    assert (await api.post("/v1/inbox/read", json={"ids": [item["id"]]})).json() == {"changed": 1}
    assert (await api.get("/v1/inbox?unread=true")).json()["data"] == []
    assert (await api.post("/v1/inbox/read", json={"up_to": whole["seq"], "unread": True})).json() == {"changed": 1}
    assert (await api.post("/v1/inbox/snooze", json={"ids": [item["id"]], "until": "2999-01-01T08:00:00+01:00"})).json() == {"changed": 1}
    assert (await api.get("/v1/inbox")).json()["data"] == []
    assert (await api.get("/v1/inbox?view=snoozed")).json()["data"][0]["snoozed_until"].startswith("2999-01-01T07:00:00")
    assert (await api.post("/v1/inbox/snooze", json={"ids": [item["id"]], "until": None})).json() == {"changed": 1}
    assert (await api.post("/v1/inbox/archive", json={"ids": [item["id"]]})).json() == {"changed": 1}
    assert (await api.get("/v1/inbox?view=archived&kind=mentioned")).json()["data"][0]["archived"] is True
    assert (await api.post("/v1/inbox/archive", json={"ids": [item["id"]], "undo": True})).json() == {"changed": 1}


NO_ITEMS = [
    ("read", {}, "/ids"),
    ("read", {"ids": ["inb_x"]}, "/ids/0"),
    ("read", {"ids": [1]}, "/ids/0"),
    ("read", {"ids": [], "up_to": -1}, "/up_to"),
    ("archive", {"ids": ["x"] * 201}, "/ids"),
    ("snooze", {"up_to": 1}, "/until"),
    ("snooze", {"up_to": 1, "until": "2000-01-01T00:00:00Z"}, "/until"),
    ("snooze", {"up_to": 1, "until": "2999-01-01T00:00:00"}, "/until"),
]


async def test_what_names_no_item_or_no_time_is_refused_with_a_pointer(api, item):
    for path, body, pointer in NO_ITEMS:
        answer = await api.post(f"/v1/inbox/{path}", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
        assert (await api.get("/v1/inbox")).json()["unread"] == {"mentioned": 1}


async def test_a_key_and_a_stranger_have_no_inbox(api, board, client_of, app):
    for method, path in (("GET", ""), ("GET", "/stream"), ("GET", "/settings")):
        answer = await api.request(method, f"/v1/inbox{path}", headers=board)
        assert answer.status_code == 404 and "belongs to a person" in answer.json()["hint"]
    await api.post("/v1/tenants", json={"name": "acme"})
    answer = await api.get("/v1/inbox", headers={"x-flowforge-tenant": "acme"})
    assert answer.status_code == 404 and "/v1/users" in answer.json()["hint"]


async def test_what_is_wanted_by_mail_is_kept_and_checked(api, board):
    assert (await api.get("/v1/inbox/settings")).json() == {"digest": "off", "hour": 8, "weekday": 1, "time_zone": "UTC", "mail": []}
    wanted = {"digest": "daily", "hour": 7, "weekday": 1, "time_zone": "Europe/Oslo", "mail": ["mentioned"]}
    assert (await api.put("/v1/inbox/settings", json=wanted)).json() == wanted == (await api.get("/v1/inbox/settings")).json()
    for change, pointer in (
        ({"hour": 25}, "/hour"),
        ({"time_zone": "x"}, "/time_zone"),
        ({"mail": ["all"]}, "/mail/0"),
        ({"digest": "hourly"}, "/digest"),
    ):
        answer = await api.put("/v1/inbox/settings", json=wanted | change)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_the_inbox_is_followed_live_and_resumed(server, api, board, reader):
    following = asyncio.create_task(reader.follow(server.url, "/v1/inbox/stream", frames=2))
    for text in ("@operator one", "@operator two"):
        await api.post("/v1/tasks/FF-1/comments", json={"text": text}, headers=board)
    await asyncio.wait_for(following, 30)
    await api.post("/v1/inbox/read", json={"up_to": 2})
    await asyncio.wait_for(reader.follow(server.url, "/v1/inbox/stream", frames=1), 30)

    assert [(frame.id, frame.name) for frame in reader.frames] == [("1", "inbox.item"), ("2", "inbox.item"), ("3", "inbox.changed")]
    assert reader.frames[1].data["text"] == "@operator two" and reader.frames[2].data["unread"] == {}


async def test_a_task_is_watched_and_not_watched(api, board):
    assert (await api.put("/v1/tasks/FF-1/watchers/mira")).json()["name"] == "mira"
    assert (await api.get("/v1/tasks/FF-1")).json()["watchers"] == ["mira", "operator"]
    assert (await api.delete("/v1/tasks/FF-1/watchers/me")).status_code == 204
    listed = (await api.get("/v1/tasks/FF-1/watchers")).json()
    assert [one["name"] for one in listed["data"]] == ["mira"] and listed["next_cursor"] is None
    answer = await api.put("/v1/tasks/FF-1/watchers/mria")
    assert answer.status_code == 404 and answer.json()["nearest"] == ["mira"]
    assert (await api.put("/v1/tasks/FF-9/watchers/me")).status_code == 404
    made = (await api.post("/v1/keys", json={"name": "reader", "scopes": ["tasks:read"]})).json()
    headers = {"authorization": f"Bearer {made['value']}"}
    assert (await api.put("/v1/tasks/FF-1/watchers/mira", headers=headers)).status_code == 403
    assert (await api.put("/v1/tasks/FF-9/watchers/mira", headers=headers)).status_code == 404
    assert (await api.put("/v1/tasks/FF-1/watchers/me", headers=headers)).status_code == 404


@pytest.mark.thorough
async def test_something_is_attached_listed_and_taken_off(api, board):
    made = await api.post("/v1/tasks/FF-1/attachments", json=ATTACHMENT)
    assert made.status_code == 201 and made.json()["size"] == 7
    assert (await api.get("/v1/tasks/FF-1/attachments")).json() == {"data": [made.json()], "next_cursor": None}
    assert (await api.get("/v1/tasks/FF-1")).json()["attachments"] == [made.json()]
    path = f"/v1/tasks/FF-1/attachments/{made.json()['id']}"
    assert [(await api.delete(path)).status_code for _ in range(2)] == [204, 404]
    entries = (await api.get("/v1/tasks/FF-1/activity")).json()["data"][-2:]
    assert [(entry["action"], entry["detail"]["url"]) for entry in entries] == [
        ("attached", ATTACHMENT["url"]),
        ("detached", ATTACHMENT["url"]),
    ]


NO_REFERENCES = [
    ({"url": "ftp://example.com/x"}, "/url"),
    ({"url": "https://mira:secret@example.com/x"}, "/url"),
    ({"url": "https://@example.com/x"}, "/url"),
    ({"url": "https:///x"}, "/url"),
    ({"url": "https://[::1/x"}, "/url"),
    ({"url": "https://example.com:99999/"}, "/url"),
    ({"url": "javascript:alert(1)"}, "/url"),
    ({"url": "https://example.com/a b"}, "/url"),
    ({"url": None}, "/url"),
    ({"run": "run_x"}, "/blob"),
    ({"url": None, "run": "run_x", "blob": "x"}, "/blob"),
    ({"name": "a\nb"}, "/name"),
    ({"name": "a\u202eb"}, "/name"),
    ({"media_type": "pdf"}, "/media_type"),
    ({"size": -1}, "/size"),
    ({"sha256": "12"}, "/sha256"),
]


async def test_what_cannot_be_attached_is_refused_with_a_pointer(api, board):
    for change, pointer in NO_REFERENCES:
        answer = await api.post("/v1/tasks/FF-1/attachments", json=ATTACHMENT | change)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
        assert "secret" not in answer.text


async def test_a_filter_is_saved_used_by_name_changed_and_deleted(api, board):
    made = await api.post("/v1/filters", json={"name": "mine", "query": {"assignee": "me", "column": "todo"}})
    assert made.status_code == 201 and made.headers["etag"] == '"1"' and made.json()["shared"] is False
    assert (await api.get("/v1/filters/Mine")).json() == made.json() == (await api.get(f"/v1/filters/{made.json()['id']}")).json()
    assert (await api.get("/v1/filters")).json()["data"] == [made.json()]
    assert (await api.post("/v1/filters", json={"name": "MINE", "query": {}})).status_code == 409
    changed = await api.patch("/v1/filters/mine", json={"query": {}}, headers={"if-match": '"1"'})
    assert changed.json()["query"] == {} and changed.headers["etag"] == '"2"'
    assert (await api.patch("/v1/filters/mine", json={"name": "x"}, headers={"if-match": '"1"'})).status_code == 412
    assert [(await api.delete("/v1/filters/mine")).status_code for _ in range(2)] == [204, 404]


@pytest.mark.thorough
async def test_a_filter_of_ones_own_is_seen_by_nobody_else_and_a_shared_one_by_all(api, board):
    await api.post("/v1/filters", json={"name": "mine", "query": {}})
    shared = await api.post("/v1/filters", json={"name": "ours", "query": {"assignee": "nobody"}, "shared": True})
    assert [one["name"] for one in (await api.get("/v1/filters", headers=board)).json()["data"]] == ["ours"]
    assert (await api.get("/v1/filters/mine", headers=board)).status_code == 404
    assert (await api.post("/v1/filters", json={"name": "own", "query": {}}, headers=board)).status_code == 404
    made = (await api.post("/v1/keys", json={"name": "reader", "scopes": ["tasks:read"]})).json()
    headers = {"authorization": f"Bearer {made['value']}"}
    assert (await api.delete("/v1/filters/ours", headers=headers)).status_code == 403
    assert (await api.get("/v1/filters/ours", headers=headers)).json() == shared.json()


NO_QUERIES = [
    ({"colunm": "Doing"}, "/query/colunm"),
    ({"column": "Doin"}, "/query/column"),
    ({"assignee": "nobody here"}, "/query/assignee"),
    ({"column": 3}, "/query/column"),
    ({"column": ""}, "/query/column"),
]


async def test_a_filter_that_the_list_would_not_take_is_refused_with_a_pointer(api, board):
    for query, pointer in NO_QUERIES:
        answer = await api.post("/v1/filters", json={"name": "x", "query": query})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.thorough
def test_a_filter_holds_what_the_list_of_tasks_declares(app):
    declared = {one["name"] for one in app.openapi()["paths"]["/v1/tasks"]["get"]["parameters"] if one["in"] == "query"}
    assert declared - OF_A_PAGE == set(_parameters()) and {"column", "assignee"} <= declared


async def test_tasks_are_listed_by_a_filter_and_what_is_given_beside_it_goes_before(api, board):
    for title, column in (("a", "Todo"), ("b", "Doing")):
        await api.post("/v1/tasks", json={"title": title, "column": column, "assignee": {"user": "operator"}})
    await api.post("/v1/filters", json={"name": "mine", "query": {"assignee": "me", "column": "Todo"}})

    async def titles(asked: str) -> list[str]:
        return [task["title"] for task in (await api.get(f"/v1/tasks?{asked}")).json()["data"]]

    assert await titles("filter=mine") == ["a"]
    assert await titles("filter=mine&column=doing") == ["b"]
    assert await titles("filter=mine&assignee=nobody&column=Backlog") == ["Refund ORD-9218"]
    wrong = await api.get("/v1/tasks?filter=mien")
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["parameter"] == "filter" and "did you mean mine" in wrong.json()["detail"]


async def test_a_filter_stands_for_the_parameters_of_who_asks(api, board, database, tenant_id):
    await api.post("/v1/filters", json={"name": "mine", "query": {"assignee": "me", "column": "Doing"}})
    asked = await resolve_filter(database.pool, Principal(tenant_id, "person", "operator"), "MINE")
    assert read_query(asked) == {"assignee": "operator", "column": ["Doing"]}
    with pytest.raises(NotFound, match="no filter 'mien'"):
        await resolve_filter(database.pool, Principal(tenant_id, "person", "operator"), "mien")
