"""Signatures of webhooks: the providers' own published examples, and what a forger would try."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook as StandardWebhook

from flowforge.access.key_value import make_value
from flowforge.errors import ConfigurationError, SignatureRejected
from flowforge.orchestrator.signature import WINDOW_SECONDS, verify

NOW = 1_731_705_121
SVIX = "whsec_plJ3nmyCDGBKInavdOK15jsl"
OTHER = "whsec_" + base64.b64encode(b"another secret altogether").decode()
SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)

# scheme, secret, headers, body, time: as the providers' documentation prints them
PUBLISHED = {
    "standard": (
        SVIX,
        {
            "webhook-id": "msg_loFOjxBNrRLzqYUf",
            "webhook-timestamp": "1731705121",
            "webhook-signature": "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
        },
        b'{"event_type":"ping","data":{"success":true}}',
        NOW,
    ),
    "github": (
        "It's a Secret to Everybody",
        {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", "x-github-delivery": "72d3162e"},
        b"Hello, World!",
        NOW,
    ),
    "slack": (
        "8f742231b10e8888abcd99yyyzzz85a5",
        {
            "x-slack-request-timestamp": "1531420618",
            "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        },
        SLACK_BODY,
        1_531_420_618,
    ),
}


def stripe_header(secret: str, body: bytes, sent_at: int, *more: str) -> dict[str, str]:
    signature = hmac.new(secret.encode(), f"{sent_at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"stripe-signature": ",".join([f"t={sent_at}", *more, f"v1={signature}"])}


PUBLISHED["stripe"] = ("whsec_stripe", stripe_header("whsec_stripe", b'{"id":"evt_1"}', NOW), b'{"id":"evt_1"}', NOW)


@pytest.mark.parametrize("scheme", PUBLISHED)
def test_a_published_example_holds_and_any_change_of_it_does_not(scheme):
    secret, headers, body, now = PUBLISHED[scheme]
    assert verify(scheme, [secret], headers, body, now)

    with pytest.raises(SignatureRejected):
        verify(scheme, [OTHER], headers, body, now)
    with pytest.raises(SignatureRejected):
        verify(scheme, [secret], headers, body + b" ", now)
    with pytest.raises(SignatureRejected):
        verify(scheme, [secret], {}, body, now)
    name = next(name for name in headers if "signature" in name)
    for forged in (
        "",
        "v1,",
        "sha256=",
        "t=1,v1=",
        "v0=",
        headers[name][:-1],
        headers[name].upper(),
        "é" + headers[name],
        headers[name][::-1],
    ):
        with pytest.raises(SignatureRejected):
            verify(scheme, [secret], {**headers, name: forged}, body, now)


@pytest.mark.parametrize("scheme", PUBLISHED)
def test_while_secrets_change_the_old_and_the_new_one_hold(scheme):
    secret, headers, body, now = PUBLISHED[scheme]
    assert verify(scheme, [OTHER, secret], headers, body, now) == verify(scheme, [secret, OTHER], headers, body, now)


@pytest.mark.parametrize("scheme", ["standard", "stripe", "slack"])
def test_a_delivery_counts_for_five_minutes_in_both_directions(scheme):
    secret, headers, body, sent_at = PUBLISHED[scheme]
    for late in (-WINDOW_SECONDS, WINDOW_SECONDS):
        assert verify(scheme, [secret], headers, body, sent_at + late)
    for late in (-WINDOW_SECONDS - 1, WINDOW_SECONDS + 1):
        with pytest.raises(SignatureRejected):
            verify(scheme, [secret], headers, body, sent_at + late)


@pytest.mark.parametrize("stamp", ["", "now", "1e9", "-1", "١٧٣١٧٠٥١٢١", "9" * 400, "1731705121.0"])
def test_a_time_that_is_none_is_refused_even_when_it_is_signed(stamp):
    body = b"{}"
    signature = hmac.new(b"s", f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    with pytest.raises(SignatureRejected):
        verify("slack", ["s"], {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={signature}"}, body, NOW)


def test_what_the_library_of_standard_webhooks_signs_holds_here():
    body = '{"type":"order.created","data":{"ø":1}}'
    signature = StandardWebhook(SVIX).sign("msg_1", datetime.fromtimestamp(NOW, UTC), body)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(NOW), "webhook-signature": signature}
    assert verify("standard", [SVIX], headers, body.encode(), NOW) == "msg_1"
    rotated = {**headers, "webhook-signature": f"v1a,asymmetric v1,{'A' * 44} {signature}"}
    assert verify("standard", [SVIX], rotated, body.encode(), NOW) == "msg_1"
    with pytest.raises(SignatureRejected):
        verify("standard", [SVIX], {**headers, "webhook-id": "msg_2"}, body.encode(), NOW)


def test_stripes_header_may_hold_several_signatures_and_older_schemes():
    body = b'{"id":"evt_1"}'
    headers = stripe_header("whsec_stripe", body, NOW, "v0=abc", "v1=" + "0" * 64)
    assert verify("stripe", ["whsec_stripe"], headers, body, NOW)


def test_a_secret_that_is_none_is_the_servers_mistake_not_the_senders():
    with pytest.raises(ConfigurationError) as told:
        verify("standard", ["not base64!"], {}, b"", NOW)
    assert "not base64!" not in str(told.value)


def test_an_api_key_is_no_signing_key():
    with pytest.raises(ConfigurationError, match="this webhook's secret is an API key") as told:
        verify("standard", [value := make_value(test=False)], {}, b"", NOW)
    assert value not in str(told.value)
