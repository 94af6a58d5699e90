"""Cases from exported runs: what a run was started with is asked again, and what it gave is what is expected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flowforge import ids
from flowforge.errors import InvalidInput
from flowforge.testing.evaluation.suite import Case


def cases_of_runs(file: Path, function: str | None = None) -> Iterator[Case]:
    """The case in a file that `flowforge runs export` wrote. Raises InvalidInput.

    A run of another function than the suite's is refused; one that did not complete expects nothing.
    """
    from flowforge.testing.replay import read_history

    try:
        history = read_history(file)
    except InvalidInput:
        raise InvalidInput(f"{file.name} is no exported run", hint="write it with  flowforge runs export RUN") from None
    if history.batch:
        raise InvalidInput(f"{file.name} was started by a batch of events, and a case has one input")
    if function is not None and history.function != function:
        raise InvalidInput(f"{file.name} is a run of {history.function}, not of {function}")
    expected = {"expect": history.output} if history.state == "completed" else {}
    yield Case.model_validate({"name": f"run {ids.label(history.id)}", "input": history.event.data, **expected})
