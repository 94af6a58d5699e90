"""The tests in examples/ pass, run as their first lines say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.thorough
def test_the_examples_own_tests_pass(server_url: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment |= {"PYTHONPATH": str(ROOT), "FLOWFORGE_TEST_DATABASE_URL": server_url, "PYTEST_XDIST_WORKER": "examples"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "flowforge.testing.plugin", "-p", "no:cacheprovider", "examples"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "9 passed" in done.stdout
