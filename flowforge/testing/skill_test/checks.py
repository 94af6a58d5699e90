"""What must hold of a trial, as checks of an evaluation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from flowforge.testing.evaluation.suite import Case, Check, Judge
from flowforge.testing.skill_test.cases import Expected

SHOWN_CHARACTERS = 300

Said = tuple[bool, str]


def checks_of(expected: Expected, judge: str | None) -> Iterator[Check]:
    """The checks of one case; `judge` is the model that judges where there is a rubric, None where nobody does."""
    if expected.calls:
        yield _check(
            f"calls {' → '.join(expected.calls)}", lambda output: _in_order(expected.calls, [one["tool"] for one in output["calls"]])
        )
    for tool, arguments in expected.called_with.items():
        for argument, text in arguments.items():
            yield _check(f"{tool}.{argument} has {text!r}", _called_with(tool, argument, text))
    for pattern in expected.read:
        yield _check(f"read /{pattern}/", partial(_has_read, pattern))
    for text in expected.contains:
        yield _check(f"contains {text!r}", partial(_contains, text, True))
    for text in expected.lacks:
        yield _check(f"lacks {text!r}", partial(_contains, text, False))
    for pattern in expected.matches:
        yield _check(f"matches /{pattern}/", partial(_matches, pattern))
    if expected.schema_ is not None:
        yield _check("schema", lambda output: _fits(expected.schema_ or {}, output["answer"]))
    if expected.judge is not None and judge is not None:
        yield Check(judge=Judge(model=judge, rubric=expected.judge.rubric))


def _check(name: str, look: Callable[[Any], Said]) -> Check:
    def holds(output: Any, case: Case) -> tuple[bool, str | None]:
        passed, seen = look(output)
        return passed, None if passed else seen

    return Check(name=name[:100], function=holds)


def _has_read(pattern: str, output: Any) -> Said:
    return _found(pattern, " ".join(_results(output).split()))


def _contains(text: str, wanted: bool, output: Any) -> Said:
    return (text in output["answer"]) == wanted, _cut(output["answer"])


def _matches(pattern: str, output: Any) -> Said:
    return _found(pattern, output["answer"])


def _in_order(wanted: Sequence[str], called: Sequence[str]) -> Said:
    left = iter(called)
    return all(tool in left for tool in wanted), f"it called {', '.join(called) or 'nothing'}"


def _called_with(tool: str, argument: str, text: str) -> Callable[[Any], Said]:
    def look(output: Any) -> Said:
        given = [str(one["arguments"].get(argument, "")) for one in output["calls"] if one["tool"] == tool]
        return any(text in one for one in given), f"it was {_cut(' | '.join(given)) or 'not called'}"

    return look


def _results(output: Mapping[str, Any]) -> str:
    results = (one["result"] for one in output["calls"])
    return "\n".join(one if isinstance(one, str) else "\n".join(_texts(one)) for one in results)


def _texts(value: Any) -> Iterator[str]:
    """The texts in a result as they are, with what else there is as JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    else:
        yield json.dumps(value)


def _found(pattern: str, text: str) -> Said:
    return re.search(pattern, text) is not None, _cut(text)


def _fits(schema: Mapping[str, Any], answer: str) -> Said:
    from flowforge.orchestrator.models.output import Output, OutputMismatch

    try:
        Output(dict(schema)).read(answer)
    except OutputMismatch as error:
        return False, str(error)
    return True, ""


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…"
