"""A program that nobody here wrote asks the API everything that its OpenAPI document allows, and much that it does not.

It asks in a tenant that has one of everything, by the names of what is there, so that it comes past the doors; then for what is not there.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from flowforge.api.address_limit import AddressLimit
from flowforge.api.app import create_app
from flowforge.api.server import Server
from flowforge.audit.signing import Signer
from flowforge.settings import Settings
from flowforge.transport import destination
from tests.access.foreign import NAMED
from tests.access.things import OURS, THEIRS, Things, make_things
from tests.locked_program import locked_program

KEY = "0123456789abcdef0123456789abcdef"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,response_headers_conformance,unsupported_method,ignored_auth"
)
# What names something and is not in NAMED: the operator's things, and what is there by itself.
ELSE_NAMED = {
    "function_id": ["order.ship"], "tenant": ["leaving"], "revision": [1], "version": [1], "column": ["Doing"], "label": ["money"],
    "model": [f"{THEIRS}/model"], "item": ["1"], "task": ["FF-5"], "limit": [20],
}  # fmt: skip
OF_A_PERSON = "^/v1/(account|session|inbox|me$|approval_delegations|filters)"

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(300)]


@pytest.fixture
async def server(database, bell, vault, publish, monkeypatch):
    """The API for whoever has the key, where a tenant has one of everything; no name of a host leads anywhere."""

    async def unknown(host: str, port: int) -> Sequence[object]:
        raise socket.gaierror(f"{host} is not known")

    monkeypatch.setattr(destination, "look_up", unknown)
    await publish({"order.ship": ["order/*"]})
    app = create_app(database, settings=Settings(api_key=KEY, rate_limits=False), bell=bell, vault=vault)
    app.state.audit_signer = Signer(vault)
    for layer in app.user_middleware:
        if layer.cls is AddressLimit:
            layer.kwargs["per_minute"] = 1_000_000  # so that whoever has no key gets the answers behind it
    async with Server(app, "127.0.0.1", 0) as listening:
        yield listening


@pytest.fixture
async def things(server, database) -> Things:
    bearer = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=server.url, headers=bearer, timeout=20) as http:
        ours, theirs = ({"X-FlowForge-Tenant": name} for name in (OURS, THEIRS))
        for name in (OURS, THEIRS, "leaving"):
            assert (await http.post("/v1/tenants", json={"name": name})).is_success
        return await make_things(http, database, theirs, ours)


@pytest.mark.parametrize("phases", ["examples", pytest.param("examples,coverage", marks=pytest.mark.long)])
async def test_no_answer_to_what_is_there_is_one_that_the_document_does_not_declare(server, things, tmp_path, phases):
    """What is deleted is asked for last."""
    names(tmp_path, things)
    for part in (["--exclude-method", "DELETE"], ["--include-method", "DELETE"]):
        asked = await ask(server.url, tmp_path, phases, KEY, "-H", f"X-FlowForge-Tenant: {THEIRS}", *part)
        assert asked.returncode == 0, asked.stdout[-8000:]
        assert "Tested:" in asked.stdout


@pytest.mark.long
async def test_no_answer_to_a_person_is_one_that_the_document_does_not_declare(server, things, tmp_path):
    """What only somebody who has signed in may ask; what gives them another session comes last."""
    session = [part for name, value in things.session.items() for part in ("-H", f"{name}: {value}")]
    theirs = ["--include-path-regex", OF_A_PERSON, "--exclude-method", "DELETE", "--exclude-operation-id", "switch_tenant"]
    for part in (theirs, ["--include-operation-id", "switch_tenant"]):
        asked = await ask(server.url, tmp_path, "examples,coverage", None, *session, *part)

        assert asked.returncode == 0, asked.stdout[-8000:]
        assert "Tested:" in asked.stdout


@pytest.mark.long
async def test_no_answer_to_what_is_made_up_is_one_that_the_document_does_not_declare(server, tmp_path):
    asked = await ask(server.url, tmp_path, "fuzzing", KEY)

    assert asked.returncode == 0, asked.stdout[-8000:]
    assert "Tested:" in asked.stdout


@pytest.mark.long
async def test_no_answer_to_a_stranger_is_one_that_the_document_does_not_declare(server, tmp_path):
    """They get the same few answers whatever they make up, so they make up less."""
    asked = await ask(server.url, tmp_path, "examples", None)

    assert asked.returncode == 0, asked.stdout[-8000:]
    assert "Tested:" in asked.stdout


async def ask(url: str, directory: Path, phases: str, key: str | None, *more: str) -> subprocess.CompletedProcess[str]:
    """Streams are left out: they do not end."""
    program = await asyncio.to_thread(locked_program, "asker", "st")
    command = [str(program), "run", f"{url}/openapi.json", "--checks", CHECKS, "--phases", phases, "-n", "3"]
    command += ["--continue-on-failure", "--no-shrink", "--request-timeout", "20", "--exclude-path-regex", "stream$", "--seed", "1"]
    command += ["-H", f"Authorization: Bearer {key}"] if key else []
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "SCHEMATHESIS_HOOKS": "asker_hooks"}
    return await asyncio.to_thread(
        subprocess.run, [*command, *more], cwd=directory, env=environment, capture_output=True, text=True, timeout=240, check=False
    )


def names(directory: Path, things: Things) -> None:
    """Write down, as the program reads it, what parameters of paths name. Nobody waits for frames that do not come."""
    lines = ["[parameters]", '"query.wait" = 0', *(f'"path.{name}" = {json.dumps(found[-1])}' for name, found in ELSE_NAMED.items())]
    for name, thing in NAMED.items():
        if "." not in name:
            lines.append(f'"path.{name}" = {json.dumps(things.theirs[thing][-1])}')
    for name, thing in NAMED.items():
        if "." in name and things.theirs.get(thing):
            operation, parameter = name.split(".")
            lines += ["[[operations]]", f'include-operation-id = "{operation}"', "[operations.parameters]"]
            lines += [f'"path.{parameter}" = {json.dumps(things.theirs[thing][-1])}']
    (directory / "schemathesis.toml").write_text("\n".join(lines))
