-- name: next_foreign_data_key
-- The next data key, in the order of its row, that another key-encryption key than :fingerprint wraps; locked.
select tenant_id,
       version,
       wrapped,
       wrapped_by
  from flowforge.data_key
 where wrapped_by <> :fingerprint
   and (tenant_id, version) > (:after_tenant::uuid, :after_version::integer)
 order by tenant_id, version
 limit 1
   for update;

-- name: rewrap_data_key
update flowforge.data_key
   set wrapped = :wrapped,
       wrapped_by = :wrapped_by
 where tenant_id = :tenant_id
   and version = :version;

-- name: wrapped_by
-- How many data keys each key-encryption key wraps.
select wrapped_by,
       count(*) as data_keys
  from flowforge.data_key
 group by wrapped_by
 order by wrapped_by;
