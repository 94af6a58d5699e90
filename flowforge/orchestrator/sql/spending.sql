-- What model calls take from budgets: reserved before a call, settled with its step's checkpoint, given back when nobody is left to do
-- that. Rows of `spend` are locked in the order of their keys by everybody.

-- name: allowance
-- What stands in the way of one call: the budgets that apply, with the subject and window each of them counts by, and the provider's pace.
-- One statement that writes nothing; without budgets and limits it is all that a call costs the database beforehand.
with t as materialized (select flowforge.now() as now)
select t.now,
       (select jsonb_agg(jsonb_build_object(
                 'budget_id', b.budget_id, 'name', b.name, 'unit', b.unit, 'over', b.over, 'subject',
                 case b.scope when 'tenant' then ''
                              when 'agent' then :agent_id::uuid::text
                              when 'function' then :function_id::text
                              when 'task' then :task_id::uuid::text
                              else :run_id::uuid::text end,
                 'window',
-- use: budget_window
                 ) order by b.budget_id)
          from flowforge.budget b
         where b.tenant_id = :tenant_id
           and case b.scope when 'tenant' then true
                            when 'agent' then :agent_id::uuid is not null and coalesce(b.subject, :agent_id::uuid::text) = :agent_id::uuid::text
                            when 'function' then coalesce(b.subject, :function_id::text) = :function_id::text
                            when 'task' then :task_id::uuid is not null and coalesce(b.subject, :task_id::uuid::text) = :task_id::uuid::text
                            else b.subject is null or b.subject = :function_id::text or b.subject = :run_id::uuid::text end) as budgets,
       l.tokens_per_minute,
       l.requests_per_minute,
       greatest(p.blocked_until, t.now) as free_at
  from t
  left join flowforge.model_limit l on l.model = :model::text
  left join flowforge.pace p on p.key = :key::text and p.model = :model::text;

-- name: reserve
-- Take the amounts from all of these budgets, and note the call. Fewer rows than budgets: one of them has no room, and the caller rolls
-- back. `warned` says that this call is the one that comes to the budget's threshold.
with wanted as (
  select u.* from unnest(:budget_ids::uuid[], :subjects::text[], :windows::timestamptz[], :amounts::numeric[])
                  as u(budget_id, subject, window_start, amount)
),
taken as (
  insert into flowforge.spend as s (tenant_id, budget_id, subject, window_start, reserved, warned_by)
  select b.tenant_id, w.budget_id, w.subject, w.window_start, w.amount, case when w.amount >= b.amount * b.warn_at then :call_id::uuid end
    from wanted w
    join flowforge.budget b on b.tenant_id = :tenant_id and b.budget_id = w.budget_id
   where w.amount <= b.amount + coalesce((select x.raised from flowforge.spend x
                                           where x.tenant_id = b.tenant_id and x.budget_id = w.budget_id and x.subject = w.subject
                                             and x.window_start = w.window_start), 0)
   order by w.budget_id, w.subject, w.window_start
      on conflict (tenant_id, budget_id, subject, window_start) do update
     set reserved = s.reserved + excluded.reserved,
         warned_by = coalesce(s.warned_by, (
           select :call_id::uuid
             from flowforge.budget b
            where b.tenant_id = s.tenant_id and b.budget_id = s.budget_id
              and s.used + s.reserved + excluded.reserved >= (b.amount + s.raised) * b.warn_at))
   where s.used + s.reserved + excluded.reserved
      <= (select b.amount from flowforge.budget b where b.tenant_id = s.tenant_id and b.budget_id = s.budget_id) + s.raised
  returning budget_id, subject, used, reserved, raised, warned_by
),
kept as (
  insert into flowforge.reservation
         (tenant_id, call_id, worker_id, run_id, step_key, attempt, function_id, agent_id, task_id, model, provider, budget_ids, subjects,
          windows, units, amounts, created_at)
  select :tenant_id, :call_id, :worker_id, :run_id, :step_key, :attempt, :function_id, :agent_id, :task_id, :model, :provider,
         :budget_ids, :subjects, :windows, :units::text[], :amounts, flowforge.now()
   where (select count(*) from taken) = cardinality(:budget_ids::uuid[])
)
select t.budget_id, t.used, t.reserved, t.warned_by is not distinct from :call_id::uuid as warned, b.amount + t.raised as "limit"
  from taken t
  join flowforge.budget b on b.tenant_id = :tenant_id and b.budget_id = t.budget_id;

