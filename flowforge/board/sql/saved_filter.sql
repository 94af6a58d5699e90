-- part: saved_filter
filter_id,
       person_id,
       name,
       query,
       revision,
       created_by,
       created_at,
       updated_at

-- name: create_filter
-- Nothing happens when the name is taken.
insert into flowforge.saved_filter
       (tenant_id, filter_id, person_id, name, query, created_by_kind, created_by, created_at, updated_at)
values (:tenant_id, :filter_id, :person_id, :name, :query, :created_by_kind, :created_by, (select flowforge.now()), (select flowforge.now()))
    on conflict do nothing
returning
-- use: saved_filter

-- name: count_filters
select count(*)
  from flowforge.saved_filter
 where tenant_id = :tenant_id
   and person_id is not distinct from :person_id::uuid

-- part: this_filter
-- The person's own, before a shared one of the same name.
  from flowforge.saved_filter
 where tenant_id = :tenant_id
   and (person_id is null or person_id = :person_id)
   and (filter_id = :filter_id or lower(name) = lower(:name))
 order by filter_id = :filter_id desc nulls last,
          person_id nulls last
 limit 1

-- name: find_filter
select
-- use: saved_filter
-- use: this_filter

-- name: lock_filter
-- The same, until the transaction ends.
select
-- use: saved_filter
-- use: this_filter
   for no key update

-- name: filter_of_name
select filter_id
  from flowforge.saved_filter
 where tenant_id = :tenant_id
   and person_id is not distinct from :person_id::uuid
   and lower(name) = lower(:name)

-- name: list_filters
select
-- use: saved_filter
  from flowforge.saved_filter
 where tenant_id = :tenant_id
   and (person_id is null or person_id = :person_id)
   and (:after::uuid is null or filter_id > :after)
 order by filter_id
 limit :limit

-- name: change_filter
update flowforge.saved_filter
   set name = :name,
       query = :query,
       revision = revision + 1,
       updated_at = (select flowforge.now())
 where tenant_id = :tenant_id
   and filter_id = :filter_id
returning
-- use: saved_filter

-- name: delete_filter
delete from flowforge.saved_filter
 where tenant_id = :tenant_id
   and filter_id = :filter_id
