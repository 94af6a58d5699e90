"""A suite read from a YAML file; whatever is wrong with it is said in one sentence with the line and the field."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from flowforge.errors import FlowForgeError, InvalidInput
from flowforge.testing.evaluation.recorded_cases import cases_of_runs
from flowforge.testing.evaluation.suite import Case, Check, Exact, Judge, SentEvent, Suite
from flowforge.testing.evaluation.table import cases_of_table
from flowforge.testing.evaluation.user_code import find_function

if TYPE_CHECKING:
    import yaml

_FIELDS: dict[str, type[BaseModel]] = {"cases": Case, "checks": Check, "exact": Exact, "judge": Judge, "events": SentEvent}
Place = tuple[str | int, ...]


class SuiteFile(Suite):
    """What a suite's file may say beside the suite: where its function is, and where more cases come from."""

    app: str | None = None
    table: str | tuple[str, ...] = ()
    runs: str | tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadSuite:
    """A suite, and where its file lies. `app`: the file or module with its function, as the file names it."""

    suite: Suite
    path: Path
    app: str | None


def read_suite(path: str | Path) -> ReadSuite:
    """The suite in a YAML file, with the cases of its tables and exported runs, and its check functions found.

    Raises InvalidInput with file, line and field, and NotFound for a check function that is not there.
    """
    file = Path(path)
    tree = _Tree.read(file)
    try:
        found = SuiteFile.model_validate(tree.data)
        suite = Suite(**{name: getattr(found, name) for name in Suite.model_fields if name in found.model_fields_set})
        suite = suite.model_copy(update={"cases": (*suite.cases, *_more_cases(found, tree, file.parent))})
    except ValidationError as error:
        raise tree.refusal(error) from None
    if not suite.cases:
        raise InvalidInput(f"{file}: it has no cases", pointer="/cases", hint="list them under cases, or name a table or exported runs")
    names = [case.name for case in suite.cases]
    twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if twice is not None:
        raise InvalidInput(f"{file}: two cases have the name {twice!r}", pointer="/cases")
    return ReadSuite(with_functions(suite, file.parent), file, found.app)


def with_functions(suite: Suite, directory: Path) -> Suite:
    """The suite with the check functions that it names by text found, files from `directory` on. Raises NotFound."""

    def found(checks: Sequence[Check]) -> tuple[Check, ...]:
        return tuple(
            check.model_copy(update={"function": find_function(check.function, directory)}) if isinstance(check.function, str) else check
            for check in checks
        )

    cases = tuple(case.model_copy(update={"checks": found(case.checks)}) if case.checks else case for case in suite.cases)
    return suite.model_copy(update={"checks": found(suite.checks), "cases": cases})


def _more_cases(found: SuiteFile, tree: _Tree, directory: Path) -> Iterator[Case]:
    for field, given, read in (("table", found.table, cases_of_table), ("runs", found.runs, cases_of_runs)):
        for place, pattern in enumerate([given] if isinstance(given, str) else given):
            where: Place = (field,) if isinstance(given, str) else (field, place)
            files = sorted(directory.glob(pattern)) if not Path(pattern).is_absolute() else [Path(pattern)]
            if not [file for file in files if file.is_file()]:
                raise tree.wrong(where, f"there is no file {pattern!r} beside the suite")
            for file in files:
                try:
                    yield from read(file, found.function)
                except FlowForgeError as error:
                    raise tree.wrong(where, error.message, error.hint) from None


