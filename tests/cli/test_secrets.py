"""`flowforge secrets`, against answers in the contract's shape, and against a database where it goes there itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.api.routes.secrets import EXAMPLE
from flowforge.cli import main


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url="http://127.0.0.1:8288", assert_all_called=False) as router:
        yield router


def flowforge(*arguments: str, input: bytes | str | None = None, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(main, arguments, input=input)


def test_secrets_are_listed_without_values(server):
    server.get("/v1/secrets").respond(json={"data": [EXAMPLE], "next_cursor": None})
    done = flowforge("secrets")
    assert done.exit_code == 0, done.output
    assert "stripe  function order.refund  v2  used 2026-11-22T09:04Z  by mira" in done.stdout


def test_no_secrets_lead_to_a_first_one(server):
    server.get("/v1/secrets").respond(json={"data": [], "next_cursor": None})
    assert "flowforge secrets set stripe" in flowforge("secrets").stderr


@pytest.mark.parametrize(
    ("piped", "options", "body"),
    [
        (b"hush-hush\n", (), {"value": "hush-hush"}),
        (b"hush-hush\r\n", (), {"value": "hush-hush"}),
        (b"hush-hush\n", ("--exact",), {"value": "hush-hush\n"}),
        (b"\xff\x00\n", ("--tool", "refund"), {"value": "/wA=", "encoding": "base64", "scope": "tool", "subject": "refund"}),
        (b"hush-hush", ("--function", "order.pay"), {"value": "hush-hush", "scope": "function", "subject": "order.pay"}),
        (b"hush-hush", ("--agent", "atlas"), {"value": "hush-hush", "scope": "agent", "subject": "atlas"}),
    ],
)  # fmt: skip
def test_a_value_comes_from_a_pipe_and_is_not_shown(server, piped, options, body):
    made = server.post("/v1/secrets").respond(201, json=EXAMPLE)
    done = flowforge("secrets", "set", "stripe", *options, input=piped)
    assert (done.exit_code, json.loads(made.calls.last.request.content)) == (0, {"name": "stripe", **body})
    assert "is at version 2" in done.stderr and "hush" not in done.output


@pytest.mark.parametrize(
    "arguments", [("set", "stripe", "hush-hush"), ("set", "stripe", "--tool", "a", "--agent", "b"), ("retire", "stripe", "0"), ("set",)]
)
def test_a_wrong_call_is_one_sentence(server, arguments):
    done = flowforge("secrets", *arguments, input=b"hush-hush")
    assert done.exit_code == 2 and "Traceback" not in done.output


def test_versions_are_retired_and_secrets_deleted(server):
    server.post("/v1/secrets/stripe/versions/1/retirement").respond(json=EXAMPLE)
    server.delete("/v1/secrets/stripe").respond(204)
    assert "version 2 is in use" in flowforge("secrets", "retire", "stripe", "1").stderr
    assert "is gone" in flowforge("secrets", "delete", "stripe").stderr


def test_a_key_is_made_that_the_settings_take():
    key = flowforge("secrets", "make-key").stdout.strip()
    assert len(base64.b64decode(key)) == 32 and key != flowforge("secrets", "make-key").stdout.strip()


def test_keys_are_changed_in_the_database_itself(clean_url):
    key = flowforge("secrets", "make-key").stdout.strip()
    told = flowforge("secrets", "rotate-data-key", "--json", DATABASE_URL=clean_url, FLOWFORGE_SECRETS_KEY=key)
    assert json.loads(told.stdout) == {"data_key": 1, "resealed": 0}, told.output
    other = flowforge("secrets", "make-key").stdout.strip()
    told = flowforge("secrets", "rewrap", "--json", DATABASE_URL=clean_url, FLOWFORGE_SECRETS_KEY=f"{other},{key}")
    assert json.loads(told.stdout) == {"rewrapped": 1}, told.output
    refused = flowforge("secrets", "rewrap", DATABASE_URL=clean_url, FLOWFORGE_SECRETS_KEY=key)
    assert refused.exit_code != 0 and "does not have" in refused.stderr and key not in refused.output
    nobody = flowforge("secrets", "rotate-data-key", "--tenant", "nobody", DATABASE_URL=clean_url, FLOWFORGE_SECRETS_KEY=other)
    assert nobody.exit_code == 4
