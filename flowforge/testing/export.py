"""A production run as a test: a directory with its events, its record and a pytest file that replays it offline.

    exported = write_test(history, Path("tests/runs"), place=CodePlace(Path(), ("order",)))

The file stands alone: it needs the code and `flowforge`, no server, no database, no key and no network.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowforge import ids
from flowforge.errors import Conflict, InvalidInput
from flowforge.orchestrator.history import RunHistory
from flowforge.testing.drift import recorded_path
from flowforge.testing.redaction import Schemas, redacted

EXPORTED_STATES = ("completed", "failed", "sleeping", "waiting")
LITERAL_CHARACTERS = 2_000  # a longer output is compared with the record only
WIDTH = 100


@dataclass(frozen=True)
class CodePlace:
    """Where the run's code is imported from: a directory for the import path, and the modules that register it."""

    root: Path
    modules: tuple[str, ...]


@dataclass(frozen=True)
class ExportedTest:
    """What was written. `redacted` is how many values were replaced."""

    name: str
    directory: Path
    files: tuple[Path, ...]
    redacted: int


def write_test(
    history: RunHistory,
    out: Path,
    place: CodePlace,
    *,
    name: str | None = None,
    redact: Iterable[str] = (),
    schemas: Schemas | None = None,
    force: bool = False,
) -> ExportedTest:
    """Write `out/NAME/` with `test_NAME.py`, `run.json` and `events.json`.

    Secrets are taken out in any case, further what lies at the paths `redact` and what `schemas` mark. Raises InvalidInput for a run
    that is still under way and for a path at which nothing lies, Conflict when the test is there already.
    """
    if history.state not in EXPORTED_STATES:
        raise InvalidInput(f"run {ids.label(history.id)} is {history.state}", hint="a run is exported when it has ended, or while it waits")
    name = _checked(name or f"{history.function.rpartition('.')[2]}_{ids.label(history.id)}", given=name is not None)
    directory = out / name
    test = directory / f"test_{name}.py"
    if test.exists() and not force:
        raise Conflict(f"{test} is there already", hint="choose another --name, or write over it with --force")
    kept, replaced = redacted(history, redact, schemas)
    files = {
        test: "\n".join(_test(kept, name, place, directory)) + "\n",
        directory / "run.json": json.dumps(kept.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n",
        directory / "events.json": json.dumps(list(_events(kept)), indent=2, ensure_ascii=False) + "\n",
    }
    directory.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        file.write_text(text, encoding="utf-8")
    return ExportedTest(name, directory, tuple(files), replaced)


def _checked(name: str, *, given: bool) -> str:
    plain = re.sub(r"\W+", "_", name)
    if given and plain != name:
        raise InvalidInput(f"{name!r} cannot be part of a test's name", hint="use letters, digits and underscores, as in  lost_parcel")
    return plain


def _events(history: RunHistory) -> Iterator[dict[str, Any]]:
    """What came from outside: what started the run, then what it waited for."""
    first = history.event.data if history.batch else [history.event.model_dump(mode="json")]
    taken = [step.output for step in history.steps if step.kind.startswith("wait_for_event") and step.state == "completed"]
    listed = [one for output in taken for one in (output if isinstance(output, list) else [output])]
    for event in [*first, *listed]:
        if isinstance(event, dict) and "name" in event:
            yield {"name": event["name"], "data": event.get("data"), **({"id": event["id"]} if "id" in event else {})}


def _test(history: RunHistory, name: str, place: CodePlace, directory: Path) -> Iterator[str]:
    label = ids.label(history.id)
    root = os.path.relpath(place.root.resolve(), directory.resolve())
    code = "".join(f", {module}" for module in place.modules)
    yield f'"""{history.function} {label} as it went, replayed offline.'
    yield ""
    yield "Prompts are built and answers are read by the code of today; what models, tools and other steps gave is in run.json."
    yield "Written by  flowforge export-test; look there before you change it by hand."
    yield '"""'
    yield ""
    yield "import asyncio"
    yield from ("import sys",) if place.modules else ()
    yield "from pathlib import Path"
    yield ""
    yield "from flowforge.testing import replay_history"
    yield ""
    yield "HERE = Path(__file__).resolve().parent"
    if place.modules:
        yield f"sys.path.insert(0, str((HERE / {_literal(root)}).resolve()))  # where the code lies"
        yield ""
        yield from (f"import {module}  # noqa: E402" for module in place.modules)
    yield ""
    yield "PATH = ["
    yield from (f"    {_literal(line)}," for line in recorded_path(history))
    yield "]"
    yield ""
    yield ""
    yield f"def test_{name}():"
    yield f'    report = asyncio.run(replay_history(HERE / "run.json"{code}, asking=True))'
    yield "    report.check()  # the arguments of every step, every prompt, the same end; and nobody was called"
    yield "    assert report.path == PATH"
    yield from _end(history)


def _end(history: RunHistory) -> Iterator[str]:
    yield f"    assert report.state == {_literal(history.state)}"
    if history.state == "failed":
        yield f'    assert report.error["type"] == {_literal((history.error or {}).get("type"))}'
    if history.state == "completed":
        output = _literal(history.output)
        if len(output) <= LITERAL_CHARACTERS:
            yield f"    assert report.output == {output}"


def _literal(value: Any, indent: str = "    ") -> str:
    """A JSON value as Python, on one line where it fits on one."""
    inner = f"{indent}    "
    if isinstance(value, dict):
        parts = [f"{_literal(name)}: {_literal(one, inner)}" for name, one in value.items()]
        return _wrapped("{", parts, "}", indent)
    if isinstance(value, list):
        return _wrapped("[", [_literal(one, inner) for one in value], "]", indent)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _wrapped(opening: str, parts: list[str], closing: str, indent: str) -> str:
    line = opening + ", ".join(parts) + closing
    if len(indent) + len(line) <= WIDTH or not parts:
        return line
    return "\n".join([opening, *(f"{indent}    {part}," for part in parts), indent + closing])
