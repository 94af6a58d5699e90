"""The pytest plugin (entry point `pytest11`): `forge`, `scripted_model`, `cassette`, and the embedded server behind them.

Nothing is imported or started before a test asks for it. One server serves the whole test run, with a database for each xdist
worker; each test finds its tables empty. `FLOWFORGE_TEST_DATABASE_URL` names another server to use instead.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from flowforge.testing.cassettes import Cassette
    from flowforge.testing.harness import Forge
    from flowforge.testing.scripted_provider import ScriptedProvider
    from flowforge.testing.workshop import Workplace

    Scope = Literal["session", "function"]

try:
    from pytest_asyncio import fixture as async_fixture
except ImportError:  # without it there are no async tests, and so nobody to ask for `forge`
    async_fixture = pytest.fixture  # type: ignore[assignment]

OTHER_SERVER = "FLOWFORGE_TEST_DATABASE_URL"


CLIENT_MODULE = "flowforge.orchestrator.models.client"
_CALLING = {"forge", "scripted_model", "cassette"}  # fixtures by which a model can be reached


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cassette(name): replay this test's model calls from cassettes/<name>.yaml")
    config.addinivalue_line("markers", "model_calls: this test may call models for real")


@pytest.fixture(autouse=True)
def models_are_not_called(request: pytest.FixtureRequest) -> Iterator[None]:
    """A model call is refused in a test that has neither `scripted_model` nor a cassette, nor says `@pytest.mark.model_calls`.

    A client that the test put in place itself stays there. Tests of whoever does not use FlowForge import nothing for this.
    """
    if request.node.get_closest_marker("model_calls") is not None:
        yield
        return
    if request.node.get_closest_marker("cassette") is not None:
        request.getfixturevalue("cassette")
    if CLIENT_MODULE not in sys.modules and not _CALLING & set(request.fixturenames):
        yield
        return
    from flowforge.testing.refusal import calls_refused

    with calls_refused():
        yield


@pytest.fixture(scope="session")
def forge_database_url() -> Iterator[str]:
    """A migrated database for this test process, on an embedded server that forgets everything at the end."""
    from flowforge.db.creation import create_database, drop_database
    from flowforge.db.migrate import migrate
    from flowforge.testing.shared_server import shared_server

    name = f"flowforge_forge_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"

    async def make(server_url: str) -> str:
        await drop_database(server_url, name)
        url = await create_database(server_url, name)
        await migrate(url)
        return url

    given = os.environ.get(OTHER_SERVER)
    with nullcontext(given) if given else shared_server(os.environ.get("PYTEST_XDIST_TESTRUNUID")) as server_url:
        yield asyncio.run(make(server_url))
        asyncio.run(drop_database(server_url, name))


def _as_long_as_the_loop(fixture_name: str, config: pytest.Config) -> Scope:
    """Connections live as long as their loop: for the whole run where pytest-asyncio is told to use one loop for it."""
    scopes = {config.getini(f"asyncio_default_{what}_loop_scope") for what in ("fixture", "test")}
    return "session" if scopes == {"session"} else "function"


@async_fixture(scope=_as_long_as_the_loop)
async def forge_workplace(forge_database_url: str) -> AsyncIterator[Workplace]:
    """The connections of the tests in one loop, and the worker that goes from one to the next."""
    from flowforge.testing.workshop import Workplace

    async with Workplace.open(forge_database_url) as place:
        yield place


@async_fixture
async def forge(forge_workplace: Workplace) -> AsyncIterator[Forge]:
    """An engine of the test's own; see `flowforge.testing.harness`."""
    from flowforge.sending import use_database
    from flowforge.testing.harness import Forge

    place = forge_workplace
    forge = Forge(place.database, place.bell, worker=place.worker)
    use_database(place.database, place.bell)
    try:
        yield forge
    finally:
        use_database(None)
        try:
            await forge.close(leave_worker=True)
        finally:
            await place.clear(forge.workshop.worker)


@pytest.fixture
def scripted_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedProvider]:
    """A model that answers by a script, offline, whichever name it is called by. `answer_with(script)` changes the script."""
    from flowforge.testing.refusal import calls_allowed
    from flowforge.testing.scripted_provider import ScriptedProvider

    with ScriptedProvider() as provider, calls_allowed():
        for name, value in provider.environment().items():
            monkeypatch.setenv(name, value)
        yield provider


@pytest.fixture
def cassette(request: pytest.FixtureRequest) -> Iterator[Cassette]:
    """Model calls are replayed from the file that `@pytest.mark.cassette("name")` names; see `flowforge.testing.cassettes`.

    The marker alone does it; ask for the fixture to look at `play_count`. Without a name the cassette is named like the test.
    """
    from flowforge.testing.cassettes import Cassette, cassette_path, chosen_mode

    marker = request.node.get_closest_marker("cassette")
    name = marker.args[0] if marker is not None and marker.args else request.node.name
    with Cassette(cassette_path(request.config.rootpath, name), chosen_mode()) as playing:
        yield playing
