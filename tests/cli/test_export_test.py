"""`flowforge export-test`: from the server's history to a test that passes."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.cli import main
from flowforge.orchestrator.history import EXAMPLE
from flowforge.orchestrator.registry import REGISTRY, Registry
from flowforge.skills.tool import TOOLS
from flowforge.testing import replay_history

APP = """
import flowforge
from flowforge import step

@flowforge.function(trigger="order/created")
async def process_order(ctx):
    await step.run("validate", print, ctx.event.data)
    return {"ok": True}
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A directory with `order.py`, in which the command is run."""
    functions, tools, here = Registry(), list(TOOLS), Path.cwd()
    functions.replace(REGISTRY)
    (tmp_path / "order.py").write_text(APP)
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(here)
    REGISTRY.replace(functions)
    TOOLS.clear()
    for tool in tools:
        TOOLS.add(tool)


def export(*options: str, **changed: Any) -> Result:
    history = json.loads(json.dumps(EXAMPLE)) | changed
    run = {"id": EXAMPLE["id"], "label": "a2f7_0001", "function": history["function"], "state": "completed", "attempt": 1, "cost": None}
    times = {"created_at": "2025-11-22T10:42:07Z", "started_at": None, "ended_at": None}
    with respx.mock(base_url="http://127.0.0.1:8288") as server:
        server.get("/v1/runs/a2f7_0001").respond(json=run | times)
        server.get(f"/v1/runs/{EXAMPLE['id']}/history").respond(json=history)
        return CliRunner().invoke(main, ["export-test", "a2f7_0001", *options])


def sentence(done: Result) -> str:
    assert done.exit_code != 0
    assert "Traceback" not in done.stderr
    return done.stderr


def test_it_writes_a_directory_that_the_code_of_the_run_is_found_from(project: Path) -> None:
    done = export("--redact", "data.order_id", "--name", "lost", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["name"], told["redacted"], told["drifts"]) == ("lost", 1, [])
    assert [Path(file).name for file in told["files"]] == ["test_lost.py", "run.json", "events.json"]
    text = (project / "tests/runs/lost/test_lost.py").read_text()
    assert "import order  # noqa: E402" in text
    assert "ORD-9218" not in "".join(Path(file).read_text() for file in told["files"])
    compile(text, "test_lost.py", "exec")


async def test_what_it_wrote_fits_the_code(project: Path) -> None:
    done = await asyncio.to_thread(export)
    assert done.exit_code == 0, done.output
    report = await replay_history(project / "tests/runs/process_order_a2f7_0001/run.json", REGISTRY, asking=True)
    report.check()
    assert report.path == ["run validate"]


def test_code_that_goes_another_way_is_named_at_once(project: Path) -> None:
    (project / "order.py").write_text(APP.replace("ctx.event.data)", "7)"))
    done = export()
    assert done.exit_code == 1
    assert "the code here does not go as the run went" in done.stderr and "other arguments 'validate'" in done.stderr
    assert (project / "tests/runs/process_order_a2f7_0001/run.json").exists()


def test_what_is_wrong_is_said_in_a_sentence(project: Path) -> None:
    assert "nothing in this run lies at data.customer" in sentence(export("--redact", "data.customer"))
    assert "the code of shop.flows.pay was not found" in sentence(export(function="shop.flows.pay"))
    assert "does not say where its tools are" in sentence(export(function="flowforge.agent"))
    assert "there is no file, directory or module 'nowhere.py'" in sentence(export("--app", "nowhere.py"))
    assert not (project / "tests").exists()
