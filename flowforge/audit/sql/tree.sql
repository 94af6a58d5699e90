-- name: tenants_to_keep
-- Whose log has entries to merge; with :signing also where a head is due. Jumps from tenant to tenant.
with recursive waiting as (
  (select tenant_id from flowforge.audit_unmerged order by tenant_id limit 1)
  union all
  select (
    select u.tenant_id from flowforge.audit_unmerged u where u.tenant_id > waiting.tenant_id order by u.tenant_id limit 1
  )
    from waiting
   where waiting.tenant_id is not null
)
select tenant_id from waiting where tenant_id is not null
 union
select tenant_id
  from flowforge.audit_tree
 where :signing::boolean
   and head_size < size
   and (head_at is null or head_at <= flowforge.now() - :every::interval or size - head_size >= :entries)

-- name: plant_tree
insert into flowforge.audit_tree (tenant_id)
values (:tenant_id)
    on conflict do nothing

-- name: take_tree
-- One merges at a time; whoever comes second goes on without waiting.
select size,
       range,
       head_size,
       head_digest,
       head_at,
       flowforge.now() as now
  from flowforge.audit_tree
 where tenant_id = :tenant_id
   for update skip locked

-- name: find_tree
select size, range, head_size, head_at from flowforge.audit_tree where tenant_id = :tenant_id

-- name: take_unmerged
-- The oldest committed entries, which wait no longer. An entry may commit after a younger one: then it comes later.
with taken as (
  select entry_id
    from flowforge.audit_unmerged
   where tenant_id = :tenant_id
   order by entry_id
   limit :limit
), gone as (
  delete from flowforge.audit_unmerged u
   using taken
   where u.tenant_id = :tenant_id
     and u.entry_id = taken.entry_id
  returning u.entry_id
)
select a.entry_id, a.leaf
  from gone
  join flowforge.audit a on a.tenant_id = :tenant_id and a.entry_id = gone.entry_id
 order by a.entry_id

-- name: add_leaves
insert into flowforge.audit_leaf (tenant_id, position, entry_id, hash)
select :tenant_id, :first::bigint + t.n - 1, t.entry_id, t.hash
  from unnest(:entry_ids::uuid[], :hashes::bytea[]) with ordinality as t (entry_id, hash, n)

-- name: add_nodes
insert into flowforge.audit_node (tenant_id, level, position, hash)
select :tenant_id, t.level, t.position, t.hash
  from unnest(:levels::smallint[], :positions::bigint[], :hashes::bytea[]) as t (level, position, hash)

-- name: grow_tree
update flowforge.audit_tree
   set size = :size, range = :range
 where tenant_id = :tenant_id

-- name: add_head
with head as (
  insert into flowforge.audit_head (tenant_id, size, head, signature, key_id, created_at)
  values (:tenant_id, :size, :head, :signature, :key_id, :at)
)
update flowforge.audit_tree
   set head_size = :size, head_digest = :digest, head_at = :at
 where tenant_id = :tenant_id

-- name: read_heads
-- In their order, from just above :after up to :upto.
select size, head, signature
  from flowforge.audit_head
 where tenant_id = :tenant_id
   and size > :after
   and size <= :upto
 order by size
 limit :limit

-- name: newest_heads
select size, head, signature
  from flowforge.audit_head
 where tenant_id = :tenant_id
   and size < :before
 order by size desc
 limit :limit

-- name: find_head
select size, head, signature
  from flowforge.audit_head
 where tenant_id = :tenant_id
   and size = :size

-- name: first_head_covering
-- The first head over the entry at this position.
select size, head, signature
  from flowforge.audit_head
 where tenant_id = :tenant_id
   and size > :position
 order by size
 limit 1

-- name: subtrees_of
-- What a span of leaves consists of: complete subtrees of 65,536 and of 256 leaves where there are some, and the leaves around them.
select 16::smallint as level, position << 16 as first, hash
  from flowforge.audit_node
 where tenant_id = :tenant_id and level = 16 and position >= :wide_first::bigint and position < :wide_last::bigint
 union all
select 8::smallint, position << 8, hash
  from flowforge.audit_node
 where tenant_id = :tenant_id
   and level = 8
   and position >= :narrow_first::bigint
   and position < :narrow_last::bigint
   and not (position >> 8 >= :wide_first and position >> 8 < :wide_last)
 union all
select 0::smallint, position, hash
  from flowforge.audit_leaf
 where tenant_id = :tenant_id
   and position >= :first::bigint
   and position < :last::bigint
   and not (position >> 8 >= :narrow_first and position >> 8 < :narrow_last)
 order by first

-- name: read_keys
-- The first first.
with recursive chain as (
  select k.*, 0 as n from flowforge.audit_key k where k.previous = ''
  union all
  select k.*, chain.n + 1 from flowforge.audit_key k join chain on k.previous = chain.key_id
)
select key_id, public_key, previous, introduction, signature, created_at from chain order by n

-- name: newest_key
select k.key_id
  from flowforge.audit_key k
 where not exists (select from flowforge.audit_key later where later.previous = k.key_id)

-- name: sealed_key
select sealed from flowforge.audit_signing_key where key_id = :key_id

-- name: add_key
-- Nothing when another process was quicker: a key has one successor.
with key as (
  insert into flowforge.audit_key (key_id, public_key, previous, introduction, signature, created_at)
  values (:key_id, :public_key, :previous, :introduction, :signature, :at)
      on conflict (previous) do nothing
  returning key_id
)
insert into flowforge.audit_signing_key (key_id, sealed)
select key_id, :sealed from key
returning key_id

-- name: now
select flowforge.now()
