"""Secrets as records: versions, scopes, what is sealed, who is noted."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from flowforge.access.principal import Principal
from flowforge.access.tenant import find_or_create_tenant
from flowforge.audit.log import read
from flowforge.errors import InvalidInput, NotFound, NotSerializable, SealingKeyMissing, SecretExposed
from flowforge.ids import DEFAULT_TENANT, new_id
from flowforge.orchestrator.codec import encode
from flowforge.secrets.key_ring import KeyRing, new_key
from flowforge.secrets.resolve import Secrets, SecretUser
from flowforge.secrets.secret import Scope, delete_secret, list_secrets, resolve_secret, retire_version, set_secret
from flowforge.secrets.secret_text import SecretText
from flowforge.secrets.vault import Vault

MIRA = Principal(DEFAULT_TENANT, "person", "mira")
AGENT = new_id()


@pytest.fixture
def vault() -> Vault:
    return Vault(KeyRing.from_text(new_key()))


@pytest.fixture
def secrets(database, vault) -> Secrets:
    return Secrets(database, vault)


def user(step: str = "charge", **who: object) -> SecretUser:
    return SecretUser(**{"tenant_id": DEFAULT_TENANT, "run_id": AGENT, "step_key": step, "function_id": "order.pay", **who})


async def entries(database, action: str):
    return [entry for entry in await read(database.pool, DEFAULT_TENANT, limit=1000) if entry.action == action]


async def test_the_newest_version_is_used_and_the_one_before_it_once_that_is_retired(database, vault, secrets):
    await set_secret(database, vault, MIRA, "stripe", b"value-number-one")
    made = await set_secret(database, vault, MIRA, "stripe", b"value-number-two")
    assert (await secrets.find(user(), "stripe")).reveal() == "value-number-two"
    left = await retire_version(database, MIRA, made.secret_id, 2)
    assert left.current == 1
    assert (await secrets.find(user(), "stripe")).reveal() == "value-number-one"
    assert (await retire_version(database, MIRA, made.secret_id, 1)).current is None
    with pytest.raises(NotFound):
        await secrets.find(user(), "stripe")
    assert await database.pool.fetchval("select count(*) from flowforge.secret_version where sealed is not null") == 0


async def test_the_narrowest_scope_wins_and_another_ones_secret_is_not_there(database, vault, secrets):
    for value, scope in (
        (b"of the tenant", Scope()),
        (b"of the function", Scope("function", "order.pay")),
        (b"of the agent", Scope("agent", AGENT.hex, "atlas")),
        (b"of the tool", Scope("tool", "refund")),
    ):
        await set_secret(database, vault, MIRA, "stripe", value, scope)
    await set_secret(database, vault, MIRA, "theirs", b"for others only", Scope("function", "order.ship"))

    asked = [user(), user(function_id="other"), user(agent_id=AGENT), user(agent_id=AGENT, tool="refund"), user(agent_id=new_id())]
    assert [(await secrets.find(one, "stripe")).reveal() for one in asked] == [
        "of the function", "of the tenant", "of the agent", "of the tool", "of the function",
    ]  # fmt: skip
    with pytest.raises(NotFound) as foreign:
        await secrets.find(user(), "theirs")
    with pytest.raises(NotFound) as missing:
        await secrets.find(user(), "nobodys")
    assert str(foreign.value).replace("theirs", "nobodys") == str(missing.value)


@pytest.mark.parametrize("value", [b"\x00\xff\xfe binary \x00", "grüße\r\n".encode(), b"x" * 64 * 1024])
async def test_the_exact_bytes_come_back_and_are_nowhere_in_the_database(database, vault, secrets, value):
    await set_secret(database, vault, MIRA, "blob", value)
    assert (await secrets.find(user(), "blob")).reveal_bytes() == value
    assert value not in await database.pool.fetchval("select sealed from flowforge.secret_version")


async def test_each_step_and_version_has_one_entry_before_the_value_is_handed_out(database, vault, secrets):
    await set_secret(database, vault, MIRA, "stripe", b"value-number-one")
    for _ in range(3):
        await secrets.find(user(), "stripe")
    await secrets.find(user("other step"), "stripe")
    await set_secret(database, vault, MIRA, "stripe", b"value-number-two")
    await secrets.find(user(), "stripe")

    used = await entries(database, "secret.use")
    assert [(entry.detail["step"], entry.detail["version"]) for entry in used] == [("charge", 1), ("other step", 1), ("charge", 2)]
    assert (used[0].principal, used[0].target) == ("function order.pay", "stripe")
    assert [entry.detail["version"] for entry in await entries(database, "secret.set")] == [1, 2]
    assert "value-number" not in json.dumps([entry.detail for entry in await read(database.pool, DEFAULT_TENANT)])
    row = await database.pool.fetchrow("select last_used_at from flowforge.secret_version where version = 2")
    assert row["last_used_at"] is not None


async def test_no_entry_no_value(database, vault, secrets, monkeypatch):
    from flowforge.secrets import resolve

    async def refuse(*_: object) -> None:
        raise RuntimeError("the log is full")

    await set_secret(database, vault, MIRA, "stripe", b"value-number-one")
    monkeypatch.setattr(resolve, "append", refuse)
    with pytest.raises(RuntimeError):
        await secrets.find(user(), "stripe")


async def test_of_many_versions_ten_stay(database, vault):
    for number in range(12):
        made = await set_secret(database, vault, MIRA, "stripe", b"value-number-%d" % number)
    assert [one.version for one in made.versions if one.retired_at is None] == list(range(12, 2, -1))


async def test_the_same_request_sets_a_secret_once(database, vault):
    request = new_id()
    for _ in range(2):
        made = await set_secret(database, vault, MIRA, "stripe", b"value-number-one", set_id=request)
    assert (made.current, len(made.versions)) == (1, 1)


@pytest.mark.parametrize("name", ["", "a b", "-x", "ä", "x" * 101, "a/b", "{{x}}"])
async def test_a_bad_name_is_refused(database, vault, name):
    with pytest.raises(InvalidInput) as refused:
        await set_secret(database, vault, MIRA, name, b"value-number-one")
    assert refused.value.pointer == "/name"


@pytest.mark.parametrize("value", [b"", b"x" * (64 * 1024 + 1)])
async def test_a_value_of_no_bytes_or_too_many_is_refused(database, vault, value):
    with pytest.raises(InvalidInput, match="1 to 65536 bytes"):
        await set_secret(database, vault, MIRA, "stripe", value)


async def test_without_a_key_nothing_is_sealed_and_it_is_said_how_to_get_one(database, secrets, vault):
    with pytest.raises(SealingKeyMissing) as refused:
        await set_secret(database, Vault(), MIRA, "stripe", b"value-number-one")
    assert "flowforge secrets make-key" in (refused.value.hint or "")
    assert await list_secrets(database.pool, DEFAULT_TENANT) == ([], None)
    await set_secret(database, vault, MIRA, "stripe", b"value-number-one")
    with pytest.raises(SealingKeyMissing):
        await Secrets(database, Vault()).find(user(), "stripe")


async def test_secrets_are_listed_in_pages_by_name(database, vault):
    for name in ("c", "a", "b"):
        await set_secret(database, vault, MIRA, name, b"value-number-one")
    first, cursor = await list_secrets(database.pool, DEFAULT_TENANT, 2)
    second, end = await list_secrets(database.pool, DEFAULT_TENANT, 2, cursor)
    assert ([one.name for one in (*first, *second)], end) == (["a", "b", "c"], None)


async def test_a_deleted_secret_is_gone_and_begins_anew(database, vault, secrets):
    made = await set_secret(database, vault, MIRA, "stripe", b"value-number-one")
    await delete_secret(database, MIRA, made.secret_id)
    with pytest.raises(NotFound, match="stripe"):
        await secrets.find(user(), "stripe")
    with pytest.raises(NotFound):
        await resolve_secret(database.pool, DEFAULT_TENANT, "stripe")
    assert (await set_secret(database, vault, MIRA, "stripe", b"value-number-two")).current == 1


async def test_a_name_in_two_scopes_is_asked_back(database, vault):
    await set_secret(database, vault, MIRA, "stripe", b"value-number-one")
    await set_secret(database, vault, MIRA, "stripe", b"value-number-two", Scope("function", "order.pay"))
    with pytest.raises(InvalidInput, match=r"sec_.*sec_"):
        await resolve_secret(database.pool, DEFAULT_TENANT, "stripe")


async def test_placeholders_are_filled_at_the_moment_of_use(database, vault, secrets):
    await set_secret(database, vault, MIRA, "stripe", b"value-number-one")
    headers = await secrets.reveal_all(user(), {"authorization": "Bearer {{secret:stripe}}", "accept": "*/*"})
    assert headers == {"authorization": "Bearer value-number-one", "accept": "*/*"}
    assert await secrets.reveal(user(), "{{ secret:stripe }} {{other}}") == "value-number-one {{other}}"
    with pytest.raises(NotFound, match="strpe"):
        await secrets.reveal(user(), "{{secret:strpe}}")


def test_a_secret_shows_itself_to_nobody():
    found = SecretText("stripe", b"value-number-one")
    shown = [repr(found), str(found), f"{found}", f"{found:>30}", f"{[found]}", repr({"key": found}), str([found])]
    assert not any("value-number" in text for text in shown)
    for store in (pickle.dumps, json.dumps):
        with pytest.raises((SecretExposed, TypeError)) as refused:
            store(found)
        assert "value-number" not in str(refused.value)
    with pytest.raises(NotSerializable, match="is the secret 'stripe', which is never stored"):
        encode({"keys": [found]})
    assert copy.deepcopy({"key": found})["key"].reveal() == "value-number-one"


async def test_another_tenants_secret_is_not_there(database, vault, secrets):
    await set_secret(database, vault, MIRA, "stripe", b"value-number-one")
    await set_secret(database, vault, MIRA, "provider.openai", b"value-number-two")
    rival = user(tenant_id=(await find_or_create_tenant(database.pool, "rival")).tenant_id)
    with pytest.raises(NotFound):
        await secrets.find(rival, "stripe")
    assert await secrets.provider_key(rival, "openai") is None
    found = await secrets.provider_key(user(), "openai")
    assert found is not None and found.reveal() == "value-number-two"
