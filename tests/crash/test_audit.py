"""A server is killed between an act and its commit: neither is there. It is killed after the commit: both are."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys

import httpx
import pytest

from flowforge.audit import log as audit
from flowforge.audit.keeper import keep_up
from flowforge.audit.merkle import CompactRange, leaf_hash
from flowforge.audit.tree import tree_of

KEY = "a planted key of an operator, long enough"


@pytest.fixture
def serve(clean_url, tmp_path):
    """Start `flowforge serve` that dies at a crash point; gives the process and its address."""
    started = []

    def start(crash):
        process = subprocess.Popen(
            [sys.executable, "-m", "flowforge.cli", "serve", "--port", "0"],
            cwd=tmp_path,
            env={**os.environ, "DATABASE_URL": clean_url, "FLOWFORGE_CRASH": crash, "FLOWFORGE_API_KEY": KEY},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        assert process.stdout is not None
        said = b""
        while b"ready\n" not in said:
            ready, _, _ = select.select([process.stdout], [], [], 60)
            piece = os.read(process.stdout.fileno(), 4096) if ready else b""
            assert piece, f"serve did not start: {said!r}"
            said += piece
        return process, f"http://127.0.0.1:{said.partition(b':')[2].split()[0].decode()}"

    yield start
    for process in started:
        process.kill()
        process.wait()


async def killed(process):
    async with asyncio.timeout(30):
        while process.poll() is None:
            await asyncio.sleep(0.01)
    assert process.returncode == -signal.SIGKILL


async def settled(database):
    """Until the server has done with what the dead had begun."""
    query = "select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend'"
    async with asyncio.timeout(30):
        while await database.pool.fetchval(f"{query} and state <> 'idle' and pid <> pg_backend_pid()"):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("point", "done"), [("audit.appended", 0), pytest.param("answer.unsent", 1, marks=pytest.mark.thorough)]
)  # between act and commit, and after the commit
async def test_an_act_and_its_entry_are_both_there_or_neither(serve, database, tenant_id, point, done):
    process, url = serve(point)

    async with httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {KEY}"}) as client:
        with pytest.raises(httpx.TransportError):
            await client.post("/v1/users", json={"name": "jonas"})
    await killed(process)
    await settled(database)

    people = await database.pool.fetchval("select count(*) from flowforge.person where name = 'jonas'")
    entries = await audit.read(database.pool, tenant_id)
    assert (people, [entry.action for entry in entries]) == (done, ["user.create"] * done)


@pytest.mark.thorough
async def test_a_server_killed_while_it_merges_leaves_the_tree_as_it_was(serve, database, tenant_id):
    process, url = serve("audit.merged")
    async with httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {KEY}"}) as client:
        assert (await client.post("/v1/users", json={"name": "jonas"})).status_code == 201
    await killed(process)
    await settled(database)
    assert [entry.position for entry in await audit.read(database.pool, tenant_id)] == [None]

    assert await keep_up(database) == 1
    [entry] = await audit.read(database.pool, tenant_id)
    tree = CompactRange()
    tree.append(leaf_hash(entry.leaf.encode()))
    assert (await tree_of(database.pool, tenant_id)).root() == tree.root()
