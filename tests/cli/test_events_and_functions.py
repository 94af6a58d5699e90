"""`flowforge events` and `flowforge functions`, against answers in the contract's shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.cli import main
from flowforge.cli.banner import as_json, registered
from flowforge.cli.terminal import Terminal
from flowforge.clock import SYSTEM_CLOCK
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.trigger import cron, on

URL = "http://127.0.0.1:8288"
RUN = "run_019700000000700080000000824100f7"
LISTED = {
    "id": "ord-1",
    "event_id": "evt_01970000000070008000000000000001",
    "name": "order/created",
    "received_at": "2025-11-22T10:42:07Z",
    "runs": [RUN],
}


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        yield router


def flowforge(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def an_answer(function: str, outcome: str, **facts: Any) -> dict[str, Any]:
    return {"function": function, "outcome": outcome, "reason": None, "trigger": "order/created", "runs": [], **facts}


def test_events_are_listed_one_a_line(server: respx.MockRouter) -> None:
    route = server.get("/v1/events").respond(json={"data": [LISTED, {**LISTED, "runs": [RUN] * 5}], "next_cursor": None})
    done = flowforge("events", "--name", "order/*", "--since", "1h")
    assert done.exit_code == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert re.fullmatch(r"ord-1  order/created  8241_00f7 +\d+ d .*ago", first)
    assert "8241_00f7, 8241_00f7, 8241_00f7 and 2 more" in second
    asked = dict(route.calls[0].request.url.params)
    assert (asked["name"], asked["limit"]) == ("order/*", "20")
    assert asked["since"].endswith("+00:00")


def test_no_events_is_a_remark_not_data(server: respx.MockRouter) -> None:
    server.get("/v1/events").respond(json={"data": [], "next_cursor": None})
    done = flowforge("events")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "flowforge send NAME" in done.stderr
    assert "no events match" in flowforge("events", "--since", "1h").stderr


def test_an_event_is_shown_with_what_it_did_and_did_not_start(server: respx.MockRouter) -> None:
    answers = [
        an_answer("order.ship", "ran", runs=[RUN]),
        an_answer("order.review", "filtered", reason="the filter event.data.total > 1000 is false"),
        an_answer("order.gift", "filter_failed", reason="the filter event.data.gift failed: there is no 'gift'"),
    ]
    event = {
        **LISTED,
        "data": {"total": 420},
        "runs": [{"id": RUN, "label": "8241_00f7", "function": "order.ship", "state": "completed"}],
        "functions": answers,
        "reason": None,
    }
    server.get("/v1/events/ord%2F1").respond(json=event)
    done = flowforge("events", "show", "ord/1")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("order/created  ord-1  evt_01970000000070008000000000000001  ")
    assert lines[1:] == [
        '  {"total": 420}',
        "  ✓ order.ship    ran            8241_00f7 completed",
        "  ⊘ order.review  filtered out   the filter event.data.total > 1000 is false",
        "  ✗ order.gift    filter failed  the filter event.data.gift failed: there is no 'gift'",
    ]
    assert json.loads(flowforge("events", "show", "ord/1", "--json").stdout) == event


def test_an_event_that_nobody_listens_to_says_so_and_one_function_can_be_asked_for(server: respx.MockRouter) -> None:
    why = "no published function listens to order/creatd; one listens to order/created"
    route = server.get("/v1/events/e").respond(json={**LISTED, "data": {}, "runs": [], "functions": [], "reason": why})
    done = flowforge("events", "show", "e", "--function", "order.ship")
    assert done.stdout.splitlines()[-1] == f"  {why}"
    assert dict(route.calls[0].request.url.params) == {"function": "order.ship"}


def test_an_unknown_event_exits_4(server: respx.MockRouter) -> None:
    server.get("/v1/events/nope").respond(404, json={"detail": "there is no event 'nope'", "nearest": []})
    done = flowforge("events", "show", "nope")
    assert (done.exit_code, done.stderr) == (4, "✗ there is no event 'nope'\n")


def test_functions_are_listed_with_their_triggers_and_when_a_schedule_comes_next(server: respx.MockRouter) -> None:
    soon = (SYSTEM_CLOCK.now() + timedelta(hours=4, minutes=12, seconds=5)).isoformat()
    later = (SYSTEM_CLOCK.now() + timedelta(days=3)).isoformat()
    function = {"version": None, "builtin": False, "source": "app.py:12", "schedules": []}
    listed = [
        {**function, "id": "a.review", "triggers": ["order/created if event.data.total > 1000"], "retries": 3, "live": True},
        {
            **function,
            "id": "a.nightly",
            "triggers": ["cron 0 3 * * * Europe/Oslo"],
            "retries": 0,
            "live": False,
            "schedules": [{"next_at": later}, {"next_at": soon}, {"next_at": None}],
        },
        {**function, "id": "flowforge.agent", "triggers": [], "retries": 3, "live": True, "builtin": True},
    ]
    server.get("/v1/functions").respond(json={"data": listed, "next_cursor": None})
    assert [re.split(r"  +", line) for line in flowforge("functions").stdout.splitlines()] == [
        ["a.review", "order/created if event.data.total > 1000", "retries 3", "app.py:12"],
        ["a.nightly", "cron 0 3 * * * Europe/Oslo, next in 4 h 12 m", "retries 0", "app.py:12", "no live worker"],
    ]
    assert "called by its id" in flowforge("functions", "--all").stdout
    assert [function["id"] for function in json.loads(flowforge("functions", "--json").stdout)] == ["a.review", "a.nightly"]


def test_the_banner_shows_triggers_in_words_and_when_a_schedule_comes_next() -> None:
    registry = Registry()

    @registry.function(trigger=["order/created", on("order/paid", if_="event.data.total > 1")])
    async def process_order(ctx: Any) -> None: ...

    @registry.function(trigger=cron("0 0 1 1 *"))
    async def yearly_report(ctx: Any) -> None: ...

    lines = registered(Terminal(), registry, [])
    assert [re.split(r"   +", line.strip()) for line in lines] == [
        ["functions  process_order", "order/created, order/paid if event.data.total > 1", "retries 3"],
        ["yearly_report", "cron 0 0 1 1 *", lines[1].rpartition("   ")[2]],
    ]
    assert re.search(r"next in (\d+ d|\d+ h|\d+ m)", lines[1])
    assert as_json(registry, [])["functions"][1]["triggers"] == ["cron 0 0 1 1 *"]
