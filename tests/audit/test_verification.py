"""An export as an attacker would change it: each change is refused, with its own word."""

from __future__ import annotations

import json
import runpy
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from flowforge.audit import log as audit
from flowforge.audit.export import export, prove, prove_consistency
from flowforge.audit.head import read_head_json, sign_head
from flowforge.audit.key import make_key
from flowforge.audit.merkle import CompactRange, leaf_hash
from flowforge.audit.proof_file import compare_heads, verify_inclusion
from flowforge.audit.refusal import Refused
from flowforge.audit.signed_heads import newest_heads
from flowforge.audit.tree import merge
from flowforge.audit.verification import read_kept_heads, verify_export
from flowforge.clock import SYSTEM_CLOCK


@pytest.fixture
async def exported(database, mira, signer):
    """Three heads over nine entries, the third signed by a second key; as parsed lines."""
    for n in range(9):
        detail = {"mail": f"user{n}@example.com"}
        await audit.append(database.pool, mira, "user.create", "user", f"user {n}", detail)
        if n in (2, 5):
            await merge(database, mira.tenant_id, signer, sign_now=True)
    await signer.rotate(database, mira)
    await merge(database, mira.tenant_id, signer, sign_now=True)
    return await lines_of(database, mira)


async def lines_of(database, mira):
    return [json.loads(line) async for text in export(database, mira.tenant_id) for line in text.splitlines()]


def verify(lines, **known):
    return verify_export((json.dumps(line).encode() + b"\n" for line in lines), **known)


def refusal(lines, **known):
    with pytest.raises(Refused) as refused:
        verify(lines, **known)
    return refused.value.reason, refused.value.message


def places(lines, kind):
    return [at for at, line in enumerate(lines) if line["type"] == kind]


def heads_of(lines):
    return [read_head_json(lines[at]) for at in places(lines, "head")]


async def test_an_export_verifies_with_nothing_but_itself(exported, mira):
    found = verify(exported)

    assert (found.tenant, found.entries, found.heads, found.erased) == (str(mira.tenant_id), 10, 3, 0)
    assert (found.last.size, len(found.keys)) == (10, 2)


