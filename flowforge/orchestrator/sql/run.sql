-- name: function_ids
-- Every function that a worker ever published.
select function_id from flowforge.function order by function_id;

-- name: wake_run
-- Something that a run waits for has come: parked → ready, leased → look again. A paused run stays paused and remembers it.
update flowforge.owner
   set state = case when state = 'p' and parked_for in ('s', 'w') then 'r' else state end,
       due = case when state = 'p' and parked_for in ('s', 'w') then null else due end,
       wake = wake or state = 'l' or parked_for is not distinct from 'p'
 where tenant_id = :tenant_id
   and run_id = :run_id
returning state::text;

-- name: lock_owner
-- The owner row of an open run, locked until commit.
select state::text, parked_for::text, started_at, attempt, fence, failed_key
  from flowforge.owner
 where tenant_id = :tenant_id
   and run_id = :run_id
   for no key update;

-- name: flag_cancel
-- Ask for a run's end: the worker that holds its lease unwinds it; a parked or paused one goes to the ready queue for that.
update flowforge.owner
   set cancel = true,
       cancelled_by = :by,
       state = case when state in ('p', 'g') then 'r' else state end,
       parked_for = null,
       gate = null,
       due = null
 where tenant_id = :tenant_id
   and run_id = :run_id;

-- name: has_begun
-- Has the run done anything durable, that might have to be undone?
select exists (select from flowforge.step where tenant_id = :tenant_id and run_id = :run_id);

-- name: cancelled_by
-- Who asked for the end of an open run.
select cancelled_by, cancel_error from flowforge.owner where tenant_id = :tenant_id and run_id = :run_id;

-- name: resume_run
-- Let a paused run go on. What it failed at is tried again, with all failed items of a step.map: a body (it has failed attempts) gets one
-- more, what waited for something else (a child that failed, an event that did not come) is forgotten and begins anew.
-- The caller holds the owner row's lock.
with failed as materialized (
  select s.key, s.failures is not null as has_body
    from flowforge.step s
   where s.tenant_id = :tenant_id and s.run_id = :run_id and s.state = 3
     and regexp_replace(s.key, '\[\d+\]', '[]') = regexp_replace(:failed_key::text, '\[\d+\]', '[]')
     and (s.key = :failed_key::text or :failed_key::text ~ '\[\d+\](#\d+)?$')
),
again as (
  update flowforge.step s
     set state = 1, attempt = s.attempt + 1, due = flowforge.now(), output = null, blob_id = null, error = null, ended_at = null
    from failed f
   where s.tenant_id = :tenant_id and s.run_id = :run_id and s.key = f.key and f.has_body
),
anew as (
  delete from flowforge.step s
   using failed f
   where s.tenant_id = :tenant_id and s.run_id = :run_id and s.key = f.key and not f.has_body
)
update flowforge.owner
   set state = 'r', parked_for = null, due = null, reason = null, failed_key = null, rescues = 0
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
  returning attempt, started_at, limits
),
marked as (  -- a forced end takes the lease away, and with it the slots
  insert into flowforge.mark (gate, due)
  select distinct unnest(limits), t.now from gone, t where limits is not null
),
unwaited as (
  delete from flowforge.wait where tenant_id = :tenant_id and run_id = :run_id
),
sealed as (
  update flowforge.run r
     set state = 'cancelled', error = :error, attempt = gone.attempt, started_at = gone.started_at, ended_at = t.now, end_seq = last.seq + 1
    from gone, t, last
   where r.tenant_id = :tenant_id and r.run_id = :run_id and r.state = 'open'
  returning r.run_id, r.parent_run_id, r.task_id, r.end_seq
),
told as (
  insert into flowforge.dispatch (tenant_id, kind, subject_id)
  select :tenant_id, 'r', s.run_id from sealed s where s.parent_run_id is not null
      on conflict do nothing
),
noticed as (
  insert into flowforge.webhook_notice (tenant_id, name, subject_id, created_at)
  select n.tenant_id, n.name, n.run_id, t.now
    from (select :tenant_id::uuid as tenant_id, 'run.cancelled' as name, s.run_id from sealed s) n, t
   where
-- use: heard
),
told_end as (
-- use: news
    from (select :tenant_id::uuid as tenant_id, s.run_id as stream_id, s.end_seq as seq, 'run.cancelled' as name, null as data
            from sealed s) n
   where
-- use: followed
)
select run_id, parent_run_id, task_id from sealed;

-- name: bound_children
-- A run's open children that work for it alone: agents that it asked. What it invoked goes on by itself.
select run_id
  from flowforge.run
 where tenant_id = :tenant_id
   and parent_run_id = :run_id
   and state = 'open'
   and function_id = 'flowforge.agent_run'
 order by run_id;

