"""Erasing what is held about one person: all of it, nobody else's, once, whoever dies in between."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from uuid import UUID

import pytest

from flowforge import step
from flowforge.access.principal import Principal
from flowforge.audit.export import export
from flowforge.audit.log import append, find, read
from flowforge.audit.signed_heads import newest_heads
from flowforge.audit.signing import Signer
from flowforge.audit.tree import merge
from flowforge.audit.verification import verify_export
from flowforge.board.creation import NewTask, create_task
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.fork import Wish, replay_run
from flowforge.privacy.carrier import carry_on, forget_unconfirmed
from flowforge.privacy.erasure import confirm, discard, find_erasure, list_erasures, look_for
from flowforge.privacy.holding import HOLDINGS, OF_THE_ACT
from flowforge.privacy.match import Match
from flowforge.privacy.subject_export import export_subject
from flowforge.privacy.table import tables
from flowforge.secrets.key_ring import KeyEncryptionKey, KeyRing
from flowforge.secrets.vault import Vault
from flowforge.skills.registry import add_version
from flowforge.skills.skill import Skill

MIRA, OTTO = "mira@example.org", "otto@example.org"


@pytest.fixture
async def shop(engine):
    """Orders of two customers that came to an end, one with a child run; outputs too large for their row."""

    @engine.function(id="shop.label")
    async def label(ctx):
        return {"label": f"for {ctx.event.data['name']}"}

    @engine.function(trigger="order", id="shop.order", retries=0)
    async def order(ctx):
        await step.run("mail", lambda: {"sent_to": ctx.event.data["mail"], "text": "x" * 300_000})
        await step.invoke("label", label, {"name": ctx.event.data["name"]})
        if ctx.event.data.get("waits"):
            await step.wait_for_event("paid", event="paid", timeout="1h")
        return {"for": ctx.event.data["mail"]}

    await engine.worker()
    runs = {}
    for name, mail in (("Mira", MIRA), ("Otto", OTTO)):
        runs[name] = await engine.start("order", {"name": name, "mail": mail, "customer_id": len(name) + len(runs)})
        await engine.end_of(runs[name])
    return runs


async def left(database, table):
    return await database.pool.fetchval(f"select count(*) from flowforge.{table}")


async def test_everything_about_a_person_goes_and_everything_about_another_stays(engine, shop, erase, held):
    assert await held(MIRA) == {"event", "run", "blob"}

    act = await erase(MIRA)

    assert act.state == "ended"
    assert act.remaining == ()
    assert act.erased == {"run": 2, "event": 1}  # the child, which names her otherwise, came of it
    assert await held(MIRA) == set()
    assert await engine.run(shop["Otto"])
    assert (await engine.run(shop["Otto"])).output == {"for": OTTO}
    assert [run["input"] for run in await engine.database.pool.fetch("select input from flowforge.run where input like '%Mira%'")] == []
    with pytest.raises(NotFound):
        await engine.run(shop["Mira"])


async def test_a_look_changes_nothing_and_says_what_there_is(engine, shop, erase, held):
    before = await held(MIRA)
    act = await erase(MIRA, confirmed=False)

    assert act.state == "found"
    assert {one["kind"]: (one["count"], one["open"], one["stays"]) for one in act.found} == {"event": (1, 0, None), "run": (2, 0, None)}
    assert len(next(one for one in act.found if one["kind"] == "run")["sample"]) == 2
    assert await held(MIRA) == before | {"erasure"}


async def test_a_path_chooses_by_what_an_event_says(engine, shop, erase):
    assert [one["kind"] for one in (await erase("data.customer_id=5", confirmed=False)).found] == ["event", "run"]
    assert (await erase("data.customer_id=55", confirmed=False)).found == ()
    act = await erase("data.customer_id=4")
    assert act.erased == {"run": 2, "event": 1}
    assert (await erase(f"output.for={OTTO}", confirmed=False)).found[0]["kind"] == "run"


@pytest.mark.thorough
async def test_a_replay_of_an_erased_run_goes_with_it(engine, shop, officer, erase):
    await replay_run(engine.database, officer, shop["Mira"], Wish(input=json.dumps({"mail": "n", "name": "N"})), new_id=UUID(int=77))
    await engine.end_of(UUID(int=77))
    act = await erase(MIRA)
    assert act.erased["run"] == 4  # with the child of each


async def test_a_run_that_goes_on_is_left_and_told_unless_it_is_forced(engine, shop, erase, held):
    going_on = await engine.start("order", {"name": "Mira", "mail": MIRA, "waits": True})
    while (await engine.run(going_on)).state != "waiting":
        await asyncio.sleep(0.01)

    act = await erase(MIRA)
    assert [(one["kind"], one["count"], one["stays"]) for one in act.remaining] == [
        ("run", 1, "the run goes on"), ("run", 1, "the run that invoked it goes on"),
    ]  # fmt: skip
    assert act.remaining[0]["sample"] == [f"run_{going_on.hex}"]
    assert (await engine.run(going_on)).state == "waiting"

    act = await erase(MIRA, force=True)
    assert act.remaining == ()
    assert await held(MIRA) == set()


async def test_what_other_rooms_hold_loses_the_value_and_keeps_its_place(database, officer, tenant_id, erase, held):
    task = await create_task(database, officer, NewTask("Call Mira", f"at {MIRA}, soon"))
    other = await create_task(database, officer, NewTask("Call Otto", f"at {OTTO}"))
    run = database.pool.execute
    await run(
        "insert into flowforge.comment (tenant_id, task_id, comment_id, author_kind, author, text)"
        " values ($1, $2, $3, 'person', 'otto', $4)",
        tenant_id, task.task_id, UUID(int=1), f"I wrote to {MIRA}",
    )  # fmt: skip
    await run("insert into flowforge.model_answer values ($1, '\\x01', $2, now(), now() + interval '1 day')", tenant_id, f'"{MIRA}"')
    await run("insert into flowforge.event_key values ($1, $2, $3, now())", tenant_id, MIRA, UUID(int=2))
    await run("insert into flowforge.keyed (tenant_id, function_id, purpose, key) values ($1, 'f', 'i', $2)", tenant_id, MIRA)
    await run("insert into flowforge.flow_limit (limit_id, tenant_id, rule, key) values ($1, $2, 'f:0', $3)", UUID(int=3), tenant_id, MIRA)
    await run(
        "insert into flowforge.idempotent_request (tenant_id, key, fingerprint, subject_id, claim_id, response)"
        " values ($1, 'k', 'f', $2, $2, $3)",
        tenant_id, UUID(int=4), json.dumps({"body": json.dumps({"to": MIRA})}),
    )  # fmt: skip
    entry = await append(database.pool, Principal(tenant_id, "person", "otto"), "x.y", "task", "FF-1", {"said": MIRA})
    of_webhooks = {"endpoint_id": UUID(int=5), "payload": json.dumps({"to": MIRA}), "error": f"{MIRA} is unknown"}
    await run(
        "insert into flowforge.webhook_delivery (tenant_id, delivery_id, endpoint_id, event, payload, error, give_up_at, created_at)"
        " values ($1, $2, $2, 'run.completed', $3, $4, now(), now())",
        tenant_id, *of_webhooks.values(),
    )  # fmt: skip
    await run(
        "insert into flowforge.webhook_attempt (tenant_id, delivery_id, attempt, started_at, ms, answer, error)"
        " values ($1, $2, 1, now(), 1, $3, $4)",
        tenant_id, *of_webhooks.values(),
    )  # fmt: skip
    await run(
        "insert into flowforge.webhook_notice (tenant_id, name, data, created_at) values ($1, 'x', $2, now())", tenant_id, f'"{MIRA}"'
    )

    act = await erase(MIRA)

    assert act.remaining == ()
    assert await held(MIRA) == set()
    kept = await database.pool.fetchrow("select title, description from flowforge.task where task_id = $1", task.task_id)
    assert dict(kept) == {"title": "Call Mira", "description": "[erased]"}
    assert await database.pool.fetchval("select description from flowforge.task where task_id = $1", other.task_id) == f"at {OTTO}"
    assert await database.pool.fetchval("select text from flowforge.comment") == "[erased]"
    assert (await find(database.pool, tenant_id, entry.hex)).erased == ("detail",)
    assert await database.pool.fetchval("select payload from flowforge.webhook_delivery") == '{"to": "[erased]"}'
    assert await database.pool.fetchval("select answer || error from flowforge.webhook_attempt") == '{"to": "[erased]"}[erased]'
    assert await left(database, "webhook_notice") == 1
    assert await left(database, "idempotent_request") == 0


async def test_what_it_may_not_change_is_told(database, tenant_id, officer, erase):
    await database.pool.execute(
        "insert into flowforge.agent_revision (tenant_id, agent_id, revision, definition) values ($1, $2, 1, $3)",
        tenant_id, UUID(int=1), f"Ask {MIRA} first",
    )  # fmt: skip
    await database.pool.execute(
        "insert into flowforge.invitation (tenant_id, invitation_id, email, role, token_hash, invited_by, expires_at)"
        " values ($1, $2, $3, 'viewer', $4, 'otto', now())",
        tenant_id, UUID(int=2), MIRA, b"\\u0061",
    )  # fmt: skip
    act = await erase(MIRA)
    assert [(one["kind"], one["count"], one["stays"]) for one in act.remaining] == [
        ("agent_revision", 1, "configuration: change it by hand"), ("invitation", 1, "somebody who was invited: take the invitation back"),
    ]  # fmt: skip


async def test_an_audit_log_that_named_somebody_no_longer_does_and_still_verifies(database, tenant_id, officer, erase, held):
    signer = Signer(Vault(KeyRing((KeyEncryptionKey(b"k" * 32),))))
    here = [
        await append(database.pool, Principal(tenant_id, "person", MIRA), "task.move", "task", "FF-1", {"to": "Done"}),
        await append(database.pool, officer, "person.change", "user", MIRA, {"role": "member", "of": MIRA}),
        await append(database.pool, officer, "task.move", "task", "FF-2", {"to": OTTO}),
    ]
    await merge(database, tenant_id, signer, sign_now=True)
    [kept] = await newest_heads(database.pool, tenant_id)

    act = await erase(MIRA)

    assert (act.erased, act.remaining) == ({"audit": 2}, ())
    assert await held(MIRA) == set()
    after = [await find(database.pool, tenant_id, one.hex) for one in here]
    assert [one.erased for one in after] == [("principal",), ("target", "detail"), ()]
    assert (after[0].action, after[0].target, after[1].principal) == ("task.move", "FF-1", "officer")
    await merge(database, tenant_id, signer, sign_now=True)
    lines = [line.encode() async for line in export(database, tenant_id)]
    verified = verify_export([one + b"\n" for text in lines for one in text.splitlines()], heads=[kept])
    assert (verified.entries, verified.erased, verified.compared) == (6, 2, 1)


async def test_a_copy_for_somebody_holds_no_hash_salt_or_sealed_value(database, tenant_id, officer):
    entry = await append(database.pool, officer, "person.change", "user", MIRA, {"of": MIRA})
    await database.pool.execute(
        "insert into flowforge.invitation (tenant_id, invitation_id, email, role, token_hash, invited_by, expires_at)"
        " values ($1, $2, $3, 'viewer', 'canary', 'otto', now())",
        tenant_id, UUID(int=2), MIRA,
    )  # fmt: skip
    lines = [json.loads(line) async for line in export_subject(database, tenant_id, [Match(MIRA)])]
    assert [line["table"] for line in lines[:-1]] == ["audit", "invitation"]
    assert lines[0]["record"]["entry_id"] == str(entry) and lines[1]["record"]["email"] == MIRA
    assert not {"salts", "token_hash"} & set().union(*(line["record"] for line in lines[:-1]))


async def test_another_tenants_rows_are_not_touched(database, erase, held):
    other = UUID(int=9)
    await database.pool.execute("insert into flowforge.tenant (tenant_id, name) values ($1, 'other')", other)
    await database.pool.execute("insert into flowforge.event values ($1, $2, null, 'x', $3, now())", other, UUID(int=1), f'"{MIRA}"')
    await erase(MIRA)
    assert await held(MIRA) == {"event"}
    assert await database.pool.fetchval("select count(*) from flowforge.event where tenant_id = $1", other) == 1


async def test_the_act_forgets_whom_it_was_about_and_its_entries_never_knew(database, tenant_id, erase):
    await database.pool.execute("insert into flowforge.event values ($1, $2, null, 'x', $3, now())", tenant_id, UUID(int=1), f'"{MIRA}"')
    act = await erase(MIRA)
    entries = [entry for entry in await read(database.pool, tenant_id) if entry.target == act.id]
    assert [(entry.action, entry.principal) for entry in entries] == [
        ("erasure.look", "officer"), ("erasure.confirm", "officer"), ("erasure.end", "officer"),
    ]  # fmt: skip
    assert entries[2].detail == {"erased": {"event": 1}, "remaining": {}}
    assert MIRA not in str(entries)
    assert await database.pool.fetchval("select matches from flowforge.erasure") == "[]"
    assert await left(database, "erasure_mark") == 0


async def test_an_act_is_confirmed_once_and_only_after_its_look(database, officer, erase):
    act = await look_for(database, officer, [Match(MIRA)])
    with pytest.raises(Conflict):
        await confirm(database, officer, act.erasure_id)
    while await carry_on(database):
        pass
    await confirm(database, officer, act.erasure_id)
    await confirm(database, officer, act.erasure_id)
    assert await database.pool.fetchval("select count(*) from flowforge.audit where action = 'erasure.confirm'") == 1
    with pytest.raises(Conflict):
        await discard(database, officer, act.erasure_id)
    assert [one.id for one in await list_erasures(database.pool, officer.tenant_id)] == [act.id]
    with pytest.raises(InvalidInput):
        await look_for(database, officer, [])


async def test_a_look_that_nobody_confirms_is_forgotten(database, officer, erase):
    first, second = await erase(MIRA, confirmed=False), await erase(OTTO, confirmed=False)
    await discard(database, officer, first.erasure_id)
    assert await forget_unconfirmed(database) == 0
    await database.pool.execute("update flowforge.clock set skew = $1", timedelta(hours=25))
    assert await forget_unconfirmed(database) == 1
    with pytest.raises(NotFound):
        await find_erasure(database.pool, officer.tenant_id, second.erasure_id)


@pytest.mark.thorough
async def test_what_comes_in_while_it_erases_is_found_by_the_look_after_it(engine, shop, database, officer, held):
    act = await look_for(database, officer, [Match(MIRA)])
    while (await find_erasure(database.pool, officer.tenant_id, act.erasure_id)).state == "looking":
        await carry_on(database, seconds=0.001)
    await confirm(database, officer, act.erasure_id)
    await engine.end_of(await engine.start("order", {"name": "Mira", "mail": MIRA}))
    while await carry_on(database):
        pass
    act = await find_erasure(database.pool, officer.tenant_id, act.erasure_id)
    assert (act.erased, act.remaining) == ({"run": 4, "event": 2}, ())
    assert await held(MIRA) == set()


CARRY_ON = """
import asyncio, sys
from flowforge.db.database import Database
from flowforge.privacy.carrier import carry_on

