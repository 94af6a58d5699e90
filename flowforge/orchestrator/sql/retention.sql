-- name: look_round_the_house
-- One glance for the housekeeper: is an act on many runs under way, did dead workers leave calls, is a tenant to be swept, or not known yet?
select exists (select from flowforge.bulk where ended_at is null) as bulk,
       exists (select from flowforge.reservation r
                where not exists (select from flowforge.worker w where w.worker_id = r.worker_id and w.alive)) as calls,
       exists (select from flowforge.retention where swept_at < (select flowforge.now()) - :every::interval)
         or exists (select from flowforge.tenant t where not exists (select from flowforge.retention r
                                                                where r.tenant_id = t.tenant_id)) as sweep;

-- name: find_retention
-- What a tenant has set, or the defaults of the table for one that has not.
select runs, events, frames, usage, swept_at from flowforge.retention where tenant_id = :tenant_id;

-- name: set_retention
-- A tenant's settings; the next sweep goes by them.
insert into flowforge.retention (tenant_id, runs, events, frames, usage)
values (:tenant_id, :runs, :events, :frames, :usage)
    on conflict (tenant_id) do update
   set runs = excluded.runs, events = excluded.events, frames = excluded.frames, usage = excluded.usage, swept_at = '-infinity',
       frames_place = null, keys_place = null, limits_place = null
returning runs, events, frames, usage, swept_at;

-- name: know_tenants
-- Every tenant has a row, so that there is something to lock and to remember the last sweep in.
insert into flowforge.retention (tenant_id)
select t.tenant_id
  from flowforge.tenant t
 where not exists (select from flowforge.retention r
                                                                where r.tenant_id = t.tenant_id)
 order by t.tenant_id
    on conflict do nothing;

-- name: tenants_to_sweep
-- Those whose last sweep is long ago.
select tenant_id from flowforge.retention where swept_at < (select flowforge.now()) - :every::interval order by swept_at limit 100;

-- name: take_sweep
-- One tenant, for the length of one batch. No row: somebody else is at it.
select r.runs, r.events, r.frames, r.usage, r.frames_place, r.keys_place, r.limits_place, (select flowforge.now()) as now
  from flowforge.retention r
 where r.tenant_id = :tenant_id
   for no key update skip locked;

-- name: end_sweep
-- The tenant is swept.
update flowforge.retention set swept_at = (select flowforge.now()) where tenant_id = :tenant_id;

-- name: move_frames_place
-- Runs up to here have lost their frames.
update flowforge.retention set frames_place = :place where tenant_id = :tenant_id;

-- name: runs_to_drop
-- The next runs in the order of their ids, which is that of their making: which of them may go, and whether any is old at all. A
-- finished child stays as long as its parent is open.
select r.run_id, r.created_at < :older_than as old,
       r.ended_at < :older_than and r.state <> 'open'
         and (r.parent_run_id is null
              or not exists (select from flowforge.owner p where p.tenant_id = r.tenant_id and p.run_id = r.parent_run_id)) as droppable
  from flowforge.run r
 where r.tenant_id = :tenant_id
   and r.run_id > :place
 order by r.run_id
 limit :limit;

-- name: drop_frames
-- The frames of some runs.
delete from flowforge.frame f
 using unnest(:run_ids::uuid[]) as u(run_id)
 where f.tenant_id = :tenant_id and f.stream_id = u.run_id;

-- name: drop_shared_frames
-- Old frames that stand on the streams of tasks and agents alone, the oldest of each stream.
delete from flowforge.frame f
 using flowforge.stream s
 cross join lateral (select x.seq
                       from flowforge.frame x
                      where x.tenant_id = s.tenant_id and x.stream_id = s.stream_id
                      order by x.seq
                      limit 20) first
 where s.tenant_id = :tenant_id
   and f.tenant_id = s.tenant_id and f.stream_id = s.stream_id and f.seq = first.seq
   and f.created_at < :older_than;

-- name: events_to_drop
-- The next events in the order of their ids: which of them may go. Those stay that nobody has matched yet, that have satisfied a
-- wait which has not taken them, and that an open wait has not looked back at yet.
select e.event_id, e.received_at < :older_than as old,
       e.received_at < :older_than
         and not exists (select from flowforge.dispatch d where d.tenant_id = e.tenant_id and d.kind = 'e' and d.subject_id = e.event_id)
         and not exists (select from flowforge.wait w where w.tenant_id = e.tenant_id and w.event_id = e.event_id)
         and not exists (select from flowforge.wait w
                          where w.tenant_id = e.tenant_id and w.event_name = e.name and w.event_id is null and not w.looked
                            and w.since <= e.received_at) as droppable
  from flowforge.event e
 where e.tenant_id = :tenant_id
   and e.event_id > :place
 order by e.event_id
 limit :limit;

-- name: drop_events
-- These events, and why they had no run of their own.
with fates as (
  delete from flowforge.event_fate f
   using unnest(:event_ids::uuid[]) as u(event_id)
   where f.tenant_id = :tenant_id and f.event_id = u.event_id
)
delete from flowforge.event e
 using unnest(:event_ids::uuid[]) as u(event_id)
 where e.tenant_id = :tenant_id and e.event_id = u.event_id;

-- name: drop_usage
-- Usage that is old, the first of it.
delete from flowforge.usage x
 using (select y.usage_id
          from flowforge.usage y
         where y.tenant_id = :tenant_id
         order by y.usage_id
         limit :limit) first
 where x.tenant_id = :tenant_id and x.usage_id = first.usage_id and x.created_at < :older_than
returning x.usage_id;

