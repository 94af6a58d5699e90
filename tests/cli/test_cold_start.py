"""Commands in these tests are forked from a process that has imported everything; here each is imported by an interpreter that has not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flowforge.cli import commands

NAMES = sorted(path.stem for path in Path(commands.__file__).parent.glob("*.py") if path.stem != "__init__")


@pytest.mark.thorough
@pytest.mark.parametrize("name", NAMES)
def test_a_command_can_be_imported_by_itself(name: str):
    code = f"import flowforge.cli.commands.{name}"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert said.returncode == 0, said.stderr
