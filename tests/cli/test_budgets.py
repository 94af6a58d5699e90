"""`flowforge budgets`, against answers in the contract's shape."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.api.routes.budgets import EXAMPLE, SPENDING
from flowforge.api.routes.model_limits import EXAMPLE as LIMIT
from flowforge.cli import main


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url="http://127.0.0.1:8288", assert_all_called=False) as router:
        yield router


def flowforge(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def page(*budgets: object) -> dict[str, object]:
    return {"data": list(budgets), "next_cursor": None}


def test_budgets_are_listed_with_what_is_used_of_them(server):
    server.get("/v1/budgets").respond(json=page(EXAMPLE))
    done = flowforge("budgets")
    assert done.exit_code == 0, done.output
    assert "● atlas-daily  agent atlas  $18.40 of $25.00 a day" in done.stdout
    assert "███████████████░░░░░ 74%" in done.stdout and "$0.21 in flight" in done.stdout


def test_no_budgets_lead_to_a_first_one(server):
    server.get("/v1/budgets").respond(json=page())
    done = flowforge("budgets")
    assert (done.exit_code, done.stdout) == (0, "") and "flowforge budgets set all 250 --per month" in done.stderr


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ((), {"scope": "tenant", "unit": "usd", "period": "month"}),
        (("--agent", "atlas", "--per", "day"), {"scope": "agent", "subject": "atlas", "unit": "usd", "period": "day"}),
        (("--each-agent", "--unit", "tokens"), {"scope": "agent", "unit": "tokens", "period": "month"}),
        (("--each-run",), {"scope": "run", "unit": "usd", "period": "total"}),
        (("--each-run", "--function", "a.b"), {"scope": "run", "subject": "a.b", "unit": "usd", "period": "total"}),
        (("--task", "FF-12", "--ask"), {"scope": "task", "subject": "FF-12", "unit": "usd", "period": "month", "over": "ask"}),
    ],
)
def test_a_budget_is_made(server, options, body):
    server.get("/v1/budgets").respond(json=page())
    made = server.post("/v1/budgets").respond(201, json=EXAMPLE)
    done = flowforge("budgets", "set", "new", "25", *options)
    assert done.exit_code == 0, done.output
    assert json.loads(made.calls[0].request.content) == {"name": "new", "amount": "25", **body}


def test_one_that_there_is_is_changed(server):
    server.get("/v1/budgets").respond(json=page(EXAMPLE))
    changed = server.patch("/v1/budgets/atlas-daily").respond(json=EXAMPLE)
    assert flowforge("budgets", "set", "atlas-daily", "40", "--fail").exit_code == 0
    assert json.loads(changed.calls[0].request.content) == {"amount": "40", "over": "fail"}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--unit", "calls"), "unit"),
        (("--per", "month"), "period"),
        (("--each-agent", "--agent", "x"), "one of"),
        (("--task", "FF-1"), "scope"),
    ],
)
def test_what_one_that_there_is_counts_is_not_changed_in_passing(server, options, told):
    server.get("/v1/budgets").respond(json=page(EXAMPLE))
    changed = server.patch("/v1/budgets/atlas-daily").respond(json=EXAMPLE)
    done = flowforge("budgets", "set", "atlas-daily", "10000", *options)
    assert done.exit_code == 2 and told in done.stderr and not changed.called


def test_a_budget_is_for_one_thing(server):
    server.get("/v1/budgets").respond(json=page())
    done = flowforge("budgets", "set", "new", "25", "--agent", "atlas", "--task", "FF-1")
    assert done.exit_code == 2 and "a budget is for one of" in done.stderr


def test_a_budget_is_shown_raised_and_deleted(server):
    server.get("/v1/budgets/atlas-daily").respond(json=EXAMPLE)
    server.get("/v1/budgets/atlas-daily/spending").respond(json=page(SPENDING))
    raised = server.post("/v1/budgets/atlas-daily/raises").respond(201, json=EXAMPLE)
    server.delete("/v1/budgets/atlas-daily").respond(204)
    assert "run_01968f3ac8b17c02a3f08241a2f70001  $0.42" in flowforge("budgets", "show", "atlas-daily").stdout
    assert flowforge("budgets", "raise", "atlas-daily", "10", "--of", "FF-12").exit_code == 0
    assert json.loads(raised.calls[0].request.content) == {"amount": "10", "subject": "FF-12"}
    assert "is gone" in flowforge("budgets", "delete", "atlas-daily").stderr


def test_limits_of_models_are_listed_set_and_taken_away(server):
    server.get("/v1/model_limits").respond(json={"data": [LIMIT], "next_cursor": None})
    put = server.put(path__regex="/v1/model_limits/openai.*gpt-4o").respond(json=LIMIT)
    taken = server.delete("/v1/model_limits/gpt-4o").respond(204)
    assert "450,000 tokens/min" in flowforge("budgets", "limits").stdout
    done = flowforge("budgets", "limits", "openai/gpt-4o", "--tokens", "1000")
    assert done.exit_code == 0, done.output
    assert json.loads(put.calls[0].request.content) == {"tokens_per_minute": 1000, "requests_per_minute": None}
    assert flowforge("budgets", "limits", "gpt-4o", "--none").exit_code == 0 and taken.called
