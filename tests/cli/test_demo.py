"""`flowforge demo`, from the outside."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Running

    Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.thorough
@pytest.mark.long
def test_a_killed_worker_refunds_once(flowforge: Command) -> None:
    done = flowforge("demo", "--yes", "--once", "--kill", "--port", "0", "--json", DATABASE_URL="")
    assert done.returncode == 0, done.stderr
    story = json.loads(done.stdout)
    assert story["state"] == "completed"
    assert story["kills"] == 2
    assert story["refund_calls"] == 1
    assert story["refunds"] == [{"order_id": "ORD-9218", "amount": "420"}]
    assert story["task"]["column"] == "Review"


@pytest.mark.long
def test_the_person_edits_by_the_printed_curl_line_and_the_server_stays(start: Callable[..., Running]) -> None:
    demo = start("demo", "--port", "0", DATABASE_URL="")
    told = demo.until("or  ")
    own_directory = f"flowforge-demo-{demo.process.pid}-*"
    assert list(Path("/var/tmp").glob(own_directory))
    lines = [line for line in told.splitlines() if "curl" in line]
    found = re.search(r"curl -X POST (\S+) -H '([^:]+): ([^']+)' -d '(.*)'$", next(line for line in lines if "edited_args" in line))
    assert found is not None
    url, header, value, body = found.groups()
    assert httpx.post(url, headers={header: value}, content=body, trust_env=False).status_code == 200
    story = demo.until("Ctrl-C ends it")
    assert "$300 to ORD-9218 · refund called 1 time" in story
    assert httpx.get(f"{url.partition('/v1')[0]}/healthz", trust_env=False).status_code == 200
    assert demo.end() == 0
    assert not list(Path("/var/tmp").glob(own_directory)), "its database was left behind"
