"""The life of a tenant over the API: suspended it does nothing and nobody gets in; deleted, no row of it is left anywhere."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
import zipfile
from uuid import UUID

import asyncpg
import pytest

from flowforge.access.tenant import find_or_create_tenant
from flowforge.orchestrator.run import start_run

EVERY_COLUMN = """
select t.relname as name, quote_ident(a.attname) as column_name
  from pg_class t join pg_namespace n on n.oid = t.relnamespace join pg_attribute a on a.attrelid = t.oid
 where n.nspname = 'flowforge' and t.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
"""

# With what a check of that column alone would take, as it is written there.
REQUIRED_COLUMNS = """
select t.relname, quote_ident(a.attname), (select typname from pg_type y where y.oid = coalesce(nullif(y0.typbasetype, 0), y0.oid)),
       (select substring(pg_get_constraintdef(c.oid) from '(''[^'']+'')::') from pg_constraint c
         where c.conrelid = t.oid and c.contype = 'c' and c.conkey = array[a.attnum] limit 1)
  from pg_class t
  join pg_namespace n on n.oid = t.relnamespace
  join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  join pg_type y0 on y0.oid = a.atttypid
 where n.nspname = 'flowforge' and t.relkind in ('r', 'p') and not t.relispartition and t.relname <> 'session'
   and (a.attnotnull and not a.atthasdef and a.attidentity = '' or y0.typname = 'bytea' or a.attname = 'tenant_id')
   and exists (select from pg_attribute x where x.attrelid = t.oid and x.attname = 'tenant_id')
