"""`flowforge eval` as people meet it: what it prints, what it writes, how it exits."""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from flowforge.cli import main
from flowforge.db.database import Database
from flowforge.errors import ModelError
from flowforge.orchestrator.models.client import ModelRequest, set_client
from flowforge.orchestrator.registry import REGISTRY, Registry
from tests.testing.evaluation.scripted_client import ScriptedClient

APP = """
import flowforge
from flowforge import step

@flowforge.function()
async def score(ctx):
    return await step.ai("fraud", model="gpt-4o", prompt=str(ctx.input["total"]))
"""
SUITE = """
name: fraud
function: risk.score
models: [gpt-4o, claude-sonnet-4.5]
cases:
  - {name: cheap order, input: {total: 12}, expect: low}
  - {name: dear order, input: {total: 5000}, expect: high}
"""

Eval = Callable[..., Result]


def judged(request: ModelRequest) -> str:
    """gpt-4o is right, the others call everything low."""
    return "high" if request.model == "gpt-4o" and int(request.messages[-1]["content"]) > 100 else "low"


@pytest.fixture
def client() -> Iterator[ScriptedClient]:
    client = ScriptedClient(judged)
    before = set_client(client)
    yield client
    set_client(before)


@pytest.fixture
def evaluation(tmp_path: Path, client: ScriptedClient, clean_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Eval]:
    """Run the command in a directory with an app and a suite, in the test's database; what it registers is forgotten afterwards."""

    @asynccontextmanager
    async def prepared() -> AsyncIterator[Database]:
        async with await Database.open(clean_url) as database:
            yield database

    (tmp_path / "risk.py").write_text(APP)
    (tmp_path / "fraud.yaml").write_text(SUITE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("flowforge.testing.evaluation.evaluation.private_database", prepared)
    monkeypatch.setattr("flowforge.cli.log_lines.log_to_stderr", lambda **_: None)  # it would replace pytest's own handlers
    functions, threshold, level = Registry(), gc.get_threshold(), logging.getLogger("flowforge").level
    functions.replace(REGISTRY)
    yield lambda *arguments: CliRunner().invoke(main, ["eval", *arguments])
    REGISTRY.replace(functions)
    gc.unfreeze()
    gc.set_threshold(*threshold)
    logging.getLogger("flowforge").setLevel(level)
    sys.modules.pop("risk", None)
    sys.path[:] = [place for place in sys.path if place != str(tmp_path)]


def test_it_prints_the_figures_and_says_what_failed(evaluation: Eval) -> None:
    done = evaluation("fraud.yaml")
    assert done.exit_code == 0, done.output  # a wrong answer is a finding, not a failure of the command
    first, second, compared = done.stdout.splitlines()
    assert first.split() == ["gpt-4o", "2/2", "100%", "34–100", "%", "1.00", "$0.02", "20→10", "tok", "20", "ms", "20", "ms"]
    assert second.split()[:3] == ["claude-sonnet-4.5", "1/2", "50%"]
    assert compared == "claude-sonnet-4.5 against gpt-4o: cannot tell: -50 points (-100 to +100) over 2 cases"
    assert '✗ dear order  (claude-sonnet-4.5)  expect: it is "low", not "high"' in done.stderr
    assert "✓ 1/1  gpt-4o  dear order" in done.stderr.splitlines()  # lines instead of a bar, where no person looks
    assert "\x1b" not in done.output


def test_json_on_stdout_is_alone(evaluation: Eval, tmp_path: Path) -> None:
    for arguments in (("--json", "-"), ("--json",)):
        done = evaluation("fraud.yaml", "--model", "gpt-4o", *arguments)
        report = json.loads(done.stdout)
        assert (report["format"], [model["model"] for model in report["models"]]) == ("flowforge-evaluation/1", ["gpt-4o"])
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix) == ["fraud.yaml", "risk.py"]


