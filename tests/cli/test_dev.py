"""`flowforge dev` as a process."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import httpx
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Running

    Start = Callable[..., Running]
    Command = Callable[..., subprocess.CompletedProcess[str]]

APP = """
import flowforge
from flowforge import step

@flowforge.tool(effect="money")
def issue_refund(order_id: str) -> str:
    return order_id

@flowforge.function(trigger="order/created")
async def process_order(ctx):
    total = await step.run("validate", lambda: ctx.event.data["total"])
    return {"total": total, "version": 1}
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    file = tmp_path / "app.py"
    file.write_text(APP)
    return file


def output_of(sent: subprocess.CompletedProcess[str]) -> object:
    assert sent.returncode == 0, sent.stderr
    return json.loads(sent.stdout)["runs"][0]["output"]


@pytest.mark.thorough
def test_dev_says_what_it_registered_and_ends_its_banner_with_the_ready_line(app: Path, start: Start) -> None:
    dev = start("dev", "--port", "0")
    lines = dev.ready().splitlines()
    assert "app.py" in lines[0]
    assert "process_order   order/created   retries 3" in lines[1]
    assert "issue_refund ⚿ needs approval" in lines[2]
    assert "scripted model (no key found" in lines[3]
    assert lines[-1] == f"→ listening on :{dev.url.rpartition(':')[2]} · ready"
    assert dev.end() == 0


def test_an_order_is_sent_followed_told_live_and_shown(app: Path, start: Start, flowforge: Command) -> None:
    dev = start("dev", "--port", "0", "--no-reload")
    dev.ready()
    sent = flowforge("send", "order/created", "-d", "total=420", FLOWFORGE_URL=dev.url)
    assert sent.returncode == 0
    assert "✓ validate" in sent.stderr
    told = dev.until("✓ completed")
    assert "app.process_order  order/created" in told
    assert "✓ validate" in told
    shown = flowforge("runs", "show", sent.stdout.strip(), FLOWFORGE_URL=dev.url)
    assert 'returned {"total": 420, "version": 1}' in shown.stdout
    assert dev.end(signal.SIGINT) == 0


@pytest.mark.thorough
def test_a_failing_run_makes_send_exit_1(app: Path, start: Start, flowforge: Command) -> None:
    app.write_text(APP.replace('ctx.event.data["total"]', "1 / 0").replace('trigger="order/created"', 'trigger="order/created", retries=0'))
    dev = start("dev", "--port", "0", "--no-reload")
    dev.ready()
    sent = flowforge("send", "order/created", FLOWFORGE_URL=dev.url)
    assert sent.returncode == 1
    assert "ZeroDivisionError" in sent.stderr


@pytest.mark.thorough
def test_changed_code_is_taken_over_and_broken_code_is_not(app: Path, start: Start, flowforge: Command) -> None:
    dev = start("dev", "--port", "0")
    dev.ready()
    assert output_of(flowforge("send", "order/created", "-d", "total=1", "--json", FLOWFORGE_URL=dev.url)) == {"total": 1, "version": 1}

    app.write_text(APP.replace('"version": 1', '"version": 2'))
    assert "app.py changed: process_order reloaded" in dev.until("reloaded")
    assert output_of(flowforge("send", "order/created", "-d", "total=1", "--json", FLOWFORGE_URL=dev.url)) == {"total": 1, "version": 2}

    app.write_text(APP + "\nthis is no python\n")
    told = dev.until("goes on serving")
    assert "SyntaxError" in told
    assert "app.py:14" in told
    fault = httpx.get(f"{dev.url}/v1/code").json()["fault"]
    assert fault["files"] == ["app.py"] and "SyntaxError" in fault["traceback"]
    assert output_of(flowforge("send", "order/created", "-d", "total=1", "--json", FLOWFORGE_URL=dev.url)) == {"total": 1, "version": 2}

    app.write_text(APP.replace('"version": 1', '"version": 3'))
    dev.until("reloaded")
    assert output_of(flowforge("send", "order/created", "-d", "total=1", "--json", FLOWFORGE_URL=dev.url)) == {"total": 1, "version": 3}
    assert httpx.get(f"{dev.url}/v1/code").json() == {"reloads": True, "fault": None}


