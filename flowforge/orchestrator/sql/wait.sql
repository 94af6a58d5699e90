-- name: satisfied_waits
-- Open event waits, one row for each event that a step waits for: the event that satisfied it, if any, and whether the look-back has
-- been done.
select u.ord, w.place, w.looked, w.match_path, w.match_key, w.condition, w.event_name, w.since, e.event_id, e.key, e.name, e.data,
       e.received_at
  from unnest(:tenant_ids::uuid[], :run_ids::uuid[], :keys::text[]) with ordinality as u(tenant_id, run_id, key, ord)
  join flowforge.wait w on w.tenant_id = u.tenant_id and w.run_id = u.run_id and w.key = u.key
  left join flowforge.event e on e.tenant_id = w.tenant_id and e.event_id = w.event_id
 order by u.ord, w.place;

-- name: look_back
-- Events of a name since a moment, in order, one page after the last one seen.
select event_id, key, name, data, received_at
  from flowforge.event
 where tenant_id = :tenant_id
   and name = :event_name
   and (received_at, event_id) > (:after_time::timestamptz, :after_id::uuid)
   and event_id <> all(:consumed::uuid[])
   and test = (select r.test from flowforge.run r where r.tenant_id = :tenant_id and r.run_id = :run_id)
 order by received_at, event_id
 limit 200;

-- name: note_met
-- Keep what a look-back found for one of several awaited events, until the others have come too.
update flowforge.wait
   set event_id = :event_id
 where tenant_id = :tenant_id
   and run_id = :run_id
   and key = :key
   and place = :place
   and event_id is null;

-- name: event_of_run
-- What conditions see of the event that started a run.
select r.run_id, r.event_id, r.event_key, r.event_name, coalesce(convert_from(b.data, 'UTF8'), r.input) as input, r.received_at
  from flowforge.run r
  left join flowforge.blob b on b.tenant_id = r.tenant_id and b.run_id = r.run_id and b.blob_id = r.input_blob_id
 where r.tenant_id = :tenant_id
   and r.run_id = :run_id;

-- name: condition_paths
-- The distinct paths that open waits with a condition match on, for one event name (as many look-ups as there are paths).
with recursive path as (
  select (select min(w.match_path) from flowforge.wait w
           where w.tenant_id = :tenant_id and w.event_name = :event_name and w.event_id is null and w.condition <> '') as match_path
  union all
  select (select min(w.match_path) from flowforge.wait w
           where w.tenant_id = :tenant_id and w.event_name = :event_name and w.event_id is null and w.condition <> ''
             and w.match_path > p.match_path)
    from path p
   where p.match_path is not null
)
select match_path from path where match_path is not null;

-- name: conditional_waits
-- One page of the open waits with a condition that an event's name and matched value leave, each with the event of its run.
select w.run_id, w.key, w.place, w.condition, r.event_id, r.event_key, r.event_name,
       coalesce(convert_from(b.data, 'UTF8'), r.input) as input, r.received_at
  from flowforge.wait w
  join flowforge.run r on r.tenant_id = w.tenant_id and r.run_id = w.run_id
  left join flowforge.blob b on b.tenant_id = r.tenant_id and b.run_id = r.run_id and b.blob_id = r.input_blob_id
 where w.tenant_id = :tenant_id
   and w.event_name = :event_name
   and w.match_path = :match_path
   and w.match_key = :match_key
   and w.event_id is null
   and w.condition <> ''
   and (w.run_id, w.key, w.place) > (:after_run::uuid, :after_key::text, :after_place::smallint)
 order by w.run_id, w.key, w.place
 limit :limit;

-- name: ended_children
-- Child runs that have ended, and how; without a state: it was deleted.
select u.run_id, r.state, r.output, r.error, r.function_id, b.data as blob
  from unnest(:tenant_ids::uuid[], :run_ids::uuid[]) as u(tenant_id, run_id)
  left join flowforge.run r on r.tenant_id = u.tenant_id and r.run_id = u.run_id
  left join flowforge.blob b on b.tenant_id = r.tenant_id and b.run_id = r.run_id and b.blob_id = r.blob_id
 where r.state is distinct from 'open';
