"""The operator's commands: what they tell before they act, and that they act only then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.cli import main

URL = "http://127.0.0.1:8288"
RUN = "run_019700000000700080000000824100f7"
AGAIN = "run_019700000000700080000000824100f8"
PLAN = {
    "run": None,
    "origin": RUN,
    "function": "order.ship",
    "version": None,
    "from_step": "ship",
    "reused": [{"key": "pack", "name": "pack", "kind": "run", "state": "completed", "cost": None}],
    "again": [{"key": "ship", "name": "ship", "kind": "ai", "state": "failed", "cost": "0.04"}],
    "warnings": ["what runs again cost $0.04 the first time"],
}
PREVIEW = {"action": "cancel", "count": 3, "sample": [RUN], "confirm": {"count": 3, "as_of": "2026-11-22T09:00:00Z"}, "bulk": None}
BULK = {"id": "b1", "action": "cancel", "filter": {}, "expected": 3, "done": 1, "refused": 0, "by": "operator", "ended_at": None}


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        yield router


def flowforge(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin)


def asked(route: respx.Route) -> list[dict[str, Any]]:
    return [json.loads(call.request.content) for call in route.calls]


def a_run(state: str) -> dict[str, Any]:
    return {"id": RUN, "label": "8241_00f7", "function": "order.ship", "state": state, "created_at": "2025-11-22T10:42:07Z"}


def test_replay_tells_its_plan_and_does_nothing_in_a_dry_run(server: respx.MockRouter) -> None:
    route = server.post("/v1/runs/8241/replays").respond(200, json=PLAN)
    done = flowforge("replay", "8241", "--from", "ship", "--dry-run")
    assert (done.exit_code, done.stdout) == (0, "")
    assert asked(route) == [{"from_step": "ship", "from_failure": False, "dry_run": True}]
    assert "= reused  pack" in done.stderr and "↻ again   ship  ai  failed  $0.04" in done.stderr and "! what runs again" in done.stderr


def test_replay_acts_after_the_plan_and_prints_the_new_run(server: respx.MockRouter, tmp_path: Path) -> None:
    (tmp_path / "input.json").write_text('{"n": 7}')
    route = server.post("/v1/runs/8241/replays").mock(
        side_effect=[respx.MockResponse(200, json=PLAN), respx.MockResponse(202, json={**PLAN, "run": AGAIN})]
    )
    done = flowforge("replay", "8241", "--from-failure", "--input", str(tmp_path / "input.json"), "--yes")
    assert (done.exit_code, done.stdout) == (0, f"{AGAIN}\n")
    wish = {"from_failure": True, "input": {"n": 7}}
    assert asked(route) == [{**wish, "dry_run": True}, wish]


def test_replay_without_a_person_and_without_yes_is_refused(server: respx.MockRouter) -> None:
    route = server.post("/v1/runs/8241/replays").respond(200, json=PLAN)
    done = flowforge("replay", "8241")
    assert done.exit_code == 2 and "--yes" in done.stderr
    assert len(route.calls) == 1


def test_a_verb_with_a_filter_previews_confirms_and_follows_the_act(server: respx.MockRouter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowforge.cli.run_verbs.POLL_SECONDS", 0)
    route = server.post("/v1/runs/bulk").mock(
        side_effect=[respx.MockResponse(200, json=PREVIEW), respx.MockResponse(202, json={**PREVIEW, "bulk": BULK})]
    )
    server.get("/v1/runs/bulk/b1").respond(json={**BULK, "done": 3, "ended_at": "2026-11-22T09:00:01Z"})
    done = flowforge("runs", "cancel", "--fn", "order.ship", "--yes")
    assert (done.exit_code, done.stdout) == (0, "3 runs cancelled\n")
    assert "3 runs would be cancelled: 824100f7" in done.stderr and "1 of 3" in done.stderr
    body = {"action": "cancel", "filter": {"function": "order.ship"}, "options": {}}
    assert asked(route) == [{**body, "dry_run": True}, {**body, "confirm": PREVIEW["confirm"]}]


def test_a_dry_run_and_a_missing_yes_stop_at_the_preview(server: respx.MockRouter) -> None:
    route = server.post("/v1/runs/bulk").respond(200, json=PREVIEW)
    assert flowforge("runs", "replay", "--failed", "--error", "CarrierDown", "--from-failure", "--dry-run").exit_code == 0
    assert flowforge("runs", "delete", "--failed").exit_code == 2
    assert [body["filter"] for body in asked(route)] == [
        {"state": "failed", "dismissed": False, "error_type": "CarrierDown"},
        {"state": "failed", "dismissed": False},
    ]
    assert asked(route)[0]["options"] == {"from_failure": True}


@pytest.mark.parametrize(
    ("arguments", "method", "path", "body"),
    [
        (("cancel",), "POST", "/cancellation", None),
        (("pause", "--reason", "the carrier is down"), "PUT", "/pause", {"reason": "the carrier is down"}),
        (("resume",), "DELETE", "/pause", None),
        (("dismiss",), "PUT", "/dismissal", None),
        (("move", "--to", "v2"), "PUT", "/version", {"version": "v2"}),
        (("delete", "--force"), "DELETE", "?force=true", None),
    ],
)
def test_a_verb_acts_on_runs_by_id(server: respx.MockRouter, arguments: tuple[str, ...], method: str, path: str, body: Any) -> None:
    server.get("/v1/runs/8241").respond(json=a_run("waiting"))
    route = server.request(method, f"/v1/runs/{RUN}{path}").respond(200, json=a_run("waiting"))
    done = flowforge("runs", arguments[0], "8241", *arguments[1:])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("8241_00f7  order.ship  ")
    assert len(route.calls) == 1 and (body is None or asked(route) == [body])


def test_one_run_that_cannot_be_does_not_stop_the_others(server: respx.MockRouter) -> None:
    server.get("/v1/runs/abcd").respond(404, json={"detail": "there is no run 'abcd'", "nearest": []})
    server.get("/v1/runs/8241").respond(json=a_run("failed"))
    server.put(f"/v1/runs/{RUN}/dismissal").respond(json=a_run("failed"))
    done = flowforge("runs", "dismiss", "abcd", "8241", "--quiet")
    assert (done.exit_code, done.stdout) == (4, f"{RUN}\n")
    assert "there is no run 'abcd'" in done.stderr


def test_a_verb_needs_ids_or_a_filter_not_both_and_not_neither(server: respx.MockRouter) -> None:
    for arguments in ((), ("8241", "--failed")):
        done = flowforge("runs", "delete", *arguments)
        assert done.exit_code == 2 and "name runs, or choose them" in done.stderr


def test_retention_is_shown_and_set(server: respx.MockRouter) -> None:
    found = {"runs": "30d", "events": "30d", "frames": "7d", "usage": None, "swept_at": None}
    server.get("/v1/retention").respond(json=found)
    route = server.patch("/v1/retention").respond(json={**found, "runs": "90d"})
    assert flowforge("retention").stdout.split() == ["runs", "30d", "events", "30d", "frames", "7d", "usage", "forever"]
    assert flowforge("retention", "set", "--runs", "90d", "--usage", "forever").stdout.split()[:2] == ["runs", "90d"]
    assert asked(route) == [{"runs": "90d", "usage": None}]
    assert flowforge("retention", "set").exit_code == 2


def test_failures_are_listed_with_their_reason(server: respx.MockRouter) -> None:
    failed = {**a_run("failed"), "error": {"type": "CarrierDown", "message": "no answer"}}
    server.get("/v1/runs").respond(json={"data": [failed], "next_cursor": None})
    assert "CarrierDown: no answer" in flowforge("runs", "--failed").stdout
