-- name: make_erasure
-- A look for what is held about somebody begins. Repeating it with the same id changes nothing.
insert into flowforge.erasure (tenant_id, erasure_id, state, matches, kinds, principal_kind, principal, created_at)
values (:tenant_id, :erasure_id, 'looking', :matches, :kinds, :principal_kind, :principal, (select flowforge.now()))
    on conflict (tenant_id, erasure_id) do nothing
returning erasure_id;

-- name: find_erasure
-- How far it has got.
select * from flowforge.erasure where tenant_id = :tenant_id and erasure_id = :erasure_id;

-- name: list_erasures
-- The newest first, from before the given one on.
select *
  from flowforge.erasure
 where tenant_id = :tenant_id
   and (:before::uuid is null or erasure_id < :before)
 order by erasure_id desc
 limit :limit;

-- name: lock_erasure
-- One act, for whoever changes what becomes of it.
select * from flowforge.erasure where tenant_id = :tenant_id and erasure_id = :erasure_id for no key update;

-- name: take_erasure
-- One that goes on, for the length of one batch: the given one, or the oldest that nobody is at.
select *
  from flowforge.erasure
 where state in ('looking', 'erasing', 'checking')
   and (:erasure_id::uuid is null or (tenant_id = :tenant_id and erasure_id = :erasure_id))
 order by erasure_id
 limit 1
   for no key update skip locked;

-- name: move_look
-- The place after a batch of a look, in the transaction of what it marked.
update flowforge.erasure set place = :place where tenant_id = :tenant_id and erasure_id = :erasure_id;

-- name: end_look
-- The first look is through: a person decides.
update flowforge.erasure set state = 'found', found = :found, place = '{}' where tenant_id = :tenant_id and erasure_id = :erasure_id;

-- name: confirm_erasure
-- A person has confirmed what was found.
update flowforge.erasure
   set state = 'erasing', force = :force, round = 1, confirmed_at = (select flowforge.now())
 where tenant_id = :tenant_id and erasure_id = :erasure_id and state = 'found'
returning erasure_id;

-- name: count_erased
-- What one batch has erased, in its transaction.
update flowforge.erasure set erased = :erased where tenant_id = :tenant_id and erasure_id = :erasure_id;

-- name: check_erasure
-- Nothing marked is left to do: it looks again. What was left until now must be seen again to count as left.
with unseen as (
  update flowforge.erasure_mark set seen = false where tenant_id = :tenant_id and erasure_id = :erasure_id
)
update flowforge.erasure set state = 'checking', place = '{}' where tenant_id = :tenant_id and erasure_id = :erasure_id;

-- name: erase_again
-- The look has found more, which came in the meantime.
update flowforge.erasure set state = 'erasing', round = round + 1, place = '{}' where tenant_id = :tenant_id and erasure_id = :erasure_id;

-- name: end_erasure
-- The act is over and forgets whom it was about.
with gone as (
  delete from flowforge.erasure_mark where tenant_id = :tenant_id and erasure_id = :erasure_id
)
update flowforge.erasure
   set state = 'ended', matches = '[]', place = '{}', remaining = :remaining, ended_at = (select flowforge.now())
 where tenant_id = :tenant_id and erasure_id = :erasure_id;

-- name: drop_erasure
-- An act that nobody has confirmed goes, with what it had found.
with gone as (
  delete from flowforge.erasure_mark where tenant_id = :tenant_id and erasure_id = :erasure_id
)
delete from flowforge.erasure where tenant_id = :tenant_id and erasure_id = :erasure_id;

-- name: stale_erasures
-- Acts that nobody has confirmed in time: they hold whom they are about.
select tenant_id, erasure_id
  from flowforge.erasure
 where state = 'found' and created_at < (select flowforge.now()) - :age::interval
 order by erasure_id
 limit 100
   for no key update skip locked;

-- name: erasures_under_way
-- One glance: does an act go on, or wait too long for a word?
select exists (select from flowforge.erasure
                where state in ('looking', 'erasing', 'checking')
                   or (state = 'found' and created_at < (select flowforge.now()) - :age::interval));

-- name: add_marks
-- What a batch of a look has found.
insert into flowforge.erasure_mark (tenant_id, erasure_id, holding, subject, because)
select distinct on (u.holding, u.subject) :tenant_id, :erasure_id, u.holding, u.subject, u.because
  from unnest(:holdings::text[], :subjects::text[], :becauses::text[]) as u(holding, subject, because)
    on conflict (tenant_id, erasure_id, holding, subject) do update set seen = true;

