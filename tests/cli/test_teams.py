"""`flowforge teams` and `flowforge questions`, against answers in the contract's shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.api.routes.questions import EXAMPLE as QUESTION
from flowforge.api.routes.task_tree import EXAMPLE as TREE
from flowforge.api.routes.teams import EXAMPLE as TEAM
from flowforge.cli import main

NOT_FOUND = {"type": "/docs#problem-not-found", "title": "Not found", "status": 404, "detail": "there is no team 'support'", "errors": []}


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url="http://127.0.0.1:8288", assert_all_called=False) as router:
        yield router


def flowforge(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def page(*found: object) -> dict[str, object]:
    return {"data": list(found), "next_cursor": None}


def test_teams_are_listed_with_who_leads_whom(server):
    server.get("/v1/teams").respond(json=page(TEAM))
    done = flowforge("teams")
    assert done.exit_code == 0, done.output
    assert "support" in done.stdout and "atlas" in done.stdout and "maya, zoe" in done.stdout


def test_no_teams_lead_to_a_first_one(server):
    server.get("/v1/teams").respond(json=page())
    done = flowforge("teams")
    assert (done.exit_code, done.stdout) == (0, "") and "flowforge teams add support" in done.stderr


def test_a_team_is_made_from_a_file_where_there_is_none(server, tmp_path: Path):
    file = tmp_path / "team.yaml"
    file.write_text("name: support\nlead: atlas\nmembers: [maya, zoe]\n")
    server.get("/v1/teams/support").respond(404, json=NOT_FOUND, headers={"content-type": "application/problem+json"})
    made = server.post("/v1/teams").respond(201, json=TEAM)
    done = flowforge("teams", "apply", str(file))
    assert done.exit_code == 0, done.output
    assert json.loads(made.calls.last.request.content) == {"name": "support", "lead": "atlas", "members": ["maya", "zoe"]}
    assert "made" in done.stdout


def test_a_team_that_there_is_becomes_what_the_file_says(server, tmp_path: Path):
    file = tmp_path / "teams.yaml"
    file.write_text("teams:\n- {name: support, lead: atlas, members: [maya]}\n")
    server.get("/v1/teams/support").respond(json=TEAM)
    changed = server.patch(f"/v1/teams/{TEAM['id']}").respond(json={**TEAM, "revision": 2})
    done = flowforge("teams", "apply", str(file))
    assert "changed" in done.stdout and "revision 2" in done.stdout
    assert json.loads(changed.calls.last.request.content)["instructions"] is None  # what the file leaves out is the default


@pytest.mark.parametrize("text", ["- 3\n", "lead: atlas\n", "{", "name: 4\n"])
def test_a_file_that_holds_no_team_is_told_in_one_sentence(server, tmp_path: Path, text: str):
    file = tmp_path / "team.yaml"
    file.write_text(text)
    done = flowforge("teams", "apply", str(file))
    assert done.exit_code != 0 and "team.yaml" in done.stderr and "Traceback" not in done.output


def test_the_tree_of_a_task_shows_who_has_which_part(server):
    server.get("/v1/tasks/FF-1/tree").respond(json={"root": TREE, "truncated": False})
    done = flowforge("teams", "tree", "FF-1")
    assert done.exit_code == 0, done.output
    [first, second] = done.stdout.splitlines()
    assert first.startswith("FF-1") and second.startswith("  FF-2") and "maya" in second


def test_questions_are_listed_and_answered(server):
    server.get("/v1/questions").respond(json=page(QUESTION))
    assert "To which of the two accounts?" in flowforge("questions").stdout
    answered = server.post("/v1/questions/70041/answer").respond(json={**QUESTION, "state": "answered", "answer": "the new one"})
    done = flowforge("questions", "answer", "70041", "2")
    assert (done.exit_code, json.loads(answered.calls.last.request.content)) == (0, {"answer": "2"})
    assert "the new one" in done.stderr
