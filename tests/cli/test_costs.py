"""`flowforge costs`: one number and how it changed, a line and a bar for each group, and what is not in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.cli import main
from flowforge.cli.engine import publish_offers
from flowforge.cli.project import find_project
from flowforge.db.database import Database
from flowforge.errors import ConfigurationError
from flowforge.orchestrator.models.price_book import load_overrides

URL = "http://127.0.0.1:8288"
SUMS: dict[str, Any] = {
    "calls": 1204, "cached_calls": 0, "unknown": 0, "unpriced": 0, "estimated": 0, "input_tokens": 2_481_004, "cached_tokens": 0,
    "cache_written_tokens": 0, "output_tokens": 188_210, "reasoning_tokens": 0, "cost": "284.12", "saved": "0",
    "previous": {"calls": 1498, "cost": "346.49"}, "change_percent": -18.0,
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        yield router


def flowforge(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def report(*groups: tuple[str | None, str | None], next_cursor: str | None = None, by: str = "model", **totals: Any) -> dict[str, Any]:
    lines = [{**SUMS, "key": name, "name": name, "cost": cost, "change_percent": 4.5} for name, cost in groups]
    return {"group_by": by, "totals": SUMS | totals, "data": lines, "next_cursor": next_cursor}


def test_the_first_line_is_the_sum_and_how_it_changed(server: respx.MockRouter) -> None:
    route = server.get("/v1/usage").respond(200, json=report(("gpt-4o", "200"), ("o3", "50"), ("my/own", None)))
    done = flowforge("costs")
    first, *lines = done.stdout.splitlines()
    assert (done.exit_code, first) == (0, "$284.12  −18 % wk/wk")
    assert [line.split()[:2] for line in lines] == [["gpt-4o", "$200.00"], ["o3", "$50.00"], ["my/own", "no"]]
    assert [line.count("▇") for line in lines] == [20, 5, 0]
    assert "+4.5 %" in lines[0] and "1,204" in lines[0]
    assert dict(route.calls.last.request.url.params) == {"group_by": "model", "since": "7d", "limit": "20"}


def test_options_are_asked_for(server: respx.MockRouter) -> None:
    route = server.get("/v1/usage").respond(200, json=report(("2026-11-22", "1"), by="day"))
    done = flowforge("costs", "--by", "day", "--since", "30d", "--agent", "atlas", "--limit", "7")
    assert done.stdout.splitlines()[0] == "$284.12  −18 % to the time before"
    assert dict(route.calls.last.request.url.params) == {"group_by": "day", "since": "30d", "agent": "atlas", "limit": "7"}


def test_what_is_not_in_the_sum_is_said(server: respx.MockRouter) -> None:
    server.get("/v1/usage").respond(200, json=report(("gpt-4o", "1"), unpriced=2, unknown=1, estimated=3, saved="1.5", cached_calls=4))
    said = flowforge("costs").stderr.splitlines()
    assert [line.partition(" call")[0] for line in said] == ["$1.50 saved: 4", "2", "1", "of 3"]
    assert "prices.toml" in said[1] and "never answered" in said[2] and "estimated" in said[3]
    assert flowforge("costs", "--quiet").stderr == ""


def test_nothing_used_says_how_to_use_something(server: respx.MockRouter) -> None:
    nothing = {"calls": 0, "cost": "0", "change_percent": None, "previous": {"calls": 0, "cost": "0"}}
    server.get("/v1/usage").respond(200, json=report(**nothing))
    done = flowforge("costs")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "step.ai" in done.stderr


def test_pages_are_put_together(server: respx.MockRouter) -> None:
    first = report(*((f"m{n}", "1") for n in range(200)), next_cursor="more")
    route = server.get("/v1/usage").mock(
        side_effect=[
            respx.MockResponse(200, json=first),
            respx.MockResponse(200, json=report(*((f"n{n}", "1") for n in range(100)), next_cursor="still")),
        ]
    )
    done = flowforge("costs", "--limit", "300", "--json")
    found = json.loads(done.stdout)
    assert (len(found["data"]), found["next_cursor"]) == (300, "still")
    asked = route.calls.last.request.url.params
    assert (asked["cursor"], asked["limit"]) == ("more", "100")


def test_csv_is_printed_as_it_comes(server: respx.MockRouter) -> None:
    route = server.get("/v1/usage").respond(200, text="model,cost\r\ngpt-4o,1\r\n", headers={"content-type": "text/csv"})
    done = CliRunner().invoke(main, ["costs", "--csv"])
    assert done.stdout_bytes == b"model,cost\r\ngpt-4o,1\r\n"
    assert route.calls.last.request.url.params["format"] == "csv"


def test_a_wrong_time_is_one_sentence(server: respx.MockRouter) -> None:
    problem = {
        "type": "/docs#problem-invalid",
        "title": "x",
        "status": 422,
        "detail": "since: cannot read 'soon' as a duration",
        "errors": [],
    }
    server.get("/v1/usage").respond(422, json=problem, headers={"content-type": "application/problem+json"})
    done = flowforge("costs", "--since", "soon")
    assert done.exit_code != 0 and "cannot read 'soon'" in done.stderr and "Traceback" not in done.stderr
    assert flowforge("costs", "--csv", "--json").exit_code == 2


async def test_the_prices_beside_an_app_are_published_with_it_and_go_with_the_file(
    database: Database, tenant_id: UUID, tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text("")
    file = tmp_path / "prices.toml"
    file.write_text('[models."my/model"]\ninput = "0.15"\n')
    project = find_project(str(tmp_path / "app.py"))

    await publish_offers(database, project)
    assert (await load_overrides(database.pool, tenant_id))["my/model"].source == "prices.toml"

    file.write_text('[models."my/model"]\ninput = "-1"\n')
    with pytest.raises(ConfigurationError, match="negative"):
        await publish_offers(database, project)
    assert (await load_overrides(database.pool, tenant_id))["my/model"].input == Decimal("0.15")

    file.unlink()
    await publish_offers(database, project)
    assert await load_overrides(database.pool, tenant_id) == {}