-- name: add_what_came_of_it
-- At the end of a look: runs that marked events started or woke, and whatever those and marked runs invoked or were replayed into.
with recursive marked as materialized (
  select m.holding, m.subject
    from flowforge.erasure_mark m
   where m.tenant_id = :tenant_id and m.erasure_id = :erasure_id and m.seen and m.holding in ('run', 'event')
),
subject (run_id) as (
  select m.subject::uuid from marked m where m.holding = 'run'
  union
  select r.run_id from marked m join flowforge.run r on r.tenant_id = :tenant_id and r.event_id = m.subject::uuid where m.holding = 'event'
  union
  select w.run_id from marked m join flowforge.wait w on w.tenant_id = :tenant_id and w.event_id = m.subject::uuid where m.holding = 'event'
  union
  select r.run_id
    from subject s
    join flowforge.run r on r.tenant_id = :tenant_id and (r.parent_run_id = s.run_id or r.origin_run_id = s.run_id)
)
insert into flowforge.erasure_mark (tenant_id, erasure_id, holding, subject)
select :tenant_id, :erasure_id, 'run', s.run_id::text from subject s
    on conflict (tenant_id, erasure_id, holding, subject) do update set seen = true;

-- name: what_came_of
-- For a copy: the runs of these events, and whatever those and these runs invoked or were replayed into.
with recursive subject (run_id) as (
  select unnest(:run_ids::uuid[])
  union
  select r.run_id from flowforge.run r where r.tenant_id = :tenant_id and r.event_id = any(:event_ids::uuid[])
  union
  select w.run_id from flowforge.wait w where w.tenant_id = :tenant_id and w.event_id = any(:event_ids::uuid[])
  union
  select r.run_id
    from subject s
    join flowforge.run r on r.tenant_id = :tenant_id and (r.parent_run_id = s.run_id or r.origin_run_id = s.run_id)
)
select run_id from subject order by run_id limit :limit;

-- name: next_marks
-- What is to be erased next: runs before the events that they may wait for, then the rest.
select m.holding, m.subject
  from flowforge.erasure_mark m
 where m.tenant_id = :tenant_id and m.erasure_id = :erasure_id and m.because is null
 order by case m.holding when 'run' then 0 when 'event' then 1 else 2 end, m.holding, m.subject
 limit :limit;

-- name: drop_marks
-- These are erased.
delete from flowforge.erasure_mark m
 using unnest(:holdings::text[], :subjects::text[]) as u(holding, subject)
 where m.tenant_id = :tenant_id and m.erasure_id = :erasure_id and m.holding = u.holding and m.subject = u.subject;

-- name: leave_marks
-- These are left, and why.
update flowforge.erasure_mark m
   set because = u.because
  from unnest(:holdings::text[], :subjects::text[], :becauses::text[]) as u(holding, subject, because)
 where m.tenant_id = :tenant_id and m.erasure_id = :erasure_id and m.holding = u.holding and m.subject = u.subject;

-- name: drop_unseen_marks
-- What the last look has not seen any more is gone.
delete from flowforge.erasure_mark where tenant_id = :tenant_id and erasure_id = :erasure_id and not seen;

-- name: retry_left
-- Once more: what was left because it was in use may be free by now.
update flowforge.erasure_mark set because = null where tenant_id = :tenant_id and erasure_id = :erasure_id and because = :because;

-- name: sum_marks
-- What is marked, by kind and by why it stays; how many of the runs go on; a few ids where a kind has ids.
select m.holding, m.because, count(*) as count, count(o.run_id) as open,
       (array_agg(m.subject order by m.subject desc) filter (where m.holding in ('run', 'event')))[1:10] as sample
  from flowforge.erasure_mark m
  left join flowforge.owner o on o.tenant_id = m.tenant_id and m.holding = 'run' and o.run_id::text = m.subject
 where m.tenant_id = :tenant_id and m.erasure_id = :erasure_id
 group by m.holding, m.because
 order by m.holding, m.because nulls first;

-- name: large_documents
-- Inputs and outputs of runs where they lie out of row.
select r.run_id, i.data as input, o.data as output
  from flowforge.run r
  left join flowforge.blob i on i.tenant_id = r.tenant_id and i.run_id = r.run_id and i.blob_id = r.input_blob_id
  left join flowforge.blob o on o.tenant_id = r.tenant_id and o.run_id = r.run_id and o.blob_id = r.blob_id
 where r.tenant_id = :tenant_id and r.run_id = any(:run_ids::uuid[]) and (r.input_blob_id is not null or r.blob_id is not null);

-- name: which_are_runs
-- Of these ids, those of runs.
select run_id from flowforge.run where tenant_id = :tenant_id and run_id = any(:ids::uuid[]);

-- name: children_of_open_runs
-- Of these runs, those whose parent goes on.
select r.run_id
  from flowforge.run r
  join flowforge.owner p on p.tenant_id = r.tenant_id and p.run_id = r.parent_run_id
 where r.tenant_id = :tenant_id and r.run_id = any(:run_ids::uuid[]);
