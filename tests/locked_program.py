"""Programs that nobody here wrote, each in an environment of its own: locked with hashes, and kept between test runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).parents[1] / "requirements"


def locked_program(lock_name: str, program_name: str) -> Path:
    """The program of `requirements/<lock_name>.lock`, installed where it is not yet. CI must have it; elsewhere its test is skipped."""
    lock = REQUIREMENTS / f"{lock_name}.lock"
    if not lock.exists() and os.environ.get("FLOWFORGE_CI") != "1":
        pytest.skip(f"the lock of {program_name} is in the repository only")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flowforge-tests"
    place = cache / f"{lock_name}-{sha256(lock.read_bytes()).hexdigest()[:12]}-{sys.version_info.major}.{sys.version_info.minor}"
    program = place / "bin" / program_name
    if not (place / "complete").exists():
        try:
            shutil.rmtree(place, ignore_errors=True)
            _install(place, lock)
        except (OSError, subprocess.SubprocessError) as error:
            if os.environ.get("FLOWFORGE_CI") == "1":
                raise
            pytest.skip(f"{program_name} cannot be installed here: {error}")
        (place / "complete").touch()
    return program


def _install(place: Path, lock: Path) -> None:
    """By uv, which takes seconds where pip takes minutes; a new environment gets its own where there is none."""
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True, capture_output=True, timeout=120)
    uv = shutil.which("uv")
    if uv is None:
        subprocess.run([str(place / "bin" / "pip"), "install", "--quiet", "uv"], check=True, capture_output=True, timeout=120)
        uv = str(place / "bin" / "uv")
    python = str(place / "bin" / "python")
    order = [uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "--only-binary", ":all:", "-r", str(lock)]
    subprocess.run(order, check=True, capture_output=True, timeout=240)
