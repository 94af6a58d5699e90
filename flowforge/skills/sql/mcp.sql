-- name: insert_mcp_server
insert into flowforge.mcp_server (tenant_id, server_id, name, revision, definition, created_at, updated_at)
select :tenant_id, :server_id, :name, 1, :definition, t.now, t.now from (select flowforge.now() as now) t
on conflict do nothing
returning server_id;

-- name: find_mcp_server
select server_id, name, revision, definition, error, listed_at, created_at, updated_at
  from flowforge.mcp_server
 where tenant_id = :tenant_id
   and name = :name;

-- name: lock_mcp_server
select server_id, name, revision, definition, error, listed_at, created_at, updated_at
  from flowforge.mcp_server
 where tenant_id = :tenant_id
   and name = :name
   for update;

-- name: mcp_servers
select server_id, name, revision, definition, error, listed_at, created_at, updated_at
  from flowforge.mcp_server
 where tenant_id = :tenant_id
 order by name;

-- name: count_mcp_servers
select count(*) from flowforge.mcp_server where tenant_id = :tenant_id;

-- name: update_mcp_server
update flowforge.mcp_server
   set revision = revision + 1,
       definition = :definition,
       updated_at = flowforge.now()
 where tenant_id = :tenant_id
   and server_id = :server_id;

-- name: forget_acceptance
update flowforge.mcp_tool
   set accepted = null,
       accepted_by = null
 where tenant_id = :tenant_id
   and server_id = :server_id;

-- name: delete_mcp_server
with gone as (
  delete from flowforge.mcp_server where tenant_id = :tenant_id and name = :name returning server_id
),
tools as (
  delete from flowforge.mcp_tool t using gone g where t.tenant_id = :tenant_id and t.server_id = g.server_id
)
select server_id from gone;

-- name: lock_listing
-- One listing of a server is stored at a time.
select server_id, listed_at from flowforge.mcp_server where tenant_id = :tenant_id and server_id = :server_id for update;

-- name: store_listing
-- What the server offers now. A tool keeps what people have said of it; with :accept, one that is new is accepted as it is.
insert into flowforge.mcp_tool as t
       (tenant_id, server_id, tool, name, description, parameters, hints, hash, accepted, accepted_by, gone, listed_at)
select :tenant_id, :server_id, u.tool, u.name, u.description, u.parameters, u.hints, u.hash,
       case when :accept_by::text is null then null else u.hash end, :accept_by, false, flowforge.now()
  from unnest(:tools::text[], :names::text[], :descriptions::text[], :parameters::text[], :hints::text[], :hashes::text[])
       as u(tool, name, description, parameters, hints, hash)
 order by u.tool
on conflict (tenant_id, server_id, tool) do update
   set name = excluded.name,
       description = excluded.description,
       parameters = excluded.parameters,
       hints = excluded.hints,
       hash = excluded.hash,
       gone = false,
       listed_at = excluded.listed_at;

-- name: mark_gone
update flowforge.mcp_tool
   set gone = true
 where tenant_id = :tenant_id
   and server_id = :server_id
   and tool <> all (:tools::text[]);

-- name: note_listing
update flowforge.mcp_server
   set listed_at = case when :listed::boolean then flowforge.now() else listed_at end,
       error = :error
 where tenant_id = :tenant_id
   and server_id = :server_id;

-- name: mcp_tools
-- Tools of the tenant's servers, by name: all, those of some servers, or those of some names.
select t.server_id, s.name as server, t.tool, t.name, t.description, t.parameters, t.hints, t.hash, t.accepted, t.accepted_by, t.effect,
       t.approval, t.gone, t.listed_at
  from flowforge.mcp_tool t
  join flowforge.mcp_server s on s.tenant_id = t.tenant_id and s.server_id = t.server_id
 where t.tenant_id = :tenant_id
   and (:names::text[] is null and :servers::text[] is null or t.name = any (:names::text[]) or s.name = any (:servers::text[]))
 order by t.name, t.gone;

-- name: lock_mcp_tool
select t.server_id, s.name as server, t.tool, t.name, t.description, t.parameters, t.hints, t.hash, t.accepted, t.accepted_by, t.effect,
       t.approval, t.gone, t.listed_at
  from flowforge.mcp_tool t
  join flowforge.mcp_server s on s.tenant_id = t.tenant_id and s.server_id = t.server_id
 where t.tenant_id = :tenant_id
   and t.name = :name
 order by t.gone
 limit 1
   for update of t;

-- name: decide_mcp_tool
update flowforge.mcp_tool
   set accepted = :accepted,
       accepted_by = :accepted_by,
       effect = :effect,
       approval = :approval
 where tenant_id = :tenant_id
   and server_id = :server_id
   and tool = :tool;
