-- name: make_bulk
-- An act on many runs is written down. Repeating it with the same id changes nothing.
insert into flowforge.bulk
       (tenant_id, bulk_id, action, filter, options, principal_kind, principal, as_of, expected, created_at)
values (:tenant_id, :bulk_id, :action, :filter, :options, :principal_kind, :principal, :as_of, :expected, (select flowforge.now()))
    on conflict (tenant_id, bulk_id) do nothing
returning bulk_id;

-- name: find_bulk
-- How far it has got.
select * from flowforge.bulk where tenant_id = :tenant_id and bulk_id = :bulk_id;

-- name: list_bulks
-- The newest acts on many runs.
select *
  from flowforge.bulk
 where tenant_id = :tenant_id
   and (:before::uuid is null or bulk_id < :before)
 order by bulk_id desc
 limit :limit;

-- name: take_bulk
-- One that is not done, for the length of one batch: the given one, or the oldest that nobody is at.
select *
  from flowforge.bulk
 where ended_at is null
   and (:bulk_id::uuid is null or (tenant_id = :tenant_id and bulk_id = :bulk_id))
 order by bulk_id
 limit 1
   for no key update skip locked;

-- name: lock_batch
-- The owner rows of a batch and of its parents, in the order in which everybody locks them.
select o.run_id
  from flowforge.owner o
 where o.tenant_id = :tenant_id
   and o.run_id in (select unnest(:run_ids::uuid[])
                    union
                    select r.parent_run_id
                      from flowforge.run r
                     where r.tenant_id = :tenant_id and r.run_id = any(:run_ids::uuid[]) and r.parent_run_id is not null)
 order by o.tenant_id, o.run_id
   for no key update of o;

-- name: move_bulk
-- The place after a batch, in the transaction of its acts.
update flowforge.bulk
   set place = coalesce(:place::uuid, place),
       done = done + :done,
       refused = refused + :refused,
       ended_at = case when :over then (select flowforge.now()) end
 where tenant_id = :tenant_id
   and bulk_id = :bulk_id;

-- name: moment
-- The moment that the engine goes by.
select flowforge.now();
