-- name: due_schedules
-- Up to :limit schedules whose moment to be looked at has come, locked until commit; those that another worker holds are passed over.
-- `undispatched` and `going_on` are about the last firing: whether it has made its runs yet, and the one that has not ended.
select s.*, flowforge.now() as now,
       exists (select from flowforge.dispatch d
                where d.tenant_id = s.tenant_id and d.kind = 'e' and d.subject_id = s.last_event_id) as undispatched,
       (select r.run_id from flowforge.run r
         where r.tenant_id = s.tenant_id and r.event_id = s.last_event_id and r.function_id = s.function_id and r.state = 'open'
         limit 1) as going_on
  from flowforge.schedule s
 where s.due <= flowforge.now()
   and not exists (select from flowforge.tenant n where n.tenant_id = s.tenant_id and n.state <> 'active')
 order by s.due, s.tenant_id, s.function_id, s.cron, s.zone
 limit :limit
   for no key update of s skip locked;

-- name: move_schedules
-- On to their next times. The caller holds the rows' locks.
update flowforge.schedule s
   set scheduled_for = u.scheduled_for, due = u.due, waiting = u.waiting,
       last_fired_at = coalesce(u.fired_at, s.last_fired_at), last_event_id = coalesce(u.event_id, s.last_event_id)
  from unnest(:tenant_ids::uuid[], :function_ids::text[], :crons::text[], :zones::text[], :scheduled_for::timestamptz[],
              :due::timestamptz[], :waiting::boolean[], :fired_at::timestamptz[], :event_ids::uuid[])
       as u(tenant_id, function_id, cron, zone, scheduled_for, due, waiting, fired_at, event_id)
 where s.tenant_id = u.tenant_id and s.function_id = u.function_id and s.cron = u.cron and s.zone = u.zone;

-- name: skip_firing
-- A time that is passed over because an earlier run goes on: its event, already matched, and a run that never was. Repeating it
-- changes nothing.
with t as materialized (
  select flowforge.now() as now
),
e as (
  insert into flowforge.event (tenant_id, event_id, name, data, received_at)
  select :tenant_id, :event_id, :name, :data, t.now
    from t
      on conflict (tenant_id, event_id) do nothing
  returning received_at
),
r as (
  insert into flowforge.run (tenant_id, run_id, function_id, version, state, event_id, event_name, input, received_at, error, created_at,
                             ended_at, end_seq)
  select :tenant_id, :run_id, f.function_id, f.version, 'skipped', :event_id, :name, :data, e.received_at, :error, t.now, t.now, 2
    from flowforge.function f, e, t
   where f.function_id = :function_id
  returning tenant_id, run_id
)
-- use: news
  from (select r.tenant_id, r.run_id as stream_id, x.seq, x.name, null as data
          from r
         cross join (values (1, 'run.queued'), (2, 'run.skipped')) as x(seq, name)) n
 where
-- use: followed
;
