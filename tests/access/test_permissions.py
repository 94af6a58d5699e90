"""Every door asks the one table: each route with each role, with a key of one scope, with a foreign tenant's key, and with nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

import flowforge.cli
from flowforge.access.permission import (
    ALL_PERMISSIONS,
    ANY_CALLER,
    OF_A_TEST,
    OF_AN_AGENT,
    OF_THE_DEPLOYMENT,
    OPEN,
    OPERATIONS,
    ROLE_NAMES,
    ROLES,
    expand,
    grant,
)
from flowforge.access.principal import Principal
from flowforge.access.tenant import find_or_create_tenant
from flowforge.api import caller as callers
from flowforge.api.address_limit import AddressLimit
from flowforge.api.app import create_app
from flowforge.api.authorization import Authorization
from flowforge.api.routes import ROUTERS
from flowforge.errors import InvalidInput
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.hints import Bell
from flowforge.settings import Settings


@dataclass(frozen=True)
class Door:
    """One operation as somebody knocks at it: with names that are nobody's, and no body."""

    operation: str
    method: str
    path: str

    async def knock(self, client: httpx.AsyncClient, **headers: str) -> httpx.Response:
        place = {"after": "nobodys-place"} if self.path.endswith("/stream") else None  # one that opens does not end
        return await client.request(self.method, self.path, headers=headers, params=place)


def doors() -> list[Door]:
    found = []
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            path = re.sub(r"\{\w+(:path)?\}", "nobodys-name", route.path)
            found += [Door(str(route.operation_id), method, path) for method in sorted(route.methods)]
    return found


DOORS = doors()
FOR_PEOPLE = "this is for people who are signed in, not for keys"  # what any caller may, who has a session of their own


def is_shut(door: Door, answer: httpx.Response) -> bool:
    """Whether the table refused it. One's own session and account are behind a second door, at which nobody here gets in."""
    assert answer.status_code < 500, (door, answer.text)
    if "inbox" in door.operation:  # whoever is no person has none
        assert answer.status_code in (404, 422), (door, answer.text)
        return False
    if OPERATIONS[door.operation] == ANY_CALLER and door.operation != "whoami":
        assert (answer.status_code, answer.json()["detail"]) == (403, FOR_PEOPLE), (door, answer.text)
        return False
    return answer.status_code == 403


async def session_of(_database: Any, token: str, **_how: Any) -> Principal | None:
    """Somebody signed in with that role, without anybody's having to sign in."""
    role = next((role for role in ROLE_NAMES if role == token), None)
    return None if role is None else Principal(DEFAULT_TENANT, "person", role, permissions=ROLES[role])


@pytest.fixture
def closed(database, vault, monkeypatch) -> FastAPI:
    monkeypatch.setattr(callers, "find_session", session_of)
    app = create_app(database, settings=Settings(), bell=Bell(), vault=vault)
    for layer in app.user_middleware:
        if layer.cls is AddressLimit:
            layer.kwargs["per_minute"] = 10_000  # a stranger knocks at every door, twice
    return app


@pytest.fixture
def declared(closed) -> dict[str, set[str]]:
    return {
        operation["operationId"]: set(operation["responses"])
        for operations in closed.openapi()["paths"].values()
        for operation in operations.values()
    }


@pytest.fixture
async def stranger(caller) -> AsyncIterator[httpx.AsyncClient]:
    async with caller(None) as client:
        yield client


def test_every_operation_has_a_rule_and_every_rule_an_operation():
    assert {door.operation for door in DOORS} == set(OPERATIONS)
    assert len(DOORS) > 80


async def test_a_route_without_a_rule_is_closed_to_everybody(database, vault, caller, make_key, monkeypatch):
    router = APIRouter()

    @router.get("/v1/forgotten", operation_id="forgotten")
    async def forgotten() -> str:
        return "let in"

    monkeypatch.setattr("flowforge.api.app.ROUTERS", (*ROUTERS, router))
    app = create_app(database, settings=Settings(), bell=Bell(), vault=vault)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x", headers={"authorization": f"Bearer {await make_key()}"}) as api:
        answer = await api.get("/v1/forgotten")
    assert (answer.status_code, answer.json()["detail"]) == (403, "nobody may forgotten: no rule allows it")


@pytest.mark.parametrize("role", ROLE_NAMES)
async def test_each_role_is_let_in_exactly_where_the_table_says(stranger, declared, role):
    for door in DOORS:
        answer = await door.knock(stranger, cookie=f"__Host-flowforge={role}")
        needed = OPERATIONS[door.operation]
        allowed = needed in (OPEN, ANY_CALLER) or needed in ROLES[role]
        assert is_shut(door, answer) != allowed, (role, door, answer.text)
        assert answer.status_code != 401 or door.operation == "receive_webhook", (role, door)
        assert str(answer.status_code) in declared[door.operation], (role, door, answer.text)


