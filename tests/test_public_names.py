"""The public door: what `import flowforge` offers is exactly what `__all__` says, and nothing heavy comes with it."""

from __future__ import annotations

import subprocess
import sys

import flowforge

HEAVY = ("litellm", "pydantic_ai", "fastapi", "asyncpg", "openai")


def test_the_public_names_are_sorted():
    assert flowforge.__all__ == sorted(flowforge.__all__)


def test_every_public_name_can_be_imported():
    missing = [name for name in flowforge.__all__ if getattr(flowforge, name, None) is None]

    assert missing == []


def test_dir_shows_the_public_names():
    assert set(flowforge.__all__) <= set(dir(flowforge))


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(flowforge, "no_such_name")


def test_importing_flowforge_imports_nothing_heavy():
    program = f"import sys, flowforge; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)}
    )

    assert answer.stdout.strip() == ""