-- name: standing
-- How these budgets stand: what is used, what calls in flight hold, and what there is in all.
select u.ord - 1 as place, b.name, b.unit, b.over, b.amount + coalesce(s.raised, 0) as "limit", coalesce(s.used, 0) as used,
       coalesce(s.reserved, 0) as reserved, coalesce(s.raises, 0) as raises
  from unnest(:budget_ids::uuid[], :subjects::text[], :windows::timestamptz[]) with ordinality as u(budget_id, subject, window_start, ord)
  join flowforge.budget b on b.tenant_id = :tenant_id and b.budget_id = u.budget_id
  left join flowforge.spend s
    on s.tenant_id = b.tenant_id and s.budget_id = b.budget_id and s.subject = u.subject and s.window_start = u.window_start
 order by u.ord;

-- part: settling
-- Of the calls in `calls` (tenant_id, call_id, cost, tokens, count, unknown): what was reserved is given back, what was used is used. A
-- call whose price is not known is taken to have cost what was reserved for it.
over_calls as (
  delete from flowforge.reservation r
   using calls d
   where r.tenant_id = d.tenant_id and r.call_id = d.call_id
  returning r.tenant_id, r.budget_ids, r.subjects, r.windows, r.units, r.amounts, d.cost, d.tokens, d.count, d.unknown
),
shares as materialized (
  select g.tenant_id, x.budget_id, x.subject, x.window_start, sum(x.amount) as reserved, sum(g.unknown::int) as unknown,
         sum(case x.unit when 'calls' then g.count
                         when 'tokens' then g.tokens
                         else coalesce(g.cost, case when g.count > 0 then x.amount else 0 end) end) as used
    from over_calls g
   cross join unnest(g.budget_ids, g.subjects, g.windows, g.units, g.amounts) as x(budget_id, subject, window_start, unit, amount)
   group by g.tenant_id, x.budget_id, x.subject, x.window_start
),
spending as materialized (
  select s.tenant_id, s.budget_id, s.subject, s.window_start, h.reserved, h.used, h.unknown
    from flowforge.spend s
    join shares h on h.tenant_id = s.tenant_id and h.budget_id = s.budget_id and h.subject = s.subject and h.window_start = s.window_start
   order by s.tenant_id, s.budget_id, s.subject, s.window_start
     for no key update of s
),
spent as (
  update flowforge.spend s
     set reserved = s.reserved - h.reserved, used = s.used + h.used, unknown = s.unknown + h.unknown
    from spending h
   where s.tenant_id = h.tenant_id and s.budget_id = h.budget_id and s.subject = h.subject and s.window_start = h.window_start
)

-- name: settle_apart
-- The same for calls whose run this worker does not hold any more: no checkpoint will carry them.
with calls as (
  select :tenant_id::uuid as tenant_id, u.* from unnest(:call_ids::uuid[], :costs::numeric[], :tokens::bigint[], :counts::int[], :unknown::boolean[])
         as u(call_id, cost, tokens, count, unknown)
),
-- use: settling
select count(*) from over_calls;

-- name: settle_of_the_dead
-- Calls of workers that are dead: whether they were answered is not known. Each becomes a usage row that says so.
with lost as materialized (
  select r.* from flowforge.reservation r
   where not exists (select from flowforge.worker w where w.worker_id = r.worker_id and w.alive)
   order by r.tenant_id, r.call_id
   limit :limit
     for update skip locked
),
calls as (
  select l.tenant_id, l.call_id, 0::numeric as cost, 0::bigint as tokens, 0 as count, true as unknown from lost l
),
noted as (
  insert into flowforge.usage
         (tenant_id, usage_id, run_id, step_key, function_id, agent_id, task_id, model, provider, input_tokens, output_tokens, latency_ms,
          attempt, outcome, created_at)
  select l.tenant_id, l.call_id, l.run_id, l.step_key, l.function_id, l.agent_id, l.task_id, l.model, l.provider, 0, 0, 0, l.attempt,
         'unknown', flowforge.now()
    from lost l
   order by l.call_id
      on conflict (tenant_id, usage_id) do nothing
),
-- use: settling
select count(*) from over_calls;

-- name: keep_apart
-- What calls used whose run is another worker's now: the money is spent all the same. One that was noted as unknown is known now.
insert into flowforge.usage as old
       (tenant_id, usage_id, run_id, step_key, function_id, agent_id, task_id, model, provider, answered_by, kind, outcome, input_tokens,
        output_tokens, cached_tokens, cache_written_tokens, reasoning_tokens, tokens_estimated, cost, saved_cost, price_source,
        price_version, latency_ms, first_token_ms, attempt, created_at)
