"""A fresh `serve`, as a process: whatever a stranger shows, it tells them nothing, until its link made an admin."""

from __future__ import annotations

import asyncio
import http.client
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import asyncpg
import httpx
import pytest

from flowforge.access.key_value import make_value
from flowforge.access.one_time import new_token
from flowforge.access.permission import OPEN, OPERATIONS
from tests.cli.test_first_admin import FORM, cookie_of, link_of

if TYPE_CHECKING:
    from tests.cli.conftest import Running

    Start = Callable[..., Running]

pytestmark = pytest.mark.thorough  # a process, and every route of it several times

CANARY = "the-plans-of-canary-and-sons"
DISGUISES: dict[str, Callable[[], dict[str, str]]] = {
    "nothing": dict,
    "a key of the right form": lambda: {"authorization": f"Bearer {make_value(test=False)}", "x-flowforge-tenant": "default"},
    "a test key, and a tenant that is there": lambda: {"authorization": f"Bearer {make_value(test=True)}", "x-flowforge-tenant": CANARY},
    "anything": lambda: {"authorization": "Bearer x"},
    "a session": lambda: {"cookie": f"__Host-flowforge={new_token()}", "x-flowforge-csrf": new_token()},
    "somebody on that machine": lambda: {"x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1", "forwarded": "for=127.0.0.1"},
    "a page of that machine": lambda: {"host": "localhost", "origin": "http://localhost", "sec-fetch-site": "same-origin"},
}
ROUNDABOUT = (
    "/v1/runs/", "//v1/runs", "/v1//runs", "/V1/runs", "/v1/../v1/runs", "/healthz/../v1/runs", "/sign-in/../v1/runs",
    "/sign-in/..%2fv1/runs", "/hooks/../v1/runs", "/hooks/..%2f..%2fv1%2fruns", "/docs/../v1/runs", "/v1/runs%00",
    "/v1/runs;/sign-in", "/%2e%2e/v1/runs",
    "http://localhost/v1/runs", "/v1/runs?/sign-in/", "/v1%2fruns",
)  # fmt: skip


@pytest.fixture
def fresh(start: Start, clean_url: str) -> Running:
    """A server without any account, over a database that holds something to tell."""

    async def plant() -> None:
        connection = await asyncpg.connect(clean_url)
        await connection.execute("insert into flowforge.tenant (tenant_id, name) values (gen_random_uuid(), $1)", CANARY)
        await connection.execute(
            "insert into flowforge.person (tenant_id, person_id, name) select tenant_id, gen_random_uuid(), $1 from flowforge.tenant",
            CANARY,
        )
        await connection.close()

    asyncio.run(plant())
    server = start("serve", "--port", "0", FLOWFORGE_API_KEY="")
    server.ready()
    return server


def a_stranger(server: Running, number: int) -> httpx.Client:
    """From an address of their own, as failures are counted by address."""
    transport = httpx.HTTPTransport(local_address=f"127.0.0.{number}", trust_env=False)
    return httpx.Client(base_url=server.url, transport=transport, timeout=20)


def doors(server: Running) -> Iterator[tuple[str, str, str]]:
    document = httpx.get(f"{server.url}/openapi.json", trust_env=False, timeout=60).json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield operation["operationId"], method.upper(), re.sub(r"\{\w+\}", "default", path)


def test_nobody_uses_a_fresh_server_before_its_first_admin_exists(fresh: Running) -> None:
    walked = list(doors(fresh))
    assert {operation for operation, _, _ in walked} == set(OPERATIONS)
    for number, (who, disguise) in enumerate(DISGUISES.items(), start=2):
        with a_stranger(fresh, number) as stranger:
            for operation, method, path in walked:
                body = {"json": {}} if method in ("POST", "PUT", "PATCH") and operation != "receive_webhook" else {}
                answer = stranger.request(method, path, headers=disguise(), **body)
                wanted = {200, 404, 422} if OPERATIONS[operation] == OPEN else {401}
                assert answer.status_code in wanted, (who, method, path, answer.text)
                assert CANARY not in answer.text and "set-cookie" not in answer.headers, (who, method, path)

    for path in ROUNDABOUT:
        connection = http.client.HTTPConnection("127.0.0.1", int(fresh.url.rpartition(":")[2]), timeout=20)
        connection.putrequest("GET", path)
        connection.endheaders()
        found = connection.getresponse()
        assert found.status in (400, 401, 404) and CANARY not in found.read().decode(), (path, found.status)
        connection.close()


def test_who_writes_another_address_into_each_request_is_counted_as_one(fresh: Running) -> None:
    with a_stranger(fresh, 77) as stranger:
        told = []
        for number in range(400):
            headers = {"x-forwarded-for": f"203.0.113.{number % 250}", "authorization": f"Bearer {number}"}
            told.append(stranger.get("/v1/runs", headers=headers).status_code)
    assert set(told) == {401, 429} and told[:300] == [401] * 300
    with a_stranger(fresh, 78) as somebody_else:
        assert somebody_else.get("/v1/runs").status_code == 401


def test_the_link_makes_one_admin_who_then_works(fresh: Running) -> None:
    with a_stranger(fresh, 2) as http:
        assert http.post("/welcome", data={**FORM, "token": link_of(fresh)}).status_code == 303
        assert http.post("/welcome", data={**FORM, "token": link_of(fresh), "email": "eve@example.com"}).status_code == 410
        assert http.post("/v1/sign_ins", json={"email": "eve@example.com", "password": FORM["password"]}).status_code == 401

        signed_in = http.post("/v1/sign_ins", json={"email": FORM["email"], "password": FORM["password"]})
        assert signed_in.status_code == 201
        browser = cookie_of(signed_in)
        http.cookies.clear()
        body = {"name": "atlas", "model": "test/model"}
        assert http.post("/v1/agents", json=body).status_code == 401
        assert http.post("/v1/agents", json=body, headers=browser).status_code == 403
        written = http.post("/v1/agents", json=body, headers={**browser, "x-flowforge-csrf": signed_in.json()["csrf_token"]})
        assert written.status_code == 201, written.text
        assert [one["name"] for one in http.get("/v1/agents", headers=browser).json()["data"]] == ["atlas"]
        assert CANARY in http.get("/v1/tenants", headers=browser).text
