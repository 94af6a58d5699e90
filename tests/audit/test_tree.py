from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import asyncpg
import pytest

from flowforge import crash
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.audit.head import read_head
from flowforge.audit.keeper import keep_up, keeping_the_log
from flowforge.audit.key import BadKey, check_chain
from flowforge.audit.merkle import CompactRange, leaf_hash
from flowforge.audit.signed_heads import newest_heads, read_heads, read_keys
from flowforge.audit.signing import Signer
from flowforge.audit.tree import merge, root_of, tree_of
from flowforge.ids import new_id
from flowforge.secrets.key_ring import KeyEncryptionKey, KeyRing
from flowforge.secrets.vault import Vault


async def write(database, principal, count):
    for n in range(count):
        await audit.append(database.pool, principal, "user.create", "user", f"user {n}")


async def write_at_once(database, principal, count):
    """As many entries as are wanted, in one statement; their leaves say nothing."""
    await database.pool.execute(
        "with entry as (insert into flowforge.audit"
        " (tenant_id, entry_id, principal_kind, principal, action, target_kind, target, detail, leaf, salts)"
        " select $1, lpad(to_hex(n), 32, '0')::uuid, 'person', 'mira', 'user.create', 'user', n, '{}', 'leaf ' || n, '\\x'::bytea"
        " from generate_series(1, $2::int) n returning tenant_id, entry_id) insert into flowforge.audit_unmerged select * from entry",
        principal.tenant_id, count,
    )  # fmt: skip


async def skew(database, by):
    await database.pool.execute("update flowforge.clock set skew = $1", by)


async def test_merging_gives_positions_without_gaps_and_the_root_of_all_leaves(database, mira):
    await write(database, mira, 5)

    merged = await merge(database, mira.tenant_id)

    entries = await audit.read(database.pool, mira.tenant_id)
    assert (merged.entries, merged.size, merged.signed) == (5, 5, None)
    assert [entry.position for entry in entries] == [0, 1, 2, 3, 4]
    tree = CompactRange()
    for entry in entries:
        tree.append(leaf_hash(entry.leaf.encode()))
    assert (await tree_of(database.pool, mira.tenant_id)).root() == tree.root()
    assert (await merge(database, mira.tenant_id)).entries == 0


async def test_any_number_of_mergers_make_one_tree(database, mira):
    await write(database, mira, 20)

    await asyncio.gather(*(merge(database, mira.tenant_id) for _ in range(5)))
    await write(database, mira, 3)
    await keep_up(database)

    assert sorted(entry.position for entry in await audit.read(database.pool, mira.tenant_id)) == list(range(23))


async def test_a_merge_that_is_cut_off_has_changed_nothing(database, mira):
    await write(database, mira, 3)

    def die(point):
        raise InterruptedError(point)

    crash.arm("audit.merged", die)
    with pytest.raises(InterruptedError):
        await merge(database, mira.tenant_id)
    crash.arm("")

    assert [entry.position for entry in await audit.read(database.pool, mira.tenant_id)] == [None, None, None]
    assert (await merge(database, mira.tenant_id)).entries == 3


async def test_the_root_of_any_aligned_span_is_found_through_complete_subtrees(database, mira):
    count = 1300
    await write_at_once(database, mira, count)
    await keep_up(database)

    leaves = [leaf_hash(f"leaf {n}".encode()) for n in range(1, count + 1)]
    for first, last in [(0, count), (0, 1024), (1024, count), (1024, 1280), (512, 515), (1299, 1300), (256, 512), (0, 255)]:
        tree = CompactRange()
        for leaf in leaves[first:last]:
            tree.append(leaf)
        assert await root_of(database.pool, mira.tenant_id, (first, last)) == tree.root(), (first, last)
    with pytest.raises(ValueError, match="not all in the tree"):
        await root_of(database.pool, mira.tenant_id, (1024, count + 1))
    assert await database.pool.fetchval("select count(*) from flowforge.audit_node where level = 8") == count // 256


