"""The four uses, by API and by command line: the scripts that docs/api.md shows, run as they stand against `flowforge dev`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Running

    Start = Callable[..., Running]

ROOT = Path(__file__).parents[2]
USES = ROOT / "examples" / "four_uses"


@pytest.fixture
def dev(start: Start) -> Running:
    running = start("dev", str(ROOT / "examples" / "refund_agent.py"), "--port", "0", "--no-reload")
    running.ready()
    return running


def follow(script: str, url: str, directory: Path, environment: dict[str, str]) -> str:
    """Run a script with a `flowforge` on its path; what it printed."""
    if shutil.which("curl") is None and os.environ.get("FLOWFORGE_CI") != "1":
        pytest.skip("curl is not here")
    command = directory / "bin" / "flowforge"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m flowforge.cli "$@"\n')
    command.chmod(0o755)
    wanted = {**environment, "FLOWFORGE_URL": url, "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"}
    ended = subprocess.run(
        ["sh", str(USES / script)],
        cwd=directory,
        env=wanted,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, ended.stderr), ended.stdout + ended.stderr
    return ended.stdout


@pytest.mark.thorough
def test_over_http(dev: Running, tmp_path: Path, environment: dict[str, str]) -> None:
    said = follow("api.sh", dev.url, tmp_path, environment)

    assert said.startswith("FF-1 is with atlas\n")
    assert '"text":"customer asks for money back on ORD-9218. I look the order up before I promise anything."' in said
    assert "Done: $300 was refunded to ORD-9218." in said


@pytest.mark.thorough
def test_on_the_command_line(dev: Running, tmp_path: Path, environment: dict[str, str]) -> None:
    said = follow("cli.sh", dev.url, tmp_path, environment)

    assert "refunds@1" in said
    assert "… The customer asks for money back on ORD-9218." in said
    assert 'as {"order_id": "ORD-9218", "amount": 300}' in said
    assert "Review · atlas" in said
    assert "Done: $300 was refunded to ORD-9218." in said


@pytest.mark.parametrize("script", ["api.sh", "cli.sh"])
def test_the_document_shows_them_as_they_are(script: str) -> None:
    _, _, body = (USES / script).read_text().partition("set -eu\n")

    assert body in (ROOT / "docs" / "api.md").read_text()
