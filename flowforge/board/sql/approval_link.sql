-- name: add_approval_link
-- For an approval that can still be decided; it ends with it, and after :lifetime at the latest. What it decides is the call as it is now.
insert into flowforge.approval_link (tenant_id, token_hash, approval_id, channel, hash, decides, expires_at)
select approval.tenant_id,
       :token_hash,
       approval.approval_id,
       :channel,
       coalesce(approval.proposal_hash, ''),
       :decides,
       least(approval.expires_at, (select flowforge.now()) + :lifetime::interval)
  from flowforge.approval
 where approval.tenant_id = :tenant_id
   and approval.approval_id = :approval_id
   and approval.state = 'pending'
   and (approval.expires_at is null or approval.expires_at > (select flowforge.now()))
returning approval_id

-- name: find_approval_link
-- Across tenants: whose it is, is what is asked.
select tenant_id,
       approval_id,
       channel,
       hash,
       decides
  from flowforge.approval_link
 where token_hash = :token_hash
   and used_at is null
   and expires_at > flowforge.now()

-- name: use_approval_link
-- Once: of two at the same time the second waits, and finds it used.
update flowforge.approval_link
   set used_at = flowforge.now()
 where tenant_id = :tenant_id
   and token_hash = :token_hash
   and used_at is null
   and expires_at > flowforge.now()
returning approval_id
