-- name: anchors_due
-- Tenants whose newest head this anchor does not keep, and may be tried now.
select t.tenant_id
  from flowforge.audit_tree t
  left join flowforge.audit_anchor a on a.tenant_id = t.tenant_id and a.anchor = :anchor
 where t.head_size > coalesce(a.size, 0)
   and (a.next_at is null or a.next_at <= flowforge.now())
 order by t.tenant_id

-- name: claim_anchor
-- One process tries at a time; if it dies, another one when the claim is over.
insert into flowforge.audit_anchor as a (tenant_id, anchor, next_at, updated_at)
values (:tenant_id, :anchor, flowforge.now() + :claim::interval, flowforge.now())
    on conflict (tenant_id, anchor) do update
   set next_at = excluded.next_at
 where a.next_at <= flowforge.now()
returning size, attempts

-- name: note_anchored
update flowforge.audit_anchor
   set size = greatest(size, :size),
       attempts = :attempts,
       error = :error,
       next_at = flowforge.now() + :pause::interval,
       updated_at = flowforge.now()
 where tenant_id = :tenant_id
   and anchor = :anchor

-- name: list_anchored
select anchor, size, attempts, error, updated_at
  from flowforge.audit_anchor
 where tenant_id = :tenant_id
 order by anchor
