"""Values that were opened are known again, however they are written."""

from __future__ import annotations

import base64
import json
import logging
from urllib.parse import quote, quote_plus
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowforge.cli.log_lines import JsonFormatter, LineFormatter
from flowforge.secrets import opened as opened_module
from flowforge.secrets.opened import OPENED, REDACTED, Opened, Values
from flowforge.secrets.redact import redact, secrets_in

A, B = uuid4(), uuid4()
AWKWARD = 'correct horse/"battery"\nstäple+&='


def values(*known: bytes) -> Values:
    found = Values()
    for value in known:
        found.note(value)
    return found


@pytest.mark.parametrize(
    "written",
    [
        AWKWARD,
        quote(AWKWARD),
        quote(AWKWARD, safe=""),
        quote_plus(AWKWARD),
        json.dumps(AWKWARD)[1:-1],
        json.dumps(AWKWARD, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(AWKWARD))[3:-3],
        AWKWARD.encode().hex(),
        base64.b64encode(AWKWARD.encode()).decode().rstrip("="),
        base64.urlsafe_b64encode(AWKWARD.encode()).decode().rstrip("="),
    ],
)
def test_a_value_is_found_in_every_way_of_writing_it(written):
    assert values(AWKWARD.encode()).is_in(f"before {written} after")


@settings(max_examples=25, deadline=None)
@given(secret=st.binary(min_size=14, max_size=60), before=st.binary(max_size=9), after=st.binary(max_size=9))
def test_a_value_is_found_in_the_base64_of_what_holds_it(secret, before, after):
    text = base64.b64encode(before + secret + after).decode()
    assert REDACTED in values(secret).hide(text)


@settings(max_examples=25, deadline=None)
@given(secrets=st.lists(st.text(st.characters(codec="utf-8"), min_size=8, max_size=30), min_size=1, max_size=60))
def test_many_values_are_found_as_a_few_are(secrets):
    """The other way of looking, by blocks, finds the same, wherever it stands."""
    known = values(*(secret.encode() for secret in secrets))
    text = " . ".join(secrets)
    assert all(known.is_in(f"<{secret}>") for secret in secrets)
    known._few = None
    assert all(known.is_in(f"{'<' * before}{secret}>") for secret in secrets for before in range(9))
    assert not any(known.is_in(part) for part in known.hide(text).split(REDACTED))


def test_what_is_too_short_is_left_alone():
    opened = Opened()
    opened.note(A, b"orders")
    assert opened.hide("all orders", A) == "all orders"


def test_a_tenant_learns_nothing_of_anothers_values_and_operators_see_none():
    opened = Opened()
    opened.note(A, b"hush-hush-of-a")
    assert opened.is_in("hush-hush-of-a", A) and not opened.is_in("hush-hush-of-a", B)
    assert opened.hide("it is hush-hush-of-a", B) == "it is hush-hush-of-a"
    assert opened.hide_all("it is hush-hush-of-a") == f"it is {REDACTED}"


def test_the_beginning_of_a_value_is_held_back_and_nothing_more():
    opened = Opened()
    opened.note(A, b"sesame-open-sesame")
    assert opened.held_back("it is sesame-op", A) == len("sesame-op")
    assert opened.held_back("it is ses", A) == len("ses")
    assert opened.held_back("it is s", A) == 1
    assert opened.held_back("it is sesame-~", A) == 0
    assert opened.held_back("it is ses", B) == 0


def test_secret_variables_are_known_but_not_their_files_nor_short_words():
    opened = Opened()
    opened.note_environment(
        {
            "OPENAI_API_KEY": "a-long-enough-provider-key",
            "FLOWFORGE_SECRETS_KEY": "first-key-of-the-ring,second-key-of-the-ring",
            "FLOWFORGE_SECRETS_KEY_FILE": "/run/secrets/flowforge.key",
            "DB_PASSWORD": "postgres",
            "EDITOR": "some-editor-or-other",
        }
    )
    told = opened.hide("a-long-enough-provider-key second-key-of-the-ring /run/secrets/flowforge.key postgres some-editor-or-other", A)
    assert told == f"{REDACTED} {REDACTED} /run/secrets/flowforge.key postgres some-editor-or-other"


def test_logs_texts_and_exports_lose_what_was_opened():
    OPENED.note(A, b"plain-looking-value")
    record = logging.LogRecord("shop", logging.INFO, "", 0, "sent %s", ("plain-looking-value",), None)
    record.order = {"note": ["plain-looking-value"]}
    assert "plain-looking" not in LineFormatter().format(record) + JsonFormatter().format(record)
    assert redact("sent plain-looking-value") == f"sent {REDACTED}"
    assert list(secrets_in("sent plain-looking-value")) == ["plain-looking-value"]


def test_the_oldest_value_is_forgotten_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(opened_module, "VALUES_MAX", 2)
    known = values(b"value-number-one", b"value-number-two", b"value-number-six")
    assert not known.is_in("value-number-one") and known.is_in("value-number-two") and known.is_in("value-number-six")
