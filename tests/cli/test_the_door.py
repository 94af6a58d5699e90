"""The command line's door: light, helpful, and one sentence for every error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from flowforge.cli import COMMANDS, main
from flowforge.cli.failures import explain
from flowforge.errors import Conflict, DatabaseUnavailable, InvalidInput, NotFound, ServerUnavailable

HEAVY = {"asyncpg", "pydantic", "fastapi", "starlette", "uvicorn", "litellm", "pydantic_ai", "httpx", "watchfiles", "jsonschema", "yaml"}


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\ntry:\n    import flowforge.cli as c; c.main(['--help'])\nfinally:\n    print(' '.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "Commands:" in done.stdout
    assert not HEAVY & {name.partition(".")[0] for name in done.stderr.split()}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_with_two_examples_and_the_common_options(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    with click.Context(command, info_name=name) as ctx:
        text = command.get_help(ctx)
    assert text.partition("Examples:")[2].count(f"flowforge {name}") >= 2
    for option in ("--json", "--quiet"):
        assert option in text


def test_every_verb_of_a_noun_has_two_examples_too() -> None:
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        for verb in getattr(command, "commands", {}).values():
            assert len(verb.examples) >= 2, f"{name} {verb.name}"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["rusn"], 2, "did you mean runs?"),
        (["runs", "shwo"], 2, "did you mean show?"),
        (["send"], 2, "NAME"),
        (["send", "order/created", "-d", "total"], 2, "KEY=VALUE"),
        (["send", "order/created", "--data", "[1]"], 2, "must be a JSON object"),
        (["send", "order/created", "--data", '{"a": NaN}'], 2, "not JSON"),
        (["runs", "--state", "dead"], 2, "dead"),
        (["runs", "--since", "yesterday"], 2, "duration"),
        (["runs", "--url", "localhost:8288"], 2, "http://127.0.0.1:8288"),
        (["runs", "--url", "http://127.0.0.1:9"], 3, "no FlowForge server answers at http://127.0.0.1:9"),
        (["dev", "no_such_file.py"], 2, "no_such_file.py"),
    ],
)
def test_an_error_is_one_sentence_and_an_exit_code(arguments: list[str], code: int, sentence: str) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == code
    assert sentence in done.stderr
    assert "Traceback" not in done.output
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFound("run", "x"), 4),
        (ServerUnavailable("nobody"), 3),
        (DatabaseUnavailable("nobody"), 3),
        (InvalidInput("no"), 2),
        (Conflict("late"), 1),
        (ValueError("what"), 1),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: Exception, code: int) -> None:
    assert explain(error)[2] == code


def test_version_as_json_is_data_on_stdout() -> None:
    done = CliRunner().invoke(main, ["version", "--json"])
    assert done.exit_code == 0
    assert set(json.loads(done.stdout)) == {"flowforge", "python"}


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m flowforge.cli --help | true",
        shell=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert "Traceback" not in done.stderr
