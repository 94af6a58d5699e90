"""`flowforge rates`, against answers in the contract's shape; and what a command says when it was too fast."""

from __future__ import annotations

import json

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.api.client import AsyncClient
from flowforge.api.routes.rate_limits import EXAMPLE
from flowforge.cli import main
from flowforge.errors import TooManyRequests


@pytest.fixture
def server():
    with respx.mock(base_url="http://127.0.0.1:8288", assert_all_called=False) as router:
        yield router


def flowforge(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_rates_are_shown(server):
    server.get("/v1/rate_limits").respond(json=EXAMPLE)
    done = flowforge("rates")

    assert done.exit_code == 0, done.output
    assert "6,000 a minute, of which one key may send 80%" in done.stdout and "200 open at once" in done.stdout
    assert json.loads(flowforge("rates", "--json").stdout) == EXAMPLE


def test_where_nothing_is_counted_it_says_so(server):
    server.get("/v1/rate_limits").respond(json={**EXAMPLE, "counted": False})

    assert "nothing is counted" in flowforge("rates").stderr


def test_a_tenant_gets_rates_of_its_own_and_loses_them(server):
    put = server.put("/v1/rate_limits/acme%20inc").respond(json=EXAMPLE)
    server.delete("/v1/rate_limits/acme").respond(204)

    assert flowforge("rates", "set", "acme inc", "--requests", "12000").exit_code == 0
    assert json.loads(put.calls[0].request.content) == {"requests_per_minute": 12000, "events_per_minute": None, "streams": None}
    assert "as fast as everybody" in flowforge("rates", "reset", "acme").stderr


def test_setting_nothing_is_a_mistake(server):
    done = flowforge("rates", "set", "acme")

    assert done.exit_code != 0 and "nothing to set" in done.stderr and "Traceback" not in done.output
    assert flowforge("rates", "set", "acme", "--streams", "0").exit_code == 2


PROBLEM = {"detail": "the tenant may send 6000 requests a minute", "status": 429, "errors": []}


def test_a_command_that_was_too_fast_says_when_to_come_again(server):
    server.get("/v1/budgets").respond(429, json=PROBLEM, headers={"retry-after": "7"})
    done = flowforge("budgets")

    assert done.exit_code != 0 and "6000 requests a minute" in done.stderr and "in 7 s" in done.stderr


async def test_a_program_that_was_too_fast_can_read_when_to_come_again(server):
    server.get("/v1/budgets").respond(429, json=PROBLEM, headers={"retry-after": "7"})
    async with AsyncClient("http://127.0.0.1:8288", retries=0) as client:
        with pytest.raises(TooManyRequests) as refused:
            await client.request("GET", "/v1/budgets")

    assert refused.value.retry_after == 7