@dataclass(frozen=True)
class _Tree:
    """A YAML document and its nodes, which know their lines."""

    file: Path
    root: yaml.Node
    data: Mapping[str, Any]

    @classmethod
    def read(cls, file: Path) -> _Tree:
        import yaml

        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            said = f"there is no file {str(file)!r}" if isinstance(error, FileNotFoundError) else f"{file} cannot be read: {error}"
            raise InvalidInput(said, hint="name the suite's YAML file, as in  flowforge eval fraud.yaml") from None
        try:
            root = yaml.compose(text, _json_yaml())
            data = json.loads(json.dumps(yaml.load(text, _json_yaml()), allow_nan=False))  # noqa: S506 - a SafeLoader of ours
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f":{mark.line + 1}" if mark else ""
            raise InvalidInput(f"{file}{line}: it is no YAML: {getattr(error, 'problem', None) or error}") from None
        except (ValueError, TypeError, RecursionError) as error:  # .inf, bytes, what holds itself
            raise InvalidInput(f"{file}: it cannot be read: {error}") from None
        if root is None or not isinstance(data, dict):
            raise InvalidInput(f"{file}: a suite is a mapping that begins with its name", hint="name: fraud")
        tree = cls(file, root, data)
        tree._refuse_repeats(root)
        return tree

    def refusal(self, error: ValidationError) -> InvalidInput:
        """The first complaint, with the line that it is about; a misspelled field comes before the one that is missing for it."""
        errors = error.errors(include_url=False)
        first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
        where: Place = tuple(first["loc"])
        if first["type"] == "extra_forbidden":
            known = _known_fields(where)
            near = difflib.get_close_matches(str(where[-1]), known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            return self.wrong(where, f"there is no field {where[-1]!r} here", hint)
        if first["type"] == "missing":
            return self.wrong(where, f"the field {where[-1]!r} is missing")
        message = str(first["ctx"]["error"]) if first["type"] == "value_error" else first["msg"][:1].lower() + first["msg"][1:]
        return self.wrong(where, message)

    def wrong(self, where: Place, message: str, hint: str | None = None) -> InvalidInput:
        field = f" {'.'.join(map(str, where))}:" if where else ""
        return InvalidInput(f"{self.file}:{self._line(where)}:{field} {message}", pointer="".join(f"/{part}" for part in where), hint=hint)

    def _line(self, where: Place) -> int:
        """The line of the field, or of the nearest part around it that the file has."""
        node, line = self.root, self.root.start_mark.line
        for part in where:
            found = _child(node, part)
            if found is None:
                break
            key, node = found
            line = key.start_mark.line
        return int(line) + 1

    def _refuse_repeats(self, node: yaml.Node, where: Place = ()) -> None:
        """YAML lets a second `model:` silently replace the first."""
        seen: set[str] = set()
        for key, child in _children(node):
            if isinstance(key, str) and key in seen:
                raise InvalidInput(f"{self.file}:{child.start_mark.line + 1}: {'.'.join(map(str, (*where, key)))}: it stands there twice")
            seen |= {key} if isinstance(key, str) else set()
            self._refuse_repeats(child, (*where, key))


@cache
def _json_yaml() -> type[yaml.SafeLoader]:
    """YAML as JSON has it: a date is text, and only true and false are booleans, so that the country NO stays Norway."""
    import yaml

    class JsonYaml(yaml.SafeLoader):
        pass

    JsonYaml.yaml_implicit_resolvers = {
        first: [(tag, shape) for tag, shape in resolvers if not tag.endswith((":timestamp", ":bool"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    JsonYaml.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false|True|False)$"), list("tTfF"))
    return JsonYaml


def _known_fields(where: Place) -> list[str]:
    names = [part for part in where[:-1] if isinstance(part, str)]
    model = _FIELDS.get(names[-1], SuiteFile) if names else SuiteFile
    return sorted(field.alias or name for name, field in model.model_fields.items())


def _child(node: yaml.Node, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node.value, list) and isinstance(part, int) and part < len(node.value) and not isinstance(node.value[part], tuple):
        return node.value[part], node.value[part]
    pairs = [pair for pair in node.value if isinstance(pair, tuple)] if isinstance(node.value, list) else []
    return next((pair for pair in pairs if pair[0].value == str(part)), None)


def _children(node: yaml.Node) -> Iterator[tuple[str | int, yaml.Node]]:
    if not isinstance(node.value, list):
        return
    for place, child in enumerate(node.value):
        yield (str(child[0].value), child[1]) if isinstance(child, tuple) else (place, child)
