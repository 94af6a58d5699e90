"""Signing keys are of another kind than API keys: each is refused by name where the other is due."""

from __future__ import annotations

import time

import pytest
import standardwebhooks

from flowforge.access.key_value import make_value
from flowforge.access.signing_key import make_signing_key, parse_signing_key, sign
from flowforge.errors import InvalidInput

NOW, BODY = int(time.time()), b'{"a": 1}'


def verified(key, header, message_id="msg_1", body=BODY, at=None):
    """By the reference."""
    headers = {"webhook-id": message_id, "webhook-timestamp": str(at or NOW), "webhook-signature": header}
    return standardwebhooks.Webhook(key).verify(body, headers)


def signed(*keys):
    return sign([parse_signing_key(key) for key in keys], "msg_1", NOW, BODY)


def test_while_a_key_is_rotated_either_one_verifies():
    old, new, other = (make_signing_key() for _ in range(3))
    header = signed(new, old)

    assert verified(old, header) == verified(new, header) == {"a": 1}
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        verified(other, header)


@pytest.mark.parametrize("changed", [{"message_id": "msg_2"}, {"at": NOW + 1}, {"body": b'{"a": 2}'}], ids=["id", "time", "body"])
def test_what_was_changed_is_not_signed(changed):
    key = make_signing_key()
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        verified(key, signed(key), **changed)


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
