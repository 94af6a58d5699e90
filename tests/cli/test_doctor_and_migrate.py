from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import asyncpg
import pytest

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.cli import examination
from flowforge.cli.examination import tell_isolation
from flowforge.db.creation import create_database, drop_database
from flowforge.db.database import Database
from flowforge.db.isolation import Isolation
from flowforge.errors import SealingKeyMissing
from flowforge.secrets.key_ring import KeyRing, new_key
from flowforge.secrets.key_rotation import rewrap
from flowforge.secrets.vault import DEPLOYMENT, Vault
from flowforge.settings import Settings

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_doctor_finds_a_healthy_machine_healthy(flowforge: Command) -> None:
    done = flowforge("doctor", "--port", "0", "--json")
    assert done.returncode == 0, done.stdout
    found = {finding["name"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert list(found) == ["flowforge", "models", "port", "database", "schema", "tenants", "books", "approvals", "secrets", "canary"]
    assert found["canary"]["detail"].startswith("sent, run and completed")


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (Isolation(None, (), "me", bypasses=False, owns=True, admitted=True), "NOT ISOLATED: no row-level"),
        (Isolation("roles", ("run",), "me", bypasses=False, owns=False, admitted=True), "NOT ISOLATED: run without"),
        (Isolation("roles", (), "me", bypasses=False, owns=False, admitted=False), "me is not a member"),
        (Isolation("setting", (), "me", bypasses=False, owns=True, admitted=True), "WEAK: row-level security asks"),
        (Isolation("roles", (), "me", bypasses=True, owns=True, admitted=True), "WEAK: the login me is a superuser"),
        (Isolation("roles", (), "me", bypasses=False, owns=False, admitted=True), "me neither owns nor bypasses"),
    ],
)
def test_doctor_says_what_keeps_tenants_apart(found: Isolation, told: str) -> None:
    assert told in tell_isolation(found)


def test_migrate_admits_a_login_that_doctor_finds_no_fault_with(flowforge: Command, owner_url: str) -> None:
    admitted = flowforge("migrate", "--app-login", "flowforge_test", DATABASE_URL=owner_url)
    assert (admitted.returncode, admitted.stdout.splitlines()[0]) == (0, "admitted flowforge_test"), admitted.stderr
    assert flowforge("migrate", "--app-login", "flowforge_engine", DATABASE_URL=owner_url).returncode == 2
    assert "a superuser" in flowforge("doctor", "--port", "0", "--quiet", DATABASE_URL=owner_url).stdout


async def test_doctor_finds_a_run_without_an_owner(flowforge: Command, clean_url: str) -> None:
    connection = await asyncpg.connect(clean_url)
    try:
        await connection.execute(
            "insert into flowforge.run (tenant_id, run_id, function_id, event_name, input, received_at, created_at)"
            " values ($1, $2, 'lost', 'a/b', '{}', now(), now())",
            ids.DEFAULT_TENANT,
            ids.new_id(),
        )
    finally:
        await connection.close()
    done = flowforge("doctor", "--port", "0")
    assert done.returncode == 1
    assert "1 open runs without an owner row" in done.stdout and "--fix" in done.stdout
    fixed = flowforge("doctor", "--port", "0", "--fix")
    assert fixed.returncode == 0
    assert "1 open runs, each with its one owner row; repaired: 1 open runs without an owner row" in fixed.stdout


@pytest.mark.thorough
async def test_migrate_applies_what_is_missing_and_can_be_asked_first(flowforge: Command, server_url: str) -> None:
    await drop_database(server_url, "flowforge_test_migrate_cli")
    url = await create_database(server_url, "flowforge_test_migrate_cli")
    try:
        asked = flowforge("migrate", "--check", DATABASE_URL=url)
        assert (asked.returncode, asked.stdout.splitlines()[0]) == (1, "missing 0001_spine")
        assert "a dry run went well" in flowforge("doctor", "--port", "0", DATABASE_URL=url).stdout
        assert flowforge("serve", "--port", "0", DATABASE_URL=url).returncode == 3
        assert flowforge("migrate", DATABASE_URL=url).stdout.splitlines()[0] == "applied 0001_spine"
        again = flowforge("migrate", "--json", DATABASE_URL=url)
        assert json.loads(again.stdout)["applied"] == []
        await _change_the_checksum(url)
        asked, doctor = flowforge("migrate", "--check", DATABASE_URL=url), flowforge("doctor", "--port", "0", DATABASE_URL=url)
        assert (asked.returncode, doctor.returncode) == (2, 2)
        assert "is not the one that this database was made with" in asked.stderr
        assert "is not the one that this database was made with" in doctor.stdout
    finally:
        await drop_database(server_url, "flowforge_test_migrate_cli")


async def _change_the_checksum(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("update flowforge.migration set checksum = 'of another file' where version = 1")
    finally:
        await connection.close()


async def test_doctor_tells_of_the_key_that_seals_secrets(database: Database) -> None:
    old, new = new_key(), new_key()
    both = Vault(KeyRing.from_text(f"{new},{old}"))
    operator = Principal(DEPLOYMENT, "system", "operator")

    async def told(key: str | None) -> str:
        return await examination._secrets(database, Settings(database_url="postgresql://localhost/x", secrets_key=key))

    assert "no key, so none can be set" in await told(None)
    await Vault(KeyRing.from_text(old)).add_data_key(database.pool, DEPLOYMENT)
    assert await told(old) == f"1 data keys under the key {KeyRing.from_text(old).fingerprint}"
    for key in (None, new):
        with pytest.raises(SealingKeyMissing, match="what they sealed does not open"):
            await told(key)
    assert "still need an old key" in await told(f"{new},{old}")
    await rewrap(database, both, operator)
    assert "the old keys can be dropped" in await told(f"{new},{old}")
