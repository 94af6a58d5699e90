"""FlowForge asks nobody for anything on its own: every look-up and every connection of its processes, its workers' too, is listed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# Python runs a module of this name at the start of every process that finds it.
WATCH = """
import os, socket
_seen = os.environ["SEEN"]
_look_up, _connect, _connect_ex = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex

def _note(what):
    with open(_seen, "a") as file:
        file.write(f"{what}\\n")

def getaddrinfo(host, *args, **options):
    _note(host.decode() if isinstance(host, bytes) else host)
    return _look_up(host, *args, **options)

def connect(self, address):
    _note(address[0] if isinstance(address, tuple) else "a socket of this machine")
    return _connect(self, address)

def connect_ex(self, address):
    _note(address[0] if isinstance(address, tuple) else "a socket of this machine")
    return _connect_ex(self, address)

socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex = getaddrinfo, connect, connect_ex
"""
LIBRARY = """
from flowforge.orchestrator.models.library import load
from flowforge.orchestrator.models.abilities import abilities_of
litellm = load()
litellm.token_counter(model="gpt-4o", text="hello")
litellm.get_llm_provider("gpt-4o")
abilities_of("openai", "gpt-4o")
"""
OURS = {"127.0.0.1", "::1", "localhost", "None", "a socket of this machine"}
pytestmark = pytest.mark.thorough


@pytest.fixture
def watched(tmp_path: Path) -> tuple[dict[str, str], Path]:
    """Variables under which every process of Python notes whom it looks up and connects to, and where."""
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    seen = tmp_path / "seen"
    seen.touch()
    path = os.pathsep.join(filter(None, [str(tmp_path), str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]))
    return {"PYTHONPATH": path, "SEEN": str(seen)}, seen


def test_server_and_workers_of_the_demo_reach_this_machine_alone(
    flowforge: Callable[..., subprocess.CompletedProcess[str]], watched: tuple[dict[str, str], Path]
) -> None:
    variables, seen = watched
    done = flowforge("demo", "--yes", "--once", "--port", "0", "--json", DATABASE_URL="", **variables)
    assert done.returncode == 0, done.stderr
    found = set(seen.read_text().splitlines())
    assert found, "nothing was watched"
    assert found <= OURS, found - OURS


@pytest.mark.long
def test_the_model_library_is_imported_and_used_without_asking_anybody(watched: tuple[dict[str, str], Path]) -> None:
    variables, seen = watched
    environment = {**os.environ, **variables}
    done = subprocess.run([sys.executable, "-c", LIBRARY], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert set(seen.read_text().splitlines()) <= OURS


def test_the_watch_sees_who_is_asked(watched: tuple[dict[str, str], Path]) -> None:
    variables, seen = watched
    code = "import socket\ntry:\n    socket.create_connection(('198.51.100.1', 9), timeout=0.01)\nexcept OSError: pass"
    subprocess.run([sys.executable, "-c", code], env={**os.environ, **variables}, timeout=30, check=True)
    assert "198.51.100.1" in seen.read_text().splitlines()
