-- name: start_run
-- Make a run without an event: its row and its owner row, ready. Repeating it with the same id changes nothing.
with t as materialized (
  select flowforge.now() as now
),
r as (
  insert into flowforge.run (tenant_id, run_id, function_id, version, event_name, input, received_at, agent_id, task_id, created_at)
  select :tenant_id, :run_id, f.function_id, f.version, 'flowforge/call', :input, t.now, :agent_id, :task_id, t.now
    from flowforge.function f, t
   where f.function_id = :function_id
      on conflict (tenant_id, run_id) do update set function_id = excluded.function_id
  returning run_id, function_id, (xmax = 0) as inserted
),
o as (
  insert into flowforge.owner (tenant_id, run_id, function_id, state, vt, version)
  select :tenant_id, r.run_id, r.function_id, 'r', (extract(epoch from t.now) * 1000000)::bigint,
         (select f.version from flowforge.function f where f.function_id = r.function_id and not f.builtin)
    from r, t
   where r.inserted
)
select inserted from r;

-- name: function_ids
-- Every function that a worker ever published.
select function_id from flowforge.function order by function_id;

-- name: wake_run
-- Something that a run waits for has come: parked → ready, leased → look again. A paused run stays paused and remembers it.
update flowforge.owner
   set state = case when state = 'p' and parked_for <> 'p' then 'r' else state end,
       due = case when state = 'p' and parked_for <> 'p' then null else due end,
       wake = wake or state = 'l' or parked_for is not distinct from 'p'
 where tenant_id = :tenant_id
   and run_id = :run_id
returning state::text;

-- name: lock_owner
-- The owner row of an open run, locked until commit.
select state::text, parked_for::text, started_at, attempt, fence
  from flowforge.owner
 where tenant_id = :tenant_id
   and run_id = :run_id
   for no key update;

-- name: flag_cancel
-- Ask the worker that holds the lease to stop the run.
update flowforge.owner
   set cancel = true
 where tenant_id = :tenant_id
   and run_id = :run_id;

-- name: seal_cancelled
-- End a run that no worker executes. The caller holds its owner row's lock.
with t as materialized (
  select flowforge.now() as now
),
last as materialized (
  select greatest(2, (select max(s.seq) from flowforge.step s where s.tenant_id = :tenant_id and s.run_id = :run_id),
                     (select max(f.seq) from flowforge.frame f where f.tenant_id = :tenant_id and f.stream_id = :run_id)) as seq
),
gone as (
  delete from flowforge.owner where tenant_id = :tenant_id and run_id = :run_id
  returning attempt, started_at
),
unwaited as (
  delete from flowforge.wait where tenant_id = :tenant_id and run_id = :run_id
),
sealed as (
  update flowforge.run r
     set state = 'cancelled', error = :error, attempt = gone.attempt, started_at = gone.started_at, ended_at = t.now, end_seq = last.seq + 1
    from gone, t, last
   where r.tenant_id = :tenant_id and r.run_id = :run_id and r.state = 'open'
  returning r.run_id, r.parent_run_id
),
told as (
  insert into flowforge.dispatch (tenant_id, kind, subject_id)
  select :tenant_id, 'r', s.run_id from sealed s where s.parent_run_id is not null
      on conflict do nothing
)
select run_id, parent_run_id from sealed;

-- name: run_view
-- Everything that runs show, by ids; large outputs only when asked for.
select r.*, o.state::text as owner_state, o.parked_for::text, o.due, o.cancel, o.reason, o.started_at as lease_started_at,
       o.attempt as owner_attempt, o.version as pin, x.dismissed_at, u.cost,
       a.name as agent_name, k.key as task_key, b.data as blob,
       greatest(coalesce(r.end_seq, 0), 1 + (coalesce(r.started_at, o.started_at) is not null)::int,
                (select max(s.seq) from flowforge.step s where s.tenant_id = r.tenant_id and s.run_id = r.run_id and s.state >= 2),
                (select max(f.seq) from flowforge.frame f where f.tenant_id = r.tenant_id and f.stream_id = r.run_id)) as seq,
       exists (select from flowforge.worker w where w.alive and r.function_id = any(w.functions)) as known,
       o.version is null or exists (select from flowforge.worker w
                                     where w.alive and r.function_id || '@' || o.version = any(w.functions)) as pin_known
  from flowforge.run r
  left join flowforge.owner o on o.tenant_id = r.tenant_id and o.run_id = r.run_id
  left join flowforge.agent a on a.tenant_id = r.tenant_id and a.agent_id = r.agent_id
  left join flowforge.task k on k.tenant_id = r.tenant_id and k.task_id = r.task_id
  left join flowforge.failure x on x.tenant_id = r.tenant_id and x.run_id = r.run_id
  left join flowforge.blob b on :blobs::boolean and b.tenant_id = r.tenant_id and b.run_id = r.run_id and b.blob_id = r.blob_id
  left join lateral (select case when count(*) = count(x.cost) then coalesce(sum(x.cost), 0) end as cost from flowforge.usage x
                      where x.tenant_id = r.tenant_id and x.run_id = r.run_id) u on true
 where r.tenant_id = :tenant_id
   and r.run_id = any(:run_ids::uuid[]);

-- name: runs_by_ending
-- Runs whose id ends in these hex digits, newest first; at most three, to know whether the ending is ambiguous.
select run_id
  from flowforge.run
 where tenant_id = :tenant_id
   and replace(run_id::text, '-', '') like '%' || :ending
 order by run_id desc
 limit 3;

-- name: run_steps
-- The steps of a run as people read them, in the order of their stream.
select s.*, u.cost, u.model, u.input_tokens, u.output_tokens, b.data as blob
  from flowforge.step s
  left join lateral (select case when count(*) = count(x.cost) then sum(x.cost) end as cost, max(x.model) as model, sum(x.input_tokens)::bigint as input_tokens,
                            sum(x.output_tokens)::bigint as output_tokens
                       from flowforge.usage x
                      where x.tenant_id = s.tenant_id and x.run_id = s.run_id and x.step_key = s.key) u on true
  left join flowforge.blob b on b.tenant_id = s.tenant_id and b.run_id = s.run_id and b.blob_id = s.blob_id
 where s.tenant_id = :tenant_id
   and s.run_id = :run_id
 order by s.seq;