async def test_the_first_head_is_signed_at_once_and_the_next_a_minute_later(database, mira, signer):
    await write(database, mira, 2)
    assert (await merge(database, mira.tenant_id, signer)).signed == 2
    await write(database, mira, 1)
    assert (await merge(database, mira.tenant_id, signer)).signed is None
    assert await keep_up(database, signer) == 0

    await skew(database, timedelta(seconds=61))
    await keep_up(database, signer)

    [first, second] = await read_heads(database.pool, mira.tenant_id, after=0, upto=100, limit=10)
    chain = check_chain(await read_keys(database.pool))
    assert (first.size, second.size, first.previous, second.previous) == (2, 3, None, first.digest)
    assert second.root == (await tree_of(database.pool, mira.tenant_id)).root()
    assert all(chain[head.key_id].signed(head.message, head.signature) for head in (first, second))
    changed = read_head(second.text.replace('"size":3', '"size":4'), second.signature)
    assert not chain[second.key_id].signed(changed.message, changed.signature)


async def test_a_thousand_entries_are_signed_without_waiting_for_the_minute(database, mira, signer):
    await write(database, mira, 1)
    await merge(database, mira.tenant_id, signer)
    await write_at_once(database, mira, 1000)
    await keep_up(database)  # a worker: it signs nothing

    await keep_up(database, signer)

    assert [head.size for head in await newest_heads(database.pool, mira.tenant_id, limit=5)] == [1001, 1]


async def test_a_new_key_is_introduced_by_the_one_before_it(database, mira, signer, vault):
    await write(database, mira, 1)
    await merge(database, mira.tenant_id, signer)
    made = await signer.rotate(database, mira)
    await merge(database, mira.tenant_id, signer, sign_now=True)

    keys = await read_keys(database.pool)
    chain = check_chain(keys)
    heads = await read_heads(database.pool, mira.tenant_id, after=0, upto=100, limit=10)
    assert [key.key_id for key in keys] == [heads[0].key_id, made.key_id] == [heads[0].key_id, heads[1].key_id]
    assert all(chain[head.key_id].signed(head.message, head.signature) for head in heads)
    assert (await audit.read(database.pool, mira.tenant_id))[-1].action == "audit.rotate_key"
    with pytest.raises(BadKey, match="does not follow"):
        check_chain([keys[1]])
    forged = type(made)(made.key_id, made.public_key, made.introduction, bytes(64))
    with pytest.raises(BadKey, match="was not introduced by"):
        check_chain([keys[0], forged])


async def test_the_private_key_is_sealed(database, mira, signer):
    await write(database, mira, 1)
    await merge(database, mira.tenant_id, signer)

    [private] = signer._opened.values()
    sealed = await database.pool.fetchval("select sealed from flowforge.audit_signing_key")
    assert private.private_bytes_raw() not in sealed


async def test_two_processes_that_sign_first_at_once_use_one_key(database, mira, vault, signer):
    others = [Principal(new_id(), "person", "mira") for _ in range(4)]
    for other in others:
        await write(database, other, 1)

    await asyncio.gather(*(merge(database, other.tenant_id, type(signer)(vault)) for other in others))

    [key] = await read_keys(database.pool)
    heads = [(await newest_heads(database.pool, other.tenant_id))[0] for other in others]
    assert all(key.signed(head.message, head.signature) for head in heads)
    assert {json.loads(head.text)["tenant"] for head in heads} == {str(other.tenant_id) for other in others}


async def test_the_keeper_merges_what_is_committed_while_it_runs(database, mira, signer):
    async with keeping_the_log(database, signer, every_seconds=0.01):
        await write(database, mira, 3)
        async with asyncio.timeout(20):
            while not all(entry.position is not None for entry in await audit.read(database.pool, mira.tenant_id)):
                await asyncio.sleep(0.01)


async def test_a_key_that_cannot_be_unsealed_keeps_nothing_from_being_merged(database, mira, signer, caplog):
    await write(database, mira, 1)
    await merge(database, mira.tenant_id, signer)
    stranger = Signer(Vault(KeyRing((KeyEncryptionKey(b"another key, which wrapped nothing"[:32]),))))
    await skew(database, timedelta(seconds=61))

    async with keeping_the_log(database, stranger, every_seconds=0.01):
        await write(database, mira, 1)
        async with asyncio.timeout(20):
            while (await tree_of(database.pool, mira.tenant_id)).size < 2:
                await asyncio.sleep(0.01)

    assert [head.size for head in await newest_heads(database.pool, mira.tenant_id)] == [1]
    assert "audit.not_signed" in caplog.text


async def test_no_tenant_reads_what_signs(database, mira, signer):
    await write(database, mira, 1)
    await merge(database, mira.tenant_id, signer)
    theirs = database.for_tenant(mira.tenant_id)

    assert len(await read_keys(theirs.pool)) == 1
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await theirs.pool.fetchval("select sealed from flowforge.audit_signing_key")