def test_dev_brings_a_database_of_its_own_and_keeps_it(app: Path, start: Start, flowforge: Command, open_directory: Path) -> None:
    data = {"DATABASE_URL": "", "FLOWFORGE_DATA": str(open_directory / "data")}
    dev = start("dev", "--port", "0", **data)
    assert "embedded postgres" in dev.ready()
    assert flowforge("send", "order/created", "-d", "total=1", FLOWFORGE_URL=dev.url).returncode == 0
    assert dev.end() == 0
    again = start("dev", "--port", "0", **data)
    again.ready()
    assert len(flowforge("runs", FLOWFORGE_URL=again.url).stdout.splitlines()) == 1
    assert again.end() == 0


def test_code_that_does_not_import_exits_2_with_its_line(app: Path, flowforge: Command) -> None:
    app.write_text("import flowforge\nimport no_such_package\n")
    done = flowforge("dev")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "✗ app.py:2: ModuleNotFoundError: No module named 'no_such_package'\n"


def test_a_port_in_use_exits_2_with_one_sentence(app: Path, flowforge: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for command in ("dev", "serve", "demo"):
            done = flowforge(command, "--port", str(port))
            assert done.returncode == 2
            assert done.stderr.startswith(f"✗ port {port} is in use")
            assert "Traceback" not in done.stderr


@pytest.mark.thorough
@pytest.mark.parametrize("command", ["dev", "serve", "worker", "migrate", "doctor"])
def test_a_database_that_is_not_there_exits_3(app: Path, flowforge: Command, command: str) -> None:
    port = ("--port", "0") if command in {"dev", "serve", "doctor"} else ()
    done = flowforge(command, *port, DATABASE_URL="postgresql://127.0.0.1:1/none")
    assert done.returncode == 3
    assert "127.0.0.1:1 refuses connections" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.thorough
async def test_a_newer_database_exits_3(app: Path, flowforge: Command, clean_url: str, owner_url: str) -> None:
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute("insert into flowforge.migration (version, name, checksum) values (9999, 'future', 'x')")
        for command, *more in (
            ("dev", "--port", "0"),
            ("serve", "--port", "0"),
            ("worker",),
            ("migrate",),
            ("migrate", "--check"),
            ("doctor",),
        ):
            done = flowforge(command, *more)
            assert done.returncode == 3, (command, done.stderr)
            assert "newer FlowForge" in done.stderr + done.stdout
    finally:
        await connection.execute("delete from flowforge.migration where version = 9999")
        await connection.close()


@pytest.mark.parametrize("command", ["dev", "demo"])
def test_other_machines_are_not_let_in_without_a_key(app: Path, flowforge: Command, command: str) -> None:
    done = flowforge(command, "--host", "0.0.0.0", "--port", "0")
    assert done.returncode == 2
    assert "FLOWFORGE_API_KEY" in done.stderr


@pytest.mark.parametrize("key", ["too-short", "ffk_live_0123456789abcdefghijklmnopqrstuvwxyz0123"])
def test_a_server_does_not_start_with_a_key_that_is_no_good_one(app: Path, flowforge: Command, key: str) -> None:
    done = flowforge("serve", "--port", "0", FLOWFORGE_API_KEY=key)
    assert done.returncode == 2
    assert done.stderr.startswith("✗ FLOWFORGE_API_KEY") and key not in done.stderr


def test_a_bad_setting_is_named(app: Path, flowforge: Command) -> None:
    done = flowforge("dev", FLOWFORGE_PORT="http")
    assert done.returncode == 2
    assert "FLOWFORGE_PORT" in done.stderr
