-- name: append_entry
-- One entry under the next number. The upsert locks the tenant's head row until commit: numbers have no gaps and no twins.
with head as (
  insert into flowforge.audit_head as head (tenant_id, last_seq)
  values (:tenant_id, 1)
      on conflict (tenant_id) do update
     set last_seq = head.last_seq + 1
  returning last_seq
)
insert into flowforge.audit (
  tenant_id,
  seq,
  principal_kind,
  principal,
  action,
  target_kind,
  target,
  detail
)
select :tenant_id,
       head.last_seq,
       :principal_kind,
       :principal,
       :action,
       :target_kind,
       :target,
       :detail
  from head
returning seq

-- name: read_entries
-- In the order of their numbers, from just above :after.
select seq,
       principal_kind,
       principal,
       action,
       target_kind,
       target,
       detail,
       created_at
  from flowforge.audit
 where tenant_id = :tenant_id
   and seq > :after
 order by seq
 limit :limit
