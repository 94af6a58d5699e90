-- part: shares
-- Shares with the names of their owners.
select shared.share_id,
       shared.name,
       shared.number,
       shared.tree,
       shared.description,
       shared.reader_id,
       shared.shared_by,
       shared.created_at,
       tenant.name as owner,
       shared.tenant_id = :tenant_id as own

-- name: insert_share
-- The share, made unless there is one like it; nothing where there is no room.
with known as (
  select share_id
    from flowforge.shared_skill
   where tenant_id = :tenant_id
     and name = :name
     and tree = :tree
     and reader_id is not distinct from :reader_id
),
made as (
  insert into flowforge.shared_skill (tenant_id, share_id, name, number, tree, description, reader_id, archive, shared_by)
  select :tenant_id, :share_id, :name, :number, :tree, :description, :reader_id, :archive, :shared_by
   where not exists (select from known)
     and (select count(*) from flowforge.shared_skill as held where held.tenant_id = :tenant_id) < :most
  on conflict (tenant_id, share_id) do nothing
  returning share_id
)
select share_id, true as made from made
 union all
select share_id, false from known
 limit 1

-- name: own_share
-- use: shares
  from flowforge.shared_skill as shared
  join flowforge.tenant on tenant.tenant_id = shared.tenant_id
 where shared.tenant_id = :tenant_id
   and shared.share_id = :share_id

-- name: delete_share
delete from flowforge.shared_skill
 where tenant_id = :tenant_id
   and share_id = :share_id
returning name

-- name: list_shared
-- What a tenant shares or may read, by name. On the whole database: the rows of others are told by the condition alone.
-- use: shares
  from flowforge.shared_skill as shared
  join flowforge.tenant on tenant.tenant_id = shared.tenant_id
 where (shared.tenant_id = :tenant_id or shared.reader_id is null or shared.reader_id = :tenant_id)
   and (shared.tenant_id = :tenant_id or tenant.state = 'active')
   and (shared.name, shared.share_id) > (:after_name, :after_id)
 order by shared.name, shared.share_id
 limit :limit

-- name: read_shared
-- use: shares
       , shared.archive
  from flowforge.shared_skill as shared
  join flowforge.tenant on tenant.tenant_id = shared.tenant_id
 where (shared.tenant_id = :tenant_id or shared.reader_id is null or shared.reader_id = :tenant_id)
   and (shared.tenant_id = :tenant_id or tenant.state = 'active')
   and shared.share_id = :share_id
