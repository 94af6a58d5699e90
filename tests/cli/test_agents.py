"""`flowforge agents`, against answers in the contract's shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.agents.agent_file import read_agent_file
from flowforge.api.routes.agent_lives import CHANGE, QUEUED, REVISION
from flowforge.api.routes.agent_triggers import EXAMPLE as TRIGGER
from flowforge.api.routes.agents import EXAMPLE
from flowforge.cli import main


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url="http://127.0.0.1:8288", assert_all_called=False) as router:
        yield router


def flowforge(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def sent(route: respx.Route) -> object:
    return json.loads(route.calls[-1].request.content)


def test_the_list_says_what_each_does_and_why_and_leaves_archived_ones_out(server):
    route = server.get("/v1/agents").respond(json={"data": [EXAMPLE], "next_cursor": None})

    done = flowforge("agents", "--status", "waiting", "--skill", "review")

    assert "◇ waiting: approval for issue_refund since 14 m" in done.stdout
    assert dict(route.calls[0].request.url.params) == {"status": "waiting", "skill": "review", "archived": "false"}


def test_one_is_shown_with_what_bounds_it(server):
    server.get("/v1/agents/atlas").respond(json=EXAMPLE)
    done = flowforge("agents", "show", "atlas")
    assert "budget 5.00/day, $0.06 used" in done.stdout and "limits turns 50, wall_time 2h" in done.stdout
    assert "concurrency 2, 0 queued" in done.stdout


@pytest.mark.parametrize("verb", ["create", "add"])
def test_an_agent_is_made(server, verb: str):
    route = server.post("/v1/agents").respond(201, json=EXAMPLE)
    done = flowforge("agents", verb, "atlas", "--model", "gpt-4o", "--tool", "a", "--concurrency", "2", "--set", 'limits={"turns": 5}')
    assert (done.exit_code, done.stdout) == (0, "atlas\n")
    assert sent(route) == {"name": "atlas", "model": "gpt-4o", "tools": ["a"], "concurrency": 2, "limits": {"turns": 5}}


def test_only_what_is_said_is_changed(server):
    route = server.patch("/v1/agents/atlas").respond(json={**EXAMPLE, "revision": 2})
    done = flowforge("agents", "edit", "atlas", "--model", "o3", "--set", "budget=null", "--note", "cheaper")
    assert (done.exit_code, done.stdout) == (0, "atlas is at revision 2\n")
    assert sent(route) == {"model": "o3", "budget": None, "note": "cheaper"}


def test_without_options_it_is_changed_in_an_editor(server, monkeypatch: pytest.MonkeyPatch):
    server.get("/v1/agents/atlas").respond(json=EXAMPLE)
    route = server.patch("/v1/agents/atlas").respond(json=EXAMPLE)
    monkeypatch.setattr(click, "edit", lambda text, extension: text.replace("turns: 50", "turns: 60"))
    assert flowforge("agents", "edit", "atlas").exit_code == 0
    patch = sent(route)
    assert isinstance(patch, dict) and patch["limits"]["turns"] == 60 and patch["approval"] == {"issue_refund": True}


@pytest.mark.parametrize(
    ("arguments", "path", "body"),
    [
        (("pause", "atlas", "--reason", "lunch"), "pause", {"reason": "lunch"}),
        (("pause", "atlas", "--stop"), "pause", {"stop": True}),
        (("archive", "atlas", "--reassign-to", "kepler"), "archive", {"reassign_to": "kepler"}),
        (("archive", "atlas", "--cancel"), "archive", {"cancel": True}),
        (("rollback", "atlas", "3", "--note", "back"), "rollback", {"revision": 3, "note": "back"}),
    ],
    ids=["pause with a reason", "stop", "reassign", "cancel", "rollback"],
)
def test_verbs_say_what_becomes_of_it(server, arguments: tuple[str, ...], path: str, body: dict[str, object]):
    route = server.post(f"/v1/agents/atlas/{path}").respond(json=EXAMPLE)
    done = flowforge("agents", *arguments)
    assert done.exit_code == 0 and done.stdout.startswith("atlas: waiting: approval")
    assert sent(route) == body


@pytest.mark.parametrize("verb", ["resume", "unarchive"])
def test_verbs_without_a_body(server, verb: str):
    server.post(f"/v1/agents/atlas/{verb}").respond(json=EXAMPLE)
    assert flowforge("agents", verb, "atlas").exit_code == 0


def test_revisions_their_difference_and_the_queue_are_listed(server):
    server.get("/v1/agents/atlas/revisions").respond(json={"data": [REVISION], "next_cursor": None})
    server.get("/v1/agents/atlas/diff", params={"from": 2, "to": 3}).respond(json={"from": 2, "to": 3, "changes": [CHANGE]})
    server.get("/v1/agents/atlas/queue").respond(json={"data": [QUEUED], "next_cursor": None})
    assert "mira" in flowforge("agents", "revisions", "atlas").stdout
    assert "+Refund at most 100 dollars." in flowforge("agents", "diff", "atlas", "2", "3").stdout
    assert flowforge("agents", "queue", "atlas").stdout.startswith("1  FF-12  Refund ORD-9218")


def test_a_file_is_applied_and_what_it_leaves_out_goes_back_to_its_default(server, tmp_path: Path):
    file = tmp_path / "agents.yaml"
    file.write_text("agents:\n- {name: atlas, model: o3, approval: {other: true}}\n- {name: new, model: o3}\n")
    server.get("/v1/agents/atlas").respond(json=EXAMPLE)
    server.get("/v1/agents/new").respond(404, json={"detail": "there is no agent", "type": "/docs#problem-not-found", "nearest": []})
    changed = server.patch("/v1/agents/atlas").respond(json={**EXAMPLE, "revision": 2})
    made = server.post("/v1/agents").respond(201, json={**EXAMPLE, "name": "new"})

    done = flowforge("agents", "apply", str(file))

    assert (done.exit_code, done.stdout) == (0, "atlas: revision 2\nnew: revision 1\n"), done.output
    patch, body = sent(changed), sent(made)
    assert isinstance(patch, dict) and isinstance(body, dict)
    assert patch["approval"] == {"issue_refund": None, "other": True} and patch["budget"] is None and body["name"] == "new"


def test_a_file_that_is_wrong_changes_nothing(server, tmp_path: Path):
    file = tmp_path / "agents.yaml"
    file.write_text("- {name: atlas, model: o3}\n- {name: b, modle: o3}\n")
    done = flowforge("agents", "apply", str(file))
    assert done.exit_code != 0 and "agents.yaml, agent 2" in done.stderr and "did you mean model" in done.stderr
    assert not server.calls


def test_what_is_exported_can_be_applied(server):
    server.get("/v1/agents/atlas").respond(json=EXAMPLE)
    [read] = read_agent_file(flowforge("agents", "export", "atlas").stdout)
    assert read.model_dump(mode="json", exclude_defaults=True)["budget"] == "5.00/day" and read.concurrency == 2


def test_triggers_are_listed_given_and_taken_away(server):
    server.get("/v1/agents/atlas/triggers").respond(json={"data": [TRIGGER], "next_cursor": None})
    made = server.post("/v1/agents/atlas/triggers").respond(201, json=TRIGGER)
    gone = server.delete(f"/v1/agents/atlas/triggers/{TRIGGER['id']}").respond(204)
    assert "order/created if event.data.total > 1000" in flowforge("agents", "triggers", "atlas").stdout
    assert flowforge("agents", "triggers", "atlas", "--cron", "0 9 * * *", "--ask", "Report.").stdout == f"{TRIGGER['id']}\n"
    assert sent(made) == {"cron": "0 9 * * *", "prompt": "Report.", "makes": "run"}
    flowforge("agents", "triggers", "atlas", "--on", "a", "--if", "true", "--title", "x")
    assert sent(made) == {"event": "a", "if": "true", "title": "x"}
    assert flowforge("agents", "triggers", "atlas", "--remove", str(TRIGGER["id"])).exit_code == 0 and gone.called


def test_an_agent_is_run_without_a_card_and_its_answer_printed(server):
    run = {"id": "run_019700000000700080000000824100f7", "label": "8241_00f7", "state": "completed", "output": "None.", "error": None}
    begun = server.post("/v1/agents/atlas/runs").respond(202, json={**run, "state": "queued"})
    server.get(f"/v1/runs/{run['id']}/stream").respond(text="id: 5\nevent: run.completed\ndata: {}\n\n")
    server.get(f"/v1/runs/{run['id']}").respond(json=run)

    done = flowforge("agents", "run", "atlas", "Which look like fraud?", "--budget", "0.50")
    assert (done.exit_code, done.stdout) == (0, "None.\n")
    assert sent(begun) == {"prompt": "Which look like fraud?", "budget": "0.50"}

    begun_only = flowforge("agents", "run", "atlas", "Which?", "--no-wait")
    assert (begun_only.exit_code, begun_only.stdout) == (0, f"{run['id']}\n")

    server.get(f"/v1/runs/{run['id']}").respond(json={**run, "state": "failed", "output": None, "error": {"message": "no money left"}})
    failed = flowforge("agents", "run", "atlas", "Which?")
    assert (failed.exit_code, failed.stdout) == (1, "") and "failed: no money left" in failed.stderr