async def test_a_changed_byte_is_refused_wherever_it_is(exported):
    text = "".join(json.dumps(line) + "\n" for line in exported[1:])
    begin = text.index('"type": "entry"')
    letters = [at for at in range(begin, len(text)) if text[at].isalnum()]
    changed = 0
    for at in letters[:: len(letters) // 150]:
        other = "b" if text[at] == "a" else "a"
        lines = (json.dumps(exported[0]) + "\n" + text[:at] + other + text[at + 1 :]).encode().splitlines(keepends=True)
        with pytest.raises(Refused):
            verify_export(lines)
        changed += 1
    assert changed > 100


async def test_a_changed_entry_is_named(exported):
    at = places(exported, "entry")[4]
    exported[at]["leaf"] = exported[at]["leaf"].replace("user.create", "user.delete")
    assert refusal(exported) == ("changed", "entry 4 was changed: its bytes do not have the hash that stands beside them")


async def test_a_changed_detail_is_named(exported):
    at = places(exported, "entry")[4]
    exported[at]["detail"][1] = '{"mail":"someone@example.com"}'
    assert refusal(exported) == ("changed", "entry 4 was changed: its detail is not the one that was logged")


async def test_an_entry_that_was_changed_with_all_that_stands_beside_it_is_refused_by_the_next_head(exported):
    at = places(exported, "entry")[4]
    exported[at]["leaf"] = exported[at]["leaf"].replace("user.create", "user.delete")
    exported[at]["hash"] = leaf_hash(exported[at]["leaf"].encode()).hex()
    reason, message = refusal(exported)
    assert reason == "changed" and message.startswith("the entries 3 to 5 are not those that head 6 signed")


async def test_a_missing_entry_is_refused(exported):
    del exported[places(exported, "entry")[4]]
    assert refusal(exported) == ("missing", "entry 4 is missing: after entry 3 comes entry 5")


async def test_a_missing_entry_is_refused_though_the_others_were_numbered_anew(exported):
    del exported[places(exported, "entry")[4]]
    for n, at in enumerate(places(exported, "entry")):
        exported[at]["position"] = n
    assert refusal(exported)[0] == "missing"


async def test_entries_in_another_order_are_refused(exported):
    first, second = places(exported, "entry")[3:5]
    exported[first], exported[second] = exported[second], exported[first]
    assert refusal(exported) == ("reordered", "entry 4 comes before entry 3: the entries are not in their order")


async def test_entries_in_another_order_are_refused_though_they_were_numbered_anew(exported):
    first, second = places(exported, "entry")[3:5]
    exported[first], exported[second] = exported[second], exported[first]
    exported[first]["position"], exported[second]["position"] = 3, 4
    assert refusal(exported)[0] == "changed"


async def test_a_cut_tail_is_refused(exported):
    assert refusal(exported[:-1])[0] == "cut"
    assert refusal(exported[:-2])[0] == "cut"
    reason, message = refusal([*exported[: places(exported, "entry")[8]], exported[-1]])
    assert reason == "cut" and "says that it has 10 entries" in message


async def test_a_file_that_ends_in_the_middle_of_a_line_is_refused(exported):
    text = "".join(json.dumps(line) + "\n" for line in exported).encode()
    with pytest.raises(Refused, match="cut in the middle of line") as refused:
        verify_export(text[:-20].splitlines(keepends=True))
    assert refused.value.reason == "cut"


async def test_a_tail_that_was_cut_neatly_is_refused_by_a_head_that_was_kept_elsewhere(exported):
    kept = heads_of(exported)
    second = places(exported, "head")[1]
    shorter = [*exported[: second + 1], {"type": "end", "entries": 6, "heads": 2}]

    assert verify(shorter).entries == 6
    assert verify(exported, heads=kept).compared == 3
    reason, message = refusal(shorter, heads=kept)
    assert reason == "cut" and message.startswith("the tail is cut: a head kept elsewhere covers 10 entries")


async def test_a_kept_head_that_is_newer_than_the_export_refuses_nothing(exported, database, mira, signer):
    await audit.append(database.pool, mira, "user.create", "user", "later")
    await database.pool.execute("update flowforge.clock set skew = $1", timedelta(hours=1))
    await merge(database, mira.tenant_id, signer, sign_now=True)

    found = verify(exported, heads=await newest_heads(database.pool, mira.tenant_id, limit=10))

    assert (found.compared, found.newer) == (3, 1)


async def test_a_forked_history_is_refused_by_a_head_that_was_kept_elsewhere(exported, signer, mira):
    [_, private] = signer._opened.values()
    tree = CompactRange()
    for n in range(6):
        tree.append(leaf_hash(b"another past %d" % n))
    other = sign_head(mira.tenant_id, 6, tree.root(), SYSTEM_CLOCK.now(), previous=None, key_id=list(signer._opened)[1], private=private)

    reason, message = refusal(exported, heads=[other])
    assert reason == "forked" and message.startswith("the log is forked: a head kept elsewhere, of 6 entries")


async def test_a_head_that_the_log_never_signed_is_refused(exported):
    forged = heads_of(exported)[1]
    forged = read_head_json({"head": forged.text.replace('"size":6', '"size":5'), "signature": forged.signature.hex()})
    assert refusal(exported, heads=[forged])[0] == "wrong_key"


async def test_a_head_that_does_not_follow_the_one_before_it_is_refused(exported):
    without = [line for at, line in enumerate(exported) if at != places(exported, "head")[1]]
    without[-1]["heads"] -= 1
    reason, message = refusal(without)
    assert reason == "not_following" and message.startswith("head 10 does not follow head 3")


async def test_a_whole_export_under_another_key_is_refused_by_who_knows_the_right_one(exported, mira):
    right = exported[places(exported, "key")[0]]["public_key"]
    forged = forge(mira, ["all", "quiet"])

    assert verify(forged).entries == 2
    assert verify(exported, key=right).entries == 10
    assert refusal(forged, key=right)[0] == "wrong_key"


def forge(mira, names):
    """A log of somebody's own making, right in itself."""
    private, at = Ed25519PrivateKey.generate(), SYSTEM_CLOCK.now()
    key, tree, lines = make_key(private, at, previous=None, signer=None), CompactRange(), []
    for n, name in enumerate(names):
        leaf = json.dumps({"tenant": str(mira.tenant_id), "action": name})
        tree.append(leaf_hash(leaf.encode()))
        entry = {"position": n, "hash": leaf_hash(leaf.encode()).hex(), "leaf": leaf, "principal": None, "target": None, "detail": None}
        lines.append({"type": "entry", **entry})
    head = sign_head(mira.tenant_id, tree.size, tree.root(), at, previous=None, key_id=key.key_id, private=private)
    header = {"type": "export", "format": "flowforge-audit/1", "tenant": str(mira.tenant_id), "at": head.at}
    return [header, key.as_json(), *lines, head.as_json(), {"type": "end", "entries": tree.size, "heads": 1}]


async def test_a_head_under_a_key_that_nobody_introduced_is_refused(exported, mira):
    forged = forge(mira, ["all"])
    assert refusal([*exported[:1], forged[1], *exported[3:]])[0] == "wrong_key"
    both = [*exported[:3], forged[1], *exported[3:]]
    assert refusal(both)[0] == "wrong_key"


async def test_a_key_that_had_been_replaced_signs_no_later_head(exported, signer, mira):
    last = heads_of(exported)[2]
    (key_id, private), (new_id, new) = signer._opened.items()
    first = heads_of(exported)[1]
    middle = sign_head(mira.tenant_id, 6, first.root, SYSTEM_CLOCK.now(), previous=first.previous, key_id=new_id, private=new)
    old = sign_head(mira.tenant_id, 10, last.root, SYSTEM_CLOCK.now(), previous=middle.digest, key_id=key_id, private=private)
    _, second, third = places(exported, "head")
    exported[second], exported[third] = middle.as_json(), old.as_json()

    reason, message = refusal(exported)
    assert reason == "wrong_key" and message.endswith("which had been replaced before")


async def test_entries_behind_the_last_head_are_refused(exported):
    del exported[places(exported, "head")[2]]
    exported[-1]["heads"] -= 1
    assert refusal(exported) == ("unsigned", "the entries from 6 on are covered by no head")


async def test_an_export_without_any_head_is_refused(database, mira):
    await audit.append(database.pool, mira, "user.create", "user", "jonas")
    await merge(database, mira.tenant_id)
    assert refusal(await lines_of(database, mira))[0] == "unsigned"


@pytest.mark.parametrize(
    "lines",
    [[], [b"\n"], [b"no json\n"], [b"[]\n"], [b'{"type":"export"}\n'], [b'{"type":"head"}\n'], [b"[" * 100_000 + b"\n"], [b"\xff\xfe\n"]],
)
def test_what_is_no_export_is_refused(lines):
    with pytest.raises(Refused) as refused:
        verify_export(lines)
    assert refused.value.reason == "malformed"


@pytest.mark.parametrize("line", [{"type": "entry"}, {"type": "head", "head": "{}"}, {"type": 3}, {}, {"type": "key", "id": 1}])
async def test_a_line_that_is_something_else_is_refused(exported, line):
    assert refusal([*exported[:2], line, *exported[2:]])[0] == "malformed"


async def test_what_was_erased_still_verifies_and_is_counted(exported, database, mira):
    entries = await audit.read(database.pool, mira.tenant_id)
    await audit.erase_details(database.pool, mira.tenant_id, [entries[1].entry_id], texts=("detail", "target"))

    erased = await lines_of(database, mira)

    assert "user1@example.com" not in json.dumps(erased) and "user0@example.com" in json.dumps(erased)
    assert (verify(erased).entries, verify(erased).erased) == (10, 1)
    assert verify(erased, heads=heads_of(exported)).compared == 3


async def test_every_entry_has_a_proof_that_nothing_else_has(exported, database, mira):
    for entry in await audit.read(database.pool, mira.tenant_id):
        proof = json.loads(json.dumps(await prove(database.pool, mira.tenant_id, entry)))
        found, head = verify_inclusion(proof)
        assert (found.texts["target"], head.size >= entry.position) == (entry.target, True)
        assert verify_inclusion(proof, key=proof["keys"][0]["id"])

        with pytest.raises(Refused, match="does not show that this is entry"):
            verify_inclusion({**proof, "entry": {**proof["entry"], "position": entry.position + 1}})
        with pytest.raises(Refused, match="was changed"):
            verify_inclusion({**proof, "entry": {**proof["entry"], "leaf": proof["entry"]["leaf"] + " "}})
        with pytest.raises(Refused, match="other keys"):
            verify_inclusion(proof, key="ak_another")
        with pytest.raises(Refused, match="no proof"):
            verify_inclusion({"format": "something"})


async def test_an_entry_that_no_head_covers_has_no_proof_yet(exported, database, mira):
    await audit.append(database.pool, mira, "user.create", "user", "late")
    [*_, late] = await audit.read(database.pool, mira.tenant_id)
    assert await prove(database.pool, mira.tenant_id, late) is None
    await merge(database, mira.tenant_id)
    [*_, late] = await audit.read(database.pool, mira.tenant_id)
    assert await prove(database.pool, mira.tenant_id, late) is None


async def test_one_head_is_proved_to_follow_from_another_or_not(exported, database, mira):
    first, second, third = heads_of(exported)
    for old, new in [(first, second), (first, third), (third, second), (second, second)]:
        proof = json.loads(json.dumps(await prove_consistency(database.pool, mira.tenant_id, old.size, new.size)))
        compare_heads(old, new, proof)
        compare_heads(old, old, None)
    proof = await prove_consistency(database.pool, mira.tenant_id, 3, 10)
    other = read_head_json(forge(mira, ["a", "b", "c"])[-2])
    with pytest.raises(Refused) as refused:
        compare_heads(other, first, None)
    assert refused.value.reason == "forked"
    with pytest.raises(Refused, match="none of the log's"):
        compare_heads(other, third, proof)
    with pytest.raises(Refused, match="do not follow"):
        compare_heads(first, third, {**proof, "path": proof["path"][::-1]})
    with pytest.raises(Refused, match="takes a proof"):
        compare_heads(first, third, None)


async def test_kept_heads_are_read_from_lines(exported):
    lines = [json.dumps(line).encode() + b"\n" for line in exported]
    assert [head.size for head in read_kept_heads(lines)] == [3, 6, 10]
    with pytest.raises(Refused, match="line 1 of the kept heads is no head"):
        read_kept_heads([b"{}\n"])


async def test_the_example_verifies_by_hand_what_we_verify(exported, tmp_path):
    verify_by_hand = runpy.run_path(str(Path(__file__).parents[2] / "examples" / "verify_audit.py"))["verify"]
    path = tmp_path / "audit.jsonl"

    def write(lines):
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return str(path)

    assert verify_by_hand(write(exported)) == 10
    assert verify_by_hand(write(exported), exported[1]["public_key"]) == 10
    with pytest.raises(AssertionError, match="other keys"):
        verify_by_hand(write(exported), "00")
    with pytest.raises(AssertionError, match="head 3 does not fit"):
        verify_by_hand(write([line for at, line in enumerate(exported) if at != 4]))
    with pytest.raises(AssertionError, match="covered by no signed head"):
        verify_by_hand(write(exported[:-2]))
