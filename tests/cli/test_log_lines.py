"""Log lines: facts with their fields, the run and step that they belong to, and never a secret."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flowforge.cli.log_lines import JsonFormatter, LineFormatter, log_to_stderr
from flowforge.errors import ConfigurationError
from flowforge.settings import Settings

CANARY = "canary-7f3e9a-in-the-mine"


def line(formatter: logging.Formatter, message: str, *args: object, level: int = logging.WARNING, **extra: Any) -> str:
    record = logging.getLogger("flowforge.test").makeRecord("flowforge.test", level, "", 0, message, args, None, extra=extra)
    return formatter.format(record)


def test_a_record_is_one_json_object_with_its_fields_as_they_are():
    told = line(JsonFormatter(), "runs.rescued", runs=3, names=["a", "b"], detail={"ok": True, "none": None})

    assert "\n" not in told
    found = json.loads(told)
    assert found.pop("time").endswith("Z")
    assert found == {
        "level": "warning", "logger": "flowforge.test", "message": "runs.rescued", "runs": 3, "names": ["a", "b"],
        "detail": {"ok": True, "none": None},
    }  # fmt: skip


def test_a_message_of_several_lines_and_any_script_stays_one_line():
    told = line(JsonFormatter(), "first\nsecond %s", "é\u2028😀")
    assert len(told.splitlines()) <= 2 and "\n" not in told
    assert json.loads(told)["message"] == "first\nsecond é\u2028😀"


def test_an_exception_comes_with_its_traceback():
    try:
        raise ValueError("no")
    except ValueError:
        record = logging.getLogger("t").makeRecord("t", logging.ERROR, "", 0, "failed", (), sys.exc_info())
    assert json.loads(JsonFormatter().format(record))["exception"].endswith("ValueError: no")


@pytest.mark.parametrize("formatter", [JsonFormatter(), LineFormatter()])
@pytest.mark.parametrize(
    "extra",
    [
        {"said": f"Bearer {CANARY}"},
        {"detail": {"deep": [{"text": f"password={CANARY}"}]}},
        {"password": CANARY},
        {"headers": {"Authorization": CANARY}},
        {"url": f"https://user:{CANARY}@example.com/x"},
        {"error": ValueError(f"sk-{CANARY}")},
    ],
)
def test_no_field_lets_a_secret_out(formatter, extra):
    told = line(formatter, "sent", **extra)
    assert CANARY not in told and "[redacted]" in told
    if isinstance(formatter, JsonFormatter):
        json.loads(told)


@pytest.mark.parametrize("formatter", [JsonFormatter(), LineFormatter()])
def test_neither_message_nor_traceback_nor_odd_characters_let_out_what_a_secret_variable_holds(formatter, monkeypatch):
    odd = 'quo"te\\and\nnewline-canary'
    monkeypatch.setenv("SHOP_API_KEY", odd)
    monkeypatch.setenv("SHOP_TOKEN", CANARY)
    try:
        raise ValueError(f"refused {CANARY} and {odd}")
    except ValueError:
        record = logging.getLogger("t").makeRecord("t", logging.ERROR, "", 0, f"sent {CANARY} {odd}", (), sys.exc_info(), extra={"k": odd})
    told = formatter.format(record)
    assert CANARY not in told and "newline-canary" not in told and told.count("[redacted]") >= 4


@pytest.mark.parametrize("formatter", [JsonFormatter(), LineFormatter()])
def test_numbers_under_a_name_that_sounds_secret_stay(formatter):
    assert "1204" in line(formatter, "usage.recorded", input_tokens=1204)


@pytest.fixture
def stderr(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What is logged to stderr; levels and handlers of before are put back at the end."""
    names = ["", "flowforge", "httpx", "LiteLLM"]
    before = {name: logging.getLogger(name).level for name in names}
    root = logging.getLogger()
    handlers = root.handlers[:]
    root.handlers[:] = []
    yield lambda: capsys.readouterr().err
    root.handlers[:] = handlers
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def test_in_json_the_users_own_records_are_told_and_the_talk_of_libraries_is_not(stderr):
    log_to_stderr(verbose=False, settings=Settings(log_format="json"))
    logging.getLogger("shop").info("order.shipped", extra={"order": "ORD-1"})
    logging.getLogger("httpx").info("HTTP Request: GET …")
    (told,) = stderr().splitlines()
    assert (json.loads(told)["message"], json.loads(told)["order"]) == ("order.shipped", "ORD-1")


def test_in_text_a_person_sees_our_warnings_only(stderr):
    log_to_stderr(verbose=False, settings=Settings())
    logging.getLogger("shop").info("order.shipped")
    logging.getLogger("flowforge.run").info("quiet")
    logging.getLogger("flowforge.run").warning("run.failed", extra={"run": "run_1"})
    told = stderr()
    assert "run.failed  run=run_1" in told and "shipped" not in told and "quiet" not in told


def test_the_level_can_be_set(stderr):
    log_to_stderr(verbose=False, settings=Settings(log_level="info"))
    logging.getLogger("shop").info("order.shipped")
    logging.getLogger("shop").debug("more")
    told = stderr()
    assert "order.shipped" in told and "more" not in told


def test_settings_refuse_formats_and_levels_that_there_are_not():
    assert Settings.from_environment({"FLOWFORGE_LOG_FORMAT": "json"}).log_format == "json"
    with pytest.raises(ConfigurationError, match="text or json"):
        Settings.from_environment({"FLOWFORGE_LOG_FORMAT": "xml"})
    with pytest.raises(ConfigurationError, match="log level"):
        Settings.from_environment({"FLOWFORGE_LOG_LEVEL": "loud"})
