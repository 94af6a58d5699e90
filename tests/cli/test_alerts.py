"""`flowforge alerts`, against answers in the contract's shape."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.api.routes.alerts import ALERT, CHANNEL, RULE, TEST
from flowforge.cli import main


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url="http://127.0.0.1:8288", assert_all_called=False) as router:
        yield router


def flowforge(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_what_is_wrong_is_listed_with_who_was_told(server):
    asked = server.get("/v1/alerts").respond(json={"data": [ALERT], "next_cursor": None})
    done = flowforge("alerts")
    assert done.exit_code == 0, done.output
    assert "✗ open" in done.stdout and "3 runs of order.process_order failed" in done.stdout and "told 1" in done.stdout
    assert asked.calls[0].request.url.params["state"] == "open"


def test_nothing_wrong_is_said_aside(server):
    server.get("/v1/alerts").respond(json={"data": [], "next_cursor": None})
    done = flowforge("alerts")
    assert (done.exit_code, done.stdout) == (0, "") and "nothing is wrong" in done.stderr


def test_rules_and_channels_are_listed(server):
    server.get("/v1/alert_rules").respond(json={"data": [RULE], "next_cursor": None})
    server.get("/v1/alert_channels").respond(json={"data": [CHANNEL], "next_cursor": None})
    assert "3 within 10 m  → on-call" in flowforge("alerts", "rules").stdout
    assert "FLOWFORGE_ALERT_SECRET" in flowforge("alerts", "channels").stdout
    assert json.loads(flowforge("alerts", "rules", "--json").stdout) == [RULE]


def test_a_rule_and_a_channel_are_added(server):
    rule = server.post("/v1/alert_rules").respond(201, json=RULE)
    channel = server.post("/v1/alert_channels").respond(201, json=CHANNEL)
    done = flowforge("alerts", "rule", "orders-fail", "failed_runs", "--channel", "on-call", "--threshold", "3", "--quiet-for", "1h")
    assert (done.exit_code, done.stdout) == (0, "orders-fail\n")
    assert json.loads(rule.calls[0].request.content) == {
        "name": "orders-fail", "kind": "failed_runs", "channels": ["on-call"], "threshold": 3, "quiet": "1h",
    }  # fmt: skip
    flowforge(
        "alerts", "channel", "ops", "smtp", "host=mail.example.com", "port=25", "sender=a@example.com", "to=b@example.com,c@example.com"
    )
    assert json.loads(channel.calls[0].request.content)["settings"] == {
        "kind": "smtp", "host": "mail.example.com", "port": 25, "sender": "a@example.com", "to": ["b@example.com", "c@example.com"],
    }  # fmt: skip


def test_a_channel_hears_of_approvals(server):
    channel = server.post("/v1/alert_channels").respond(201, json=CHANNEL)
    done = flowforge("alerts", "channel", "ops", "slack", "url_env=FLOWFORGE_ALERT_SLACK", "approvals=true", "link_decides=false")
    assert done.exit_code == 0, done.output
    settings = {"kind": "slack", "url_env": "FLOWFORGE_ALERT_SLACK", "approvals": True, "link_decides": False}
    assert json.loads(channel.calls[0].request.content)["settings"] == settings


def test_a_setting_without_a_value_is_a_usage_error(server):
    assert flowforge("alerts", "channel", "ops", "webhook", "url").exit_code == 2


def test_a_rule_is_deleted(server):
    gone = server.delete("/v1/alert_rules/orders-fail").respond(204)
    assert flowforge("alerts", "delete", "rule", "orders-fail").exit_code == 0
    assert gone.called


def test_a_channel_is_tried(server):
    tests = server.post("/v1/alert_channels/on-call/tests")
    tests.respond(json={"delivered": True, "error": None, "ms": 12})
    done = flowforge("alerts", "test", "on-call")
    assert (done.exit_code, done.stdout) == (0, "✓ on-call took it in 12 ms\n")

    tests.respond(json=TEST)
    done = flowforge("alerts", "test", "on-call")
    assert (done.exit_code, done.stdout) == (1, "") and "on-call: it answered with status 404" in done.stderr
