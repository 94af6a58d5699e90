"""`flowforge tail`, against streams in the contract's shape."""

from __future__ import annotations

import json

import pytest
import respx
from click.testing import CliRunner

from flowforge.cli import main

URL = "http://127.0.0.1:8288"
RUN = "run_01968f3ac8b17c02a3f08241a2f70001"
FRAMES = [
    (41, "run.queued", {"run": RUN, "function": "order.ship"}),
    (42, "task.moved", {"task": "FF-1", "by": "mira", "from": "Todo", "to": "Doing", "labels": ["x"]}),
    (43, "approval.requested", {"run": RUN, "approval": "apr_1", "tool": "pay"}),
    (44, "run.failed", {"run": RUN, "function": "order.ship", "attempt": 1, "error": {"type": "Lost", "message": "no carrier"}}),
]
GONE = {"type": "/docs#problem-forbidden", "title": "no", "detail": "reading this needs the permission tasks:read"}


@pytest.fixture
def server():
    text = 'event: hello\ndata: {"seq":44}\nretry: 2000\n\n'
    text += "".join(f"id: {seq}\nevent: {name}\ndata: {json.dumps(data)}\n\n" for seq, name, data in FRAMES)
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        router.get("/v1/frames").respond(json={"data": [], "after": 40, "seq": 40, "over": False, "reset": False})
        router.get("/v1/stream").mock(side_effect=[*_answers(text), respx.MockResponse(403, json=GONE)])
        yield router


def _answers(text):
    """The stream, once; then the key is revoked, which ends the command."""
    return [respx.MockResponse(200, text=text, headers={"content-type": "text/event-stream"})]


def flowforge(*arguments):
    return CliRunner().invoke(main, arguments)


def test_what_happens_is_told_by_lines_and_as_json(server):
    told = flowforge("tail")
    assert "task.moved  task FF-1  by mira  from Todo  to Doing\n" in told.stdout
    assert "approval.requested" in told.stdout and "order.ship" in told.stdout and "no carrier" in told.stdout
    assert server.calls[1].request.headers["last-event-id"] == "40"
    assert told.exit_code != 0 and "tasks:read" in told.stderr  # the second answer


def test_kinds_are_asked_for_and_all_begins_at_the_beginning(server):
    told = flowforge("tail", "--all", "--json", "--kind", "task.*", "--kind", "run.failed")

    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [(line["seq"], line["event"]) for line in lines] == [(None, "hello"), *((seq, name) for seq, name, _ in FRAMES)]
    request = server.calls[1].request
    assert request.url.params.get_list("kinds") == ["task.*", "run.failed"] and "last-event-id" not in request.headers
