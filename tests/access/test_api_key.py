"""API keys: made within what their maker may, shown once, rotated without a gap, and dead when they are revoked."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from flowforge.access.api_key import change_key, create_key, list_keys, resolve_key, revoke_key, rotate_key
from flowforge.access.key_check import KeyCheck
from flowforge.access.key_value import is_well_formed, make_value
from flowforge.access.permission import ALL_PERMISSIONS, OF_A_TEST, OF_AN_AGENT, ROLES
from flowforge.access.principal import Principal
from flowforge.access.tenant import find_or_create_tenant
from flowforge.audit.log import read
from flowforge.errors import Conflict, InvalidInput, NotAllowed
from flowforge.ids import DEFAULT_TENANT, new_id


def test_a_value_has_its_kind_192_random_bits_and_a_checksum():
    value = make_value(test=False)

    assert len(value) == 48 and value.startswith("ffk_live_") and is_well_formed(value)
    assert make_value(test=True).startswith("ffk_test_")
    assert len({make_value(test=True) for _ in range(1000)}) == 1000


def test_a_changed_character_is_seen_without_a_database():
    value = make_value(test=False)

    for place in range(len("ffk_live_"), len(value)):
        assert not is_well_formed(value[:place] + ("a" if value[place] != "a" else "b") + value[place + 1 :]), place
    for text in ("", "ffk_live_", value + "x", value[:-1], value + "\n", value.replace("live", "test"), "ffk_live_" + "é" * 39):
        assert not is_well_formed(text), text


@pytest.mark.thorough
async def test_what_cannot_be_a_key_does_not_reach_the_database(keys, make_key, monkeypatch):
    value = await make_key()

    async def never(*_):
        raise AssertionError("the database was asked")

    monkeypatch.setattr(keys, "_look_up", never)
    assert await keys.find(value[:-1] + ("a" if value[-1] != "a" else "b")) is None
    assert await keys.find("ffk_live_x") is None


async def test_a_key_is_who_it_says_with_what_its_scopes_allow(keys, make_key):
    known = await keys.find(await make_key("runs:*", "events:send", name="ci"))

    assert (known.principal.kind, known.principal.name, known.tenant) == ("key", "ci", "default")
    assert known.principal.permissions == {"runs:read", "runs:start", "runs:control", "runs:delete", "events:send"}


async def test_nothing_in_the_database_or_the_audit_log_holds_a_value_or_opens_as_one(keys, make_key, database, operator):
    value = await make_key(name="ci")
    key_id = await resolve_key(database.pool, DEFAULT_TENANT, "ci")
    rotated = await rotate_key(database, operator, keys.digest, key_id)

    rows = await database.pool.fetch(
        "select to_json(k)::text from flowforge.api_key k union all select to_json(v)::text from flowforge.api_key_value v"
    )
    rows += await database.pool.fetch(
        "select to_json(a)::text from flowforge.audit a union all select to_json(p)::text from flowforge.api_key_pepper p"
    )
    text = "".join(row[0] for row in rows)
    assert value[-4:] in text
    for secret in (value, rotated.value, value[9:42], value[-6:], keys._pepper.hex()):
        assert secret not in text


async def test_scopes_never_reach_beyond_the_makers_own_permissions(database, keys, make_key):
    member = Principal(DEFAULT_TENANT, "person", "ada", permissions=ROLES["member"])

    with pytest.raises(InvalidInput, match="this key cannot have approvals:decide") as refusal:
        await create_key(database, member, keys.digest, "mine", ["runs:read", "approvals:decide"])
    assert refusal.value.pointer == "/scopes/1"
    assert (await keys.find(await make_key("*", by=member))).principal.permissions == ROLES["member"]


@pytest.mark.parametrize(
    ("scope", "said"), [("run:read", "did you mean runs:read"), ("*:fly", "no permission is called"), ("", "no permission")]
)
async def test_an_unknown_scope_is_refused_with_the_nearest(database, keys, operator, scope, said):
    with pytest.raises(InvalidInput, match=said):
        await create_key(database, operator, keys.digest, "mine", [scope])


async def test_a_pattern_of_a_role_takes_in_nothing_of_the_deployment(keys, make_key):
    admin = Principal(DEFAULT_TENANT, "person", "ada", permissions=ROLES["admin"])

    assert (await keys.find(await make_key("*", by=admin))).principal.permissions == ROLES["admin"]
    assert "deployment:control" in ALL_PERMISSIONS - ROLES["admin"]


@pytest.mark.parametrize("scope", ["deployment:control", "tenants:write", "tenants:read"])
async def test_who_is_no_operator_makes_no_key_that_is(database, keys, scope):
    admin = Principal(DEFAULT_TENANT, "person", "ada", permissions=ROLES["admin"])
    with pytest.raises(InvalidInput, match=f"cannot have {scope}"):
        await create_key(database, admin, keys.digest, "mine", [scope])
    made = await create_key(database, admin, keys.digest, "mine", ["*", "deployment:*", "tenants:*"])
    permissions = (await keys.find(made.value)).principal.permissions
    assert not {one for one in permissions if one.startswith(("deployment:", "tenants:"))}


@pytest.mark.parametrize(
    "scope", ["secrets:write", "keys:write", "people:write", "tenants:write", "approvals:decide", "audit:export", "deployment:control"]
)
async def test_no_test_key_and_no_agents_key_gives_access_or_decides(database, keys, make_key, scope):
    agent_id = await an_agent(database)
    for terms in ({"test": True}, {"agent_id": agent_id}, {"test": True, "agent_id": agent_id}):
        with pytest.raises(InvalidInput, match=f"cannot have {scope}"):
            await make_key(scope, **terms)
        found = await keys.find(await make_key("*", **terms))
        assert scope not in found.principal.permissions


async def test_an_expired_key_is_none(database, keys, make_key):
    value = await make_key(expires_in=timedelta(hours=1))
    assert await keys.find(value) is not None

    await database.pool.execute("update flowforge.clock set skew = '61 minutes'")
    keys.forget()
    assert await keys.find(value) is None


async def test_a_kept_answer_does_not_outlive_the_key(database, vault, make_key):
    class Now:
        seconds = 0.0

        def monotonic(self) -> float:
            return self.seconds

    now = Now()
    check = KeyCheck(database, vault, clock=now)
    value = await make_key(expires_in=timedelta(seconds=2))
    assert await check.find(value) is not None
    await database.pool.execute("update flowforge.clock set skew = '3 seconds'")
    assert await check.find(value) is not None, "as it was two seconds ago"
    now.seconds = 2.1
    assert await check.find(value) is None


async def test_a_revoked_key_is_none_after_five_seconds_where_nobody_tells_and_at_once_where_somebody_does(
    database, vault, keys, make_key, operator
):
    class Now:
        seconds = 0.0

        def monotonic(self) -> float:
            return self.seconds

    now = Now()
    elsewhere = KeyCheck(database, vault, clock=now)
    value = await make_key(name="ci")
    assert await elsewhere.find(value) and await keys.find(value)

    await revoke_key(database, operator, await resolve_key(database.pool, DEFAULT_TENANT, "ci"))
    assert await elsewhere.find(value) is not None
    now.seconds = 5.1
    assert await elsewhere.find(value) is None
    keys.forget()
    assert await keys.find(value) is None


async def test_a_revoked_key_takes_with_it_what_was_made_by_it(database, keys, make_key, operator):
    stolen = (await keys.find(await make_key("*", name="stolen"))).principal
    planted = (await keys.find(first := await make_key("*", by=stolen, name="planted"))).principal
    second = await make_key("runs:read", by=planted)
    assert await keys.find(second) is not None

    await revoke_key(database, operator, stolen.id)
    keys.forget()
    assert await keys.find(first) is None and await keys.find(second) is None


async def test_a_key_has_no_more_than_its_maker_has_now(database, keys, make_key, operator):
    maker = (await keys.find(await make_key("*", name="maker"))).principal
    value = await make_key("runs:*", by=maker)
    await change_key(database, operator, maker.id, scopes=["runs:read", "keys:write"])
    keys.forget()

    assert (await keys.find(value)).principal.permissions == {"runs:read"}


async def test_keys_that_make_keys_that_make_keys_come_to_an_end(keys, make_key, operator):
    maker = operator
    for _ in range(9):
        maker = (await keys.find(await make_key("*", by=maker))).principal
    with pytest.raises(InvalidInput, match="at most 8 times"):
        await make_key("*", by=maker)


async def test_a_persons_keys_follow_what_the_person_may_now(database, vault, make_key):
    allowed = {"now": ROLES["member"]}

    async def permissions(*_):
        return allowed["now"]

    check = KeyCheck(database, vault, person_permissions=permissions)
    ada = Principal(DEFAULT_TENANT, "person", "ada", new_id(), ROLES["admin"])
    value = await make_key("*", by=ada)
    assert (await check.find(value)).principal.permissions == ROLES["member"]
    allowed["now"] = frozenset()
    check.forget()
    assert await check.find(value) is None, "the person is gone"


async def test_while_a_key_is_rotated_two_values_are_good_and_never_three(database, keys, make_key, operator):
    first = await make_key(name="ci")
    key_id = await resolve_key(database.pool, DEFAULT_TENANT, "ci")
    second = await rotate_key(database, operator, keys.digest, key_id, grace=timedelta(hours=1))
    assert await keys.find(first) and await keys.find(second.value)
    assert second.key.last_four == (second.value[-4:], first[-4:])

    with pytest.raises(Conflict, match="two values"):
        await rotate_key(database, operator, keys.digest, key_id)
    third = await rotate_key(database, operator, keys.digest, key_id, grace=timedelta(hours=1), end_old=True)
    keys.forget()
    assert await keys.find(first) is None
    assert await keys.find(second.value) and await keys.find(third.value)

    await database.pool.execute("update flowforge.clock set skew = '61 minutes'")
    keys.forget()
    assert await keys.find(second.value) is None and await keys.find(third.value)
    await rotate_key(database, operator, keys.digest, key_id, grace=timedelta(0))
    keys.forget()
    assert await keys.find(third.value) is None


@pytest.mark.parametrize("grace", [timedelta(days=30, seconds=1), timedelta(seconds=-1)])
async def test_an_old_value_stays_good_for_thirty_days_at_most(database, keys, make_key, operator, grace):
    await make_key(name="ci")
    with pytest.raises(InvalidInput, match="30 days"):
        await rotate_key(database, operator, keys.digest, await resolve_key(database.pool, DEFAULT_TENANT, "ci"), grace=grace)


async def test_nobody_gets_the_value_of_a_key_that_may_do_more_than_they(database, keys, make_key):
    await make_key("*", name="of-the-operator")
    admin = Principal(DEFAULT_TENANT, "person", "ada", permissions=ROLES["admin"])

    with pytest.raises(NotAllowed, match="deployment:control"):
        await rotate_key(database, admin, keys.digest, await resolve_key(database.pool, DEFAULT_TENANT, "of-the-operator"))


async def test_a_name_is_taken_until_its_key_is_revoked(database, keys, make_key, operator):
    await make_key(name="ci")
    with pytest.raises(Conflict, match="'ci' already"):
        await make_key(name="ci")
    await revoke_key(database, operator, await resolve_key(database.pool, DEFAULT_TENANT, "ci"))
    await make_key(name="ci")

    assert [key.active for key in (await list_keys(database.pool, DEFAULT_TENANT, revoked=True))[0]] == [False, True]
    assert [key.active for key in (await list_keys(database.pool, DEFAULT_TENANT))[0]] == [True]


async def test_the_last_use_is_written_once_a_minute_and_not_while_anybody_waits(database, keys, make_key):
    value = await make_key(name="ci")
    for _ in range(50):
        await keys.find(value)
    await keys.settle()
    (key,), _ = await list_keys(database.pool, DEFAULT_TENANT)
    assert key.last_used_at is not None
    assert len(keys._used) == 1

    await database.pool.execute("update flowforge.api_key set last_used_at = null")
    await keys.find(value)
    await keys.settle()
    assert (await list_keys(database.pool, DEFAULT_TENANT))[0][0].last_used_at is None


async def test_a_test_key_and_an_agents_key_are_kept_within_their_own(database, keys, make_key):
    agent_id = await an_agent(database)
    test, agent = await keys.find(await make_key("*", test=True)), await keys.find(await make_key("*", agent_id=agent_id))

    assert test.principal.test and test.principal.permissions == OF_A_TEST
    assert (agent.principal.kind, agent.principal.name, agent.principal.id) == ("agent", "atlas", agent_id)
    assert agent.principal.permissions == OF_AN_AGENT and "approvals:decide" not in OF_AN_AGENT
    with pytest.raises(InvalidInput, match="cannot have tasks:write"):
        await make_key("tasks:write", test=True)
    with pytest.raises(InvalidInput, match="cannot have approvals:decide"):
        await make_key("approvals:decide", agent_id=agent_id)


async def an_agent(database):
    from flowforge.agents.agent import create_agent
    from flowforge.agents.definition import AgentDefinition

    by = Principal(DEFAULT_TENANT, "person", "operator", permissions=ALL_PERMISSIONS)
    return (await create_agent(database, by, AgentDefinition(name="atlas", model="gpt-4o"))).agent_id


async def test_a_key_acts_in_its_own_tenant_only(database, keys, make_key):
    acme = (await find_or_create_tenant(database.pool, "acme")).tenant_id
    value = await make_key(tenant_id=acme)

    assert (await keys.find(value)).principal.tenant_id == acme
    assert await keys.find(value, "acme") is not None
    assert await keys.find(value, "default") is None
    assert await list_keys(database.for_tenant(DEFAULT_TENANT).pool, DEFAULT_TENANT) == ([], None)


async def test_every_act_with_a_key_has_its_entry(database, keys, make_key, operator):
    await make_key("runs:read", name="ci")
    key_id = await resolve_key(database.pool, DEFAULT_TENANT, "ci")
    await change_key(database, operator, key_id, name="deploy")
    await rotate_key(database, operator, keys.digest, key_id)
    await revoke_key(database, operator, key_id)
    await revoke_key(database, operator, key_id)

    assert [entry.action for entry in await read(database.pool, DEFAULT_TENANT)] == ["key.create", "key.update", "key.rotate", "key.revoke"]


async def test_without_a_vault_no_key_is_good(database, make_key):
    assert await KeyCheck(database, None).find(await make_key()) is None


async def test_two_processes_that_start_together_have_one_pepper(database, vault):
    first, second = KeyCheck(database, vault), KeyCheck(database, vault)
    assert len(set(await asyncio.gather(first.digest("x"), second.digest("x")))) == 1
    assert await database.pool.fetchval("select count(*) from flowforge.api_key_pepper") == 1
