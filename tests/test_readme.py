"""The README's two commands, word for word, and that CI runs them where no PostgreSQL, Node or Docker can be found."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DEMO = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/flowforge demo"
TEST = "python3 -m venv .venv && .venv/bin/pip install '.[test]' && .venv/bin/python -m pytest"


@pytest.mark.parametrize("command", [DEMO, TEST])
def test_the_readme_holds_the_command_on_a_line_of_its_own(command):
    assert command in (ROOT / "README.md").read_text().splitlines()


def test_ci_runs_both_commands_with_postgresql_node_and_docker_hidden():
    script = (ROOT / ".ci" / "run").read_text()

    assert 'newcomer "$(command_of_readme ".venv/bin/flowforge demo") --yes --once"' in script
    assert '''newcomer "$(command_of_readme "'.[test]' && .venv/bin/python -m pytest")"''' in script
    assert "for hidden in postgres psql pg_ctl initdb node npm docker" in script


def test_the_locks_name_no_place():
    for lock in (ROOT / "requirements").glob("*.lock"):
        assert "://" not in lock.read_text()
        assert "--hash=sha256:" in lock.read_text()