-- name: drop_keys
-- Senders' ids of events, after the seven days in which they deduplicate.
with old as materialized (
  select y.key
    from flowforge.event_key y
   where y.tenant_id = :tenant_id and y.received_at < (select flowforge.now()) - interval '7 days'
   order by y.received_at
   limit :limit
     for update skip locked
)
delete from flowforge.event_key k
 using old
 where k.tenant_id = :tenant_id and k.key = old.key
returning k.key;

-- name: drop_requests
-- Answers that were kept for repeated requests, after their 24 hours.
with old as materialized (
  select y.key
    from flowforge.idempotent_request y
   where y.tenant_id = :tenant_id and y.created_at < (select flowforge.now()) - interval '24 hours'
   order by y.created_at
   limit :limit
     for update skip locked
)
delete from flowforge.idempotent_request k
 using old
 where k.tenant_id = :tenant_id and k.key = old.key
returning k.key;

-- name: drop_bulks
-- Acts on many runs that were done long ago; the audit log keeps that they were.
delete from flowforge.bulk where tenant_id = :tenant_id and ended_at < :older_than returning bulk_id;

-- name: take_keys
-- The next rows in which dispatchers remember what was done for keys, locked; those that are in use are passed over.
select k.function_id, k.purpose::text, k.key
  from flowforge.keyed k
 where k.tenant_id = :tenant_id
   and (k.function_id, k.purpose, k.key) > (:place_function::text, :place_purpose::text::"char", :place_key::text)
 order by k.function_id, k.purpose, k.key
 limit :limit
   for update skip locked;

-- name: drop_keyed
-- Of these locked rows, those that say nothing any more: a window that is over, a rate that is free again, a run that has ended. This
-- statement begins after they were locked, so it sees the runs of whoever had them before.
delete from flowforge.keyed k
 using unnest(:functions::text[], :purposes::text[], :keys::text[], :windows::float8[]) as u(function_id, purpose, key, seconds),
       (select extract(epoch from flowforge.now())::float8 as now) t
 where k.tenant_id = :tenant_id and k.function_id = u.function_id and k.purpose = u.purpose::"char" and k.key = u.key
   and case k.purpose
         when 'i' then k.at is null or k.at + u.seconds < t.now
         when 'r' then k.tat is null or k.tat < t.now
         else not exists (select from flowforge.owner o where o.tenant_id = k.tenant_id and o.run_id = k.run_id)
       end
returning k.key;

-- name: function_settings
-- What functions have published.
select function_id, settings from flowforge.function;

-- name: take_limits
-- The next limits of keys, locked; those that are in use are passed over.
select l.limit_id
  from flowforge.flow_limit l
 where l.tenant_id = :tenant_id and l.key <> '' and l.limit_id > :place
 order by l.limit_id
 limit :limit
   for update skip locked;

-- name: drop_limits
-- Of these locked limits, those that no run counts against any more, with what is left of slots; a throttle only once it is open. This statement
-- begins after they were locked, and whoever makes a run that counts against one locks it.
with counted as materialized (
  select distinct x.limit_id from flowforge.owner o cross join unnest(o.limits) as x(limit_id) where o.tenant_id = :tenant_id
),
idle as materialized (
  select l.limit_id
    from flowforge.flow_limit l
   where l.limit_id = any(:limit_ids::uuid[])
     and (l.tat is null or l.tat < extract(epoch from flowforge.now()))
     and not exists (select from counted c where c.limit_id = l.limit_id)
     and not exists (select from flowforge.slot s
                       join flowforge.owner o on o.tenant_id = s.tenant_id and o.run_id = s.run_id and o.state = 'l' and o.fence = s.fence
                      where s.limit_id = l.limit_id)
),
slots as (
  delete from flowforge.slot s using idle where s.limit_id = idle.limit_id
)
delete from flowforge.flow_limit l using idle where l.limit_id = idle.limit_id returning l.limit_id;

-- name: move_flow_places
-- So far dispatchers' keys and limits have been looked at; null: begin again.
update flowforge.retention set keys_place = :keys, limits_place = :limits where tenant_id = :tenant_id;

-- name: drop_orphan_blobs
-- Large inputs of runs that never came into being, because whoever wrote them died before the flush that names them; among some, in the
-- order of their runs' ids, which begin with the time: those of the last three days, but for an hour.
with bounds as materialized (
  select (lpad(to_hex((extract(epoch from n.now - interval '3 days') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid as first,
         (lpad(to_hex((extract(epoch from n.now - interval '1 hour') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid as last
    from (select flowforge.now() as now) n
),
looked as materialized (
  select b.run_id, b.blob_id,
         not exists (select from flowforge.run r where r.tenant_id = b.tenant_id and r.run_id = b.run_id) as orphan
    from flowforge.blob b
   where b.tenant_id = :tenant_id and b.run_id > greatest(:place, (select first from bounds)) and b.run_id < (select last from bounds)
   order by b.run_id, b.blob_id
   limit :limit
),
gone as (
  delete from flowforge.blob b using looked s where s.orphan and b.tenant_id = :tenant_id and b.run_id = s.run_id and b.blob_id = s.blob_id
)
select run_id from looked order by run_id;

-- name: drop_workers
-- Lives of workers that ended a day ago and hold nothing, with their heartbeats; these are real days, whatever the clock of tests says.
with gone as (
  delete from flowforge.worker w
   where not w.alive and w.ended_at < now() - interval '1 day'
     and not exists (select from flowforge.owner o where o.state = 'l' and o.worker_id = w.worker_id)
  returning w.worker_id
)
delete from flowforge.heartbeat h using gone where h.worker_id = gone.worker_id;
