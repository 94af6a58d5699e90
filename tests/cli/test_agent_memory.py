"""`flowforge agents memory` and `flowforge agents tell`, against answers in the contract's shape."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.api.routes.agent_memory import EXAMPLE
from flowforge.api.routes.agent_messages import EXAMPLE as MESSAGE
from flowforge.cli import main

NOTE = {**EXAMPLE, "tainted": ["fetch"], "pinned": True}


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url="http://127.0.0.1:8288", assert_all_called=False) as router:
        yield router


def flowforge(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("agents", *arguments))


def test_notes_are_listed_searched_and_shown(server):
    server.get("/v1/agents/atlas/memory").respond(json={"data": [NOTE], "next_cursor": None})
    for arguments in (("list", "atlas", "--tag", "refunds"), ("search", "atlas", "refund", "limit")):
        done = flowforge("memory", *arguments)
        assert done.exit_code == 0, done.output
        assert "a2f70041  Refund limit" in done.stdout and "pinned; after reading fetch" in done.stdout
    assert server.calls.last.request.url.params["q"] == "refund limit"
    server.get("/v1/agents/atlas/memory/a2f70041").respond(json=NOTE)
    assert "500 dollars" in flowforge("memory", "show", "atlas", "a2f70041").stdout
    assert json.loads(flowforge("memory", "list", "atlas", "--json").stdout) == [NOTE]


def test_a_note_is_written_changed_and_deleted(server):
    made = server.post("/v1/agents/atlas/memory").respond(201, json=NOTE)
    assert flowforge("memory", "add", "atlas", "Tone", "Be kind.", "--pin", "--tag", "style").stdout.strip() == NOTE["id"]
    assert json.loads(made.calls.last.request.content) == {
        "title": "Tone", "text": "Be kind.", "task": None, "tags": ["style"], "pinned": True,
    }  # fmt: skip
    changed = server.patch("/v1/agents/atlas/memory/a2f70041").respond(json=NOTE)
    assert flowforge("memory", "edit", "atlas", "a2f70041", "--text", "Be brief.", "--no-pin").exit_code == 0
    assert json.loads(changed.calls.last.request.content) == {"text": "Be brief.", "pinned": False}
    server.delete("/v1/agents/atlas/memory/a2f70041").respond(204)
    assert flowforge("memory", "delete", "atlas", "a2f70041").exit_code == 0


def test_something_is_said_to_an_agent_at_work(server):
    said = server.post("/v1/agents/atlas/messages").respond(201, json=MESSAGE)
    assert flowforge("tell", "atlas", "Wait.", "--task", "FF-12").exit_code == 0
    assert json.loads(said.calls.last.request.content) == {"text": "Wait.", "task": "FF-12"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("memory",), "whose notes"), (("memory", "edit", "atlas", "a2f70041"), "nothing to change"), (("memory", "lst", "atlas"), "list")],
    ids=["no-verb", "no-change", "no-such-verb"],
)
def test_what_makes_no_sense_is_said_in_one_sentence(server, arguments, told):
    done = flowforge(*arguments)
    assert done.exit_code != 0 and told in done.output