async def test_a_key_with_one_scope_is_let_in_there_only(caller, make_key, declared):
    """Each permission at the doors that need it and at some others; one of them at every door."""
    others = cycle(DOORS)
    for permission in sorted(ALL_PERMISSIONS & set(OPERATIONS.values())):
        async with caller(await make_key(permission)) as client:
            own = [door for door in DOORS if OPERATIONS[door.operation] == permission]
            for door in DOORS if permission == "runs:read" else [*own, *(next(others) for _ in range(7))]:
                answer = await door.knock(client)
                allowed = OPERATIONS[door.operation] in (OPEN, ANY_CALLER, permission)
                assert is_shut(door, answer) != allowed, (permission, door, answer.text)
                assert str(answer.status_code) in declared[door.operation], (permission, door, answer.text)


async def test_without_a_key_and_with_a_foreign_tenants_key_every_door_is_shut(stranger, caller, make_key, database, declared, monkeypatch):
    monkeypatch.setattr("flowforge.api.address_limit.AddressLimit._count", lambda *_: None)  # there are more doors than an address may try
    acme = await find_or_create_tenant(database.pool, "acme")
    async with caller(await make_key(tenant_id=acme.tenant_id)) as foreigner:
        for door in DOORS:
            for answer in (await door.knock(stranger), await door.knock(foreigner, **{"x-flowforge-tenant": "default"})):
                if OPERATIONS[door.operation] == OPEN:
                    assert answer.status_code in (200, 404, 422), (door, answer.text)
                else:
                    assert answer.status_code == 401, (door, answer.text)
                assert str(answer.status_code) in declared[door.operation], door


async def test_an_unknown_address_tells_a_stranger_nothing(stranger):
    for method, path in (("GET", "/v1/nothing"), ("POST", "/v1"), ("DELETE", "/v1/runs"), ("TRACE", "/v1/runs"), ("GET", "/V1/runs")):
        assert (await stranger.request(method, path)).status_code == 401, path


def test_no_role_and_no_narrow_key_has_anything_of_the_deployment():
    assert ROLES["viewer"] < ROLES["member"] < ROLES["approver"] < ROLES["admin"]
    for permissions in (*ROLES.values(), OF_AN_AGENT, OF_A_TEST):
        assert permissions <= ALL_PERMISSIONS - OF_THE_DEPLOYMENT
    assert all(not permission.endswith(":read") for permission in ROLES["member"] - ROLES["viewer"])


def test_scopes_are_permissions_or_patterns_of_them():
    assert expand(["*"]) == ALL_PERMISSIONS
    assert grant(["*:read"], ROLES["viewer"]) == ROLES["viewer"]
    for wrong in (["nothing"], ["runs:reed"], [" runs:read"], ["runs:read "], ["RUNS:READ"], ["runs"]):
        with pytest.raises(InvalidInput, match="no permission is called"):
            grant(wrong, ALL_PERMISSIONS)


COMMANDS = Path(flowforge.cli.__file__).parent / "commands"
# These start processes, work on files, or are for whoever has the database itself, and may do everything for that.
NOT_OVER_HTTP = {"check_replay", "demo", "dev", "doctor", "eval", "init", "migrate", "serve", "version", "worker"}

# Verbs of other commands that are for whoever has the database and its key: what no server may do.
IN_THE_DATABASE = {"secrets": {"rewrap", "rotate_data_key"}, "skills": {"test"}}  # which makes a database of its own
AROUND_THE_API = re.compile(r"flowforge\.db|host import|opened\(")
FILLED_IN = "FILLEDIN"


def literals(source: str) -> Iterator[str]:
    """The texts in this code, with something in the places that are filled in."""
    nodes = list(ast.walk(ast.parse(source)))
    formatted = [node for node in nodes if isinstance(node, ast.JoinedStr)]
    pieces = {id(piece) for text in formatted for piece in text.values}
    for text in formatted:
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else FILLED_IN for part in text.values)
    yield from (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in pieces)


def verbs_around_the_api(source: str) -> set[str]:
    """The verbs of a command that work on the database themselves, or through a function beside them that does."""
    parts = {getattr(node, "name", "the module"): ast.unparse(node) for node in ast.parse(source).body if not isinstance(node, ast.If)}
    around = {name for name, text in parts.items() if AROUND_THE_API.search(text)}
    while more := {name for name, text in parts.items() if any(f"{found}(" in text for found in around)} - around:
        around |= more
    return {name for name in around if not name.startswith("_")}


def test_every_command_that_acts_goes_through_a_route():
    served = [route.path for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    for file in sorted(COMMANDS.glob("*.py")):
        source = file.read_text()
        if file.stem in NOT_OVER_HTTP | {"__init__"}:
            continue
        assert "connect(" in source or "run_verbs" in source, f"{file.name} talks to no server"
        assert verbs_around_the_api(source) == IN_THE_DATABASE.get(file.stem, set()), f"{file.name} goes around the API"
        for text in literals(source):
            if text.startswith(("/v1/", "/events")) and " " not in text:
                path = re.escape(text.partition("?")[0]).replace(FILLED_IN, "[^/]+")
                assert any(re.fullmatch(path, route) for route in served), (file.name, text)


def test_the_layer_before_the_routes_knows_each_of_them():
    layer = Authorization(None, [route for router in ROUTERS for route in router.routes])
    for door in DOORS:
        assert layer._operation({"method": door.method, "path": door.path}) == door.operation, door
