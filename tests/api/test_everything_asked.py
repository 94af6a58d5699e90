"""A program that nobody here wrote asks the API everything that its OpenAPI document allows, and much that it does not."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from flowforge.api.address_limit import AddressLimit
from flowforge.api.app import create_app
from flowforge.api.server import Server
from flowforge.audit.signing import Signer
from flowforge.settings import Settings
from tests.locked_program import locked_program

KEY = "0123456789abcdef0123456789abcdef"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,response_headers_conformance,unsupported_method,ignored_auth"
)

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(300)]


@pytest.mark.parametrize("key", [KEY, None], ids=["with a key", "without credentials"])
async def test_no_answer_is_one_that_the_document_does_not_declare(database, bell, vault, tmp_path, key):
    program = await asyncio.to_thread(locked_program, "asker", "st")
    app = create_app(database, settings=Settings(api_key=KEY, rate_limits=False), bell=bell, vault=vault)
    app.state.audit_signer = Signer(vault)
    for layer in app.user_middleware:
        if layer.cls is AddressLimit:
            layer.kwargs["per_minute"] = 1_000_000  # so that whoever has no key gets the answers behind it
    async with Server(app, "127.0.0.1", 0) as server:
        asked = await asyncio.to_thread(ask, program, server.url, key, tmp_path)

    assert asked.returncode == 0, asked.stdout[-8000:]
    assert "Tested:" in asked.stdout


def ask(program: Path, url: str, key: str | None, directory: Path) -> subprocess.CompletedProcess[str]:
    """Streams are left out: they do not end. A stranger gets the same few answers whatever they make up, so they make up less."""
    phases = "examples,coverage,fuzzing" if key else "examples,coverage"
    command = [str(program), "run", f"{url}/openapi.json", "--checks", CHECKS, "--phases", phases, "-n", "3"]
    command += ["--continue-on-failure", "--no-shrink", "--request-timeout", "20", "--exclude-path-regex", "stream$", "--seed", "1"]
    command += ["-H", f"Authorization: Bearer {key}"] if key else []
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=240, check=False)
