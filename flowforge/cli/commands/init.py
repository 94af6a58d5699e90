"""`flowforge init NAME`: write a project that runs, with a test that passes. Templates lie in the package; nothing is downloaded."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from flowforge.cli.command import Command
from flowforge.cli.terminal import Terminal
from flowforge.errors import Conflict, InvalidInput

TEMPLATES = ("order", "agent-team", "approval", "cron")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*([-_.][A-Za-z0-9]+)*")
_SUFFIX = ".tmpl"  # keeps a template's Python out of reach of linters, type checkers and pytest


@click.command("init", cls=Command, examples=("flowforge init my-first-flow", "flowforge init refunds --template approval"))
@click.argument("name")
@click.option("--template", type=click.Choice(TEMPLATES), default="order", show_default=True, help="What to begin with.")
def command(terminal: Terminal, name: str, template: str) -> None:
    """Write a new project into the directory NAME: app.py, a test that passes, README.md, .gitignore."""
    project = _new_directory(name)
    written = write_project(project, template)
    if terminal.json:
        terminal.json_data({"project": name, "template": template, "files": written})
        return
    for file in written:
        terminal.say(terminal.paint(f"  {name}/{file}", "dim"))
    terminal.data(name)
    terminal.say(f"\nNext:  cd {name} && flowforge dev")


def write_project(project: Path, template: str) -> list[str]:
    """Write the template's files; all or none of them. Returns their paths inside the project."""
    project.mkdir(parents=True)
    try:
        return sorted(_write(project, part) for part in (*_files_of("common"), *_files_of(template)))
    except BaseException:
        shutil.rmtree(project, ignore_errors=True)
        raise


def _new_directory(name: str) -> Path:
    """The directory to make. Raises InvalidInput for a name that cannot be one, Conflict where something is in the way."""
    path = Path(name)
    if not _NAME.fullmatch(path.name) or len(path.name) > 64 or ".." in path.parts:
        raise InvalidInput(
            f"{path.name or name!r} cannot be a project's name", hint="a letter first; then letters, digits, and single - _ . between them"
        )
    if path.exists() or path.is_symlink():
        raise Conflict(f"{name} exists already", hint="choose another name; nothing was written")
    if not path.parent.is_dir():
        raise InvalidInput(f"there is no directory {path.parent}")
    return path


def _files_of(template: str) -> Iterator[tuple[str, Traversable]]:
    yield from _below(files("flowforge.cli") / "templates" / template, "")


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for part in folder.iterdir():
        if part.is_dir():
            yield from _below(part, f"{path}{part.name}/")
        elif part.name.endswith(_SUFFIX):
            yield f"{path}{part.name.removesuffix(_SUFFIX)}", part


def _write(project: Path, part: tuple[str, Traversable]) -> str:
    name, source = part
    name = ".gitignore" if name == "gitignore" else name
    target = project / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(source.read_text(encoding="utf-8").replace("{{name}}", project.name), encoding="utf-8")
    return name
