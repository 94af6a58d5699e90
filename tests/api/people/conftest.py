"""A server that lets nobody in without a proof, and browsers in front of it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from flowforge.access.first_admin import make_first_admin, open_first_link
from flowforge.access.password import Passwords
from flowforge.access.session import Visitor
from flowforge.access.sign_in import Doors
from flowforge.api.app import create_app
from flowforge.db.database import Database
from flowforge.orchestrator.hints import Bell
from flowforge.secrets.key_ring import KeyRing
from flowforge.secrets.vault import Vault
from flowforge.settings import Settings

PASSWORD = "seven grey herons at dawn"
OPERATORS_KEY = "the-operators-key-0123456789"


class Browser(httpx.AsyncClient):
    """Keeps cookies as a browser does, and knows the CSRF token of its session."""

    def __init__(self, app: FastAPI, peer: str = "127.0.0.1", **options: Any) -> None:
        transport = httpx.ASGITransport(app, client=(peer, 50000))
        super().__init__(transport=transport, base_url="https://localhost", **options)

    async def sign_in(self, email: str, password: str = PASSWORD, **more: Any) -> httpx.Response:
        answer = await self.post("/v1/sign_ins", json={"email": email, "password": password, **more})
        self.know(answer)
        return answer

    async def act(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A write with the session's CSRF token, which changes when the session's cookie does."""
        answer = await self.request(method, path, **options)
        self.know(answer)
        return answer

    def know(self, answer: httpx.Response) -> None:
        if answer.is_success and answer.content and (token := answer.json().get("csrf_token")):
            self.headers["x-flowforge-csrf"] = token

    @property
    def session(self) -> str | None:
        return self.cookies.get("__Host-flowforge")


@pytest.fixture
def passwords() -> Passwords:
    """As real ones, but cheap."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def vault() -> Vault:
    return Vault(KeyRing.from_text(base64.b64encode(bytes(range(32))).decode()))


@pytest.fixture
def doors(passwords: Passwords, vault: Vault) -> Doors:
    return Doors(passwords, vault)


@pytest.fixture(scope="session")
def built() -> tuple[FastAPI, Database]:
    """To build an app takes longer than most of these tests: there is one, over whatever database a test gives it."""
    database = Database("postgresql://")
    settings = Settings(open_here=False, public_url=None)
    return create_app(database, settings=settings, bell=Bell()), database


@pytest.fixture
def closed(built, database, bell, doors) -> FastAPI:
    """A server that lets nobody in without a proof."""
    app, lent = built
    lent.url, lent.direct_url, lent.pool, lent.engine = database.url, database.direct_url, database.pool, database.engine
    app.state.bell, app.state.doors = bell, doors
    app.state.providers, app.state.sign_on_transport = {}, None
    return app


@pytest.fixture
async def browser_of(closed: FastAPI) -> AsyncIterator[Callable[..., Browser]]:
    opened: list[Browser] = []

    def make(**options: Any) -> Browser:
        opened.append(Browser(closed, **options))
        return opened[-1]

    yield make
    for browser in opened:
        await browser.aclose()


@pytest.fixture
async def mira(browser_of, database, doors) -> Browser:
    """The first admin, signed in."""
    token = await open_first_link(database)
    await make_first_admin(database, doors, token, "mira@example.com", "mira", PASSWORD, Visitor("127.0.0.1", "tests"))
    browser = browser_of()
    assert (await browser.sign_in("mira@example.com")).status_code == 201
    return browser


Join = Callable[..., Awaitable[Browser]]


@pytest.fixture
def join(mira, browser_of) -> Join:
    """Somebody who was invited by mira and has accepted: `noor = await join("noor", role="member")`."""

    async def invite(name: str, role: str = "member") -> Browser:
        made = await mira.post("/v1/invitations", json={"email": f"{name}@example.com", "role": role})
        browser = browser_of()
        token = made.json()["link"].rpartition("=")[2]
        answer = await browser.post("/v1/invitation_acceptances", json={"token": token, "name": name, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        browser.know(await browser.get("/v1/session"))
        return browser

    return invite


@pytest.fixture
def later(database) -> Callable[..., Awaitable[None]]:
    """Let the database's clock stand so much later than now: `await later("3 hours")`."""

    async def jump(interval: str) -> None:
        await database.pool.execute("update flowforge.clock set skew = $1::text::interval", interval)

    return jump


@pytest.fixture
def actions(database) -> Callable[..., Awaitable[list[str]]]:
    """What the audit log says was done, in order."""

    async def read() -> list[str]:
        return [row["action"] for row in await database.pool.fetch("select action from flowforge.audit order by created_at, entry_id")]

    return read
