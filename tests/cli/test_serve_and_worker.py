"""`flowforge serve` and `flowforge worker` as processes of their own, sharing one database."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Running

    Start = Callable[..., Running]
    Command = Callable[..., subprocess.CompletedProcess[str]]

APP = """
import os, time
import flowforge
from flowforge import step

def slow(seconds):
    open("began", "w").close()
    time.sleep(seconds)
    with open("ledger", "a") as ledger:
        ledger.write("x")
    return os.getpid()

@flowforge.function(trigger="order/created")
async def process_order(ctx):
    first = await step.run("slow", slow, ctx.event.data["seconds"])
    return {"pid": first}
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    file = tmp_path / "app.py"
    file.write_text(APP)
    return file


def test_serve_alone_accepts_events_and_workers_run_them(app: Path, start: Start, flowforge: Command) -> None:
    server = start("serve", "--port", "0")
    server.ready()
    assert httpx.get(f"{server.url}/readyz", trust_env=False).status_code == 200
    worker = start("worker", "app.py", "--concurrency", "5")
    assert "process_order   order/created" in worker.until("→ working · ready")
    sent = flowforge("send", "order/created", "-d", "seconds=0", "--json", FLOWFORGE_URL=server.url)
    assert json.loads(sent.stdout)["runs"][0]["output"] == {"pid": worker.process.pid}
    assert worker.end() == 0
    assert server.end() == 0


def test_a_worker_without_a_file_runs_agents_and_those_of_its_yaml(tmp_path: Path, start: Start, flowforge: Command) -> None:
    (tmp_path / "agents.yaml").write_text("name: atlas\nmodel: gpt-4o\n")
    server = start("serve", "--port", "0")
    server.ready()
    worker = start("worker")
    assert "no code here" in worker.until("→ working · ready")
    shown = json.loads(flowforge("agents", "show", "atlas", "--json", FLOWFORGE_URL=server.url).stdout)
    assert (shown["status"], shown["owned_by"]) == ("idle", f"{tmp_path.name}/")
    assert worker.end() == 0
    (tmp_path / "agents.yaml").write_text("name: atlas\nmodel: gpt-4o\ntools: [no_such_tool]\n")
    wrong = flowforge("worker")
    assert wrong.returncode != 0 and "agent 'atlas'" in wrong.stderr and "no_such_tool" in wrong.stderr
    assert "Traceback" not in wrong.stderr
    assert server.end() == 0


@pytest.mark.thorough
def test_serve_imports_no_user_code(tmp_path: Path, start: Start) -> None:
    (tmp_path / "app.py").write_text("raise SystemExit('imported')")
    server = start("serve", "--port", "0")
    server.ready()
    assert server.end() == 0


@pytest.mark.thorough
def test_a_card_that_is_assigned_before_the_first_worker_came_waits_in_the_queue(start: Start) -> None:
    server = start("serve", "--port", "0")
    server.ready()
    with httpx.Client(base_url=server.url, headers=server.bearer, trust_env=False) as http:
        assert http.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o"}).status_code == 201
        assert http.post("/v1/tasks", json={"title": "Refund ORD-9218", "assignee": {"agent": "atlas"}}).status_code == 201
        task = http.get("/v1/tasks/FF-1").json()
        run = http.get(f"/v1/runs/{task['run']}").json()
    assert (task["state"], run["state"], run["function"]) == ("queued", "queued", "flowforge.agent")
    assert "no live worker knows" in run["reason"]
    assert server.end() == 0


def test_sigterm_lets_the_running_step_end_and_nothing_runs_twice(app: Path, tmp_path: Path, start: Start, flowforge: Command) -> None:
    server = start("serve", "--port", "0")
    server.ready()
    worker = start("worker", "app.py")
    worker.until("ready")
    sent = flowforge("send", "order/created", "-d", "seconds=1.5", "--no-follow", FLOWFORGE_URL=server.url)
    _until(lambda: (tmp_path / "began").exists())
    assert worker.end() == 0
    assert (tmp_path / "ledger").read_text() == "x"
    other = start("worker", "app.py")
    other.until("ready")
    run = sent.stdout.strip()
    _until(lambda: json.loads(flowforge("runs", "show", run, "--json", FLOWFORGE_URL=server.url).stdout)["state"] == "completed")
    assert (tmp_path / "ledger").read_text() == "x"


@pytest.mark.thorough
def test_processes_are_started_replaced_when_they_die_and_stopped_together(app: Path, start: Start, flowforge: Command) -> None:
    server = start("serve", "--port", "0")
    server.ready()
    pool = start("worker", "app.py", "--processes", "2")
    pool.until("ready")
    sent = flowforge("send", "order/created", "-d", "seconds=0", "--json", FLOWFORGE_URL=server.url)
    pid = json.loads(sent.stdout)["runs"][0]["output"]["pid"]
    assert pid != pool.process.pid
    os.kill(pid, 9)
    pool.until("starting another")
    pool.until("→ working · ready")
    assert pool.end() == 0


@pytest.mark.long
def test_a_pool_brings_a_fresh_embedded_database_up_to_date_itself(app: Path, start: Start, open_directory: Path) -> None:
    pool = start("worker", "app.py", "--processes", "2", DATABASE_URL="", FLOWFORGE_DATA=str(open_directory / "data"))
    while pool.output.count("→ working · ready") < 2:
        pool.until("\n")
    assert pool.end() == 0


@pytest.mark.thorough
def test_a_pool_whose_code_does_not_import_gives_up_with_its_exit_code(app: Path, flowforge: Command) -> None:
    app.write_text("import no_such_package")
    done = flowforge("worker", "app.py", "--processes", "2")
    assert done.returncode == 2
    assert "no_such_package" in done.stderr


@pytest.mark.parametrize("target", ["app.py", "app", "."])
def test_a_worker_takes_a_file_a_module_or_a_directory(app: Path, start: Start, target: str) -> None:
    worker = start("worker", target)
    assert "process_order" in worker.until("ready")
    assert worker.end() == 0


def _until(fact: Callable[[], bool], seconds: float = 30.0) -> None:
    import time

    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it did not come to be"
        os.sched_yield()


@pytest.mark.long
def test_a_guest_keeps_the_embedded_database_up_when_its_owner_leaves(
    app: Path, start: Start, flowforge: Command, open_directory: Path
) -> None:
    data = {"DATABASE_URL": "", "FLOWFORGE_DATA": str(open_directory / "data")}
    owner = start("serve", "--port", "0", **data)
    owner.ready()
    guest = start("worker", "app.py", **data)
    guest.until("ready")
    assert owner.end() == 0
    server = start("serve", "--port", "0", **data)
    server.ready()
    sent = flowforge("send", "order/created", "-d", "seconds=0", "--json", FLOWFORGE_URL=server.url)
    assert json.loads(sent.stdout)["runs"][0]["output"] == {"pid": guest.process.pid}
    assert guest.end() == 0
    assert server.end() == 0
