from __future__ import annotations

import asyncio
import hashlib
import json

import pytest

from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.audit.entry import TEXTS, commitment, salt_of
from flowforge.audit.tree import merge
from flowforge.errors import NotFound
from flowforge.ids import new_id


async def logged(database, principal, *names):
    return [await audit.append(database.pool, principal, "user.create", "user", name) for name in names]


async def test_an_entry_says_who_did_what_to_what_and_when(database, tenant_id):
    jonas = Principal(tenant_id, "key", "deploy", id=new_id())
    async with database.pool.acquire() as connection, connection.transaction():
        entry_id = await audit.append(connection, jonas, "task.move", "task", "FF-1", {"to": "Größe", "from": None})

    [entry] = await audit.read(database.pool, tenant_id)
    said = json.loads(entry.leaf)
    assert (entry.entry_id, entry.principal, entry.principal_kind, entry.principal_id) == (entry_id, "deploy", "key", jonas.id)
    assert (entry.action, entry.target_kind, entry.target, entry.detail) == ("task.move", "task", "FF-1", {"to": "Größe", "from": None})
    assert said["at"] == f"{entry.created_at:%Y-%m-%dT%H:%M:%S.%f}Z"
    assert {name: said[name] for name in ("action", "entry", "principal_id", "tenant")} == {
        "action": "task.move", "entry": str(entry_id), "principal_id": str(jonas.id), "tenant": str(tenant_id),
    }  # fmt: skip


async def test_the_leaf_holds_texts_only_as_salted_hashes(database, mira):
    await audit.append(database.pool, mira, "user.create", "user", "jonas", {"mail": "jonas@example.com"})

    [entry] = await audit.read(database.pool, mira.tenant_id)
    said = json.loads(entry.leaf)
    texts = {"principal": "mira", "target": "jonas", "detail": '{"mail":"jonas@example.com"}'}
    assert not any(word in entry.leaf for word in ("mira", "jonas"))
    for name in TEXTS:
        assert said[name] == commitment(salt_of(entry.salts, name), texts[name]) != hashlib.sha256(texts[name].encode()).hexdigest()


async def test_an_act_that_is_rolled_back_leaves_no_entry(database, mira):
    async def act(fails: bool) -> None:
        async with database.pool.acquire() as connection, connection.transaction():
            await audit.append(connection, mira, "task.move", "task", "FF-1", {"to": "Done"})
            if fails:
                raise InterruptedError

    await asyncio.gather(*(act(n % 3 == 0) for n in range(30)), return_exceptions=True)
    await merge(database, mira.tenant_id)

    assert sorted(entry.position for entry in await audit.read(database.pool, mira.tenant_id)) == list(range(20))


async def test_acts_of_one_tenant_do_not_wait_for_one_another(database, mira):
    async with database.pool.acquire() as slow, slow.transaction():
        await audit.append(slow, mira, "user.create", "user", "slow")
        async with asyncio.timeout(5):
            await logged(database, mira, "quick")
            await merge(database, mira.tenant_id)
        assert [entry.target for entry in await audit.read(database.pool, mira.tenant_id) if entry.position == 0] == ["quick"]
    await merge(database, mira.tenant_id)

    assert {entry.target: entry.position for entry in await audit.read(database.pool, mira.tenant_id)} == {"quick": 0, "slow": 1}


async def test_tenants_have_logs_of_their_own(database, mira):
    stranger = Principal(new_id(), "person", "stranger")
    await logged(database, mira, "jonas")
    await logged(database, stranger, "jonas")
    for tenant_id in (mira.tenant_id, stranger.tenant_id):
        await merge(database, tenant_id)

    assert [entry.position for entry in await audit.read(database.pool, mira.tenant_id)] == [0]
    assert [entry.position for entry in await audit.read(database.pool, stranger.tenant_id)] == [0]


async def test_a_log_is_read_in_pages(database, mira):
    made = await logged(database, mira, *(f"user {n}" for n in range(5)))

    assert [entry.entry_id for entry in await audit.read(database.pool, mira.tenant_id, after=made[1], limit=2)] == made[2:4]


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        (audit.Wish(), ["FF-3", "FF-2", "FF-1"]),
        (audit.Wish(principal="mira"), ["FF-3", "FF-1"]),
        (audit.Wish(action="task.m"), ["FF-2", "FF-1"]),
        (audit.Wish(action="_ask"), []),
        (audit.Wish(target="FF-2"), ["FF-2"]),
        (audit.Wish(words="dONE"), ["FF-1"]),
        (audit.Wish(words="%"), []),
        (audit.Wish(principal="mira", action="task.comment"), ["FF-3"]),
    ],
)
async def test_entries_are_found_by_who_what_and_which(database, mira, wish, found):
    jonas = Principal(mira.tenant_id, "person", "jonas")
    await audit.append(database.pool, mira, "task.move", "task", "FF-1", {"to": "Done"})
    await audit.append(database.pool, jonas, "task.move", "task", "FF-2", {"to": "Next"})
    await audit.append(database.pool, mira, "task.comment", "task", "FF-3")

    assert [entry.target for entry in await audit.search(database.pool, mira.tenant_id, wish)] == found


async def test_entries_are_found_by_time(database, mira):
    await logged(database, mira, "first", "second")
    first, second = await audit.read(database.pool, mira.tenant_id)
    await database.pool.execute("select 1")

    search, tenant = audit.search, mira.tenant_id
    assert len(await search(database.pool, tenant, audit.Wish(since=first.created_at, until=second.created_at))) == 2
    assert [entry.target for entry in await search(database.pool, tenant, audit.Wish(), before=second.entry_id)] == ["first"]
    assert await search(database.pool, tenant, audit.Wish(until=first.created_at.replace(year=2020))) == []
    assert await search(database.pool, tenant, audit.Wish(since=first.created_at.replace(year=2090))) == []


async def test_an_entry_is_found_by_its_id_and_by_the_end_of_it(database, mira):
    [made] = await logged(database, mira, "jonas")

    for reference in (f"aud_{made.hex}", str(made), made.hex[-8:]):
        assert (await audit.find(database.pool, mira.tenant_id, reference)).entry_id == made
    for reference in ("aud_", "none", new_id().hex, "%"):
        with pytest.raises(NotFound):
            await audit.find(database.pool, mira.tenant_id, reference)
    with pytest.raises(NotFound):
        await audit.find(database.pool, new_id(), made.hex)


async def test_what_is_erased_is_gone_with_its_salt_and_the_leaf_stays(database, mira):
    made, other = await logged(database, mira, "jonas", "ada")
    before = await audit.find(database.pool, mira.tenant_id, made.hex)

    assert await audit.erase_details(database.pool, mira.tenant_id, [made, new_id()], texts=("target", "detail")) == [made]
    assert await audit.erase_details(database.pool, mira.tenant_id, [made], texts=("target", "detail")) == []

    after = await audit.find(database.pool, mira.tenant_id, made.hex)
    assert (after.principal, after.target, after.detail, after.erased) == ("mira", None, None, ("target", "detail"))
    assert after.leaf == before.leaf
    assert after.salts == before.salts[:16] + bytes(32)
    assert (await audit.find(database.pool, mira.tenant_id, other.hex)).erased == ()
    assert await audit.erase_details(database.pool, new_id(), [other]) == []
