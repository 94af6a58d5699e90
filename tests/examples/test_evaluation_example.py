"""The example of an evaluation runs, and so do the suites in its document."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowforge.cli.project import find_project
from flowforge.db.database import Database
from flowforge.orchestrator.registry import REGISTRY, Registry
from flowforge.testing.evaluation import evaluate, read_suite
from flowforge.testing.scripted_provider import Asked, Reply, ScriptedProvider

pytest_plugins = ["flowforge.testing.plugin"]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def order() -> Iterator[None]:
    """`examples/order.py`, registered as the command does it; forgotten afterwards."""
    functions = Registry()
    functions.replace(REGISTRY)
    find_project("order.py", ROOT / "examples").load()
    yield
    REGISTRY.replace(functions)
    del sys.modules["order"]


def by_model(asked: Asked) -> Reply:
    """One model sees that ninety telephones are many; the other finds nothing suspicious."""
    many = "90 telephones" in asked.text() and asked.model.startswith("gpt")
    return Reply(text=json.dumps({"level": "high" if many else "low", "reason": "this is much money" if many else "nothing is odd"}))


@pytest.mark.thorough
async def test_models_are_compared_over_the_order_example(database: Database, scripted_model: ScriptedProvider, order: None) -> None:
    scripted_model.answer_with(by_model)
    suite = read_suite(ROOT / "examples" / "fraud_eval.yaml").suite
    report = await evaluate(suite, database=database, repeats=1)
    assert [attempt.error for attempt in report.attempts] == [None] * 6
    first, second = report.models
    assert (first.pass_rate.passed, second.pass_rate.passed) == (3, 2)
    assert (second.used.calls, second.used.unpriced) == (3, 0)
    assert report.used.cost == sum((summary.used.cost or 0) for summary in report.models) != 0
    assert {received.model for received in scripted_model.requests} == {"gpt-4o", "claude-sonnet-4-5"}


@pytest.mark.parametrize("place", range(len(re.findall(r"```yaml\n", (ROOT / "docs" / "evaluating.md").read_text()))))
def test_the_suites_in_the_document_can_be_read(place: int, tmp_path: Path) -> None:
    text = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "evaluating.md").read_text(), re.DOTALL)[place]
    (tmp_path / "checks.py").write_text("def is_polite(output, case):\n    return True\n")
    (tmp_path / "orders.csv").write_text("name,total,expect.risk\ncheap,12,low\n")
    (tmp_path / "suite.yaml").write_text(text if text.startswith("name:") else f"name: part\nfunction: order.process_order\n{text}")
    assert read_suite(tmp_path / "suite.yaml").suite.cases
