-- name: insert_grant
insert into flowforge.approval_grant
       (tenant_id, grant_id, approval_id, task_id, tool, scope, hash, tainted, uses_max, expires_at, granted_by, created_at)
values (:tenant_id, :grant_id, :approval_id, :task_id, :tool, :scope, :hash, :tainted, :uses_max, :expires_at, :granted_by, flowforge.now())

-- part: grant_holds
       approval_grant.revoked_at is null
   and (approval_grant.expires_at is null or approval_grant.expires_at > (select flowforge.now()))
   and (approval_grant.uses_max is null or approval_grant.uses < approval_grant.uses_max)

-- name: used_grant
select grant_id
  from flowforge.approval_grant_use
 where tenant_id = :tenant_id
   and run_id = :run_id
   and call_key = :call_key

-- name: lock_grant
-- The narrowest grant that covers the call, locked until commit: its uses are counted by one at a time.
select approval_grant.grant_id
  from flowforge.approval_grant
 where approval_grant.tenant_id = :tenant_id
   and approval_grant.task_id = :task_id
   and approval_grant.tool = :tool
   and
-- use: grant_holds
   and ((approval_grant.scope = 'call' and approval_grant.hash = :call_hash)
        or (approval_grant.scope = 'tool' and approval_grant.hash = :definition_hash and (approval_grant.tainted or not :tainted)))
 order by approval_grant.scope, approval_grant.grant_id
 limit 1
   for no key update

-- name: use_grant
-- One more use; nothing where the last was used meanwhile.
with used as (
  update flowforge.approval_grant
     set uses = uses + 1
   where tenant_id = :tenant_id
     and grant_id = :grant_id
     and (uses_max is null or uses < uses_max)
  returning grant_id
)
insert into flowforge.approval_grant_use (tenant_id, run_id, call_key, grant_id, used_at)
select :tenant_id, :run_id, :call_key, used.grant_id, (select flowforge.now())
  from used
returning grant_id

-- name: read_grants
-- Oldest first; `holds`: only those that can still be used, or only those that cannot.
select approval_grant.grant_id,
       approval_grant.approval_id,
       task.key as task,
       approval_grant.tool,
       approval_grant.scope,
       approval_grant.hash,
       approval_grant.uses_max,
       approval_grant.uses,
       approval_grant.expires_at,
       approval_grant.granted_by,
       approval_grant.created_at,
       approval_grant.revoked_at,
       approval_grant.revoked_by,
       (
-- use: grant_holds
       ) as holds
  from flowforge.approval_grant
  left join flowforge.task
    on task.tenant_id = approval_grant.tenant_id
   and task.task_id = approval_grant.task_id
 where approval_grant.tenant_id = :tenant_id
   and (:grant_id::uuid is null or approval_grant.grant_id = :grant_id)
   and (:after::uuid is null or approval_grant.grant_id > :after)
   and (:task_id::uuid is null or approval_grant.task_id = :task_id)
   and (:holds::boolean is null or :holds = (
-- use: grant_holds
       ))
 order by approval_grant.grant_id
 limit :limit

-- name: revoke_grant
update flowforge.approval_grant
   set revoked_at = flowforge.now(),
       revoked_by = :revoked_by
 where tenant_id = :tenant_id
   and grant_id = :grant_id
   and revoked_at is null
returning tool
