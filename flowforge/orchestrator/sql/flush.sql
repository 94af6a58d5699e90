-- A few statements write everything that runs do. All of them lock the worker's generation first, then the owner rows of the batch in key
-- order, and write only for runs that they locked (ENGINE.md, rule 3); a run whose fence is old is missing from the answer.
-- What belongs to a run names it by its place in the run arrays, so nothing is joined: the cost is linear whatever the planner
-- believes of table sizes.
--
-- The owner rows are looked up one by one, in the order of the arrays (which the caller has sorted): the lateral locks cannot be
-- reordered, and the two conditions that no index may answer keep the planner from walking all leases for every run.

-- part: held
me as materialized (
  select w.worker_id from flowforge.worker w where w.worker_id = :worker_id and w.alive for share
),
held as materialized (
  select u.ord::int as ord, o.cancel, o.wake
    from unnest(:tenant_ids::uuid[], :run_ids::uuid[], :fences::int[]) with ordinality as u(tenant_id, run_id, fence, ord)
   cross join lateral (
         select o.cancel, o.wake
           from flowforge.owner o
          where o.tenant_id = u.tenant_id and o.run_id = u.run_id and o.fence = u.fence
            and o.worker_id is not distinct from :worker_id::uuid and o.state::text = 'l'
            for no key update of o) o
   where exists (select from me)
),
ok as materialized (
  select now() + (select skew from flowforge.clock) as now,  -- flowforge.now() by hand: a call of it costs as much as a step's row
         count(*) = cardinality(:run_ids::uuid[]) as everyone, array_agg(ord) as ords
    from held
)

-- part: settled
s as (
  insert into flowforge.step as old
         (tenant_id, run_id, key, name, kind, state, attempt, hash, seq, input, output, tagged, parent, started_at, ended_at)
  select (:tenant_ids::uuid[])[u.run], (:run_ids::uuid[])[u.run], u.key, u.name, coalesce(u.kind, 'run'), 2, coalesce(u.attempt, 1), u.hash,
         u.seq, u.input, u.output, coalesce(u.tagged, false), u.parent, ok.now - u.seconds * interval '1 second', ok.now
    from unnest(:step_runs::int[], :keys::text[], :names::text[], :kinds::text[], :attempts::smallint[], :hashes::bigint[], :seqs::bigint[],
                :inputs::text[], :outputs::text[], :tagged::boolean[], :parents::text[], :seconds::float8[])
         as u(run, key, name, kind, attempt, hash, seq, input, output, tagged, parent, seconds),
         ok
   where ok.everyone or u.run = any(ok.ords)
      on conflict (tenant_id, run_id, key) do update
     set state = excluded.state, attempt = excluded.attempt, seq = excluded.seq, output = excluded.output, tagged = excluded.tagged,
         error = null, due = null, started_at = excluded.started_at, ended_at = excluded.ended_at
   where old.state <= excluded.state
)

-- part: ends
ended as materialized (
  select (:tenant_ids::uuid[])[u.run] as tenant_id, (:run_ids::uuid[])[u.run] as run_id, u.*, ok.now
    from unnest(:end_runs::int[], :end_states::text[], :end_outputs::text[], :end_errors::text[], :end_seqs::bigint[],
                :end_children::boolean[], :end_attempts::int[], :end_starts::timestamptz[], :end_blobs::uuid[])
         as u(run, state, output, error, end_seq, child, attempt, started_at, blob_id),
         ok
   where ok.everyone or u.run = any(ok.ords)
),
gone as (
  delete from flowforge.owner o using ended e where o.tenant_id = e.tenant_id and o.run_id = e.run_id
),
sealed as (
  update flowforge.run r
     set state = e.state, output = e.output, blob_id = e.blob_id, error = e.error, attempt = e.attempt, started_at = e.started_at,
         ended_at = e.now, end_seq = e.end_seq
    from ended e
   where r.tenant_id = e.tenant_id and r.run_id = e.run_id and r.state = 'open'
),
told as (
  insert into flowforge.dispatch (tenant_id, kind, subject_id)
  select e.tenant_id, 'r', e.run_id from ended e where e.child
      on conflict do nothing
),
noticed as (
  insert into flowforge.webhook_notice (tenant_id, name, subject_id, created_at)
  select n.tenant_id, n.name, n.run_id, n.now
    from (select e.tenant_id, 'run.' || e.state as name, e.run_id, e.now from ended e) n
   where
-- use: heard
),
told_ends as (
-- use: news
    from (select e.tenant_id, e.run_id as stream_id, e.end_seq as seq, 'run.' || e.state as name, null as data from ended e) n
   where
-- use: followed
)

