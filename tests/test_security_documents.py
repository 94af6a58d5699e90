"""The documents on security name tests and pages: all of them exist, and each test still has something to say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ["SECURITY.md", "docs/threat-model.md", "docs/compliance.md", "docs/privacy.md", "docs/releases.md"]


def named(document: str) -> set[str]:
    text = (ROOT / document).read_text()
    links = {target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target}
    pages = {str((ROOT / document).parent.joinpath(link).resolve().relative_to(ROOT)) for link in links if link}
    return pages | set(re.findall(r"`(tests/[\w/.]+\.py)`", text))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_whatever_a_document_names_exists(document):
    assert named(document)
    assert {name for name in named(document) if not (ROOT / name).is_file()} == set()


def test_every_named_test_tests_something():
    for name in set().union(*map(named, DOCUMENTS)):
        if name.startswith("tests/"):
            assert re.search(r"^(?:async )?def test_", (ROOT / name).read_text(), re.MULTILINE), name


def test_no_document_claims_a_certificate():
    for document in DOCUMENTS:
        text = re.sub(r"\s+", " ", (ROOT / document).read_text().lower())
        assert not re.search(r"(?<!not )\b(?:is|are|we are|fully) (?:soc ?2|iso ?27001|gdpr|hipaa)?[- ]?(?:certified|compliant)", text)


def test_the_page_on_privacy_tells_the_retention_that_holds():
    from flowforge.orchestrator.retention import Retention

    text = (ROOT / "docs/privacy.md").read_text()
    for name in ("runs", "events", "frames"):
        days = getattr(Retention(), name).days
        assert re.search(rf"\| {days} days \| `--{name}`", text), name


def test_each_variable_has_one_row_among_the_settings():
    rows = re.findall(r"^\| (`[^|]+) \|", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row)]
    assert sorted(set(named)) == sorted(named)
    read = set(re.findall(r"\"(FLOWFORGE_[A-Z_]+[A-Z])\"", (ROOT / "flowforge/settings.py").read_text()))
    assert read and read <= set(named)