"""
CANARY = "canary-8f3a61"
CHOSEN = {("webhook", "scheme"): "'none'", ("tool_use", "day"): "'2026-01-01'"}


def acting_for(tenant: str) -> dict[str, str]:
    return {"X-FlowForge-Tenant": tenant}


@pytest.fixture
async def acme(api, publish):
    """A tenant with something of everything: an agent, a task, a run at a paused function, a budget, an alert rule."""
    await publish({"order.ship": ["order/*"], "order.bill": []})
    there = acting_for("acme")
    assert (await api.post("/v1/tenants", json={"name": "acme"})).status_code == 201
    for method, path, body in (
        ("POST", "/v1/agents", {"name": "atlas", "model": "test/model"}),
        ("POST", "/v1/tasks", {"title": "ship it"}),
        ("POST", "/v1/events", {"name": "order/created", "id": "o-1", "data": {"customer": "Ada"}}),
        ("PUT", "/v1/functions/order.ship/pause", {}),
        ("POST", "/v1/budgets", {"name": "all", "scope": "tenant", "amount": "5"}),
    ):
        answer = await api.request(method, path, json=body, headers=there)
        assert answer.is_success, answer.text
    return (await api.get("/v1/tenants/acme")).json()


async def test_a_tenant_is_made_renamed_and_listed(api, acme):
    renamed = await api.patch("/v1/tenants/acme", json={"name": "acme corp"})
    listed = await api.get("/v1/tenants")

    assert renamed.json()["id"] == acme["id"]
    assert [one["name"] for one in listed.json()["data"]] == ["acme corp", "default"]
    assert (await api.get(f"/v1/tenants/{acme['id']}")).json()["name"] == "acme corp"
    assert (await api.post("/v1/tenants", json={"name": "default"})).status_code == 409
    assert (await api.patch("/v1/tenants/acme corp", json={"name": "default"})).status_code == 409
    assert (await api.get("/v1/tenants/acme-corp")).json()["nearest"] == ["acme corp"]
    assert (await api.post("/v1/tenants", json={"name": "a\nb"})).json()["errors"][0]["pointer"] == "/name"


async def test_the_default_tenant_stays_as_it_is(api):
    for method, path, body in (
        ("PATCH", "/v1/tenants/default", {"name": "other"}),
        ("PUT", "/v1/tenants/default/suspension", {}),
        ("DELETE", "/v1/tenants/default?confirm=default", None),
    ):
        assert (await api.request(method, path, json=body)).status_code == 409


async def test_nobody_of_a_suspended_tenant_gets_in_until_it_goes_on(api, acme):
    before = await api.get("/v1/runs", headers=acting_for("acme"))
    suspended = await api.put("/v1/tenants/acme/suspension", json={"reason": "unpaid"})
    kept_out = await api.get("/v1/runs", headers=acting_for("acme"))

    assert before.status_code == 200 and (suspended.json()["state"], suspended.json()["reason"]) == ("suspended", "unpaid")
    assert kept_out.status_code == 403 and "suspended" in kept_out.json()["detail"]
    assert (await api.get("/v1/runs")).status_code == 200
    assert (await api.delete("/v1/tenants/acme/suspension")).json()["state"] == "active"
    assert (await api.get("/v1/runs", headers=acting_for("acme"))).status_code == 200


async def test_runs_of_a_suspended_tenant_stand_at_a_gate_that_it_cannot_open_itself(api, database, bell, publish, tenant_id):
    from uuid import uuid4

    from flowforge.orchestrator.worker.claim import sql as claims

    await publish({"order.ship": []})
    theirs = (await find_or_create_tenant(database.pool, "acme")).tenant_id
    await api.put("/v1/tenants/acme/suspension", json={})
    for tenant in (theirs, tenant_id):
        await start_run(database, tenant, "order.ship", "{}")
    assert (await api.get("/v1/pauses")).json()["data"] == []

    worker = uuid4()
    await database.engine.execute("insert into flowforge.worker (worker_id, name, functions) values ($1, 'w', '{order.ship}')", worker)
    values = {"worker_id": worker, "function_ids": ["order.ship"], "limit": 10, "floor": -(2**62), "virtual": None}
    query = claims.claim_runs
    await query.fetch(database.engine, **{name: values[name] for name in query.parameters})

    states = dict(await database.pool.fetch("select tenant_id, state::text from flowforge.owner"))
    assert states == {theirs: "g", tenant_id: "l"}


async def test_a_suspended_tenants_schedule_is_not_due(database, api):
    from flowforge.db.queries import load_queries

    sql = load_queries("flowforge.orchestrator")
    for name in ("acme", "globex"):
        tenant = await find_or_create_tenant(database.pool, name)
        await database.pool.execute(
            "insert into flowforge.schedule (tenant_id, function_id, cron, zone, catch_up, overlap, max_catch_up)"
            " values ($1, 'f', '* * * * *', 'UTC', 'one', 'allow', 1)",
            tenant.tenant_id,
        )
    await api.put("/v1/tenants/acme/suspension", json={})
    globex = await find_or_create_tenant(database.pool, "globex")

    assert [row["tenant_id"] for row in await sql.due_schedules.fetch(database.engine, limit=10)] == [globex.tenant_id]


async def test_an_export_holds_every_row_of_the_tenant_and_nothing_sealed(api, database, acme, tenant_id):
    await api.post("/v1/events", json={"name": "order/created", "data": {"customer": "Grace of another tenant"}})
    theirs = (await find_or_create_tenant(database.pool, "acme")).tenant_id
    await database.pool.execute(
        "insert into flowforge.data_key (tenant_id, version, wrapped, wrapped_by) values ($1, 1, 'canary', 'k')", theirs
    )

    answer = await api.get("/v1/tenants/acme/export")

    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert manifest["tables"]["data_key"] == {"rows": 1, "left_out": ["wrapped"]}
    assert '"wrapped"' not in texts["data_key.jsonl"] and "Ada" in texts["event.jsonl"]
    assert not any("Grace" in text or str(tenant_id) in text for text in texts.values())
    for table, held in manifest["tables"].items():
        rows = [json.loads(line) for line in texts[f"{table}.jsonl"].splitlines()]
        assert (
            len(rows)
            == held["rows"]
            == await database.pool.fetchval(f"select count(*) from flowforge.{table} where tenant_id = $1", theirs)
        )
    assert manifest["tables"]["run"]["rows"] == 1 and manifest["tables"]["agent"]["rows"] == 1


async def test_a_tenant_is_deleted_only_when_suspended_and_named(api, acme):
    assert (await api.delete("/v1/tenants/acme", params={"confirm": "acme"})).status_code == 409
    await api.put("/v1/tenants/acme/suspension", json={})
    assert (await api.delete("/v1/tenants/acme", params={"confirm": "acne"})).status_code == 422
    assert (await api.delete("/v1/tenants/acme", params={"confirm": "acme"})).json()[
        "state"
    ] == "deleting"  # who was let in may still be busy
    assert (await api.delete("/v1/tenants/acme/suspension")).status_code == 409


async def test_no_row_of_a_deleted_tenant_is_left_in_any_column_of_any_table(api, database, acme, tenant_id):
    theirs = (await find_or_create_tenant(database.pool, "acme")).tenant_id
    await api.put("/v1/functions/order.ship/pause", json={})
    assert await _places_of(database, theirs) >= {
        "run.tenant_id",
        "agent.tenant_id",
        "pause.tenant_id",
        "tenant.tenant_id",
        "owner.tenant_id",
    }
    await api.put("/v1/tenants/acme/suspension", json={})
    await _later(database)

    deleted = await api.delete("/v1/tenants/acme", params={"confirm": "acme"})

    assert deleted.json()["state"] == "deleted", deleted.text
    assert await _places_of(database, theirs) == set()
    assert (await api.get("/v1/tenants/acme")).status_code == 404
    assert len((await api.get("/v1/pauses")).json()["data"]) == 1  # another tenant's
    acts = await database.pool.fetch("select action from flowforge.audit where tenant_id = $1 order by entry_id", tenant_id)
    assert [row[0] for row in acts if row[0].startswith("tenant.")] == [
        "tenant.create", "tenant.suspend", "tenant.begin_deletion", "tenant.delete"
    ]  # fmt: skip


async def test_every_table_of_tenants_is_emptied_and_what_is_secret_in_it_is_exported_of_none(api, database, acme, tenant_id):
    theirs = (await find_or_create_tenant(database.pool, "acme")).tenant_id
    await _fill_every_table(database, theirs)
    answer = await api.get("/v1/tenants/acme/export")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        tables = json.loads(archive.read("manifest.json"))["tables"]
        texts = {name: archive.read(f"{name}.jsonl").decode() for name in tables}
    assert {name for name in tables if not texts[name]} == set()
    assert {f"{name}.{column}" for name, held in tables.items() for column in held.get("left_out", ())} == {
        "api_key_value.digest", "approval_link.token_hash",
        "audit.salts", "audit_head.signature", "audit_leaf.hash", "audit_node.hash", "audit_tree.head_digest",
        "audit_tree.range", "data_key.wrapped", "invitation.token_hash", "secret_version.sealed", "webhook_key.sealed",
    }  # fmt: skip
    assert {name for name, text in texts.items() if CANARY in text or CANARY.encode().hex() in text} <= {
        "blob", "model_answer", "skill_file", "skill_version", "skill_use", "shared_skill"
    }  # fmt: skip
    await api.put("/v1/tenants/acme/suspension", json={})
    await _later(database)

    assert (await api.delete("/v1/tenants/acme", params={"confirm": "acme"})).json()["state"] == "deleted"

    assert await _places_of(database, theirs) == set()


async def test_an_account_goes_with_the_last_tenant_that_it_works_in(api, database, acme, tenant_id):
    theirs = (await find_or_create_tenant(database.pool, "acme")).tenant_id
    rows = {"lone@x.org": ([theirs], False), "both@x.org": ([theirs, tenant_id], False), "operator@x.org": ([theirs], True)}
    for number, (email, (tenants, operator)) in enumerate(rows.items(), 1):
        account = UUID(int=number)
        await database.pool.execute(
            "insert into flowforge.account (account_id, email, name, operator) values ($1, $2, $2, $3)", account, email, operator
        )
        for tenant in tenants:
            await database.pool.execute(
                "insert into flowforge.person (tenant_id, person_id, name, account_id, role) values ($1, $2, $3, $2, 'member')",
                tenant, account, email,
            )  # fmt: skip
        await database.pool.execute(
            "insert into flowforge.session (session_id, token_hash, account_id, tenant_id, idle, created_at, used_at, ends_at, address,"
            " user_agent) values ($1, $2, $1, $3, '1 h', now(), now(), now(), '', '')",
            account, email.encode(), tenants[-1],
        )  # fmt: skip
        await database.pool.execute("insert into flowforge.recovery_code values ($1, $2)", account, email.encode())
        await database.pool.execute("insert into flowforge.identity (issuer, subject, account_id) values ('i', $2, $1)", account, email)
        await database.pool.execute("insert into flowforge.known_device values ($2, $1, now())", account, email.encode())
        await database.pool.execute("insert into flowforge.one_time_link values ($2, $1, now())", account, email.encode())
    await api.put("/v1/tenants/acme/suspension", json={})
    await _later(database)

    assert (await api.delete("/v1/tenants/acme", params={"confirm": "acme"})).json()["state"] == "deleted"

    async def accounts_in(table):
        return {row[0].int for row in await database.pool.fetch(f"select account_id from flowforge.{table}")}

    assert {row[0] for row in await database.pool.fetch("select email from flowforge.account")} == {"both@x.org", "operator@x.org"}
    for table in ("recovery_code", "identity", "known_device", "one_time_link"):
        assert await accounts_in(table) == {2, 3}, table
    assert await accounts_in("session") == {2}  # the one that looks at another tenant


KILLED = """
import asyncio, sys
from uuid import UUID
from flowforge.access.principal import Principal
from flowforge.db.database import Database
from flowforge import ids
from flowforge.tenants import deletion
from flowforge.tenants.life import find_tenant

