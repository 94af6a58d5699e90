-- name: find_role
-- What somebody is in the tenant now; nothing for who is shut out or no member.
select role
  from flowforge.person
 where tenant_id = :tenant_id
   and name = :name
   and disabled_at is null

-- name: maker_of_key
-- Who stands behind a key: whoever made it, or made the key that made it. By its id, or the newest of its name.
with recursive line as (
  (select created_by_kind,
          created_by,
          created_by_id,
          0 as generation
     from flowforge.api_key
    where tenant_id = :tenant_id
      and (key_id = :key_id::uuid or (:key_id::uuid is null and name = :name))
    order by key_id desc
    limit 1)
   union all
  select made.created_by_kind,
         made.created_by,
         made.created_by_id,
         line.generation + 1
    from line
    join flowforge.api_key as made
      on made.tenant_id = :tenant_id
     and made.key_id = line.created_by_id
   where line.created_by_kind = 'key'
     and line.generation < 20
)
select created_by_kind as kind,
       created_by as name
  from line
 order by generation desc
 limit 1

-- name: add_vote
insert into flowforge.approval_vote
       (tenant_id, approval_id, vote_id, voter, kind, name, on_behalf_of, role, approved, hash, reason, voted_at)
values (:tenant_id, :approval_id, :vote_id, :voter, :kind, :name, :on_behalf_of, :role, :approved, :hash, :reason, flowforge.now())

-- name: void_votes
-- Of votes that count: all that are about another call than :hash, and that of :voter.
update flowforge.approval_vote
   set voided_at = flowforge.now(),
       voided_by = :voided_by
 where tenant_id = :tenant_id
   and approval_id = :approval_id
   and voided_at is null
   and (hash <> :hash or voter = :voter)
returning name

-- name: read_votes
-- Of these approvals, in the order in which they were given.
select approval_id,
       voter,
       kind,
       name,
       on_behalf_of,
       role,
       approved,
       hash,
       reason,
       voted_at,
       voided_by
  from flowforge.approval_vote
 where tenant_id = :tenant_id
   and approval_id = any(:approval_ids::uuid[])
 order by voted_at, vote_id

-- name: stands_in_for
-- Whose approvals somebody decides for them now.
select from_name
  from flowforge.approval_delegation
 where tenant_id = :tenant_id
   and to_name = :name
   and ended_at is null
   and expires_at > flowforge.now()
 order by from_name

-- name: insert_delegation
-- Nothing when one of that id is there.
insert into flowforge.approval_delegation (tenant_id, delegation_id, from_name, to_name, expires_at, created_by, created_at)
values (:tenant_id, :delegation_id, :from_name, :to_name, :expires_at, :created_by, flowforge.now())
    on conflict do nothing
returning delegation_id

-- name: end_delegations_of
-- Those of one person that hold: one at a time hands approvals on.
update flowforge.approval_delegation
   set ended_at = flowforge.now()
 where tenant_id = :tenant_id
   and from_name = :from_name
   and ended_at is null
   and delegation_id <> :besides
returning delegation_id

-- name: end_delegation
update flowforge.approval_delegation
   set ended_at = flowforge.now()
 where tenant_id = :tenant_id
   and delegation_id = :delegation_id
   and ended_at is null

-- name: find_delegation
select delegation_id, from_name, to_name, expires_at, created_by, created_at, ended_at
  from flowforge.approval_delegation
 where tenant_id = :tenant_id
   and delegation_id = :delegation_id

-- name: list_delegations
-- Those that hold, oldest first.
select delegation_id, from_name, to_name, expires_at, created_by, created_at, ended_at
  from flowforge.approval_delegation
 where tenant_id = :tenant_id
   and ended_at is null
   and expires_at > flowforge.now()
   and (:after::uuid is null or delegation_id > :after)
 order by delegation_id
 limit :limit
