"""A real browser before a real `flowforge dev`. Every test is thorough; in CI a missing browser fails it, elsewhere it is skipped.

`open_page()` opens a page in a context of its own, with a tenant of the test's own; `page` is one that is open already. `by_api` does in
that tenant what a person or an agent does elsewhere. At the end the witness has nothing to tell, or the test fails.
"""

from __future__ import annotations

import fcntl
import os
import runpy
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from flowforge import ids
from tests.browser.development import ROOT, Development, drop_own_database, own_database
from tests.browser.looking import OpenPage
from tests.browser.witness import Witness

CHROMIUM = "FLOWFORGE_CHROMIUM"
USUAL = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
)  # fmt: skip
# Nothing but this machine can be asked, whatever a page tries.
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
WAIT_MS = 15_000
expect.set_options(timeout=WAIT_MS)


# What CI walks: the whole story, the live layer, the main acts of board, approvals, agents, runs and events, and axe on each page in both
# themes. The rest is `long`: by hand, before a room is changed.
IN_CI = {
    "test_story.py": None,
    "test_live.py": None,
    "test_every_page.py": None,
    "test_delivery.py": ("strict_policy", "slips_into_a_page"),
    "test_board.py": ("made_and_moved_by_keys_alone",),
    "test_approvals.py": ("one_held_key_approves_it",),
    "test_agents.py": ("registered_by_keys_alone",),
    "test_runs.py": ("found_understood_and_replayed",),
    "test_events.py": ("why_the_rest_did_not_start",),
    "test_shell.py": ("reached_by_the_keyboard_alone",),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.thorough)
            acts = IN_CI.get(item.path.name, ())
            if acts is not None and not any(act in item.name for act in acts):
                item.add_marker(pytest.mark.long)


def must_or_skip(sentence: str) -> None:
    if os.environ.get("FLOWFORGE_CI") == "1":
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser that is here. None is ever fetched."""
    found = os.environ.get(CHROMIUM) or next(filter(None, map(shutil.which, USUAL)), None)
    if found is None:
        must_or_skip(f"no Chromium was found: install Debian's `chromium`, or say in {CHROMIUM} where one is")
    assert found is not None
    return found


@pytest.fixture(scope="session")
def dashboard() -> None:
    """The pages, built of the sources that are here."""
    build = runpy.run_path(str(ROOT / "web/build.py"))
    with (Path(tempfile.gettempdir()) / "flowforge-dashboard.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # by one of the workers, for all
        try:
            if not build["is_fresh"](ROOT):
                build["build"](ROOT)
            build["install"](ROOT / "web")  # axe-core
        except SystemExit as error:
            pytest.fail(str(error))


@pytest.fixture(scope="session")
async def forge(dashboard: None, server_url: str) -> AsyncIterator[Development]:
    """The server of all tests of this process that do not take it away."""
    async for one in _developing(server_url, "shared"):
        yield one


@pytest.fixture
async def own_forge(dashboard: None, server_url: str, witness: Witness) -> AsyncIterator[Development]:
    """A server that the test may kill; `open_page(base_url=own_forge.url)` looks at it."""
    async for one in _developing(server_url, "own"):
        witness.admit(one.url)
        yield one


async def _developing(server_url: str, whose: str) -> AsyncIterator[Development]:
    name = f"flowforge_browser_{whose}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    directory = Path(tempfile.mkdtemp(prefix="flowforge-browser-"))
    forge = Development(await own_database(server_url, name), directory)
    await forge.start()
    yield forge
    await forge.stop()
    await drop_own_database(server_url, name)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # it refuses to be root's otherwise
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=[*alone, "--disable-dev-shm-usage", "--disable-gpu", OFFLINE]
        )
        yield browser
        await browser.close()


@pytest.fixture
def tenant() -> str:
    """Of one test: nobody else's cards stand on its board."""
    return f"test-{ids.new_id().hex[-12:]}"


@pytest.fixture
def witness(forge: Development) -> Iterator[Witness]:
    witness = Witness(forge.url)
    yield witness
    assert witness.faults == []


@pytest.fixture
async def open_page(browser: Browser, forge: Development, tenant: str, witness: Witness) -> AsyncIterator[OpenPage]:
    """Options are those of a browser context: `color_scheme="dark"`, `viewport={…}`."""
    contexts: list[BrowserContext] = []

    async def open_one(**options: Any) -> Page:
        headers = {"X-FlowForge-Tenant": tenant}
        context = await browser.new_context(**{"base_url": forge.url, "extra_http_headers": headers, "locale": "en-GB", **options})
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        page = await context.new_page()
        witness.watch(page)
        return page

    yield open_one
    for context in contexts:
        await context.close()


@pytest.fixture
async def page(open_page: OpenPage) -> Page:
    return await open_page()


@pytest.fixture
async def by_api(forge: Development, tenant: str) -> AsyncIterator[httpx.AsyncClient]:
    async with forge.client(tenant) as client:
        yield client
