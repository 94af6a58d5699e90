"""Suites from files: what may stand in one, and how a mistake is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flowforge.errors import ConfigurationError, FlowForgeError, InvalidInput, NotFound
from flowforge.orchestrator.history import EXAMPLE
from flowforge.testing.evaluation import Case, Check, Exact, Suite, read_suite

SUITE = """
name: fraud
function: order.process_order
models: [gpt-4o, claude-sonnet-4.5]
repeats: 3
cases:
  - name: cheap order
    input: {total: 12, country: NO, day: 2026-01-02}
    expect: {risk: low}
    checks:
      - exact: {path: risk, value: low}
checks:
  - schema: {type: object}
  - function: checks.py:is_polite
    pass_from: 0.7
  - judge: {model: gpt-4o, rubric: "It is polite.", scale: 10}
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "checks.py").write_text("def is_polite(output, case):\n    return True\n\n\ndef is_kind(output, case):\n    return True\n")
    return tmp_path


def written(directory: Path, text: str) -> Path:
    file = directory / "suite.yaml"
    file.write_text(text)
    return file


def refused(directory: Path, text: str) -> FlowForgeError:
    with pytest.raises(FlowForgeError) as raised:
        read_suite(written(directory, text))
    return raised.value


def test_a_suite_is_read_as_it_is_written(directory: Path) -> None:
    suite = read_suite(written(directory, SUITE)).suite
    (case,) = suite.cases
    assert (suite.name, suite.function, suite.models, suite.repeats) == ("fraud", "order.process_order", ("gpt-4o", "claude-sonnet-4.5"), 3)
    assert case.input == {"total": 12, "country": "NO", "day": "2026-01-02"}  # as JSON has it: Norway is no boolean, a day is text
    assert [check.title for check in suite.checks_of(case)] == ["schema", "is_polite", "judge gpt-4o", "exact risk"]
    assert [check.enough for check in suite.checks] == [0.5, 0.7, 8]


def test_the_same_can_be_made_in_python() -> None:
    case = Case(name="a", expect=None, checks=(Check(exact=Exact(path="risk", value="low")),))
    suite = Suite(name="fraud", function="order.process_order", cases=(case, Case(name="b")))
    assert [case.expects for case in suite.cases] == [True, False]


@pytest.mark.parametrize(
    ("wrong", "line", "said"),
    [
        (SUITE.replace("repeats: 3", "repeat: 3"), 5, "repeat: there is no field 'repeat' here"),
        (SUITE.replace("expect: {risk", "expects: {risk"), 9, "cases.0.expects: there is no field 'expects' here"),
        (SUITE.replace("rubric:", "rubrik:"), 16, "checks.2.judge.rubrik: there is no field 'rubrik' here"),
        (SUITE.replace("repeats: 3", "repeats: many"), 5, "repeats: input should be a valid integer"),
        (SUITE.replace("type: object", "type: objekt"), 13, "checks.0.schema: it is no valid JSON Schema"),
        (SUITE.replace("    pass_from: 0.7", "    pass_from: 7"), 14, "checks.1: pass_from must lie between 0 and 1, not 7"),
        (
            SUITE.replace("  - schema: {type: object}", "  - name: nothing"),
            13,
            "a check is one of exact, schema, function and judge, not none of them",
        ),
        (SUITE.replace("repeats: 3", "prompt: hello"), 2, "a suite asks either a function or a prompt, not both"),
        (SUITE.replace("function: order.process_order\nmodels: [gpt-4o, claude-sonnet-4.5]", "prompt: hello"), 2, "a prompt needs models"),
        (SUITE.replace("claude-sonnet-4.5]", "gpt-4o]"), 4, "models: the model 'gpt-4o' stands there twice"),
        (SUITE.replace("repeats: 3", "timeout: soon"), 5, "timeout: cannot read 'soon' as a duration"),
        (SUITE.replace("repeats: 3", "table: none.csv"), 5, "table: there is no file 'none.csv' beside the suite"),
        (SUITE.replace("repeats: 3", "name: again"), 5, "name: it stands there twice"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_field(directory: Path, wrong: str, line: int, said: str) -> None:
    error = refused(directory, wrong)
    assert isinstance(error, InvalidInput)
    assert f"suite.yaml:{line}: " in error.message
    assert said in error.message
    assert "\n" not in error.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a suite is a mapping"),
        ("- a list", "a suite is a mapping"),
        ("name: [", "it is no YAML"),
        ("name: x\nfunction: f\ncases: &all [{name: a, input: .nan}]", "it cannot be read"),
        ("name: x\nfunction: f", "it has no cases"),
        ("a: &a [*a]", "cannot be read"),
    ],
)
def test_what_is_no_suite_is_refused_in_one_sentence(directory: Path, text: str, said: str) -> None:
    error = refused(directory, text)
    assert said in error.message
    assert "\n" not in error.message


def test_a_misspelled_field_names_the_nearest(directory: Path) -> None:
    assert refused(directory, SUITE.replace("repeats: 3", "repeat: 3")).hint == "did you mean repeats?"


def test_an_unknown_check_names_the_nearest(directory: Path) -> None:
    with pytest.raises(NotFound, match=r"there is no function 'checks.py:is_polit'; did you mean checks.py:is_polite"):
        read_suite(written(directory, SUITE.replace("is_polite", "is_polit")))
    with pytest.raises(NotFound, match=r"there is no file 'check.py'; did you mean checks.py\?"):
        read_suite(written(directory, SUITE.replace("checks.py:", "check.py:")))


def test_a_check_that_cannot_be_imported_says_where(directory: Path) -> None:
    (directory / "checks.py").write_text("import nothing_of_that_name\n")
    with pytest.raises(ConfigurationError, match=r"checks.py cannot be imported: ModuleNotFoundError.*checks.py:1"):
        read_suite(written(directory, SUITE))


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"there is no file 'nowhere.yaml'"):
        read_suite("nowhere.yaml")


