-- name: find_value
-- The newest version of a secret for who uses it: the narrowest scope that is his and has one. A secret of somebody else's scope is not there.
select s.secret_id,
       s.name,
       s.scope,
       s.subject,
       v.version,
       v.sealed,
       v.last_used_at is null or v.last_used_at < (select flowforge.now()) - interval '1 minute' as stale,
       exists (select
                 from flowforge.secret_use u
                where u.tenant_id = :tenant_id
                  and u.run_id = :run_id
                  and u.step_key = :step_key
                  and u.secret_id = s.secret_id
                  and u.version = v.version) as noted
  from flowforge.secret s
  join flowforge.secret_version v on v.tenant_id = s.tenant_id and v.secret_id = s.secret_id and v.sealed is not null
 where s.tenant_id = :tenant_id
   and s.name = :name
   and (s.scope = 'tool' and s.subject = :tool
        or s.scope = 'agent' and s.subject = :agent
        or s.scope = 'function' and s.subject = :function_id
        or s.scope = 'tenant')
 order by case s.scope when 'tool' then 1 when 'agent' then 2 when 'function' then 3 else 4 end,
          v.version desc
 limit 1;

-- name: note_use
-- One row for a step and a version. No row: it was noted before.
insert into flowforge.secret_use (tenant_id, run_id, step_key, secret_id, version, used_at)
values (:tenant_id, :run_id, :step_key, :secret_id, :version, (select flowforge.now()))
    on conflict do nothing
returning version;

-- name: touch_version
-- To the minute: many uses at once are one write, and nobody waits for another's.
with due as materialized (
  select k.tenant_id, k.secret_id, k.version
    from flowforge.secret_version k
   where k.tenant_id = :tenant_id
     and k.secret_id = :secret_id
     and k.version = :version
     and (k.last_used_at is null or k.last_used_at < (select flowforge.now()) - interval '1 minute')
     for update skip locked
)
update flowforge.secret_version v
   set last_used_at = (select flowforge.now())
  from due
 where v.tenant_id = due.tenant_id
   and v.secret_id = due.secret_id
   and v.version = due.version;

-- name: names_like
-- Which secrets there are below a prefix, whoever may use them.
select distinct name
  from flowforge.secret
 where tenant_id = :tenant_id
   and starts_with(name, :prefix)
 limit 200;
