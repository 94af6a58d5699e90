from __future__ import annotations

import pytest

from flowforge.clock import SYSTEM_CLOCK
from flowforge.secrets.redact import REDACTED, redact, redact_headers


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("key sk-proj-abcDEF123456_-x was refused", "key sk-[redacted] was refused"),
        ("Incorrect API key provided: sk-abcd****wxyz.", "Incorrect API key provided: sk-[redacted]"),
        ("Authorization: Bearer abc.def-123456", "Authorization: Bearer [redacted]"),
        ("ffk_live_0123456789abcdef", "ffk_live_[redacted]"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIA[redacted]"),
        ("ghp_0123456789abcdef0123", "ghp_[redacted]"),
        ("xoxb-123456789-abc", "xoxb-[redacted]"),
        ("postgresql://app:s3cret@db/flow", "postgresql://app:[redacted]@db/flow"),
        ("GET /v1?key=AIzaSyA1234567890abcdefghijk&alt=json", "GET /v1?key=[redacted]&alt=json"),
        ('{"x-api-key": "abcdef123456"}', '{"x-api-key": "[redacted]"}'),
        ("eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl", "[redacted]"),
        ("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----", "[redacted]"),
    ],
)
def test_a_secret_is_known_by_its_shape(text: str, clean: str) -> None:
    assert redact(text) == clean


@pytest.mark.parametrize(
    "text", ["the key to success", "order ORD-9218, $420", "token count 1204", "risk-averse", "https://example.com:8288/x"]
)
def test_plain_words_stay(text: str) -> None:
    assert redact(text) == text


def test_a_secret_is_known_by_its_value() -> None:
    assert redact("it said hunter2-hunter2", ["hunter2-hunter2"]) == f"it said {REDACTED}"


def test_what_secret_variables_hold_is_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_API_KEY", "plain-looking-value")
    assert redact("sent plain-looking-value") == f"sent {REDACTED}"


def test_redacting_twice_changes_nothing() -> None:
    once = redact("Bearer abcdef123456 and sk-abcdef123456")
    assert redact(once) == once


def test_headers_that_carry_secrets_lose_their_values() -> None:
    headers = {"Authorization": "Bearer x", "X-Api-Key": "y", "Cookie": "z", "Content-Type": "application/json"}
    assert redact_headers(headers) == {
        "authorization": REDACTED,
        "x-api-key": REDACTED,
        "cookie": REDACTED,
        "content-type": "application/json",
    }


def test_a_text_made_to_be_slow_is_not():
    """Beginnings of tokens, one after the other: looked at from each of them to the end, it would take minutes."""
    began = SYSTEM_CLOCK.monotonic()
    for beginning in ("-eyJaaaaa", "eyJaaaaa.", "://a:", "bearer ", "-----BEGIN PRIVATE KEY-----", "password=", "?key="):
        redact(beginning * (300_000 // len(beginning)))
    assert SYSTEM_CLOCK.monotonic() - began < 5
