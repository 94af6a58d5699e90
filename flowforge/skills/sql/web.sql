-- name: find_web_access
select revision, settings, updated_at from flowforge.web_access where tenant_id = :tenant_id;

-- name: lock_web_access
select revision from flowforge.web_access where tenant_id = :tenant_id for update;

-- name: set_web_access
insert into flowforge.web_access as w (tenant_id, revision, settings, updated_at)
values (:tenant_id, 1, :settings, flowforge.now())
on conflict (tenant_id) do update
   set revision = w.revision + 1,
       settings = excluded.settings,
       updated_at = excluded.updated_at;