-- part: everything
s as (
  insert into flowforge.step as old
         (tenant_id, run_id, key, name, kind, state, attempt, hash, seq, input, output, blob_id, tagged, error, failures, announced, ref,
          parent, due, started_at, ended_at)
  select (:tenant_ids::uuid[])[u.run], (:run_ids::uuid[])[u.run], u.key, u.name, u.kind, u.state, u.attempt, u.hash, u.seq, u.input,
         u.output, u.blob_id, u.tagged, u.error, u.failures, u.announced, u.ref, u.parent, ok.now + u.due_in * interval '1 second',
         ok.now - u.seconds * interval '1 second', case when u.state >= 2 then ok.now end
    from unnest(:step_runs::int[], :keys::text[], :names::text[], :kinds::text[], :states::smallint[], :attempts::smallint[],
                :hashes::bigint[], :seqs::bigint[], :inputs::text[], :outputs::text[], :blob_ids::uuid[], :tagged::boolean[],
                :errors::text[],
                :failures::text[], :announced::boolean[], :refs::uuid[], :parents::text[], :dues::float8[], :seconds::float8[])
         as u(run, key, name, kind, state, attempt, hash, seq, input, output, blob_id, tagged, error, failures, announced, ref, parent,
              due_in, seconds),
         ok
   where ok.everyone or u.run = any(ok.ords)
      on conflict (tenant_id, run_id, key) do update
     set state = excluded.state, attempt = excluded.attempt, seq = excluded.seq, output = excluded.output, blob_id = excluded.blob_id,
         tagged = excluded.tagged, error = excluded.error, failures = coalesce(excluded.failures, old.failures),
         announced = excluded.announced, ref = coalesce(excluded.ref, old.ref), due = excluded.due, started_at = excluded.started_at,
         ended_at = excluded.ended_at
   where old.state <= excluded.state
),
waiting as (
  insert into flowforge.wait (tenant_id, run_id, key, place, event_name, match_path, match_key, since, condition)
  select (:tenant_ids::uuid[])[u.run], (:run_ids::uuid[])[u.run], u.key, u.place, u.event_name, u.match_path, u.match_key, u.since,
         u.condition
    from unnest(:wait_runs::int[], :wait_keys::text[], :wait_events::text[], :wait_paths::text[], :wait_matches::text[],
                :wait_sinces::timestamptz[], :wait_conditions::text[], :wait_places::smallint[])
         as u(run, key, event_name, match_path, match_key, since, condition, place),
         ok
   where ok.everyone or u.run = any(ok.ords)
      on conflict (tenant_id, run_id, key, place) do update set looked = false
),
unwaited as (
  delete from flowforge.wait w
   using unnest(:unwait_runs::int[], :unwait_keys::text[]) as u(run, key), ok
   where (ok.everyone or u.run = any(ok.ords))
     and w.tenant_id = (:tenant_ids::uuid[])[u.run] and w.run_id = (:run_ids::uuid[])[u.run] and w.key = u.key
),
children as (
  insert into flowforge.run
         (tenant_id, run_id, function_id, version, event_name, input, received_at, parent_run_id, parent_key, depth, input_blob_id,
          agent_id, task_id, created_at, test)
  select (:tenant_ids::uuid[])[u.run], u.child_id, u.function_id,
         (select f.version from flowforge.function f where f.function_id = u.function_id), 'flowforge/invoke', u.input, ok.now,
         (:run_ids::uuid[])[u.run], u.key, u.depth, u.blob_id, coalesce(u.agent_id, (:agent_ids::uuid[])[u.run]), (:task_ids::uuid[])[u.run],
         ok.now,
         coalesce((select p.test from flowforge.run p
                    where p.tenant_id = (:tenant_ids::uuid[])[u.run] and p.run_id = (:run_ids::uuid[])[u.run]), false)
    from unnest(:child_runs::int[], :child_ids::uuid[], :child_functions::text[], :child_keys::text[], :child_inputs::text[],
                :child_depths::smallint[], :child_blobs::uuid[], :child_agents::uuid[])
         as u(run, child_id, function_id, key, input, depth, blob_id, agent_id),
         ok
   where ok.everyone or u.run = any(ok.ords)
   order by u.child_id
      on conflict (tenant_id, run_id) do nothing
  returning tenant_id, run_id, function_id, version, agent_id, created_at
),
told_children as (
-- use: news
    from (select c.tenant_id, c.run_id as stream_id, 1 as seq, 'run.queued' as name, null as data from children c) n
   where
-- use: followed
),
queued as (
  insert into flowforge.owner (tenant_id, run_id, function_id, state, parked_for, vt, limits, version)
  select n.tenant_id, n.run_id, n.function_id, case when f.controlled then 'p' else 'r' end, case when f.controlled then 'n' end,
         (:child_vts::jsonb ->> n.run_id::text)::bigint,  -- a look-up, where a join would be a loop over all of them
-- use: lane
         , case when not f.builtin then f.version end
    from children n
    left join flowforge.function f on f.function_id = n.function_id
   order by n.tenant_id, n.run_id
),
shaped as (  -- flow control is applied to them after the commit
  insert into flowforge.dispatch (tenant_id, kind, subject_id)
  select c.tenant_id, 'n', c.run_id
    from children c
    join flowforge.function f on f.function_id = c.function_id and f.controlled
   order by c.tenant_id, c.run_id
      on conflict do nothing
),
left_limits as (  -- somebody may come through the gates of the limits that were held
  insert into flowforge.mark (gate, due)
  select u.gate, ok.now
    from unnest(:left_runs::int[], :left_limits::uuid[]) as u(run, gate), ok
   where ok.everyone or u.run = any(ok.ords)
),
used as (
  insert into flowforge.usage
         (tenant_id, usage_id, run_id, step_key, function_id, agent_id, task_id, model, provider, input_tokens, output_tokens,
          cached_tokens, reasoning_tokens, cost, price_source, price_version, latency_ms, first_token_ms, attempt, kind, outcome,
          answered_by, cache_written_tokens, tokens_estimated, saved_cost, created_at)
  select (:tenant_ids::uuid[])[u.run], u.usage_id, (:run_ids::uuid[])[u.run], u.key, (:function_ids::text[])[u.run],
         (:agent_ids::uuid[])[u.run], (:task_ids::uuid[])[u.run], u.model, u.provider, u.input_tokens, u.output_tokens,
         u.cached_tokens, u.reasoning_tokens, u.cost, u.price_source, u.price_version, u.latency_ms, u.first_token_ms, u.attempt, u.kind,
         u.outcome, u.answered_by, u.cache_written_tokens, u.tokens_estimated, u.saved_cost, ok.now
    from unnest(:usage_runs::int[], :usage_ids::uuid[], :usage_keys::text[], :usage_models::text[], :usage_providers::text[],
                :usage_inputs::int[], :usage_outputs::int[], :usage_cached::int[], :usage_reasoning::int[], :usage_costs::numeric[],
                :usage_sources::text[], :usage_versions::text[], :usage_latencies::int[], :usage_firsts::int[],
                :usage_attempts::smallint[], :usage_kinds::text[], :usage_outcomes::text[], :usage_answerers::text[],
                :usage_written::int[], :usage_estimated::boolean[], :usage_saved::numeric[])
         as u(run, usage_id, key, model, provider, input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost, price_source,
              price_version, latency_ms, first_token_ms, attempt, kind, outcome, answered_by, cache_written_tokens, tokens_estimated,
              saved_cost),
         ok
   where ok.everyone or u.run = any(ok.ords)
   order by u.usage_id
      on conflict (tenant_id, usage_id) do nothing
),
parked as (
  update flowforge.owner o
     set state = case when o.cancel then 'r'  -- a worker must see to it once more
                      when o.pause then 'p'
                      when o.wake or u.parked_for is null then 'r' else 'p' end,
         parked_for = case when o.pause then 'p' else u.parked_for end,
         due = case when o.wake or o.pause then null else u.due end,
         worker_id = null,
         wake = false,
         pause = false,
         stop = false,
         reason = case when o.pause then o.reason else u.reason end,
         failed_key = u.failed_key,
         attempt = o.attempt + u.attempts
    from unnest(:park_runs::int[], :park_for::text[], :park_dues::timestamptz[], :park_attempts::int[], :park_reasons::text[],
                :park_failed::text[])
         as u(run, parked_for, due, attempts, reason, failed_key),
         ok
   where (ok.everyone or u.run = any(ok.ords))
     and o.tenant_id = (:tenant_ids::uuid[])[u.run] and o.run_id = (:run_ids::uuid[])[u.run]
),
looked as (
  update flowforge.wait w
     set looked = true
    from unnest(:park_runs::int[], :park_for::text[]) as u(run, parked_for), ok
   where u.parked_for is not null and (ok.everyone or u.run = any(ok.ords))
     and w.tenant_id = (:tenant_ids::uuid[])[u.run] and w.run_id = (:run_ids::uuid[])[u.run] and not w.looked
),
-- use: ends
,
failed as (
  insert into flowforge.failure (tenant_id, run_id, function_id, ended_at)
  select e.tenant_id, e.run_id, (:function_ids::text[])[e.run], e.now from ended e where e.state = 'failed'
      on conflict do nothing
),
unwaited_ends as (
  delete from flowforge.wait w using ended e where w.tenant_id = e.tenant_id and w.run_id = e.run_id
),
shown as materialized (
  select (:tenant_ids::uuid[])[u.run] as tenant_id, (:run_ids::uuid[])[u.run] as run_id,
         case when u.shared then (:agent_ids::uuid[])[u.run] end as agent_id,
         case when u.shared then (:task_ids::uuid[])[u.run] end as task_id, u.seq, u.name, u.data, u.shared, u.place
    from unnest(:frame_runs::int[], :frame_seqs::bigint[], :frame_names::text[], :frame_data::text[], :frame_shared::boolean[])
         with ordinality as u(run, seq, name, data, shared, place),
         ok
   where (ok.everyone or u.run = any(ok.ords))
     and not exists (select from flowforge.frame f  -- a flush that is sent again moves no counter
                      where f.tenant_id = (:tenant_ids::uuid[])[u.run] and f.stream_id = (:run_ids::uuid[])[u.run] and f.seq = u.seq)
),
wanted as materialized (
  select x.tenant_id, x.stream_id, count(*) as n
    from (select tenant_id, agent_id as stream_id from shown where agent_id is not null
          union all
          select tenant_id, task_id from shown where task_id is not null) x
   group by x.tenant_id, x.stream_id
),
counters as materialized (
  select c.tenant_id, c.stream_id, w.n
    from flowforge.stream c
    join wanted w on w.tenant_id = c.tenant_id and w.stream_id = c.stream_id
   order by c.tenant_id, c.stream_id
     for no key update of c
),
counted as (
  update flowforge.stream c
     set last_seq = c.last_seq + k.n
    from counters k
   where c.tenant_id = k.tenant_id and c.stream_id = k.stream_id
  returning c.tenant_id, c.stream_id, c.last_seq - k.n as base
),
said as (
  insert into flowforge.progress as p (tenant_id, run_id, seq, data, updated_at)
  select distinct on (f.tenant_id, f.run_id) f.tenant_id, f.run_id, f.seq, f.data, ok.now
    from shown f, ok
   where f.name = 'run.progress'
   order by f.tenant_id, f.run_id, f.seq desc
      on conflict (tenant_id, run_id) do update set seq = excluded.seq, data = excluded.data, updated_at = excluded.updated_at
   where p.seq < excluded.seq
),
noticed_status as (
  insert into flowforge.webhook_notice (tenant_id, name, data, created_at)
  select n.tenant_id, n.name, n.data, ok.now
    from shown n, ok
   where n.name = 'agent.status' and
-- use: heard
),
framed as (
  insert into flowforge.frame (tenant_id, stream_id, seq, name, data, agent_id, agent_seq, task_id, task_seq, created_at)
  select f.tenant_id, f.run_id, f.seq, f.name, f.data,
         a.stream_id, a.base + row_number() over (partition by f.tenant_id, f.agent_id order by f.place),
         k.stream_id, k.base + row_number() over (partition by f.tenant_id, f.task_id order by f.place),
         ok.now
    from shown f
    left join counted a on a.tenant_id = f.tenant_id and a.stream_id = f.agent_id
    left join counted k on k.tenant_id = f.tenant_id and k.stream_id = f.task_id
   cross join ok
      on conflict (tenant_id, stream_id, seq) do update set data = excluded.data
),
told_frames as (  -- not what is said in pieces, nor what is said elsewhere for all to hear
-- use: news
    from (select s.tenant_id, s.run_id as stream_id, s.seq, s.name, s.data
            from shown s
           where s.shared and s.name not in ('message.delta', 'reasoning.delta', 'tool_call.args_delta', 'step.started')) n
   where
-- use: followed
)

