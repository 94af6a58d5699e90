"""What `flowforge.testing` offers, and what loading its plugin costs whoever has FlowForge installed."""

from __future__ import annotations

import subprocess
import sys

import flowforge.testing


def test_every_offered_name_is_there() -> None:
    assert set(flowforge.testing.__all__) == set(flowforge.testing._HOMES)
    for name in flowforge.testing.__all__:
        assert getattr(flowforge.testing, name).__name__ == name


def test_loading_the_plugin_imports_nothing_heavy() -> None:
    program = "import sys, flowforge.testing.plugin; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"asyncpg", "pydantic", "fastapi", "litellm", "httpx", "yaml"} & {name.partition(".")[0] for name in done.stdout.split()}