async def main(url):
    async with await Database.open(url) as database:
        while await carry_on(database):
            pass

asyncio.run(main(sys.argv[1]))
"""


@pytest.mark.parametrize("crash", [pytest.param("erasure.batch:1", marks=pytest.mark.thorough), "erasure.batch:3"])
async def test_an_act_whose_process_is_killed_is_ended_by_another(database, clean_url, tenant_id, officer, crash, held):
    rows = [(tenant_id, UUID(int=n), "x", json.dumps({"mail": MIRA, "n": n})) for n in range(1, 131)]
    await database.pool.executemany("insert into flowforge.event values ($1, $2, null, $3, $4, now())", rows)
    act = await look_for(database, officer, [Match(MIRA)])
    while await carry_on(database):
        pass
    await confirm(database, officer, act.erasure_id)

    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", CARRY_ON, clean_url], env={**os.environ, "FLOWFORGE_CRASH": crash}, check=False
    )
    assert done.returncode == -signal.SIGKILL
    there = await left(database, "event")
    assert there in (130, 30)  # a batch that was not committed was not done: of the third, all that came before it was

    while True:  # the server may still have the dead process's row locked
        await carry_on(database)
        act = await find_erasure(database.pool, officer.tenant_id, act.erasure_id)
        if act.state == "ended":
            break
    assert (act.erased, act.remaining) == ({"event": 130}, ())
    assert await held(MIRA) == set()


async def test_every_table_and_every_text_of_a_tenant_has_its_rule(database):
    known = {name: table for name, table in (await tables(database.pool)).items() if name not in OF_THE_ACT}
    assert {name for name in known if name not in HOLDINGS} == set()
    assert {name for name in HOLDINGS if name not in known} == set()
    for name, holding in HOLDINGS.items():
        assert set(holding.columns) <= set(known[name].texts), name


async def test_a_skill_that_names_a_person_stays_and_is_reported(engine, erase):
    skill = Skill("complaints", "How we answer.", "If it is hard, ask grace@example.org.")
    await add_version(engine.database, Principal(DEFAULT_TENANT, "person", "otto"), skill, {"kind": "folder"})

    act = await erase("grace@example.org")

    assert "skill_file" in str(act.remaining) and "change it by hand" in str(act.remaining)
    assert await left(engine.database, "skill_file") == 1


async def test_every_column_of_bytes_is_looked_through_or_said_to_be_opaque(database):
    bytes_ = await database.pool.fetch(
        "select x.table_name::text, x.column_name::text"
        "  from information_schema.columns x join information_schema.columns t using (table_name)"
        " where x.table_schema = 'flowforge' and t.table_schema = 'flowforge' and x.data_type = 'bytea' and t.column_name = 'tenant_id'"
        " and x.table_name <> 'session'"
    )
    opaque = {(name, column) for name, holding in HOLDINGS.items() for column in holding.opaque}
    assert {tuple(row) for row in bytes_} - opaque == {("blob", "data"), ("skill_file", "data"), ("shared_skill", "archive")}
    assert opaque <= {tuple(row) for row in bytes_}
