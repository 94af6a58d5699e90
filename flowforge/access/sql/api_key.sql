-- part: key_columns
       k.key_id, k.name, k.test, k.scopes, k.agent_id, a.name as agent, k.created_by_kind, k.created_by, k.created_at, k.expires_at,
       k.last_used_at, k.revoked_at,
       k.revoked_at is null and coalesce(k.expires_at > flowforge.now(), true) as active,
       array(select v.last_four
               from flowforge.api_key_value v
              where v.tenant_id = k.tenant_id and v.key_id = k.key_id
                and (v.good_until is null or v.good_until > flowforge.now())
              order by v.created_at desc, v.value_id desc) as last_four,
       (select max(v.good_until)
          from flowforge.api_key_value v
         where v.tenant_id = k.tenant_id and v.key_id = k.key_id and v.good_until > flowforge.now()) as old_good_until

-- name: find_pepper
select sealed from flowforge.api_key_pepper

-- name: keep_pepper
-- Of two that make it the first stays.
insert into flowforge.api_key_pepper (sealed) values (:sealed) on conflict do nothing

-- name: check_key
-- The key of a value, whatever has become of it, and behind it the keys that made it; across tenants, since nobody is known yet.
with recursive line as (
  select k.*, v.good_until, 0 as generation
    from flowforge.api_key_value v
    join flowforge.api_key k on k.tenant_id = v.tenant_id and k.key_id = v.key_id
   where v.digest = :digest
  union all
  select m.*, null::timestamptz, l.generation + 1
    from line l
    join flowforge.api_key m on m.tenant_id = l.tenant_id and m.key_id = l.created_by_id
   where l.created_by_kind = 'key'
)
select l.tenant_id, t.name as tenant, l.key_id, l.name, l.test, l.scopes, l.granted, l.agent_id, a.name as agent,
       l.created_by_kind, l.created_by_id, l.revoked_at is not null as revoked,
       extract(epoch from least(l.expires_at, l.good_until) - flowforge.now())::float8 as seconds_left
  from line l
  join flowforge.tenant t on t.tenant_id = l.tenant_id
  left join flowforge.agent a on a.tenant_id = l.tenant_id and a.agent_id = l.agent_id
 order by l.generation

-- name: note_use
-- A key's last use, to the minute: another process may have written it meanwhile.
update flowforge.api_key
   set last_used_at = flowforge.now()
 where tenant_id = :tenant_id
   and key_id = :key_id
   and (last_used_at is null or last_used_at < flowforge.now() - interval '30 seconds')

-- name: insert_key
-- Nothing when a key of that name or id is there.
insert into flowforge.api_key
       (tenant_id, key_id, name, test, scopes, granted, agent_id, depth, created_by_kind, created_by, created_by_id, created_at, expires_at)
select :tenant_id, :key_id, :name, :test, :scopes::text[], :granted::text[], :agent_id, :depth, :created_by_kind, :created_by, :created_by_id,
       flowforge.now(), flowforge.now() + :expires_seconds::float8 * interval '1 second'
    on conflict do nothing
returning key_id

-- name: key_depth
select depth from flowforge.api_key where tenant_id = :tenant_id and key_id = :key_id

-- name: insert_key_value
insert into flowforge.api_key_value (tenant_id, key_id, value_id, digest, last_four, created_at)
values (:tenant_id, :key_id, :value_id, :digest, :last_four, flowforge.now())

-- name: list_keys
-- By id, the oldest first, from behind :after; or the one.
select
-- use: key_columns
  from flowforge.api_key k
  left join flowforge.agent a on a.tenant_id = k.tenant_id and a.agent_id = k.agent_id
 where k.tenant_id = :tenant_id
   and (:key_id::uuid is null or k.key_id = :key_id)
   and (:after::uuid is null or k.key_id > :after)
   and (:revoked::boolean or k.revoked_at is null)
 order by k.key_id
 limit :limit

-- name: match_key
-- The key of that name that still is one, or those whose id ends so.
select k.key_id, k.name, k.revoked_at is null as live
  from flowforge.api_key k
 where k.tenant_id = :tenant_id
   and (k.name = :text
        or :ending <> '' and replace(k.key_id::text, '-', '') like '%' || :ending)
 order by k.revoked_at is not null, k.key_id desc
 limit 3

-- name: key_names
select name from flowforge.api_key where tenant_id = :tenant_id and revoked_at is null order by name limit 1000

-- name: lock_key
select name, test, scopes, granted, revoked_at, agent_id
  from flowforge.api_key
 where tenant_id = :tenant_id
   and key_id = :key_id
   for update

-- name: change_key
update flowforge.api_key
   set name = :name, scopes = :scopes::text[], granted = :granted::text[]
 where tenant_id = :tenant_id
   and key_id = :key_id

-- name: name_is_taken
select exists (select from flowforge.api_key where tenant_id = :tenant_id and name = :name and key_id <> :key_id and revoked_at is null)

-- name: key_values
-- The values of a key that are good now, the newest first.
select value_id, good_until
  from flowforge.api_key_value
 where tenant_id = :tenant_id
   and key_id = :key_id
   and (good_until is null or good_until > flowforge.now())
 order by created_at desc, value_id desc

-- name: drop_old_values
-- What is no longer good, and what is not to be kept.
delete from flowforge.api_key_value
 where tenant_id = :tenant_id
   and key_id = :key_id
   and (good_until <= flowforge.now() or value_id <> all(:keep::uuid[]))

-- name: end_value
update flowforge.api_key_value
   set good_until = flowforge.now() + :seconds::float8 * interval '1 second'
 where tenant_id = :tenant_id
   and key_id = :key_id
   and value_id = :value_id

-- name: revoke_key
update flowforge.api_key
   set revoked_at = flowforge.now()
 where tenant_id = :tenant_id
   and key_id = :key_id
   and revoked_at is null
returning name
