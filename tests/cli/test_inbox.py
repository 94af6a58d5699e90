"""`flowforge inbox` and `flowforge board comment`, against answers in the contract's shape."""

from __future__ import annotations

import json

import pytest
import respx
from click.testing import CliRunner

from flowforge.api.routes.inbox import EXAMPLE, SETTINGS
from flowforge.api.routes.task_output import COMMENT_EXAMPLE
from flowforge.cli import main

URL = "http://127.0.0.1:8288"
OTHER = {**EXAMPLE, "id": "inb_00000000000000000000000000009012", "kind": "due", "title": "FF-2 is due", "count": 3, "unread": False}


@pytest.fixture
def server():
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        router.get("/v1/inbox").respond(json={"data": [EXAMPLE, OTHER], "next_cursor": None, "unread": {"mentioned": 1}, "seq": 31})
        yield router


def flowforge(*arguments, **more):
    return CliRunner().invoke(main, arguments, **more)


def sent(route):
    return json.loads(route.calls[-1].request.content)


def test_the_inbox_is_shown_as_a_table_as_ids_and_as_json(server):
    shown = flowforge("inbox")
    assert shown.exit_code == 0
    assert "●  7e8f9012  mentioned  atlas mentioned you" in shown.stdout and "   00009012  due        FF-2 is due ×3" in shown.stdout
    assert flowforge("inbox", "--quiet").stdout.split() == [EXAMPLE["id"], OTHER["id"]]
    assert json.loads(flowforge("inbox", "--json", "--unread", "--kind", "mentioned").stdout) == [EXAMPLE, OTHER]
    assert dict(server.calls[-1].request.url.params) == {"unread": "true", "kind": "mentioned"}
    server.get("/v1/inbox").respond(json={"data": [], "next_cursor": None, "unread": {}, "seq": 0})
    assert "nothing is unread" in flowforge("inbox", "--unread").stderr


def test_items_are_read_by_endings_of_their_ids_or_all_that_is_there(server):
    route = server.post("/v1/inbox/read").respond(json={"changed": 1})
    assert "1 item marked as read" in flowforge("inbox", "read", "7e8f9012").stderr
    assert sent(route) == {"ids": [EXAMPLE["id"]]}
    assert json.loads(flowforge("inbox", "read", "--all", "--json").stdout) == {"changed": 1}
    assert sent(route) == {"up_to": 31}


def test_an_item_that_is_not_there_or_could_be_several_is_told(server):
    unknown = flowforge("inbox", "read", "7e8f9013")
    assert unknown.exit_code == 4 and "did you mean 7e8f9012" in unknown.stderr
    several = flowforge("inbox", "archive", "9012")
    assert several.exit_code == 2 and "could be" in several.stderr
    for wrong in (("inbox", "read"), ("inbox", "read", "7e8f9012", "--all"), ("inbox", "snooze", "--all", "--for", "soon")):
        assert flowforge(*wrong).exit_code == 2


def test_items_are_put_off_for_a_while(server):
    route = server.post("/v1/inbox/snooze").respond(json={"changed": 2})
    assert "2 items put off until" in flowforge("inbox", "snooze", "--all", "--for", "4h").stderr
    assert sent(route)["up_to"] == 31 and sent(route)["until"].endswith("+00:00")


def test_what_comes_by_mail_is_shown_and_what_is_not_given_stays(server):
    server.get("/v1/inbox/settings").respond(json=SETTINGS)
    route = server.put("/v1/inbox/settings").respond(json={**SETTINGS, "digest": "weekly", "mail": []})
    assert "daily at 8:00 Europe/Oslo" in flowforge("inbox", "settings").stdout
    changed = flowforge("inbox", "settings", "--digest", "weekly", "--mail", "none")
    assert sent(route) == {**SETTINGS, "digest": "weekly", "mail": []} and "weekday 1" in changed.stdout and "nothing" in changed.stdout


def test_a_key_is_told_that_it_has_no_inbox(server):
    problem = {"title": "Not found", "status": 404, "detail": "there is no inbox 'ci'", "errors": [], "nearest": [], "hint": "sign in"}
    server.get("/v1/inbox").respond(404, json=problem, headers={"content-type": "application/problem+json"})
    told = flowforge("inbox")
    assert told.exit_code == 4 and "no inbox 'ci'" in told.stderr and "sign in" in told.stderr


def test_a_comment_says_whom_it_has_told(server):
    route = server.post("/v1/tasks/FF-1/comments").respond(201, json=COMMENT_EXAMPLE)
    said = flowforge("board", "comment", "FF-1", "Refunded, @mira.")
    assert said.exit_code == 0 and "@mira" in said.stdout and sent(route) == {"text": "Refunded, @mira."}
    flowforge("board", "comment", "FF-1", "-", "--reply-to", "cmt_1", input="from a pipe")
    assert sent(route) == {"text": "from a pipe", "reply_to": "cmt_1"}
    assert flowforge("board", "comment", "FF-1", "x", "--quiet").stdout.strip() == COMMENT_EXAMPLE["id"]
