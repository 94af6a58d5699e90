"""`flowforge keys`, against answers in the contract's shape."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.access.key_value import make_value
from flowforge.api.routes.keys import EXAMPLE
from flowforge.api.routes.me import EXAMPLE as ME
from flowforge.cli import main

VALUE = make_value(test=False)


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url="http://127.0.0.1:8288", assert_all_called=False) as router:
        yield router


def flowforge(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_keys_are_listed_by_what_they_end_in(server):
    gone = {**EXAMPLE, "name": "old", "active": False, "revoked_at": "2026-11-22T09:00:00Z", "ends_in": [], "last_used_at": None}
    server.get("/v1/keys").respond(json={"data": [EXAMPLE, gone], "next_cursor": None})
    done = flowforge("keys", "--revoked")
    assert done.exit_code == 0, done.output
    assert "● ci   live  …x7Qf  events:send, runs:read" in done.stdout
    assert "✗ old" in done.stdout and "never used" in done.stdout and "revoked" in done.stdout
    assert server.calls[0].request.url.params["revoked"] == "true"


def test_a_key_is_made_and_its_value_stands_alone_on_a_line(server):
    made = server.post("/v1/keys").respond(201, json={**EXAMPLE, "value": VALUE})
    done = flowforge(
        "keys", "create", "ci", "--scope", "events:send", "--scope", "runs:read", "--expires", "90d", "--test", "--agent", "atlas"
    )
    assert done.exit_code == 0, done.output
    assert VALUE in done.stdout.splitlines() and "shown once" in done.stderr
    body = {"name": "ci", "scopes": ["events:send", "runs:read"], "kind": "test", "agent": "atlas", "expires_in": "90d"}
    assert json.loads(made.calls[0].request.content) == body


def test_a_key_is_rotated_changed_and_revoked(server):
    rotated = server.post("/v1/keys/ci/rotation").respond(201, json={**EXAMPLE, "value": VALUE})
    changed = server.patch("/v1/keys/ci").respond(json=EXAMPLE)
    revoked = server.delete("/v1/keys/ci").respond(204)
    assert VALUE in flowforge("keys", "rotate", "ci", "--grace", "7d", "--end-old").stdout
    assert flowforge("keys", "change", "ci", "--scope", "runs:*").exit_code == 0
    assert "is revoked" in flowforge("keys", "revoke", "ci").stderr

    assert json.loads(rotated.calls[0].request.content) == {"grace": "7d", "end_old": True}
    assert json.loads(changed.calls[0].request.content) == {"scopes": ["runs:*"]} and revoked.called


def test_a_change_of_nothing_and_a_key_without_scopes_are_refused_in_one_sentence(server):
    for arguments, said in ((("change", "ci"), "what is to change?"), (("create", "ci"), "Missing option '--scope'")):
        done = flowforge("keys", *arguments)
        assert done.exit_code == 2 and said in done.stderr and not server.calls


def test_whoami_says_who_and_what_one_may(server):
    server.get("/v1/me").respond(json=ME)
    done = flowforge("keys", "whoami")
    assert done.exit_code == 0 and done.stdout.startswith("ci  key  in default")
    assert "  runs:read\n" in done.stdout
    assert json.loads(flowforge("keys", "whoami", "--json").stdout) == ME
