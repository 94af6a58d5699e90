"""One embedded PostgreSQL per test run, one database per xdist worker, rows deleted between tests.

Tests connect as a login that neither owns nor bypasses anything, as production does. `FLOWFORGE_TEST_DATABASE_URL` (of a superuser)
makes the suite use that server instead, as that superuser. The suite is offline: looking up any
name that is not this machine's is an error.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from flowforge.db.creation import create_database, drop_database
from flowforge.db.database import Database
from flowforge.db.embedded import EmbeddedPostgres
from flowforge.db.login import as_login
from flowforge.db.migrate import migrate
from flowforge.ids import DEFAULT_TENANT
from tests.canary import PLANTED, canary, scan_server
from tests.emptying import delete_rows

SERVER_URL = "FLOWFORGE_TEST_SERVER_URL"  # from the process that started the server to its xdist workers
OWN_SERVER = "FLOWFORGE_TEST_OWN_SERVER"  # set where that process started it: anybody may log in
LOGIN = "flowforge_test"
FOREIGN_SETTINGS = ("DATABASE_", "FLOWFORGE_", "OPENAI_", "ANTHROPIC_", "OTEL_", "PG")  # of the developer's shell, not of a test
OF_TESTS = {"FLOWFORGE_CI", "FLOWFORGE_CHROMIUM", "FLOWFORGE_PICTURES"}

server_key = pytest.StashKey[EmbeddedPostgres]()


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many tests wait for processes that are killed, found dead and replaced."""
    return (os.cpu_count() or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    given = os.environ.get("FLOWFORGE_TEST_DATABASE_URL")
    for name in [name for name in os.environ if name.startswith(FOREIGN_SETTINGS) and name not in OF_TESTS]:
        del os.environ[name]
    if given is None:
        config.stash[server_key] = server = EmbeddedPostgres(make_open_directory(), durable=False)
        given = server.start()
        os.environ[OWN_SERVER] = "1"
    os.environ[SERVER_URL] = given
    os.environ[PLANTED] = canary("suite")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What the suite planted in each of its processes stands in no file of the database server: no row, deleted row, or log."""
    server = session.config.stash.get(server_key, None)
    if server is not None and (found := scan_server(server.directory)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        session.config.get_terminal_writer().line(f"\nplanted secrets were found in {', '.join(found[:10])}")


def pytest_unconfigure(config: pytest.Config) -> None:
    if server := config.stash.get(server_key, None):
        server.stop()
        shutil.rmtree(server.directory, ignore_errors=True)
        os.environ.pop(SERVER_URL, None)
        os.environ.pop(OWN_SERVER, None)


def make_open_directory() -> Path:
    """A temporary directory that the server's user can reach; pytest's own are closed to it when root runs the tests."""
    directory = Path(tempfile.mkdtemp(prefix="flowforge-test-", dir="/var/tmp" if os.path.isdir("/var/tmp") else None))
    directory.chmod(0o755)
    return directory


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A fresh directory for an embedded server, removed afterwards."""
    directory = make_open_directory()
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def durable_postgres(open_directory: Path) -> Iterator[EmbeddedPostgres]:
    """A server of the test's own, with fsync on, that it may kill and start again."""
    server = EmbeddedPostgres(open_directory)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def server_url() -> str:
    """The server of this test run, for tests that make databases of their own."""
    return os.environ[SERVER_URL]


@pytest.fixture(scope="session")
def owner_url(server_url: str) -> Iterator[str]:
    """The migrated database of this xdist worker, as the superuser: for what no worker or server does."""
    name = f"flowforge_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"

    async def make() -> str:
        await drop_database(server_url, name)
        url = await create_database(server_url, name)
        await migrate(url, app_login=LOGIN)
        connection = await asyncpg.connect(url)
        await connection.execute(f"grant create on schema public to {LOGIN}")  # tables of an application's own
        if connection.get_server_version().major >= 17:  # tests look at plans, for which tables are analyzed
            await connection.execute(f"grant maintain on all tables in schema flowforge to {LOGIN}")
        await connection.close()
        return url

    yield asyncio.run(make())
    asyncio.run(drop_database(server_url, name))


@pytest.fixture(scope="session")
def database_url(owner_url: str) -> str:
    """The migrated database of this xdist worker. Use `clean_url` or `database` in tests that write rows."""
    return as_login(owner_url, LOGIN) if OWN_SERVER in os.environ else owner_url


@pytest.fixture
async def clean_url(database_url: str, owner_url: str) -> AsyncIterator[str]:
    """The worker's database, for tests that hand its URL on; its rows are deleted afterwards."""
    before = asyncio.all_tasks()
    yield database_url
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    for task in left:  # all tests share a loop: what one of them leaves behind is not to work in the next
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await delete_rows(owner_url)


@pytest.fixture
async def database(clean_url: str) -> Database:
    """The worker's database, open for as long as the tests run; its rows are deleted afterwards."""
    if clean_url not in _open or any(pool.is_closing() for pool in (_open[clean_url].pool, _open[clean_url].engine)):
        _open[clean_url] = await Database.open(clean_url)
    return _open[clean_url]


_open: dict[str, Database] = {}  # a connection that has seen its tables answers ten times as fast as a new one


@pytest.fixture
def tenant_id() -> UUID:
    """The tenant that every database has from the first migration."""
    return DEFAULT_TENANT


@pytest.fixture(autouse=True)
def no_name_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite runs offline: a test that would ask the network for a name fails at once, and says which."""
    look_up = socket.getaddrinfo

    def only_this_machine(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_this_machine(host):
            raise AssertionError(f"a test looked up {host!r}; tests run offline")
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", only_this_machine)


def is_this_machine(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost", socket.gethostname()}:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback or ipaddress.ip_address(name).is_unspecified
    except ValueError:
        return False
