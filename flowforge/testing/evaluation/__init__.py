"""Evaluations: the same questions to several models, several times, checked, with figures that say how sure they are.

    suite.py           `Suite`, `Case`, `Check`: what is asked and what must hold
    suite_file.py      a suite from YAML; table.py and recorded_cases.py: cases from tables and from exported runs
    evaluation.py      `evaluate`: asks everything, a few at a time
    engine.py          its engine: a database of its own, a tenant for each attempt, time that is skipped
    chosen_model.py    sends each run's calls to the model that was chosen for it; purse.py ends it before it costs too much
    questions.py       the bare prompt and the judge, as functions
    verdict.py         what a check says of an output
    attempt.py         one answer and its verdicts
    statistics.py      shares, means and differences with their intervals
    report.py          `Report`: the sum of it all; json_report.py and page.py write it down

Importing this imports none of them; names load when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowforge.testing.evaluation.attempt import Attempt
    from flowforge.testing.evaluation.evaluation import evaluate
    from flowforge.testing.evaluation.json_report import as_json
    from flowforge.testing.evaluation.page import as_html
    from flowforge.testing.evaluation.report import Report
    from flowforge.testing.evaluation.suite import Case, Check, Exact, Judge, SentEvent, Suite
    from flowforge.testing.evaluation.suite_file import read_suite
    from flowforge.testing.evaluation.verdict import Verdict

__all__ = [
    "Attempt",
    "Case",
    "Check",
    "Exact",
    "Judge",
    "Report",
    "SentEvent",
    "Suite",
    "Verdict",
    "as_html",
    "as_json",
    "evaluate",
    "read_suite",
]

_HOMES = {
    "Attempt": "attempt",
    "Case": "suite",
    "Check": "suite",
    "Exact": "suite",
    "Judge": "suite",
    "Report": "report",
    "SentEvent": "suite",
    "Suite": "suite",
    "Verdict": "verdict",
    "as_html": "page",
    "as_json": "json_report",
    "evaluate": "evaluation",
    "read_suite": "suite_file",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
