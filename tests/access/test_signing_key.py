"""Signing keys are of another kind than API keys: each is refused by name where the other is due."""

from __future__ import annotations

import time

import pytest
import standardwebhooks

from flowforge.access.key_value import make_value
from flowforge.access.signing_key import is_signed, make_signing_key, parse_signing_key, sign
from flowforge.errors import InvalidInput


def test_what_is_signed_here_is_verified_by_the_reference_and_the_other_way_round():
    key, body, now = make_signing_key(), b'{"a": 1}', int(time.time())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(now), "webhook-signature": sign([key], "msg_1", now, body)}

    assert standardwebhooks.Webhook(key).verify(body, headers) == {"a": 1}
    theirs = standardwebhooks.Webhook(key).sign("msg_1", standardwebhooks.webhooks.datetime.fromtimestamp(now), body.decode())
    assert is_signed([key], "msg_1", str(now), body, theirs)


def test_while_a_key_is_rotated_either_one_verifies():
    old, new, other = (make_signing_key() for _ in range(3))
    header = sign([new, old], "msg_1", 1, b"x")

    assert is_signed([old], "msg_1", "1", b"x", header) and is_signed([new], "msg_1", "1", b"x", header)
    assert not is_signed([other], "msg_1", "1", b"x", header)


@pytest.mark.parametrize(("message_id", "timestamp", "body"), [("msg_2", "1", b"x"), ("msg_1", "2", b"x"), ("msg_1", "1", b"y")])
def test_what_was_changed_is_not_signed(message_id, timestamp, body):
    key = make_signing_key()
    assert not is_signed([key], message_id, timestamp, body, sign([key], "msg_1", 1, b"x"))
    assert not is_signed([key], "msg_1", "1", b"x", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (make_value(test=False), "this is an API key"),
        ("secret", "begins with whsec_"),
        ("whsec_!!", "not base64"),
        ("whsec_YWJj", "24 to 64 bytes"),
    ],
    ids=["an API key", "no prefix", "not base64", "too short"],
)
def test_what_is_no_signing_key_is_refused_by_name_and_not_shown(text, said):
    with pytest.raises(InvalidInput, match=said) as refusal:
        parse_signing_key(text, pointer="/key")
    assert text not in refusal.value.message.replace("whsec_", "") and refusal.value.pointer == "/key"