deletion.BATCH_ROWS = 3

async def main():
    async with await Database.open(sys.argv[1]) as database:
        tenant = await find_tenant(database.pool, "acme")
        by = Principal(ids.DEFAULT_TENANT, "person", "operator")
        while (left := await deletion.delete_tenant(database, by, tenant, confirm="acme", seconds=0)):
            print(left.deleted_rows, flush=True)
            if left.deleted_rows > 5:
                await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_deletion_that_is_killed_goes_on_where_it_stopped(api, database, acme, clean_url):
    theirs = (await find_or_create_tenant(database.pool, "acme")).tenant_id
    await api.put("/v1/tenants/acme/suspension", json={})
    await _later(database)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, clean_url, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    assert process.stdout is not None
    while int(await process.stdout.readline()) <= 5:
        pass
    process.send_signal(signal.SIGKILL)
    await process.wait()
    assert (await api.get("/v1/tenants/acme")).json()["state"] == "deleting"
    assert await _places_of(database, theirs)

    assert (await api.delete("/v1/tenants/acme", params={"confirm": "acme"})).json()["state"] == "deleted"

    assert await _places_of(database, theirs) == set()


async def test_what_a_worker_still_executes_is_waited_for_but_not_for_ever(api, database, acme):
    await api.put("/v1/tenants/acme/suspension", json={})
    await database.pool.execute("update flowforge.owner set state = 'l', worker_id = gen_random_uuid()")
    await _later(database)
    assert (await api.delete("/v1/tenants/acme", params={"confirm": "acme"})).json()["deleted_rows"] == 0

    await _later(database, "6 min")

    assert (await api.delete("/v1/tenants/acme", params={"confirm": "acme"})).json()["state"] == "deleted"


