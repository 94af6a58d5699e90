-- name: claim_request
-- Take a key for a request: a new one, one whose 24 hours are over, or the same request again after one that ended in an
-- error of ours (status 0) or whose server went away before it answered (60 s). Such a request keeps its subject, so that what
-- it made is found and not made twice. No row: the key is taken.
insert into flowforge.idempotent_request as known (tenant_id, key, fingerprint, subject_id, claim_id, created_at)
values (:tenant_id, :key, :fingerprint, :new_id, :new_id, (select flowforge.now()))
    on conflict (tenant_id, key) do update
   set fingerprint = excluded.fingerprint,
       subject_id  = case when known.created_at < excluded.created_at - interval '24 hours' then excluded.subject_id else known.subject_id end,
       claim_id    = excluded.claim_id,
       status      = null,
       response    = null,
       created_at  = excluded.created_at
 where known.created_at < excluded.created_at - interval '24 hours'
    or known.fingerprint = excluded.fingerprint
   and (known.status = 0 or known.status is null and known.created_at < excluded.created_at - interval '60 seconds')
returning subject_id;

-- name: find_request
-- The request that holds a key.
select fingerprint,
       status,
       response
  from flowforge.idempotent_request
 where tenant_id = :tenant_id
   and key = :key;

-- name: answer_request
-- Keep the answer for those who repeat the request (status 0: the outcome is not known). Changes nothing when the claim was
-- taken over.
update flowforge.idempotent_request
   set status = :status,
       response = :response
 where tenant_id = :tenant_id
   and key = :key
   and claim_id = :claim_id
   and status is null;

-- name: release_request
-- The request changed nothing: its key is free again.
delete from flowforge.idempotent_request
 where tenant_id = :tenant_id
   and key = :key
   and claim_id = :claim_id
   and status is null;

-- name: drop_old_requests
-- Up to 20 keys of the tenant whose 24 hours are over, oldest first; run beside each new key, so the table stays small.
with old as materialized (
  select key
    from flowforge.idempotent_request
   where tenant_id = :tenant_id
     and created_at < (select flowforge.now()) - interval '24 hours'
   order by created_at
   limit 20
     for update skip locked
)
delete from flowforge.idempotent_request r
 using old
 where r.tenant_id = :tenant_id
   and r.key = old.key;
