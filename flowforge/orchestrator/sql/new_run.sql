-- Runs that no event started: by a call, by another run, as a replay. Flow control is applied to them after the commit that made them
-- (`shape_runs`); the parts are those of dispatch.sql.

-- name: start_run
-- Make a run without an event: its row and its owner row, ready, or waiting for its function's flow control to be applied. Repeating it
-- with the same id changes nothing.
with t as materialized (
  select flowforge.now() as now
),
-- use: virtual
,
f as materialized (
  select function_id, version, controlled, builtin from flowforge.function where function_id = :function_id
),
r as (
  insert into flowforge.run (tenant_id, run_id, function_id, version, event_name, input, received_at, agent_id, task_id, created_at, test)
  select :tenant_id, :run_id, f.function_id, f.version, 'flowforge/call', :input, t.now, :agent_id, :task_id, t.now, :test
    from f, t
      on conflict (tenant_id, run_id) do update set function_id = excluded.function_id
  returning tenant_id, run_id, function_id, agent_id, (xmax = 0) as queued
),
new as materialized (
  select r.tenant_id, r.run_id, r.function_id, r.agent_id, r.queued, false as prioritized from r
),
-- use: turns
,
o as (
  insert into flowforge.owner (tenant_id, run_id, function_id, state, parked_for, vt, ordered, limits, version)
  select n.tenant_id, n.run_id, n.function_id, case when f.controlled then 'p' else 'r' end, case when f.controlled then 'n' end, g.last_vt,
         g.ordered,
-- use: lane
         , case when not f.builtin then f.version end
    from new n
    join last g on g.tenant_id = n.tenant_id,
         f
   where n.queued
),
shaped as (
  insert into flowforge.dispatch (tenant_id, kind, subject_id)
  select n.tenant_id, 'n', n.run_id from new n, f where n.queued and f.controlled
),
told as (
-- use: news
    from (select r.tenant_id, r.run_id as stream_id, 1 as seq, 'run.queued' as name, null as data from r where r.queued) n
   where
-- use: followed
)
select queued from r;

-- name: unshaped_runs
-- Runs that were started without an event and wait for flow control to be applied: these, or any that are older than :age seconds; and
-- those that ended before that.
select d.tenant_id, d.subject_id as run_id, r.function_id, r.event_name, r.input, r.received_at, r.test, f.settings, o.run_id is not null as is_open
  from flowforge.dispatch d
  left join flowforge.owner o on o.tenant_id = d.tenant_id and o.run_id = d.subject_id
  left join flowforge.run r on r.tenant_id = d.tenant_id and r.run_id = d.subject_id
  left join flowforge.function f on f.function_id = r.function_id
 where d.kind = 'n'
   and (:run_ids::uuid[] is null or d.subject_id = any(:run_ids::uuid[]))
   and (:run_ids::uuid[] is not null or d.created_at < now() - make_interval(secs => :age::float8))
 order by d.created_at
 limit 500;

-- name: forget_unshaped
-- Runs that ended before flow control was applied need none.
delete from flowforge.dispatch d
 using unnest(:tenant_ids::uuid[], :run_ids::uuid[]) as u(tenant_id, run_id)
 where d.tenant_id = u.tenant_id and d.kind = 'n' and d.subject_id = u.run_id
   and not exists (select from flowforge.owner o where o.tenant_id = u.tenant_id and o.run_id = u.run_id);

-- name: lock_new_runs
-- Which of these runs still wait for flow control; locked until commit.
select d.subject_id as run_id
  from flowforge.dispatch d
  join unnest(:tenant_ids::uuid[], :run_ids::uuid[]) as u(tenant_id, run_id)
    on d.tenant_id = u.tenant_id and d.kind = 'n' and d.subject_id = u.run_id
 order by d.tenant_id, d.subject_id
   for update of d;

