-- name: insert_http_tool
insert into flowforge.http_tool (tenant_id, tool_id, name, revision, definition, source, created_at, updated_at)
select :tenant_id, :tool_id, :name, 1, :definition, :source, t.now, t.now from (select flowforge.now() as now) t
on conflict do nothing
returning tool_id;

-- name: find_http_tool
select tool_id, name, revision, definition, source, created_at, updated_at
  from flowforge.http_tool
 where tenant_id = :tenant_id
   and name = :name;

-- name: lock_http_tool
select tool_id, name, revision, definition, source, created_at, updated_at
  from flowforge.http_tool
 where tenant_id = :tenant_id
   and name = :name
   for update;

-- name: http_tools
-- All of a tenant, by name; with names, those.
select tool_id, name, revision, definition, source, created_at, updated_at
  from flowforge.http_tool
 where tenant_id = :tenant_id
   and (:names::text[] is null or name = any (:names::text[]))
   and (:source::text is null or source = :source)
 order by name;

-- name: http_tool_names
select name from flowforge.http_tool where tenant_id = :tenant_id order by name;

-- name: count_http_tools
select count(*) from flowforge.http_tool where tenant_id = :tenant_id;

-- name: update_http_tool
update flowforge.http_tool
   set name = :name,
       revision = revision + 1,
       definition = :definition,
       updated_at = flowforge.now()
 where tenant_id = :tenant_id
   and tool_id = :tool_id;

-- name: delete_http_tool
delete from flowforge.http_tool where tenant_id = :tenant_id and name = :name returning tool_id;
