"""What the schema promises for all time: tenants lead every key, and nothing needs a server that thinks for itself."""

from __future__ import annotations

from flowforge.db.migrate import known_migrations

# These describe the deployment, or are the tenant itself; none holds what belongs to a tenant.
WITHOUT_TENANT = {
    "api_key_pepper",
    "alert_watch",
    "clock",
    "function",
    "heartbeat",
    "migration",
    "published_price",
    "skill",
    "tenant",
    "tool",
    "trigger",
    "worker",
}

# What claims need across tenants: rules of limits, their state (a keyed one names its tenant), gates to look at, pauses, virtual time.
WITHOUT_TENANT |= {"flow_limit", "limit_override", "limit_rule", "mark", "pause", "virtual_time"}

# What an app publishes for all of its tenants; what a provider allows to one key of its, whoever's calls go out with it.
WITHOUT_TENANT |= {"published_policy", "published_price", "model_limit", "pace"}

# Skills that workers publish, with their versions.
WITHOUT_TENANT |= {"published_skill_file", "published_skill_version"}

# The keys that sign the heads of every tenant's audit log.
WITHOUT_TENANT |= {"audit_key", "audit_signing_key"}

# Accounts are the deployment's: one person may be in several tenants, or, before the first sign-in, in none.
WITHOUT_TENANT |= {"account", "identity", "known_device", "one_time_link", "recovery_code", "session", "sign_in_attempt"}

# When dates of cards were last looked at, of all tenants.
WITHOUT_TENANT |= {"inbox_watch"}

# Indexes that the engine reads across tenants: which run is due next, whose worker died, whose timer rang, who stands at a gate.
ACROSS_TENANTS = {
    "owner_ready",
    "owner_leased",
    "owner_flagged",
    "owner_due",
    "owner_at_gate",
    "owner_at_gate_by_kind",
    "owner_by_priority_at_gate",
    "owner_cancelled",
    "owner_deadline",
}
ACROSS_TENANTS |= {
    "approval_link_by_token",
    "invitation_by_token",
    "person_by_account",
}  # before it is known which tenant somebody comes to
ACROSS_TENANTS |= {"shared_skill_by_name"}  # whose it is, is what is asked
ACROSS_TENANTS |= {"webhook_notice_by_age"}
ACROSS_TENANTS |= {"slot_pkey", "schedule_due", "owner_parked", "alert_delivery_due", "reservation_by_worker"}
ACROSS_TENANTS |= {"inbox_setting_due", "inbox_mail_due"}  # what is to be mailed next
ACROSS_TENANTS |= {"api_key_value_by_digest"}  # whose a key is, is what is asked

INDEXES = """
select c.relname as index_name,
       t.relname as table_name,
       (select a.attname from pg_attribute a where a.attrelid = t.oid and a.attnum = i.indkey[0]) as first_column
  from pg_index i
  join pg_class c on c.oid = i.indexrelid
  join pg_class t on t.oid = i.indrelid
  join pg_namespace n on n.oid = t.relnamespace
 where n.nspname = 'flowforge'
"""
TABLES_OF_NOBODY = """
select t.relname
  from pg_class t
  join pg_namespace n on n.oid = t.relnamespace
 where n.nspname = 'flowforge' and t.relkind in ('r', 'p')
   and not exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'tenant_id' and a.attnotnull)
"""
WITHOUT_PRIMARY_KEY = """
select t.relname
  from pg_class t
  join pg_namespace n on n.oid = t.relnamespace
 where n.nspname = 'flowforge' and t.relkind in ('r', 'p')
   and not exists (select from pg_index i where i.indrelid = t.oid and i.indisprimary)
"""


async def test_the_tenant_leads_every_key_and_index(database):
    indexes = await database.pool.fetch(INDEXES)

    led_by_something_else = {
        row["index_name"]
        for row in indexes
        if row["first_column"] != "tenant_id" and row["table_name"] not in WITHOUT_TENANT and row["index_name"] not in ACROSS_TENANTS
    }
    assert len(indexes) > 40
    assert led_by_something_else == set()


async def test_every_table_but_the_deployments_has_a_tenant(database):
    found = {row["relname"] for row in await database.pool.fetch(TABLES_OF_NOBODY)}

    assert found == WITHOUT_TENANT - {"tenant"}


async def test_every_table_has_a_primary_key(database):
    assert [row["relname"] for row in await database.pool.fetch(WITHOUT_PRIMARY_KEY)] == []


async def test_there_are_no_triggers_no_sequences_and_no_procedures(database):
    count = database.pool.fetchval
    assert (
        await count(
            "select count(*) from pg_trigger t join pg_class c on c.oid = t.tgrelid where c.relnamespace = 'flowforge'::regnamespace"
        )
        == 0
    )
    assert await count("select count(*) from pg_class where relkind = 'S' and relnamespace = 'flowforge'::regnamespace") == 0
    languages = (
        "select distinct lanname from pg_proc p join pg_language l on l.oid = p.prolang where pronamespace = 'flowforge'::regnamespace"
    )
    assert [row["lanname"] for row in await database.pool.fetch(languages)] == ["sql"]


def test_the_migrations_take_no_advisory_locks_and_no_session_settings():
    text = "\n".join(migration.text.lower() for migration in known_migrations())

    assert "advisory" not in text
    assert "plpgsql" not in text
    assert "set_config" not in text
