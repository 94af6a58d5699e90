"""What `flowforge init` writes runs, and its own test passes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flowforge.cli.commands.init import TEMPLATES

if TYPE_CHECKING:
    from tests.cli.conftest import Running

    Command = Callable[..., subprocess.CompletedProcess[str]]


EVERY_RUN = {"agent-team"}  # what the others write differs little


@pytest.mark.parametrize(
    "template", [pytest.param(name, marks=() if name in EVERY_RUN else (pytest.mark.thorough, pytest.mark.long)) for name in TEMPLATES]
)
def test_the_projects_own_test_passes(template: str, flowforge: Command, tmp_path: Path, server_url: str) -> None:
    assert flowforge("init", "mine", "--template", template).returncode == 0
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment |= {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "FLOWFORGE_TEST_DATABASE_URL": server_url,
        "PYTEST_XDIST_WORKER": f"t_{template}"[:20],
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "flowforge.testing.plugin", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path / "mine", env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


@pytest.mark.long
def test_the_order_template_runs_in_dev_as_its_readme_says(flowforge: Command, start: Callable[..., Running], tmp_path: Path) -> None:
    assert flowforge("init", "mine").returncode == 0
    dev = start("dev", "mine", "--port", "0")
    dev.ready()
    sent = flowforge("send", "order/created", "-d", "total=420", "--json", FLOWFORGE_URL=dev.url)
    assert sent.returncode == 0, sent.stderr
    run = json.loads(sent.stdout)["runs"][0]
    assert run["output"] == {"order": "ORD-9218", "risk": "low", "parcel": "parcel for ORD-9218"}
    assert float(run["cost"]) > 0
