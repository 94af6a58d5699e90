-- part: listening
-- Triggers by exact name, or with a wildcard behind one of the :stems, the beginnings that the names have.
  from flowforge.trigger t
  join flowforge.function f on f.function_id = t.function_id
 where (t.pattern = any(:names::text[])
        or t.pattern like '%*%' and left(split_part(t.pattern, '*', 1), 32) = any(:stems::text[]))

-- name: store_events
-- Store events with their dispatch rows; an event whose key was seen within seven days is left out and answered with the
-- first one's id. Always writes, so that sending it again settles a commit whose answer was lost. Arrays are sorted by key.
-- Answers the time, what is new, whose event each key is, and, where the caller is :listening, the triggers that may want these events
-- and whether any open wait may.
with t as materialized (
  select flowforge.now() as now
),
u as (
  select *
    from unnest(:event_ids::uuid[], :keys::text[], :known_keys::text[], :event_names::text[], :data::text[], :tests::boolean[])
         as u(event_id, key, known_key, name, data, test)
),
k as (
  insert into flowforge.event_key as known (tenant_id, key, event_id, received_at)
  select :tenant_id, u.known_key, u.event_id, t.now
    from u, t
   where u.known_key is not null
   order by u.known_key
      on conflict (tenant_id, key) do update
     set event_id = case when known.received_at < excluded.received_at - interval '7 days' then excluded.event_id else known.event_id end,
         received_at = case when known.received_at < excluded.received_at - interval '7 days' then excluded.received_at
                            else known.received_at end
  returning key, event_id
),
known as materialized (
  select jsonb_object_agg(key, event_id) as ids from k  -- to be looked up, where a join would be a loop over all of them
),
fresh as (
  select u.*
    from u, known
   where u.known_key is null or (known.ids ->> u.known_key)::uuid = u.event_id
),
e as (
  insert into flowforge.event (tenant_id, event_id, key, name, data, received_at, test)
  select :tenant_id, f.event_id, f.key, f.name, f.data, t.now, f.test
    from fresh f, t
   order by f.event_id
      on conflict (tenant_id, event_id) do update set name = excluded.name
  returning event_id, (xmax = 0) as inserted
),
d as (
  insert into flowforge.dispatch (tenant_id, kind, subject_id)
  select :tenant_id, 'e', e.event_id
    from e
   where e.inserted
   order by e.event_id
      on conflict do nothing
)
select 'now' as what, null as key, null::uuid as event_id, t.now as received_at, null as pattern, null as function_id, null::smallint as ordinal,
       null as condition, null as settings, null as version
  from t
union all
select 'new', null, e.event_id, null, null, null, null, null, null, null from e where e.inserted
union all
select 'key', k.key, k.event_id, null, null, null, null, null, null, null from k
union all
select 'trigger', null, null, null, t.pattern, t.function_id, t.ordinal, t.condition, f.settings, f.version
-- use: listening
   and (t.tenant_id is null or t.tenant_id = :tenant_id)
   and :listening::boolean
union all
select 'waits', null, null, null, null, null, null, null, null, null
 where exists (select from flowforge.wait w where w.tenant_id = :tenant_id and w.event_name = any(:names::text[]) and w.event_id is null)
 order by function_id, ordinal;

-- name: undispatched_events
-- Up to :limit committed events that nobody has matched yet, oldest first. Without ids: any that are older than :age seconds,
-- and those of the outbox at once.
select e.tenant_id, e.event_id, e.key, e.name, e.data, e.received_at, e.test
  from flowforge.dispatch d
  join flowforge.event e on e.tenant_id = d.tenant_id and e.event_id = d.subject_id
 where d.kind = 'e'
   and (:event_ids::uuid[] is null or (d.tenant_id = :tenant_id and d.subject_id = any(:event_ids::uuid[])))
   and (:event_ids::uuid[] is not null or d.outbox or d.created_at < now() - make_interval(secs => :age::float8))
 order by d.created_at, d.subject_id
 limit :limit;

-- name: postpone_dispatch
-- An event that could not be dispatched goes behind all others, and is tried again a minute later.
update flowforge.dispatch
   set created_at = now() + interval '1 minute', outbox = false
 where tenant_id = :tenant_id and kind = 'e' and subject_id = :event_id;

