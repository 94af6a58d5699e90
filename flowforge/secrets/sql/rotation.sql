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

-- name: next_older_version
-- The next version of a secret that an older data key than :data_key sealed; locked.
select v.secret_id,
       v.version,
       v.sealed,
       s.name,
       s.scope,
       s.subject
  from flowforge.secret_version v
  join flowforge.secret s on s.tenant_id = v.tenant_id and s.secret_id = v.secret_id
 where v.tenant_id = :tenant_id
   and v.sealed is not null
   and v.data_key < :data_key
   and (v.secret_id, v.version) > (:after_secret::uuid, :after_version::integer)
 order by v.secret_id, v.version
 limit 1
   for update of v;

-- name: reseal_version
update flowforge.secret_version
   set sealed = :sealed,
       data_key = :data_key
 where tenant_id = :tenant_id
   and secret_id = :secret_id
   and version = :version;