-- name: shape_runs
-- Apply flow control to runs that were started without an event, once: whoever deletes the dispatch row does it.
with t as materialized (
  select flowforge.now() as now
),
done as (
  delete from flowforge.dispatch d
   using unnest(:tenant_ids::uuid[], :run_ids::uuid[]) as u(tenant_id, run_id)
   where d.tenant_id = u.tenant_id and d.kind = 'n' and d.subject_id = u.run_id
  returning d.tenant_id, d.subject_id as run_id
),
new as materialized (
  select u.*
    from unnest(:tenant_ids::uuid[], :run_ids::uuid[], :priorities::smallint[], :prioritized::boolean[], :limits::text[], :starts::float8[],
                :finishes::float8[], :errors::text[]) as u(tenant_id, run_id, priority, prioritized, limits, start_in, finish_in, error)
    join done on done.tenant_id = u.tenant_id and done.run_id = u.run_id
),
ordering as (  -- from the first priority on, the tenant's turns go by priority
  update flowforge.share f
     set ordered = true
    from (select distinct tenant_id from new where prioritized) n
   where f.tenant_id = n.tenant_id and not f.ordered
),
o as (
  update flowforge.owner o
     set state = case when o.state = 'p' and o.parked_for = 'n' then 'r' else o.state end,  -- one that is paused meanwhile stays so
         parked_for = case when o.parked_for is distinct from 'n' then o.parked_for end, limits = o.limits || n.limits::uuid[], priority = n.priority, ordered = o.ordered or n.prioritized,
         deadline = case when o.started_at is null then t.now + n.start_in * interval '1 second' else o.deadline end, finish_seconds = n.finish_in
    from new n, t
   where o.tenant_id = n.tenant_id and o.run_id = n.run_id and o.state <> 'l' and n.error is null
),
-- use: limited
,
cancellable as (
  insert into flowforge.wait (tenant_id, run_id, key, event_name, match_path, match_key, condition, since, looked, cancels, until)
  select n.tenant_id, n.run_id, u.key, u.event_name, u.match_path, u.match_key, u.condition, t.now, true, true,
         t.now + u.within * interval '1 second'
    from unnest(:cancel_run_ids::uuid[], :cancel_keys::text[], :cancel_events::text[], :cancel_paths::text[], :cancel_matches::text[],
                :cancel_conditions::text[], :cancel_withins::float8[])
         as u(run_id, key, event_name, match_path, match_key, condition, within)
    join new n on n.run_id = u.run_id and n.error is null,
         t
      on conflict do nothing
),
skipped as (
  update flowforge.run r
     set state = 'skipped', error = n.error, ended_at = t.now, end_seq = 2
    from new n, t
   where r.tenant_id = n.tenant_id and r.run_id = n.run_id and n.error is not null and r.state = 'open'
  returning r.tenant_id, r.run_id, r.parent_run_id
),
gone as (
  delete from flowforge.owner o using skipped s where o.tenant_id = s.tenant_id and o.run_id = s.run_id
),
told as (
  insert into flowforge.dispatch (tenant_id, kind, subject_id)
  select s.tenant_id, 'r', s.run_id from skipped s where s.parent_run_id is not null
),
noticed as (
  insert into flowforge.webhook_notice (tenant_id, name, subject_id, created_at)
  select n.tenant_id, n.name, n.run_id, t.now
    from (select s.tenant_id, 'run.skipped' as name, s.run_id from skipped s) n, t
   where
-- use: heard
),
told_ends as (
-- use: news
    from (select s.tenant_id, s.run_id as stream_id, 2 as seq, 'run.skipped' as name, null as data from skipped s) n
   where
-- use: followed
)
select tenant_id, run_id, parent_run_id from skipped where parent_run_id is not null;

-- name: replay_run
-- The new run with its owner row: ready, or waiting for its function's flow control to be applied. Its fence begins at 1, as if it had been
-- leased before: a worker then reads its steps. Repeating it with the same id changes nothing.
with t as materialized (
  select flowforge.now() as now
),
-- use: virtual
,
origin as materialized (
  select * from flowforge.run where tenant_id = :tenant_id and run_id = :run_id
),
r as (
  insert into flowforge.run
         (tenant_id, run_id, function_id, version, event_id, event_name, event_key, input, input_blob_id, batch, received_at, depth,
          agent_id, task_id, created_at, origin_run_id, origin_step, test)
  select o.tenant_id, :new_id, o.function_id, :version, o.event_id, o.event_name, o.event_key, coalesce(:input::text, o.input),
         case when :input::text is null then o.input_blob_id end, o.batch, o.received_at, o.depth, o.agent_id, o.task_id, t.now, o.run_id,
         :origin_step, o.test
    from origin o, t
      on conflict (tenant_id, run_id) do nothing
  returning tenant_id, run_id, function_id, agent_id
),
given as (
  insert into flowforge.blob (tenant_id, run_id, blob_id, data)
  select b.tenant_id, r.run_id, b.blob_id, b.data
    from r
    join origin o on o.tenant_id = r.tenant_id and :input::text is null
    join flowforge.blob b on b.tenant_id = o.tenant_id and b.run_id = o.run_id and b.blob_id = o.input_blob_id
      on conflict do nothing
),
new as materialized (
  select r.tenant_id, r.run_id, r.function_id, r.agent_id, true as queued, false as prioritized, coalesce(f.controlled, false) as controlled
    from r left join flowforge.function f on f.function_id = r.function_id
),
-- use: turns
,
shaped as (
  insert into flowforge.dispatch (tenant_id, kind, subject_id) select n.tenant_id, 'n', n.run_id from new n where n.controlled
),
told_new as (
-- use: news
    from (select r.tenant_id, r.run_id as stream_id, 1 as seq, 'run.queued' as name, null as data from r) n
   where
-- use: followed
)
insert into flowforge.owner (tenant_id, run_id, function_id, state, parked_for, vt, ordered, limits, fence, version)
select n.tenant_id, n.run_id, n.function_id, case when n.controlled then 'p' else 'r' end, case when n.controlled then 'n' end, g.last_vt,
       g.ordered,
-- use: lane
       , 1, :pin
  from new n
  join last g on g.tenant_id = n.tenant_id
returning run_id;
