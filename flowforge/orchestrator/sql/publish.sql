-- name: publish_functions
-- Replace what one app has published: its functions, their triggers and schedules, in one statement. Functions of other apps stay.
-- All rows that go or change are locked in the order of their ids before any does, and functions are put before their triggers and
-- schedules, so that two workers that start together do not deadlock: whoever does not see yet what the other has put waits for it there.
-- A trigger or schedule that is the same as before keeps its row; a new schedule begins now.
with held as materialized (
  select f.function_id
    from flowforge.function f
   where f.app = :app or f.function_id = any(:function_ids::text[])
   order by f.function_id
     for update
),
u as (
  select *
    from unnest(:function_ids::text[], :versions::text[], :retries::int[], :settings::text[], :sources::text[], :builtins::boolean[],
                :input_schemas::text[])
         as u(function_id, version, retries, settings, source, builtin, input_schema)
),
rules as (
  select *
    from unnest(:rules::text[], :rule_kinds::text[], :rule_capacities::int[], :rule_periods::float8[], :rule_bursts::int[],
                :rule_shared::boolean[])
         as r(rule, kind, capacity, period_seconds, burst, shared)
),
unruled as (
  delete from flowforge.limit_rule r
   where r.app = :app and not r.shared and r.rule not in (select rule from rules)  -- a shared one may have users elsewhere
),
ruled as (
  insert into flowforge.limit_rule as r (rule, app, kind, capacity, period_seconds, burst, shared)
  select u.rule, :app, u.kind::"char", u.capacity, u.period_seconds, u.burst, u.shared
    from rules u
   order by u.rule
      on conflict (rule) do update
     set app = case when r.shared then r.app else excluded.app end, kind = excluded.kind, capacity = excluded.capacity,
         period_seconds = excluded.period_seconds, burst = excluded.burst, shared = excluded.shared, published_at = now()
   where not r.shared or r.app = excluded.app
),
gone as (
  delete from flowforge.function f
   using held h
   where f.function_id = h.function_id and h.function_id <> all(:function_ids::text[])
  returning f.function_id
),
untriggered as (
  delete from flowforge.trigger t
   where (t.function_id in (select function_id from gone) or t.function_id = any(:function_ids::text[]))
     and t.tenant_id is null  -- what a tenant has added to a built-in function is its own
     and (t.function_id, t.trigger_id) not in (select f, i from unnest(:trigger_functions::text[], :trigger_ids::text[]) as x(f, i))
),
unscheduled as (
  delete from flowforge.schedule s
   where (s.function_id in (select function_id from gone) or s.function_id = any(:function_ids::text[]))
     and s.function_id <> 'flowforge.agent_trigger'  -- its times are those of the tenants' agents
     and (s.function_id, s.cron, s.zone) not in
         (select f, c, z from unnest(:schedule_functions::text[], :crons::text[], :zones::text[]) as x(f, c, z))
),
put as (
  insert into flowforge.function as f (function_id, app, version, retries, settings, source, builtin, controlled, input_schema)
  select u.function_id, :app, u.version, u.retries, u.settings, u.source, u.builtin, u.settings::jsonb ? 'flow', u.input_schema
    from u, (select count(*) from held) as after
   order by u.function_id
      on conflict (function_id) do update
     set app = excluded.app, version = excluded.version, retries = excluded.retries, settings = excluded.settings,
         source = excluded.source, builtin = excluded.builtin, controlled = excluded.controlled,
         input_schema = excluded.input_schema, published_at = now()
  returning f.function_id
),
scheduled as (
  insert into flowforge.schedule (tenant_id, function_id, cron, zone, catch_up, overlap, max_catch_up)
  select :tenant_id, x.*
    from unnest(:schedule_functions::text[], :crons::text[], :zones::text[], :catch_ups::text[], :overlaps::text[],
                :max_catch_ups::int[]) as x,
         (select count(*) from put) as after
   order by 2, 3, 4
      on conflict (tenant_id, function_id, cron, zone) do update
     set catch_up = excluded.catch_up, overlap = excluded.overlap, max_catch_up = excluded.max_catch_up
)
insert into flowforge.trigger (function_id, trigger_id, ordinal, source, pattern, condition, words)
select x.*
  from unnest(:trigger_functions::text[], :trigger_ids::text[], :ordinals::int[], :trigger_sources::text[], :patterns::text[],
              :conditions::text[], :words::text[]) as x,
       (select count(*) from put) as after
 order by 1, 2
    on conflict (function_id, trigger_id) do update
   set ordinal = excluded.ordinal, words = excluded.words;

-- name: foreign_rules
-- Shared limits that another app has published with other values.
select r.rule, r.app, r.capacity
  from flowforge.limit_rule r
  join unnest(:rules::text[], :capacities::int[]) as u(rule, capacity) on u.rule = r.rule
 where r.shared and r.app <> :app and r.capacity <> u.capacity
 order by r.rule;

-- name: published_functions
-- What workers have published, and whether a living one still knows it.
select f.function_id, f.app, f.version, f.retries, f.settings, f.source, f.builtin, f.input_schema,
       array(select t.words from flowforge.trigger t where t.function_id = f.function_id and t.tenant_id is null order by t.ordinal) as triggers,
       exists (select from flowforge.worker w where w.alive and f.function_id = any(w.functions)) as live
  from flowforge.function f
 order by f.function_id;

-- name: published_schedules
-- Cron triggers, with when they come next.
select function_id, cron, zone, catch_up, overlap, begun_at, scheduled_for, last_fired_at, waiting
  from flowforge.schedule
 order by function_id, cron, zone;