async def _places_of(database, tenant_id) -> set[str]:
    """Every column of every table in which the tenant's id stands, in whatever way it is written."""
    found = set()
    for row in await database.pool.fetch(EVERY_COLUMN):
        try:
            some = await database.pool.fetchval(
                f"select exists (select from flowforge.{row['name']} where {row['column_name']}::text like any($1))",
                [f"%{tenant_id}%", f"%{tenant_id.hex}%"],
            )
        except asyncpg.CannotCoerceError:
            continue
        if some:
            found.add(f"{row['name']}.{row['column_name']}")
    return found


async def _fill_every_table(database, tenant_id) -> None:
    """A row of the tenant in each table that can hold one: a canary in whatever is bytes, else the least that a column takes."""
    rows: dict[str, dict[str, str]] = {}
    for table, column, kind, literal in await database.pool.fetch(REQUIRED_COLUMNS):
        rows.setdefault(table, {})[column] = CHOSEN.get((table, column)) or _least(column, kind, literal)
    for table, values in rows.items():
        await database.pool.execute(
            f"insert into flowforge.{table} ({', '.join(values)}) values ({', '.join(values.values())}) on conflict do nothing", tenant_id
        )


def _least(column: str, kind: str, literal: str | None) -> str:
    if column == "tenant_id":
        return "$1"
    if literal:
        return literal
    if kind == "bytea":
        return f"convert_to('{CANARY}', 'UTF8')"
    text = {"uuid": str(UUID(int=99)), "json": "{}", "bool": "true", "interval": "1 h", "timestamptz": "2026-11-22"}
    return f"'{text.get(kind, '{}' if kind[0] == '_' else '1')}'"


async def _later(database, by: str = "11 s") -> None:
    """Requests that were let in before the suspension have ended."""
    await database.pool.execute("update flowforge.clock set skew = $1::text::interval", by)
