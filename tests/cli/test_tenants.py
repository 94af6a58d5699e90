"""`flowforge tenants`, against answers in the contract's shape."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.api.routes.tenants import EXAMPLE
from flowforge.cli import main


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url="http://127.0.0.1:8288", assert_all_called=False) as router:
        yield router


def flowforge(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_tenants_are_listed_with_why_they_are_suspended(server):
    server.get("/v1/tenants").respond(json={"data": [EXAMPLE], "next_cursor": None})
    done = flowforge("tenants")
    assert done.exit_code == 0, done.output
    assert "◆  acme  suspended" in done.stdout and "the invoice of October is open" in done.stdout


def test_a_deletion_is_asked_for_until_nothing_is_left(server):
    server.get("/v1/tenants/acme").respond(json=EXAMPLE)
    route = server.delete(f"/v1/tenants/{EXAMPLE['id']}", params={"confirm": "acme"})
    route.side_effect = [
        httpx.Response(200, json={**EXAMPLE, "state": "deleting", "deleted_rows": 4000}),
        httpx.Response(200, json={**EXAMPLE, "state": "deleted", "deleted_rows": 5000}),
    ]
    done = flowforge("tenants", "delete", "acme", "--confirm", "acme")
    assert done.exit_code == 0, done.output
    assert route.call_count == 2 and "deleted" in done.stdout


def test_an_export_that_breaks_leaves_no_file_and_none_is_written_over(server, tmp_path: Path):
    file = tmp_path / "acme.zip"
    server.get("/v1/tenants/acme/export").respond(404, json={"detail": "there is no tenant 'acme'", "status": 404})
    assert flowforge("tenants", "export", "acme", "--output", str(file)).exit_code == 4
    assert list(tmp_path.iterdir()) == []

    server.get("/v1/tenants/acme/export").respond(content=b"zip")
    assert flowforge("tenants", "export", "acme", "--output", str(file)).exit_code == 0
    assert file.read_bytes() == b"zip"
    again = flowforge("tenants", "export", "acme", "--output", str(file))
    assert again.exit_code == 2 and "is there already" in again.output
