-- part: invitation
invitation_id,
       email,
       role,
       invited_by,
       created_at,
       expires_at

-- name: add_invitation
-- Another one for the same address takes the place of the first, whose link no longer opens anything.
insert into flowforge.invitation as invitation (tenant_id, invitation_id, email, role, token_hash, invited_by, created_at, expires_at)
values (:tenant_id, :invitation_id, :email, :role, :token_hash, :invited_by, flowforge.now(), flowforge.now() + :lifetime::interval)
    on conflict (tenant_id, lower(email)) do update
   set invitation_id = excluded.invitation_id,
       email = excluded.email,
       role = excluded.role,
       token_hash = excluded.token_hash,
       invited_by = excluded.invited_by,
       created_at = excluded.created_at,
       expires_at = excluded.expires_at
returning
-- use: invitation

-- name: list_invitations
-- Those that were not accepted, also the expired ones, in the order of their ids.
select
-- use: invitation
  from flowforge.invitation
 where tenant_id = :tenant_id
   and (:after::uuid is null or invitation_id > :after)
 order by invitation_id
 limit :limit

-- name: drop_invitation
delete from flowforge.invitation
 where tenant_id = :tenant_id
   and invitation_id = :invitation_id
returning email

-- name: find_invitation
-- Whosever it is: the link says no more than its token.
select invitation.tenant_id,
       tenant.name as tenant,
       invitation.email,
       invitation.role,
       exists (select from flowforge.account where lower(account.email) = lower(invitation.email)) as known
  from flowforge.invitation
  join flowforge.tenant using (tenant_id)
 where invitation.token_hash = :token_hash
   and invitation.expires_at > flowforge.now()

-- name: use_invitation
-- One of two at once gets the row.
delete from flowforge.invitation
 where token_hash = :token_hash
   and expires_at > flowforge.now()
returning tenant_id,
          email,
          role
