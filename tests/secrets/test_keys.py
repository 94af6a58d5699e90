"""The keys around secrets: where a process has one from, and how they are changed while everything goes on."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pyotp
import pytest

from flowforge.access import totp
from flowforge.access.account import find_account
from flowforge.access.pepper import load_pepper
from flowforge.access.principal import Principal
from flowforge.audit.signing import Signer
from flowforge.audit.tree import merge
from flowforge.errors import ConfigurationError, SealingKeyMissing
from flowforge.ids import DEFAULT_TENANT, new_id
from flowforge.secrets.key_ring import KeyRing, new_key
from flowforge.secrets.key_rotation import find_wrapped, reseal, rewrap, rotate_data_key
from flowforge.secrets.key_source import own_key_file, vault_of
from flowforge.secrets.key_wrapper import KeyWrapper
from flowforge.secrets.resolve import Secrets, SecretUser
from flowforge.secrets.sealed import API_KEY_PEPPER, SEALED, audit_key_label, secret_label, totp_label, webhook_key_label
from flowforge.secrets.secret import set_secret
from flowforge.secrets.vault import DEPLOYMENT, DoesNotOpen, Vault, version_of
from flowforge.settings import Settings
from flowforge.webhooks.endpoint import create_endpoint
from flowforge.webhooks.signing_key import signatures
from tests.secrets import kms

OPERATOR = Principal(DEPLOYMENT, "system", "operator")
MIRA = Principal(DEFAULT_TENANT, "person", "mira")
OLD, NEW = new_key(), new_key()
URL = "postgresql://localhost/elsewhere"


# ── where it is from ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("source", ["ring", pytest.param("service", marks=pytest.mark.thorough)])
async def test_every_wrapper_keeps_its_promises(source, database, monkeypatch):
    monkeypatch.setenv("KMS_MASTER", OLD)
    wrapper: KeyWrapper = KeyRing.from_text(OLD) if source == "ring" else kms.make_service()
    wrapped_by, wrapped = await wrapper.wrap(b"k" * 32, b"whose")
    assert (wrapped_by, await wrapper.unwrap(wrapped_by, wrapped, b"whose")) == (wrapper.fingerprint, b"k" * 32)
    assert b"k" * 32 not in wrapped
    with pytest.raises(Exception):  # noqa: B017 - each has its own way of refusing
        await wrapper.unwrap(wrapped_by, wrapped, b"somebody else's")
    with pytest.raises(SealingKeyMissing):
        await wrapper.unwrap("another-key", wrapped, b"whose")


@pytest.mark.thorough
async def test_a_key_service_seals_and_its_failure_is_told_without_its_words(database, monkeypatch):
    monkeypatch.setenv("KMS_MASTER", OLD)
    vault = vault_of(Settings(database_url=URL, secrets_kms="tests.secrets.kms:make_service"))
    sealed = await vault.seal(database.pool, DEFAULT_TENANT, "x", b"hush-hush")
    monkeypatch.setattr(kms, "__file__", "/nowhere.py")
    with pytest.raises(SealingKeyMissing) as failed:
        await vault_of(Settings(database_url=URL, secrets_kms="tests.secrets.kms:make_service")).open(
            database.pool, DEFAULT_TENANT, "x", sealed
        )
    assert "(RuntimeError)" in failed.value.message and "the service said" not in failed.value.message
    assert await vault.open(database.pool, DEFAULT_TENANT, "x", sealed) == b"hush-hush"  # it has the data key


def test_beside_an_embedded_database_a_key_is_made_and_beside_another_none(tmp_path):
    own = Settings(data=tmp_path / "data")
    assert vault_of(own).has_key and vault_of(own).wrapper.fingerprint == vault_of(own).wrapper.fingerprint
    assert stat.S_IMODE((tmp_path / "data" / "secrets.key").stat().st_mode) == 0o600
    assert own_key_file(Settings(database_url=URL)) is None
    assert not vault_of(Settings(database_url=URL)).has_key
    assert vault_of(Settings(database_url=URL, secrets_key=OLD)).has_key


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"secrets_key": OLD, "secrets_key_file": Path("/k")}, "SECRETS_KEY and FLOWFORGE_SECRETS_KEY_FILE are set"),
        ({"secrets_key": "short"}, "32 bytes in base64"),
        ({"secrets_key_file": Path("/no/such/key")}, "cannot be read"),
        ({"secrets_kms": "no.such.module:make"}, "leads nowhere"),
        ({"secrets_kms": "tests.secrets.kms:nothing"}, "leads nowhere"),
        ({"secrets_kms": "tests.secrets.kms"}, "leads nowhere"),
        ({"secrets_kms": "builtins:dict"}, "is no KeyWrapper"),
    ],
)
def test_a_source_that_gives_no_key_is_refused(given, told):
    with pytest.raises(ConfigurationError, match=told):
        vault_of(Settings(database_url=URL, **given))


def test_the_key_is_in_no_representation_of_the_settings():
    assert OLD not in repr(Settings.from_environment({"FLOWFORGE_SECRETS_KEY": OLD}))


# ── other keys ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def sealed_for(database, vault, tenants: int = 4) -> dict[UUID, bytes]:
    return {tenant: await vault.seal(database.pool, tenant, "x", b"hush-hush") for tenant in (new_id() for _ in range(tenants))}


async def test_data_keys_are_wrapped_anew_and_the_old_key_can_be_dropped(database):
    sealed = await sealed_for(database, Vault(KeyRing.from_text(OLD)))
    both = Vault(KeyRing.from_text(f"{NEW},{OLD}"))
    assert (await find_wrapped(database.pool, both)).by_others == {KeyRing.from_text(OLD).fingerprint: 4}

    assert await rewrap(database, both, OPERATOR) == 4
    assert await rewrap(database, both, OPERATOR) == 0
    alone = Vault(KeyRing.from_text(NEW))
    for tenant, value in sealed.items():
        assert await alone.open(database.pool, tenant, "x", value) == b"hush-hush"
    found = await find_wrapped(database.pool, alone)
    assert (found.by_present, found.by_others) == (4, {})


async def test_without_the_old_key_nothing_is_wrapped_anew(database):
    sealed = await sealed_for(database, Vault(KeyRing.from_text(OLD)))
    with pytest.raises(SealingKeyMissing):
        await rewrap(database, Vault(KeyRing.from_text(NEW)), OPERATOR)
    for tenant, value in sealed.items():
        assert await Vault(KeyRing.from_text(OLD)).open(database.pool, tenant, "x", value) == b"hush-hush"


@pytest.mark.thorough
async def test_killed_in_the_middle_of_wrapping_anew_nothing_is_lost(database, clean_url):
    sealed = await sealed_for(database, Vault(KeyRing.from_text(OLD)))
    environment = {**os.environ, "DATABASE_URL": clean_url, "FLOWFORGE_SECRETS_KMS": "tests.secrets.kms:make_dying"}
    environment |= {"KMS_MASTER": f"{NEW},{OLD}", "DIE_AT": "3", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-m", "flowforge.cli", "secrets", "rewrap"], env=environment, capture_output=True, timeout=60)
    assert done.returncode == -9, done.stderr.decode()

    both = Vault(KeyRing.from_text(f"{NEW},{OLD}"))
    found = await find_wrapped(database.pool, both)
    assert (found.by_present, sum(found.by_others.values())) == (2, 2)
    for tenant, value in sealed.items():
        assert await both.open(database.pool, tenant, "x", value) == b"hush-hush"
    assert await rewrap(database, both, OPERATOR) == 2


async def test_a_fresh_data_key_seals_all_of_a_tenants_secrets(database):
    vault = Vault(KeyRing.from_text(OLD))
    for number in range(3):
        await set_secret(database, vault, MIRA, f"s{number}", b"value-number-%d" % number)
    before = {row["sealed"] for row in await database.pool.fetch("select sealed from flowforge.secret_version")}

    assert await rotate_data_key(database, vault, MIRA) == (2, 3)
    rows = await database.pool.fetch("select sealed, data_key from flowforge.secret_version")
    assert {row["data_key"] for row in rows} == {2} and not before & {row["sealed"] for row in rows}
    await set_secret(database, vault, MIRA, "s3", b"value-number-3")
    assert await reseal(database, vault, DEFAULT_TENANT, 2) == 0
    user = SecretUser(DEFAULT_TENANT, new_id(), "step", "order.pay")
    assert [(await Secrets(database, vault).find(user, f"s{n}")).reveal() for n in range(4)] == [f"value-number-{n}" for n in range(4)]


async def test_a_value_that_was_moved_to_another_secret_does_not_open(database):
    vault = Vault(KeyRing.from_text(OLD))
    await set_secret(database, vault, MIRA, "mine", b"value-number-one")
    await set_secret(database, vault, MIRA, "other", b"value-number-two")
    await database.pool.execute("update flowforge.secret_version set sealed = (select sealed from flowforge.secret_version limit 1)")
    opened = 0
    for name in ("mine", "other"):
        try:
            await Secrets(database, vault).find(SecretUser(DEFAULT_TENANT, new_id(), "step", "order.pay"), name)
            opened += 1
        except DoesNotOpen:
            pass
    assert opened == 1


async def test_a_fresh_data_key_seals_every_column_of_sealed_values(database):
    vault = Vault(KeyRing.from_text(OLD))
    endpoint, _ = await create_endpoint(database, vault, MIRA, "https://example.com/", ["*"], endpoint_id=new_id())
    account = UUID(int=7)
    await database.pool.execute("insert into flowforge.account (account_id, email, name) values ($1, 'm@x.org', 'm')", account)
    enrolment = await totp.begin_enrolment(database.pool, vault, await find_account(database.pool, account_id=account))
    pepper = await load_pepper(database, vault)
    await set_secret(database, vault, MIRA, "one", b"value-number-one")
    await merge(database, DEFAULT_TENANT, Signer(vault), sign_now=True)
    before = await sealed_values(database)
    assert {table for table, _ in before} == {sealed.table for sealed in SEALED}

    assert await rotate_data_key(database, vault, MIRA) == (2, 2)
    assert await rotate_data_key(database, vault, OPERATOR) == (2, 3)

    after = await sealed_values(database)
    assert len(after) == len(before) and not {value for _, value in before} & {value for _, value in after}
    assert {version_of(value) for _, value in after} == {2}
    fresh = Vault(KeyRing.from_text(OLD))
    assert await load_pepper(database, fresh) == pepper
    assert await signatures(database.pool, fresh, DEFAULT_TENANT, endpoint.endpoint_id, "m", 1, b"{}")
    found = await find_account(database.pool, account_id=account)
    moment = await database.pool.fetchval("select flowforge.now()")
    assert await totp.matching_step(database.pool, fresh, found, pyotp.TOTP(enrolment.secret).at(moment)) is not None
    assert (await merge(database, DEFAULT_TENANT, Signer(fresh), sign_now=True)).signed
    assert (await rotate_data_key(database, fresh, MIRA))[1] == 2


async def test_every_column_of_bytes_is_sealed_or_said_to_be_something_else(database):
    columns = await database.pool.fetch(
        "select table_name::text, column_name::text from information_schema.columns"
        " where table_schema = 'flowforge' and data_type = 'bytea'"
    )
    assert {tuple(row) for row in columns} == {(sealed.table, sealed.column) for sealed in SEALED} | {
        ("data_key", "wrapped"), ("blob", "data"), ("audit", "salts"), ("audit_key", "public_key"),
        *((table, "signature") for table in ("audit_key", "audit_head")), ("audit_tree", "range"), ("audit_tree", "head_digest"),
        *((table, "hash") for table in ("audit_leaf", "audit_node")), ("api_key_value", "digest"), ("model_answer", "digest"),
        *((table, "token_hash") for table in ("invitation", "one_time_link", "session", "known_device", "approval_link")),
        ("recovery_code", "code_hash"), ("sign_in_attempt", "subject"),
        *((table, "tree") for table in ("skill_version", "published_skill_version", "skill_use", "shared_skill")),
        ("shared_skill", "archive"),
        *((table, column) for table in ("skill_file", "published_skill_file") for column in ("hash", "data")),
    }  # fmt: skip


def test_labels_are_what_they_were_for_what_is_sealed_already():
    one = UUID(int=1)
    assert secret_label("m", "tool", "s", 3) == "secret:m:tool:s:3"
    assert (webhook_key_label(one), totp_label(one)) == (f"webhook_key:{one.hex}", f"totp:{one}")
    assert (audit_key_label("k"), API_KEY_PEPPER) == ("audit signing key:k", "api-key pepper")


async def sealed_values(database):
    return [
        (sealed.table, row[0])
        for sealed in SEALED
        for row in await database.pool.fetch(f"select {sealed.column} from flowforge.{sealed.table} where {sealed.column} is not null")
    ]
