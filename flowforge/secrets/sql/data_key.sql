-- name: newest_data_key
select max(version)
  from flowforge.data_key
 where tenant_id = :tenant_id

-- name: find_data_key
select wrapped,
       wrapped_by
  from flowforge.data_key
 where tenant_id = :tenant_id
   and version = :version

-- name: add_data_key
-- Of two that make the same version the first stays.
insert into flowforge.data_key (tenant_id, version, wrapped, wrapped_by)
values (:tenant_id, :version, :wrapped, :wrapped_by)
    on conflict (tenant_id, version) do nothing
