"""The pytest plugin (entry point `pytest11`): `forge`, `scripted_model`, and the embedded server behind them.

Nothing is imported or started before a test asks for it. The server lives as long as the test run; each test finds its
tables empty. `FLOWFORGE_TEST_DATABASE_URL` names another server to use instead.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flowforge.testing.cassettes import Cassette
    from flowforge.testing.harness import Forge
    from flowforge.testing.scripted_provider import ScriptedProvider

try:
    from pytest_asyncio import fixture as async_fixture
except ImportError:  # without it there are no async tests, and so nobody to ask for `forge`
    async_fixture = pytest.fixture  # type: ignore[assignment]

OTHER_SERVER = "FLOWFORGE_TEST_DATABASE_URL"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cassette(name): replay this test's model calls from cassettes/<name>.yaml")


@pytest.fixture(scope="session")
def forge_database_url() -> Iterator[str]:
    """A migrated database for this test process, on an embedded server that forgets everything at the end."""
    from flowforge.db.creation import create_database, drop_database
    from flowforge.db.embedded import EmbeddedPostgres
    from flowforge.db.migrate import migrate

    directory = None if os.environ.get(OTHER_SERVER) else _open_directory()
    server = None if directory is None else EmbeddedPostgres(directory, durable=False)
    name = f"flowforge_forge_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"

    async def make(server_url: str) -> str:
        await drop_database(server_url, name)
        url = await create_database(server_url, name)
        await migrate(url)
        return url

    try:
        server_url = os.environ[OTHER_SERVER] if server is None else server.start()
        yield asyncio.run(make(server_url))
        asyncio.run(drop_database(server_url, name))
    finally:
        if server is not None and directory is not None:
            server.stop()
            shutil.rmtree(directory, ignore_errors=True)


@async_fixture
async def forge(forge_database_url: str) -> AsyncIterator[Forge]:
    """An engine of the test's own; see `flowforge.testing.harness`."""
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell
    from flowforge.sending import use_database
    from flowforge.testing.harness import Forge
    from flowforge.testing.rows import delete_rows

    async with await Database.open(forge_database_url) as database:
        bell = Bell()
        await bell.open(database)
        forge = Forge(database, bell)
        use_database(database, bell)
        try:
            yield forge
        finally:
            use_database(None)
            await forge.close()
            await bell.close()
            await delete_rows(forge_database_url)


@pytest.fixture
def scripted_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedProvider]:
    """A model that answers by a script, offline, whichever name it is called by. `answer_with(script)` changes the script."""
    from flowforge.testing.scripted_provider import ScriptedProvider

    with ScriptedProvider() as provider:
        for name, value in provider.environment().items():
            monkeypatch.setenv(name, value)
        yield provider


@pytest.fixture
def cassette(request: pytest.FixtureRequest) -> Iterator[Cassette]:
    """Model calls are replayed from the file that `@pytest.mark.cassette("name")` names; see `flowforge.testing.cassettes`."""
    from flowforge.testing.cassettes import Cassette, cassette_path, chosen_mode

    marker = request.node.get_closest_marker("cassette")
    name = marker.args[0] if marker is not None and marker.args else request.node.name
    with Cassette(cassette_path(request.config.rootpath, name), chosen_mode()) as playing:
        yield playing


def _open_directory() -> Path:
    """Open to the user that runs the server for root; pytest's own temporary directories are not."""
    directory = Path(tempfile.mkdtemp(prefix="flowforge-forge-", dir="/var/tmp" if os.path.isdir("/var/tmp") else None))
    directory.chmod(0o755)
    return directory
