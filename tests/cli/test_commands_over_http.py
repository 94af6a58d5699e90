"""The commands that talk to a server, against answers in the contract's shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.cli import main
from flowforge.clock import SYSTEM_CLOCK

URL = "http://127.0.0.1:8288"
APPROVAL = {
    "id": "apr_019700000000700080000000a2f71c03",
    "state": "pending",
    "tool": "issue_refund",
    "arguments": {"order_id": "ORD-9218", "amount": 420},
    "effect": "money",
    "reversible": False,
    "reason": None,
    "agent": "atlas",
    "task": "FF-1",
    "run": "run_1",
    "cost_so_far": "0.0061",
    "created_at": "2025-11-22T10:42:07Z",
}
TASK = {"key": "FF-1", "title": "Refund ORD-9218", "column": "Doing", "assignee": {"agent": "atlas"}, "state": "waiting", "cost": "0.06"}


def a_run(state: str, **more: Any) -> dict[str, Any]:
    times = {"created_at": "2025-11-22T10:42:07Z", "started_at": "2025-11-22T10:42:07Z", "ended_at": "2025-11-22T10:42:09Z"}
    run = {"id": "run_019700000000700080000000824100f7", "label": "8241_00f7", "function": "order.process_order", "state": state}
    return {**run, "attempt": 1, "cost": None, **times, **more}


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        yield router


def flowforge(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def following(server: respx.MockRouter, state: str) -> None:
    run = a_run(state)
    accepted = {"data": [{"id": "evt_1", "name": "order/created", "runs": [run["id"]], "duplicate": False}]}
    frames = 'id: 2\nevent: run.started\ndata: {"function": "order.process_order"}\n\n'
    frames += 'id: 4\nevent: step.completed\ndata: {"name": "validate", "kind": "run", "ms": 12}\n\n'
    frames += f"id: 5\nevent: run.{state}\ndata: {{}}\n\n"
    server.post("/v1/events").respond(202, json=accepted)
    server.get(f"/v1/runs/{run['id']}/stream").respond(text=frames)
    server.get(f"/v1/runs/{run['id']}").respond(json=run)


@pytest.mark.parametrize(("state", "code"), [("completed", 0), ("failed", 1), ("cancelled", 1)])
def test_send_follows_the_run_and_exits_with_its_status(server: respx.MockRouter, state: str, code: int) -> None:
    following(server, state)
    done = flowforge("send", "order/created", "-d", "total=420", "-d", "customer.name=Mira")
    assert done.exit_code == code
    assert done.stdout == "run_019700000000700080000000824100f7\n"
    assert "validate" in done.stderr
    assert "12 ms" in done.stderr
    assert json.loads(server.calls[0].request.content)["data"] == {"total": 420, "customer": {"name": "Mira"}}


def test_send_no_follow_returns_at_once(server: respx.MockRouter) -> None:
    following(server, "failed")
    done = flowforge("send", "order/created", "--no-follow")
    assert done.exit_code == 0
    assert len(server.calls) == 1


def test_send_json_prints_one_document(server: respx.MockRouter) -> None:
    following(server, "completed")
    done = flowforge("send", "order/created", "--json")
    assert json.loads(done.stdout)["runs"][0]["state"] == "completed"


def test_send_says_when_nobody_listens(server: respx.MockRouter) -> None:
    server.post("/v1/events").respond(202, json={"data": [{"id": "evt_1", "name": "no/body", "runs": [], "duplicate": False}]})
    done = flowforge("send", "no/body")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "it started nothing" in done.stderr and "flowforge events show evt_1" in done.stderr


def test_send_does_not_wait_for_a_run_that_waits_for_a_person(server: respx.MockRouter) -> None:
    run = a_run("paused")
    accepted = {"data": [{"id": "evt_1", "name": "order/created", "runs": [run["id"]], "duplicate": False}]}
    server.post("/v1/events").respond(202, json=accepted)
    server.get(f"/v1/runs/{run['id']}/stream").respond(text='id: 4\nevent: run.paused\ndata: {"reason": "it failed: no"}\n\n')
    server.get(f"/v1/runs/{run['id']}").respond(json=run)
    done = flowforge("send", "order/created")
    assert done.exit_code == 1
    assert "it failed: no" in done.stderr and "flowforge runs resume 8241_00f7" in done.stderr


def test_runs_prints_one_line_a_run_and_passes_its_filters(server: respx.MockRouter) -> None:
    route = server.get("/v1/runs").respond(json={"data": [a_run("failed", cost="0.0421")], "next_cursor": None})
    done = flowforge("runs", "--failed", "--fn", "order.process_order")
    assert done.exit_code == 0
    assert dict(route.calls[0].request.url.params) == {
        "state": "failed", "dismissed": "false", "function": "order.process_order", "limit": "20",
    }  # fmt: skip
    assert [part for part in done.stdout.split("  ") if part.strip()][:3] == ["8241_00f7", "order.process_order", "✗ failed"]
    assert "$0.04" in done.stdout
    assert "\x1b" not in done.stdout


def test_runs_since_asks_the_server_for_a_moment(server: respx.MockRouter) -> None:
    route = server.get("/v1/runs").respond(json={"data": [], "next_cursor": None})
    done = flowforge("runs", "--since", "1h", "--json")
    assert json.loads(done.stdout) == []
    ago = SYSTEM_CLOCK.now() - datetime.fromisoformat(route.calls[0].request.url.params["since"])
    assert 3590 < ago.total_seconds() < 3700


def test_runs_show_an_unknown_run_exits_4_with_the_servers_sentence(server: respx.MockRouter) -> None:
    problem = {"detail": "there is no run 'abcd'", "nearest": []}
    server.get("/v1/runs/abcd").respond(404, json=problem)
    done = flowforge("runs", "show", "abcd")
    assert done.exit_code == 4
    assert done.stderr == "✗ there is no run 'abcd'\n"


def test_runs_show_json_holds_the_steps(server: respx.MockRouter) -> None:
    run = a_run("completed")
    server.get("/v1/runs/8241").respond(json=run)
    server.get(f"/v1/runs/{run['id']}").respond(json=run)
    server.get(f"/v1/runs/{run['id']}/steps").respond(json={"data": [{"key": "validate"}], "next_cursor": None})
    assert json.loads(flowforge("runs", "show", "8241", "--json").stdout)["steps"] == [{"key": "validate"}]


def test_approve_with_an_edit_sends_all_arguments_and_shows_the_difference(server: respx.MockRouter) -> None:
    server.get("/v1/approvals/a2f71c03").respond(json=APPROVAL)
    route = server.post(f"/v1/approvals/{APPROVAL['id']}/decision").respond(json={**APPROVAL, "state": "approved"})
    done = flowforge("approvals", "approve", "a2f71c03", "--edit", "amount=300")
    assert done.exit_code == 0
    edited = {"order_id": "ORD-9218", "amount": 300}
    assert json.loads(route.calls[0].request.content) == {"approved": True, "edited_args": edited, "reason": None}
    assert "amount: 420 → 300" in done.stderr


def test_deny_sends_the_reason(server: respx.MockRouter) -> None:
    server.get("/v1/approvals/1c03").respond(json=APPROVAL)
    route = server.post(f"/v1/approvals/{APPROVAL['id']}/decision").respond(json={**APPROVAL, "state": "denied"})
    assert flowforge("approvals", "deny", "1c03", "--reason", "it arrived").exit_code == 0
    assert json.loads(route.calls[0].request.content) == {"approved": False, "edited_args": None, "reason": "it arrived"}


def test_the_loser_of_a_decision_is_told_and_exits_1(server: respx.MockRouter) -> None:
    server.get("/v1/approvals/a2f71c03").respond(json=APPROVAL)
    problem = {"detail": "approved by mira already", "winner": {"decided_by": "mira"}}
    server.post(f"/v1/approvals/{APPROVAL['id']}/decision").respond(409, json=problem)
    done = flowforge("approvals", "approve", "a2f71c03")
    assert done.exit_code == 1
    assert "approved by mira already" in done.stderr


def test_an_unknown_approval_exits_4(server: respx.MockRouter) -> None:
    server.get("/v1/approvals/ffffffff").respond(404, json={"detail": "there is no approval 'ffffffff'"})
    assert flowforge("approvals", "approve", "ffffffff").exit_code == 4


def board_of(server: respx.MockRouter, *cards: dict[str, Any]) -> None:
    columns = [{"name": name, "count": 1, "wip_limit": limit} for name, limit in (("Doing", 3), ("Done", None))]
    server.get("/v1/boards/FF").respond(json={"columns": columns})
    server.get("/v1/boards/FF/cards").respond(json={"data": list(cards), "next_cursor": None})


def test_board_groups_tasks_by_column(server: respx.MockRouter) -> None:
    done_task = {**TASK, "key": "FF-2", "column": "Done", "assignee": None, "state": None, "cost": None, "blocked_by": ["FF-1"]}
    board_of(server, done_task, TASK)
    lines = flowforge("board").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["DOING", "FF-1", "DONE", "FF-2"]
    assert lines[0].endswith("1/3") and "atlas  ◇ waiting  $0.06" in lines[1] and lines[3].endswith("waits for FF-1")


def test_a_column_that_the_board_does_not_have_is_an_error(server: respx.MockRouter) -> None:
    detail = "there is no column 'nope'; did you mean Todo?"
    server.get("/v1/boards/FF/cards", params={"column": "nope"}).respond(422, json={"title": "A value does not fit", "detail": detail})
    board_of(server)
    done = flowforge("board", "--column", "nope")
    assert (done.exit_code, done.stdout) == (2, "")
    assert detail in done.stderr


def test_a_column_without_tasks_is_not_called_an_empty_board(server: respx.MockRouter) -> None:
    board_of(server)
    assert "no task is in Done" in flowforge("board", "--column", "Done").stderr


def test_a_task_is_edited_by_a_merge_patch_and_found_by_filters(server: respx.MockRouter) -> None:
    route = server.patch("/v1/tasks/FF-1").respond(json=TASK)
    assert flowforge("board", "edit", "FF-1", "--priority", "high", "--label", "a", "--no-due").exit_code == 0
    assert json.loads(route.calls[0].request.content) == {"priority": "high", "labels": ["a"], "due_at": None}
    assert flowforge("board", "edit", "FF-1").exit_code == 2
    found = server.get("/v1/tasks").respond(json={"data": [TASK], "next_cursor": None})
    assert flowforge("board", "list", "--column", "Todo", "--column", "Doing", "--not-blocked").stdout.startswith("FF-1")
    assert str(found.calls[0].request.url).endswith("/v1/tasks?column=Todo&column=Doing&blocked=false&sort=number")


def test_a_file_is_imported_and_a_refused_row_is_told(server: respx.MockRouter, tmp_path: Path) -> None:
    errors = [{"pointer": "/column", "detail": "there is no column 'Nowhere'"}]
    rows = [{"row": 1, "outcome": "created", "external_id": None, "key": "FF-1", "errors": []}]
    rows += [{"row": 2, "outcome": "refused", "external_id": "X-2", "key": None, "errors": errors}]
    route = server.post("/v1/boards/FF/import").respond(json={"data": rows})
    (tmp_path / "board.csv").write_text("title\none\n")
    done = flowforge("board", "import", str(tmp_path / "board.csv"), "--dry-run")

    assert (done.exit_code, done.stdout.strip()) == (1, "X-2  /column  there is no column 'Nowhere'")
    assert json.loads(route.calls[0].request.content) == {"csv": "title\none\n", "dry_run": True}
    (tmp_path / "board.txt").write_text("[")
    assert flowforge("board", "import", str(tmp_path / "board.txt")).exit_code == 2


@pytest.mark.parametrize(("who", "body"), [("atlas", {"agent": "atlas"}), ("mira", {"user": "mira"}), ("user:atlas", {"user": "atlas"})])
def test_assign_finds_out_who_is_meant(server: respx.MockRouter, who: str, body: dict[str, str]) -> None:
    server.get("/v1/agents").respond(json={"data": [{"name": "atlas"}], "next_cursor": None})
    server.get("/v1/users").respond(json={"data": [{"name": "mira"}], "next_cursor": None})
    route = server.put("/v1/tasks/FF-1/assignee").respond(json=TASK)
    assert flowforge("board", "assign", "FF-1", who).exit_code == 0
    assert json.loads(route.calls[0].request.content) == body


def test_assigning_to_nobody_known_names_the_nearest(server: respx.MockRouter) -> None:
    server.get("/v1/agents").respond(json={"data": [{"name": "atlas"}], "next_cursor": None})
    server.get("/v1/users").respond(json={"data": [], "next_cursor": None})
    done = flowforge("board", "assign", "FF-1", "altas")
    assert done.exit_code == 4
    assert "did you mean atlas?" in done.stderr


def test_agents_lists_status_and_cost(server: respx.MockRouter) -> None:
    agent = {
        "name": "atlas",
        "model": "gpt-4o",
        "status": "waiting",
        "task": "FF-1",
        "cost_today": "1.14",
        "skills": [],
        "tools": ["issue_refund"],
    }
    server.get("/v1/agents").respond(json={"data": [agent], "next_cursor": None})
    assert flowforge("agents").stdout.split() == ["atlas", "gpt-4o", "◇", "waiting", "FF-1", "$1.14", "issue_refund"]


@pytest.mark.parametrize("noun", ["runs", "agents", "approvals"])
def test_an_empty_list_says_so_on_stderr_and_is_an_empty_json_list(server: respx.MockRouter, noun: str) -> None:
    server.get(f"/v1/{noun}").respond(json={"data": [], "next_cursor": None})
    done = flowforge(noun)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr
    assert json.loads(flowforge(noun, "--json").stdout) == []