-- name: flush_step
-- One settled step of one run: what a run that is alone on its worker does all the time. The same locks in the same order (that of the
-- `for` clauses), without the arrays and in as few plan nodes as can be.
with held as materialized (
  select 1 as ord, o.cancel, o.wake, now() + (select skew from flowforge.clock) as now
    from flowforge.worker w, flowforge.owner o
   where w.worker_id = :worker_id and w.alive
     and o.tenant_id = :tenant_id and o.run_id = :run_id and o.fence = :fence
     and o.worker_id is not distinct from :worker_id::uuid and o.state::text = 'l'
     for share of w for no key update of o
),
s as (
  insert into flowforge.step as old
         (tenant_id, run_id, key, name, kind, state, attempt, hash, seq, input, output, tagged, parent, started_at, ended_at)
  select :tenant_id, :run_id, :key::text, :name::text, :kind::text, 2, :attempt::smallint, :hash::bigint, :seq::bigint, :input::text,
         :output::text, :tagged::boolean, :parent::text, held.now - :seconds::float8 * interval '1 second', held.now
    from held
      on conflict (tenant_id, run_id, key) do update
     set state = excluded.state, attempt = excluded.attempt, seq = excluded.seq, output = excluded.output, tagged = excluded.tagged,
         error = null, due = null, started_at = excluded.started_at, ended_at = excluded.ended_at
   where old.state <= excluded.state
)
select ord, cancel, wake, now from held;

