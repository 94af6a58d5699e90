"""The plugin in a test run of its own, as users have it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ONE_LOOP = "asyncio_default_fixture_loop_scope = session\nasyncio_default_test_loop_scope = session\n"
TESTS = """
import os
import pytest
from flowforge import step

@pytest.mark.parametrize("n", range(6))
async def test_a_run(forge, n):
    assert await forge.runs() == [] and await forge.events() == []

    @forge.function(trigger="order/created")
    async def process(ctx):
        await step.sleep("nap", "30d")
        return await step.run("twice", lambda: 2 * n)

    sent = await forge.send("order/created", id="the same in every test")
    if n == 2:
        forge.crash_at("checkpoint.before_commit")
    if n == 3:
        await forge.clock.advance("1h")
        return  # leaves a run behind
    forge.clock.auto_skip = True
    assert (await forge.wait_for(sent, "completed")).output == 2 * n
    pids = {row["pid"] for row in await forge.database.pool.fetch("select pid from pg_stat_activity where application_name = 'ff:claim'")}
    server = await forge.database.pool.fetchval("select pg_postmaster_start_time()::text || current_setting('data_directory')")
    with open(os.environ["SEEN"], "a") as seen:
        seen.write(f"{sorted(pids)}|{server}\\n")
"""


def run(directory: Path, ini: str, *options: str) -> set[tuple[str, str]]:
    """Run the tests; the worker's connections and the server that each test of them saw."""
    (directory / "pytest.ini").write_text(f"[pytest]\nasyncio_mode = auto\n{ini}")
    (directory / "test_it.py").write_text(TESTS)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "FLOWFORGE"))}
    environment |= {"PYTHONPATH": str(ROOT), "SEEN": str(directory / "seen")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "flowforge.testing.plugin", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {(pids, server) for pids, _, server in (line.partition("|") for line in (directory / "seen").read_text().splitlines())}


@pytest.mark.thorough
def test_in_one_loop_the_worker_goes_from_test_to_test_and_each_finds_nothing_of_the_last(tmp_path: Path) -> None:
    seen = run(tmp_path, ONE_LOOP)
    assert len(seen) < 4  # tests 0, 1 share a worker, the crash brings another; without the one loop there would be five


@pytest.mark.long
def test_with_a_loop_for_each_test_it_works_as_well(tmp_path: Path) -> None:
    assert len(run(tmp_path, "asyncio_default_fixture_loop_scope = function\n")) == 5


@pytest.mark.thorough
@pytest.mark.long
def test_processes_of_one_run_share_a_server_which_ends_with_the_run(tmp_path: Path) -> None:
    (server,) = {server for _, server in run(tmp_path, ONE_LOOP, "-n", "3")}
    assert not Path(server[server.index("/") :]).exists()