-- name: run_view
-- Everything that runs show, by ids; large outputs only when asked for.
select r.*, o.state::text as owner_state, o.parked_for::text, o.due, o.cancel, o.cancelled_by, o.reason, o.started_at as lease_started_at,
       o.attempt as owner_attempt, o.version as pin, x.dismissed_at, u.cost, u.unpriced_calls, u.unknown_calls,
       a.name as agent_name, k.key as task_key, b.data as blob, i.data as input_blob, p.data as progress,
       greatest(coalesce(r.end_seq, 0), 1 + (coalesce(r.started_at, o.started_at) is not null)::int,
                (select max(s.seq) from flowforge.step s where s.tenant_id = r.tenant_id and s.run_id = r.run_id and s.state >= 2),
                (select max(f.seq) from flowforge.frame f where f.tenant_id = r.tenant_id and f.stream_id = r.run_id)) as seq,
       exists (select from flowforge.worker w where w.alive and r.function_id = any(w.functions)) as known,
       gl.rule as gate_rule, gl.key as gate_key, coalesce(gv.capacity, gl.capacity, gr.capacity) as gate_capacity, gr.period_seconds as gate_period,
       a.paused_by as agent_paused_by, a.pause_reason as agent_pause_reason,
       gp.paused_by, nullif(gp.function_id, '*') as paused_function, gp.reason as pause_reason,
       o.version is null or exists (select from flowforge.worker w
                                     where w.alive and r.function_id || '@' || o.version = any(w.functions)) as pin_known
  from flowforge.run r
  left join flowforge.owner o on o.tenant_id = r.tenant_id and o.run_id = r.run_id
  left join flowforge.agent a on a.tenant_id = r.tenant_id and a.agent_id = r.agent_id
  left join flowforge.task k on k.tenant_id = r.tenant_id and k.task_id = r.task_id
  left join flowforge.failure x on x.tenant_id = r.tenant_id and x.run_id = r.run_id
  left join flowforge.blob b on :blobs::boolean and b.tenant_id = r.tenant_id and b.run_id = r.run_id and b.blob_id = r.blob_id
  left join flowforge.flow_limit gl on gl.limit_id = o.gate
  left join flowforge.limit_rule gr on gr.rule = gl.rule
  left join flowforge.limit_override gv on gv.rule = gl.rule
  left join flowforge.pause gp on gp.pause_id = o.gate
  left join flowforge.blob i on :blobs::boolean and i.tenant_id = r.tenant_id and i.run_id = r.run_id and i.blob_id = r.input_blob_id
  left join flowforge.progress p on p.tenant_id = r.tenant_id and p.run_id = r.run_id
  left join lateral (select
-- use: cost_of_calls
                            as cost,
-- use: doubtful_calls
                       from flowforge.usage
                      where usage.tenant_id = r.tenant_id and usage.run_id = r.run_id) u on true
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
-- The steps of a run as people read them, in the order of their stream, from behind a number of it on.
select s.*, u.cost, u.model, u.input_tokens, u.output_tokens, b.data as blob
  from flowforge.step s
  left join lateral (select
-- use: cost_of_step_calls
                            as cost,
                            max(usage.model) as model,
                            sum(usage.input_tokens)::bigint as input_tokens,
                            sum(usage.output_tokens)::bigint as output_tokens
                       from flowforge.usage
                      where usage.tenant_id = s.tenant_id and usage.run_id = s.run_id and usage.step_key = s.key) u on true
  left join flowforge.blob b on b.tenant_id = s.tenant_id and b.run_id = s.run_id and b.blob_id = s.blob_id
 where s.tenant_id = :tenant_id
   and s.run_id = :run_id
   and s.seq > :after
 order by s.seq;

-- name: begun_steps
-- The newest frames in which steps of a run that is on a worker said that they begin, in order. (Their JSON is read elsewhere: it may
-- hold what PostgreSQL cannot.)
select f.seq, f.data, f.created_at
  from (select seq, data, created_at
          from flowforge.frame
         where tenant_id = :tenant_id
           and stream_id = :run_id
           and name = 'step.started'
           and exists (select from flowforge.owner o where o.tenant_id = :tenant_id and o.run_id = :run_id and o.state = 'l')
         order by seq desc
         limit 1000) f
 order by f.seq;

-- name: steps_at
-- Some steps of a run, as far as one has to know whether they are still at it.
select key, state, seq, failures, input
  from flowforge.step
 where tenant_id = :tenant_id
   and run_id = :run_id
   and key = any(:keys::text[]);
