-- part: shown
t.tenant_id, t.name, t.state, t.created_at, t.suspended_at, t.reason, t.deleted_rows

-- name: list_tenants
-- By name, from behind :after on.
select
-- use: shown
  from flowforge.tenant t
 where t.name > :after
 order by t.name
 limit :limit;

-- name: find_tenant
select
-- use: shown
  from flowforge.tenant t
 where t.name = :name or t.tenant_id = :tenant_id
 order by t.name = :name desc
 limit 1;

-- name: lock_tenant
select
-- use: shown
, flowforge.now() as now
  from flowforge.tenant t
 where t.tenant_id = :tenant_id
   for update;

-- name: tenant_names
-- Enough of them to guess what somebody meant.
select name from flowforge.tenant order by name limit 1000;

-- name: create_tenant
insert into flowforge.tenant (tenant_id, name, created_at)
values (:tenant_id, :name, (select flowforge.now()))
    on conflict (name) do nothing
returning tenant_id;

-- name: rename_tenant
update flowforge.tenant set name = :name where tenant_id = :tenant_id;

-- name: suspend
-- The pause of the whole tenant that its own people cannot end: all its runs come to stand at that gate.
with p as (
  insert into flowforge.pause (pause_id, tenant_id, function_id, reason, paused_by)
  values (:pause_id, :tenant_id, '*', :reason, :by)
      on conflict ((coalesce(tenant_id, '00000000-0000-0000-0000-000000000000')), (coalesce(function_id, ''))) do nothing
)
update flowforge.tenant
   set state = 'suspended', suspended_at = (select flowforge.now()), reason = :reason
 where tenant_id = :tenant_id;

-- name: unsuspend
with p as (
  delete from flowforge.pause where tenant_id = :tenant_id and function_id = '*' returning pause_id
),
m as (
  insert into flowforge.mark (gate, due) select pause_id, flowforge.now() from p
)
update flowforge.tenant set state = 'active', suspended_at = null, reason = null where tenant_id = :tenant_id;

-- name: begin_deletion
update flowforge.tenant set state = 'deleting' where tenant_id = :tenant_id;

-- name: count_deleted
update flowforge.tenant set deleted_rows = deleted_rows + :rows where tenant_id = :tenant_id;

-- name: has_leased_runs
select exists (select from flowforge.owner where tenant_id = :tenant_id and state = 'l');

-- name: delete_tenant
delete from flowforge.tenant where tenant_id = :tenant_id;

-- name: end_sessions
-- Of everybody who looks at the tenant.
delete from flowforge.session where tenant_id = :tenant_id;

-- name: delete_lone_accounts
-- Of people who work in this tenant and in no other, with all that lets them in. Who operates the deployment stays.
with lone as (
  select a.account_id
    from flowforge.account a
   where not a.operator
     and exists (select from flowforge.person p where p.account_id = a.account_id and p.tenant_id = :tenant_id)
     and not exists (select from flowforge.person p where p.account_id = a.account_id and p.tenant_id <> :tenant_id)
   limit :limit
     for update
),
identities as (delete from flowforge.identity x using lone where x.account_id = lone.account_id),
devices as (delete from flowforge.known_device x using lone where x.account_id = lone.account_id),
codes as (delete from flowforge.recovery_code x using lone where x.account_id = lone.account_id),
links as (delete from flowforge.one_time_link x using lone where x.account_id = lone.account_id),
sessions as (delete from flowforge.session x using lone where x.account_id = lone.account_id)
delete from flowforge.account a using lone where a.account_id = lone.account_id returning a.account_id;

-- name: delete_marks
-- Of gates that go with the tenant.
delete from flowforge.mark m
 using (select limit_id as gate from flowforge.flow_limit where tenant_id = :tenant_id
        union all
        select pause_id from flowforge.pause where tenant_id = :tenant_id) g
 where m.gate = g.gate;

-- name: tables_of_tenants
-- Every table with rows of tenants, with its columns and, in order, those of its primary key with their types. A partition is read and
-- emptied through its parent. A session is its account's, and only looks at a tenant.
select quote_ident(t.relname) as name,
       array(select quote_ident(k.attname) from pg_index i cross join lateral unnest(i.indkey::int[]) with ordinality as u(num, place)
               join pg_attribute k on k.attrelid = t.oid and k.attnum = u.num
              where i.indrelid = t.oid and i.indisprimary order by u.place) as key,
       array(select format_type(k.atttypid, k.atttypmod) from pg_index i cross join lateral unnest(i.indkey::int[]) with ordinality as u(num, place)
               join pg_attribute k on k.attrelid = t.oid and k.attnum = u.num
              where i.indrelid = t.oid and i.indisprimary order by u.place) as key_types,
       array(select k.attname::text from pg_attribute k where k.attrelid = t.oid and k.attnum > 0 and not k.attisdropped order by k.attnum) as columns,
       array(select k.attname::text from pg_attribute k
              where k.attrelid = t.oid and k.attnum > 0 and not k.attisdropped and k.atttypid = 'bytea'::regtype) as bytes
  from pg_class t
  join pg_namespace n on n.oid = t.relnamespace
 where n.nspname = 'flowforge'
   and t.relkind in ('r', 'p')
   and not t.relispartition
   and t.relname <> 'session'
   and exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'tenant_id' and not a.attisdropped)
 order by t.relname <> 'owner', t.relname;  -- runs lose their owners before anything else of theirs