-- name: flush_steps
-- Settled steps and nothing else: what a run does most of the time, so it starts as few plan nodes as can be.
with
-- use: held
,
-- use: settled
select h.ord, h.cancel, h.wake, ok.now from held h, ok;

-- name: flush_ends
-- Settled steps and ended runs.
with
-- use: held
,
-- use: settled
,
-- use: ends
select h.ord, h.cancel, h.wake, ok.now from held h, ok;

-- name: flush
-- The same for everything that a run can write: steps in any state, waits, children, usage, frames, suspension and release.
with
-- use: held
,
-- use: everything
select h.ord, h.cancel, h.wake, ok.now from held h, ok;

-- name: flush_calls
-- The same with model calls that have taken from budgets (see spending.sql): they are settled with their step's checkpoint.
with
-- use: held
,
-- use: everything
,
calls as (
  select (:tenant_ids::uuid[])[u.run] as tenant_id, u.call_id, u.cost, u.tokens, u.count, u.unknown
    from unnest(:settle_runs::int[], :settle_calls::uuid[], :settle_costs::numeric[], :settle_tokens::bigint[], :settle_counts::int[],
                :settle_unknown::boolean[])
         as u(run, call_id, cost, tokens, count, unknown),
         ok
   where ok.everyone or u.run = any(ok.ords)
),
-- use: settling
select h.ord, h.cancel, h.wake, ok.now from held h, ok;
