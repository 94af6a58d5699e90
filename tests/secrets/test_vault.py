"""Sealed values: only the right tenant, label and key open them."""

from __future__ import annotations

import base64
import stat
from uuid import uuid4

import pytest

from flowforge.errors import ConfigurationError
from flowforge.secrets.key_ring import KeyRing
from flowforge.secrets.vault import DoesNotOpen, Vault

OLD, NEW = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))


@pytest.fixture
def vault() -> Vault:
    return Vault(KeyRing.from_text(OLD))


async def test_what_is_sealed_opens_for_the_same_tenant_and_label(database, vault, tenant_id):
    sealed = await vault.seal(database.pool, tenant_id, "secret:a:1", b"hush")

    assert b"hush" not in sealed
    assert await vault.open(database.pool, tenant_id, "secret:a:1", sealed) == b"hush"
    assert await Vault(KeyRing.from_text(OLD)).open(database.pool, tenant_id, "secret:a:1", sealed) == b"hush"


async def test_a_changed_or_moved_value_does_not_open(database, vault, tenant_id):
    sealed = await vault.seal(database.pool, tenant_id, "secret:a:1", b"hush")
    other = uuid4()
    await vault.seal(database.pool, other, "secret:a:1", b"theirs")

    for tenant, label, value in (
        (tenant_id, "secret:b:1", sealed),
        (other, "secret:a:1", sealed),
        (tenant_id, "secret:a:1", sealed[:-1] + b"x"),
        (tenant_id, "secret:a:1", sealed[:9]),
        (tenant_id, "secret:a:1", sealed[:3]),
        (tenant_id, "secret:a:1", b""),
    ):
        with pytest.raises(DoesNotOpen):
            await vault.open(database.pool, tenant, label, value)


async def test_a_new_key_wraps_and_the_old_one_still_opens(database, vault, tenant_id):
    sealed = await vault.seal(database.pool, tenant_id, "x", b"hush")

    assert await Vault(KeyRing.from_text(f"{NEW},{OLD}")).open(database.pool, tenant_id, "x", sealed) == b"hush"
    with pytest.raises(ConfigurationError, match="does not have"):
        await Vault(KeyRing.from_text(NEW)).open(database.pool, tenant_id, "x", sealed)


async def test_a_data_key_that_was_rolled_back_seals_nothing_later(database, vault, tenant_id):
    async with database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await vault.seal(connection, tenant_id, "x", b"never kept")
        await transaction.rollback()
    sealed = await vault.seal(database.pool, tenant_id, "x", b"hush")

    assert await Vault(KeyRing.from_text(OLD)).open(database.pool, tenant_id, "x", sealed) == b"hush"


def test_a_key_that_is_no_key_is_refused_without_being_shown():
    with pytest.raises(ConfigurationError) as caught:
        KeyRing.from_text("c2hvcnQ=")

    assert "c2hvcnQ=" not in str(caught.value)


def test_the_key_beside_an_embedded_database_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    path = tmp_path / "data" / "secrets.key"
    first, second = KeyRing.from_file(path, create=True), KeyRing.from_file(path, create=True)

    assert first.keys == second.keys
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "value" not in repr(first.keys[0])