HEAD = "name: fraud\nfunction: order.process_order\n"


def test_a_row_of_a_table_is_a_case(directory: Path) -> None:
    (directory / "orders.csv").write_text('name,total,country,input.address.zip,expect.risk\ncheap,12,NO,"""00123""",low\n,5e3,,,high\n')
    (directory / "more.jsonl").write_text('{"input": {"total": 7}, "expect": {"risk": "low"}}\n\n{"total": 8}\n')
    suite = read_suite(written(directory, HEAD + "table: [orders.csv, '*.jsonl']")).suite
    assert [(case.name, case.input, case.expect) for case in suite.cases] == [
        ("cheap", {"total": 12, "country": "NO", "address": {"zip": "00123"}}, {"risk": "low"}),
        ("orders 2", {"total": 5000.0}, {"risk": "high"}),
        ("more 1", {"total": 7}, {"risk": "low"}),
        ("more 2", {"total": 8}, None),
    ]
    assert [case.expects for case in suite.cases] == [True, True, True, False]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "total\n1,2\n", "a.csv:2: it has more cells than the first line"),
        ("a.csv", "input,input.total\n5,6\n", "a.csv:2: input.total is a field of what another column gives as a whole"),
        ("a.jsonl", "{}\n{", "a.jsonl:2: it is no JSON"),
        ("a.jsonl", "[]", "a.jsonl:1: a line is an object"),
        ("a.jsonl", '{"input": {}, "expected": 1}', "a.jsonl:1: expected"),
        ("a.xls", "", "a.xls is no table"),
    ],
)
def test_a_broken_table_is_told_with_its_line(directory: Path, name: str, text: str, said: str) -> None:
    (directory / name).write_text(text)
    assert f"suite.yaml:3: table: {said}" in refused(directory, HEAD + f"table: {name}").message


def test_an_exported_run_is_a_case_that_expects_what_it_gave(directory: Path) -> None:
    (directory / "exports").mkdir()
    (directory / "exports" / "one.json").write_text(json.dumps(EXAMPLE))
    (case,) = read_suite(written(directory, HEAD + "runs: exports/*.json")).suite.cases
    assert (case.name, case.input, case.expect) == ("run a2f7_0001", {"order_id": "ORD-9218", "total": 420}, {"ok": True})
    error = refused(directory, HEAD.replace("process_order", "refund") + "runs: ['exports/*.json']")
    assert error.message.endswith("suite.yaml:3: runs.0: one.json is a run of order.process_order, not of order.refund")


def test_two_cases_cannot_have_one_name(directory: Path) -> None:
    (directory / "a.csv").write_text("name,total\ncheap order,1\n")
    assert "two cases have the name 'cheap order'" in refused(directory, SUITE + "\ntable: a.csv").message
