-- name: find_tenant
select tenant_id,
       name,
       created_at,
       state,
       suspended_at,
       reason,
       deleted_rows
  from flowforge.tenant
 where name = :name

-- name: create_tenant
-- Nothing happens when another caller was first; read the row in the next statement, which sees the other's commit.
insert into flowforge.tenant (tenant_id, name)
values (:tenant_id, :name)
    on conflict (name) do nothing;

-- name: inactive_tenants
-- Few, and found by an index of their own.
select tenant_id
  from flowforge.tenant
 where state <> 'active'

-- name: tenant_name
select name from flowforge.tenant where tenant_id = :tenant_id