-- name: match_candidates
-- What might want these events: triggers, and the distinct paths that open waits match on (a loose index scan: as many look-ups as there are paths, however many waits).
with recursive n as (
  select *
    from unnest(:tenant_ids::uuid[], :names::text[]) as n(tenant_id, event_name)
),
path as (
  select n.tenant_id, n.event_name,
         (select min(w.match_path) from flowforge.wait w
           where w.tenant_id = n.tenant_id and w.event_name = n.event_name and w.event_id is null and w.condition = '') as match_path
    from n
  union all
  select p.tenant_id, p.event_name,
         (select min(w.match_path) from flowforge.wait w
           where w.tenant_id = p.tenant_id and w.event_name = p.event_name and w.event_id is null and w.condition = ''
             and w.match_path > p.match_path)
    from path p
   where p.match_path is not null
)
select 'trigger' as what, t.tenant_id, t.pattern, null as match_path, t.function_id, t.ordinal, t.condition, f.settings,
       f.version
-- use: listening
   and (t.tenant_id is null or t.tenant_id = any(:tenant_ids::uuid[]))
union all
select 'wait', p.tenant_id, p.event_name, p.match_path, null, null, null, null, null
  from path p
 where p.match_path is not null
union all
select 'condition', n.tenant_id, n.event_name, null, null, null, null, null, null
  from n
 where exists (select from flowforge.wait w
                where w.tenant_id = n.tenant_id and w.event_name = n.event_name and w.event_id is null and w.condition <> '')
 order by function_id, ordinal;

-- name: awaited_event
-- One event, as conditions see it.
select key, name, data, received_at from flowforge.event where tenant_id = :tenant_id and event_id = :event_id;

-- name: runs_of_events
-- The runs that events started or joined, in the order in which they were made.
select event_id, run_id
  from flowforge.run
 where tenant_id = :tenant_id
   and event_id = any(:event_ids::uuid[])
   and origin_run_id is null
union
select event_id, run_id
  from flowforge.event_fate
 where tenant_id = :tenant_id
   and event_id = any(:event_ids::uuid[])
   and fate = 'joined'
 order by run_id;

-- name: wake_parents
-- Ended child runs: wake the parents that wait for them, once each. Committed after the child's end, so that both sides
-- commit first and look second.
with ended as materialized (  -- looked up one by one: a join would be a loop over all dispatch rows for each child
  select d.place, c.tenant_id, c.parent_run_id
    from unnest(:tenant_ids::uuid[], :run_ids::uuid[]) as u(tenant_id, run_id)
    left join lateral (select c.tenant_id, c.parent_run_id
                         from flowforge.run c
                        where c.tenant_id = u.tenant_id and c.run_id = u.run_id
                       offset 0) c on true
    left join lateral (select d.ctid as place
                         from flowforge.dispatch d
                        where d.tenant_id = u.tenant_id and d.kind = 'r' and d.subject_id = u.run_id
                       offset 0) d on true
),
done as (
  delete from flowforge.dispatch where ctid = any(array(select place from ended where place is not null))
),
locked as materialized (
  select o.tenant_id, o.run_id
    from (select distinct tenant_id, parent_run_id from ended where parent_run_id is not null order by tenant_id, parent_run_id) p
   cross join lateral (select o.tenant_id, o.run_id
                         from flowforge.owner o
                        where o.tenant_id = p.tenant_id and o.run_id = p.parent_run_id
                          for no key update of o) o
)
update flowforge.owner o
   set state = case when o.state = 'p' and o.parked_for in ('s', 'w') then 'r' else o.state end,
       due = case when o.state = 'p' and o.parked_for in ('s', 'w') then null else o.due end,
       wake = o.wake or o.state = 'l' or o.parked_for is not distinct from 'p'
  from locked l
 where o.tenant_id = l.tenant_id and o.run_id = l.run_id
returning o.state::text;

-- name: unwoken_parents
-- Ended child runs, older than :age seconds, whose parents nobody has woken: what a crash left behind.
select tenant_id, subject_id as run_id
  from flowforge.dispatch
 where kind = 'r' and created_at < now() - make_interval(secs => :age::float8)
 order by created_at
 limit 500;

-- name: send_in_transaction
-- Put an event into the caller's transaction; a sweeper dispatches it once that has committed.
select flowforge.send(:name, :data::text::json, :key);
