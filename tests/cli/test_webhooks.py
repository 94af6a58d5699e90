"""`flowforge webhooks`, against answers in the contract's shape."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.api.routes.webhooks import DELIVERY, ENDPOINT, KEY, SECRET, WHOLE_DELIVERY
from flowforge.cli import main


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url="http://127.0.0.1:8288", assert_all_called=False) as router:
        yield router


def flowforge(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_endpoints_are_listed_with_how_they_fare(server):
    failing = {**ENDPOINT, "failing_since": "2026-11-22T09:00:00Z"}
    disabled = {**ENDPOINT, "enabled": False, "disabled_because": "it has taken nothing for five days"}
    server.get("/v1/webhook_endpoints").respond(json={"data": [ENDPOINT, failing, disabled], "next_cursor": None})
    done = flowforge("webhooks")
    assert done.exit_code == 0, done.output
    for text in ("● enabled", "◐ failing", "✗ disabled", "five days", "approval.requested run.*"):
        assert text in done.stdout
    assert json.loads(flowforge("webhooks", "--json").stdout) == [ENDPOINT, failing, disabled]


def test_no_endpoints_are_said_aside(server):
    server.get("/v1/webhook_endpoints").respond(json={"data": [], "next_cursor": None})
    done = flowforge("webhooks")
    assert (done.exit_code, done.stdout) == (0, "") and "nothing is sent anywhere" in done.stderr


def test_a_key_is_the_only_thing_on_stdout_when_it_is_made(server):
    added = server.post("/v1/webhook_endpoints").respond(201, json={**ENDPOINT, "secret": SECRET})
    done = flowforge("webhooks", "add", "https://hooks.example.com/flowforge", "--event", "run.*", "--event", "task.moved")
    assert (done.exit_code, done.stdout) == (0, SECRET + "\n")
    assert json.loads(added.calls[0].request.content)["events"] == ["run.*", "task.moved"]
    rotated = server.post(f"/v1/webhook_endpoints/{ENDPOINT['id']}/keys").respond(201, json={**KEY, "secret": SECRET})
    assert flowforge("webhooks", "rotate", ENDPOINT["id"], "--overlap", "1h").stdout == SECRET + "\n"
    assert json.loads(rotated.calls[0].request.content) == {"overlap": "1h"}


def test_an_endpoint_is_shown_changed_and_deleted(server):
    path = f"/v1/webhook_endpoints/{ENDPOINT['id']}"
    server.get(path).respond(json=ENDPOINT)
    changed = server.patch(path).respond(json=ENDPOINT)
    gone = server.delete(path).respond(204)
    assert "the order desk" in flowforge("webhooks", "show", ENDPOINT["id"]).stdout
    assert flowforge("webhooks", "set", ENDPOINT["id"], "--disable").exit_code == 0
    assert json.loads(changed.calls[0].request.content) == {"enabled": False}
    assert flowforge("webhooks", "set", ENDPOINT["id"]).exit_code == 2
    assert flowforge("webhooks", "delete", ENDPOINT["id"]).exit_code == 0 and gone.called


def test_deliveries_are_listed_shown_and_sent_again(server):
    failed = {**DELIVERY, "state": "failed", "error": "it answered with status 500", "attempt": 11}
    asked = server.get("/v1/webhook_deliveries").respond(json={"data": [DELIVERY, failed], "next_cursor": None})
    server.get(f"/v1/webhook_deliveries/{DELIVERY['id']}").respond(json=WHOLE_DELIVERY)
    server.post(f"/v1/webhook_deliveries/{DELIVERY['id']}/redeliveries").respond(201, json=WHOLE_DELIVERY)
    server.post(f"/v1/webhook_endpoints/{ENDPOINT['id']}/pings").respond(201, json=WHOLE_DELIVERY)
    done = flowforge("webhooks", "deliveries", "--endpoint", "41a2f70031", "--state", "failed")
    assert "✗ failed" in done.stdout and "attempt 11" in done.stdout and "✓ delivered" in done.stdout
    assert dict(asked.calls[0].request.url.params) == {"endpoint": "41a2f70031", "state": "failed", "limit": "50"}
    shown = flowforge("webhooks", "delivery", DELIVERY["id"])
    assert "41 ms" in shown.stdout and '"type": "run.failed"' in shown.stdout
    for command in (("redeliver", DELIVERY["id"]), ("ping", ENDPOINT["id"])):
        done = flowforge("webhooks", *command)
        assert (done.exit_code, done.stdout) == (0, DELIVERY["id"] + "\n"), done.output