def test_reports_are_written_to_files(evaluation: Eval, tmp_path: Path) -> None:
    done = evaluation("fraud.yaml", "--html", "report.html", "--json", "report.json", "--repeats", "2", "--case", "dear*", "--quiet")
    assert done.exit_code == 0 and done.stderr == ""
    report = json.loads((tmp_path / "report.json").read_text())
    assert [(one["case"], one["model"], one["repeat"]) for one in report["attempts"]] == [
        ("dear order", model, repeat) for repeat in (1, 2) for model in ("gpt-4o", "claude-sonnet-4.5")
    ]
    assert "<h1>fraud</h1>" in (tmp_path / "report.html").read_text()


@pytest.mark.thorough
def test_a_share_decides_how_it_exits(evaluation: Eval) -> None:
    assert evaluation("fraud.yaml", "--fail-under", "0.5").exit_code == 0
    assert evaluation("fraud.yaml", "--fail-under", "0.51").exit_code == 1
    assert evaluation("fraud.yaml", "--fail-under", "1", "--model", "gpt-4o").exit_code == 0


def test_an_error_makes_it_exit_with_1_unless_a_share_was_asked_for(evaluation: Eval, client: ScriptedClient) -> None:
    def fails(request: ModelRequest) -> str:
        raise ModelError("authentication", "the key is not valid", model=request.model)

    client.answer = fails
    broken = evaluation("fraud.yaml", "--model", "m")
    assert broken.exit_code == 1
    assert "✗ cheap order  (m)  step 'fraud' failed: the key is not valid" in broken.stderr
    assert "Traceback" not in broken.output
    assert evaluation("fraud.yaml", "--model", "m", "--fail-under", "0").exit_code == 0


def test_it_ends_before_it_costs_too_much_and_says_so(evaluation: Eval, client: ScriptedClient) -> None:
    done = evaluation("fraud.yaml", "--max-cost", "0.03")
    assert done.exit_code == 1
    assert len(client.asked) == 3 and client.cost == Decimal("0.01")
    assert "ended by --max-cost after 3 of 4 answers: the next call might have cost more" in done.stderr


def test_an_interrupted_one_reports_what_was_answered(evaluation: Eval, client: ScriptedClient, tmp_path: Path) -> None:
    def interrupts(request: ModelRequest) -> Any:
        if len(client.asked) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return judged(request)

    client.answer = interrupts
    done = evaluation("fraud.yaml", "--concurrency", "1", "--json", "report.json")
    assert done.exit_code == 130, done.output
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["stopped"], report["planned"]) == ("interrupted", 4)
    assert 2 <= report["answered"] <= 3
    assert f"interrupted after {report['answered']} of 4 answers" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ((), 2, "Missing argument 'SUITE'"),
        (("nowhere.yaml",), 2, "there is no file 'nowhere.yaml'"),
        (("fraud.yaml", "--max-cost", "0"), 2, "'0' is no amount above zero"),
        (("fraud.yaml", "--max-cost", "much"), 2, "'much' is no amount above zero"),
        (("fraud.yaml", "--fail-under", "90"), 2, "90"),
        (("fraud.yaml", "--case", "chaep*"), 4, "there is no case like 'chaep*'\n  there are cheap order, dear order"),
        (("fraud.yaml", "--html", "nowhere/report.html"), 2, "there is no directory nowhere"),
        (("misspelled.yaml",), 4, "there is no function 'risk.scor'; did you mean risk.score?"),
        (("broken.yaml",), 2, "broken.yaml:2: cases: input should be"),
    ],
)
def test_bad_input_is_one_sentence_before_anybody_is_asked(
    evaluation: Eval, client: ScriptedClient, tmp_path: Path, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    (tmp_path / "misspelled.yaml").write_text(SUITE.replace("risk.score", "risk.scor"))
    (tmp_path / "broken.yaml").write_text("name: fraud\ncases: 3\n")
    done = evaluation(*arguments)
    assert (done.exit_code, client.asked) == (code, [])
    assert sentence in done.stderr
    assert "Traceback" not in done.output