values (:tenant_id, :usage_id, :run_id, :step_key, :function_id, :agent_id, :task_id, :model, :provider, :answered_by, :kind, :outcome,
        :input_tokens, :output_tokens, :cached_tokens, :cache_written_tokens, :reasoning_tokens, :tokens_estimated, :cost, :saved_cost,
        :price_source, :price_version, :latency_ms, :first_token_ms, :attempt, flowforge.now())
    on conflict (tenant_id, usage_id) do update
   set answered_by = excluded.answered_by, outcome = excluded.outcome, input_tokens = excluded.input_tokens,
       output_tokens = excluded.output_tokens, cached_tokens = excluded.cached_tokens, cache_written_tokens = excluded.cache_written_tokens,
       reasoning_tokens = excluded.reasoning_tokens, tokens_estimated = excluded.tokens_estimated, cost = excluded.cost,
       price_source = excluded.price_source, price_version = excluded.price_version, latency_ms = excluded.latency_ms,
       first_token_ms = excluded.first_token_ms
 where old.outcome = 'unknown' and excluded.outcome <> 'unknown';

-- name: block_model
-- A provider asked to be left alone: every worker heeds it.
insert into flowforge.pace as p (key, model, blocked_until)
values (:key, :model, flowforge.now() + :seconds::float8 * interval '1 second')
    on conflict (key, model) do update
   set blocked_until = greatest(p.blocked_until, excluded.blocked_until);

-- name: take_turn
-- One call's turn at a model with a limit: how long it has to wait for it (0: it is taken). Who is served pays with the time that its
-- tokens take; up to :burst seconds of debt pass at once.
insert into flowforge.pace as p (key, model, tokens_tat, requests_tat)
select :key, :model, t.now + :tokens_seconds::float8 * interval '1 second', t.now + :request_seconds::float8 * interval '1 second'
  from (select flowforge.now() as now) t
    on conflict (key, model) do update
   set tokens_tat = greatest(p.tokens_tat, flowforge.now()) + :tokens_seconds::float8 * interval '1 second',
       requests_tat = greatest(p.requests_tat, flowforge.now()) + :request_seconds::float8 * interval '1 second'
 where coalesce(p.tokens_tat, flowforge.now()) <= flowforge.now() + :burst::float8 * interval '1 second'
   and coalesce(p.requests_tat, flowforge.now()) <= flowforge.now() + :burst::float8 * interval '1 second'
   and coalesce(p.blocked_until, flowforge.now()) <= flowforge.now()
returning true as taken;

-- name: turn_in
-- Seconds until there may be a turn.
select greatest(extract(epoch from greatest(p.tokens_tat, p.requests_tat) - flowforge.now()) - :burst::float8,
                extract(epoch from p.blocked_until - flowforge.now()), 0)::float8
  from flowforge.pace p
 where p.key = :key and p.model = :model;

-- name: correct_turn
-- A call used fewer tokens, or more, than its turn had paid for.
update flowforge.pace
   set tokens_tat = tokens_tat + :tokens_seconds::float8 * interval '1 second'
 where key = :key and model = :model;

-- name: find_answer
select a.reply from flowforge.model_answer a
 where a.tenant_id = :tenant_id and a.digest = :digest and a.created_at > flowforge.now() - :age_seconds::float8 * interval '1 second';

-- name: keep_answer
insert into flowforge.model_answer (tenant_id, digest, reply, created_at, expires_at)
values (:tenant_id, :digest, :reply, flowforge.now(), flowforge.now() + :age_seconds::float8 * interval '1 second')
    on conflict (tenant_id, digest) do update
   set reply = excluded.reply, created_at = excluded.created_at, expires_at = excluded.expires_at;

-- name: drop_answers
-- A batch of kept answers whose time is over.
delete from flowforge.model_answer a
 where a.tenant_id = :tenant_id
   and a.digest in (select x.digest from flowforge.model_answer x
                     where x.tenant_id = :tenant_id and x.expires_at < flowforge.now() order by x.expires_at limit :limit)
returning a.digest;

-- name: drop_spend
-- Windows that ended long ago, and what runs had for themselves that are no more.
delete from flowforge.spend s
 using flowforge.budget b
 where s.tenant_id = :tenant_id and b.tenant_id = s.tenant_id and b.budget_id = s.budget_id and s.reserved = 0
   and case b.scope when 'run' then not exists (select from flowforge.run r where r.tenant_id = s.tenant_id and r.run_id = s.subject::uuid)
                    else b.period <> 'total' and s.window_start < :older_than end;
