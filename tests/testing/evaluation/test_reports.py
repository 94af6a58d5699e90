"""What an evaluation writes down: the page, and the JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

from flowforge.errors import NotFound
from flowforge.testing.evaluation import Attempt, Case, Report, Suite, Verdict, as_html, as_json
from flowforge.testing.evaluation.page import MAX_CHARACTERS
from flowforge.testing.evaluation.report import report_of
from flowforge.testing.evaluation.usage import Used

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'
CENT = Used(calls=1, cost=Decimal("0.010"), dearest=Decimal("0.010"), input_tokens=1200, output_tokens=80, latency_ms=1400)
UNPRICED = Used(calls=1, unpriced=1, input_tokens=1200, output_tokens=80, latency_ms=700)
VOID = {"meta", "img", "br", "link", "input", "hr"}


def report(stopped: str | None = None) -> Report:
    cases = (
        Case(name=f"cheap {EVIL}", input={"q": EVIL}, expect={"a": EVIL}),
        Case(name="dear", input={"q": "dear"}),
        Case(name="not asked"),
    )
    suite = Suite(name=f"fraud {EVIL}", prompt=f"{{{{q}}}} {EVIL}", models=("a", f"b {EVIL}"), repeats=2, cases=cases)
    bad = (Verdict(f"kind {EVIL}", False, 0.25, f"it is curt {EVIL}"),)
    good = (Verdict(f"kind {EVIL}", True, 1.0),)
    attempts = [
        Attempt(cases[0].name, "a", 1, {"a": EVIL}, None, good, CENT),
        Attempt(cases[0].name, "a", 2, EVIL, None, bad, CENT),
        Attempt(cases[0].name, suite.models[1], 1, None, f"it failed {EVIL}", (), UNPRICED),
        Attempt("dear", "a", 1, "x" * (MAX_CHARACTERS + 5), None, good, CENT, CENT),
    ]
    used = CENT + CENT + CENT + CENT + UNPRICED
    return report_of(suite, attempts, planned=12, used=used, stopped=stopped, began_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC))


class Page(HTMLParser):
    """The page's elements; complains about what is not closed as it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_a_page_holds_no_script_and_fetches_nothing_whatever_a_model_answers() -> None:
    page = Page(as_html(report()))
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "link", "iframe", "object", "form"}
    for _, attributes in page.elements:
        assert not any(name.startswith("on") or name in ("src", "srcset", "action") for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in as_html(report()) and "@import" not in as_html(report())
    text = "".join(page.words)
    assert text.count(EVIL) >= 10  # shown as what it is


def test_a_page_can_be_read_by_a_machine_that_reads_aloud() -> None:
    text = as_html(report())
    page = Page(text)
    headers = [attributes.get("scope") for tag, attributes in page.elements if tag == "th"]
    assert headers and set(headers) == {"col", "row"}
    assert ("html", {"lang": "en"}) in page.elements
    assert "prefers-color-scheme: dark" in text
    anchors = {attributes["id"] for tag, attributes in page.elements if "id" in attributes}
    assert {"case-0", "case-1"} == anchors


def test_a_page_shows_the_matrix_with_its_details() -> None:
    text = as_html(report())
    for expected in (
        "1/2",
        "score 0.62",
        "1/1",
        "not answered",
        "it is curt",
        "it failed",
        "$0.010",
        "price unknown",
        "1.4 s",
        "5 characters more",
    ):
        assert expected in text, expected
    assert text.count("<details") == 1 + 2 + 4  # the prompt, the cases that were answered, the answers
    assert "Flaky" in text
    assert "$0.040 spent, $0.010 of it by judges, 1 call of unknown price not in it" in text


def test_a_page_says_that_not_all_was_asked() -> None:
    assert 'class="notice"' not in as_html(report())
    for why in ("max_cost", "interrupted"):
        assert 'class="notice"' in as_html(report(why))
    assert "4 of 12 answered" in as_html(report("interrupted"))


def test_the_json_report_has_its_format_and_money_as_text() -> None:
    found: dict[str, Any] = json.loads(json.dumps(as_json(report("max_cost"))))
    assert (found["format"], found["stopped"], found["planned"], found["answered"]) == ("flowforge-evaluation/1", "max_cost", 12, 4)
    assert found["used"] == {
        "calls": 5,
        "unpriced_calls": 1,
        "cost": "0.040",
        "input_tokens": 6000,
        "output_tokens": 400,
        "latency_ms": 6300,
    }
    first, second = found["models"]
    assert (first["model"], first["pass_rate"]["passed"], first["pass_rate"]["of"], first["flaky"]) == ("a", 2, 3, [f"cheap {EVIL}"])
    assert (second["errors"], second["used"]["cost"], second["latency_ms"]["p50"]) == (1, None, 700)
    assert first["checks"][0]["score"]["mean"] == 0.8125  # of the two cases, each the mean of its repeats
    assert found["attempts"][1]["checks"] == [
        {"check": f"kind {EVIL}", "passed": False, "score": 0.25, "reason": f"it is curt {EVIL}", "made": True}
    ]
    assert found["cases"][0] == {"name": f"cheap {EVIL}", "input": {"q": EVIL}, "expect": {"a": EVIL}}
    assert set(found["comparisons"][0]["pass_rate"]) == {"difference", "interval", "finding"}


def test_a_model_that_is_not_in_it_is_not_found() -> None:
    with pytest.raises(NotFound, match="model in this evaluation"):
        report().of("c")
