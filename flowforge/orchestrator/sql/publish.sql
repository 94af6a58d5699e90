-- name: publish_functions
-- Replace what one app has published: its functions and their triggers, in one statement. Functions of other apps stay. All rows that
-- go or change are locked in the order of their ids before any does, so that two workers that start together do not deadlock.
with held as materialized (
  select f.function_id
    from flowforge.function f
   where f.app = :app or f.function_id = any(:function_ids::text[])
   order by f.function_id
     for update
),
u as (
  select *
    from unnest(:function_ids::text[], :versions::text[], :retries::int[], :settings::text[], :sources::text[], :builtins::boolean[])
         as u(function_id, version, retries, settings, source, builtin)
),
rules as (
  select *
    from unnest(:rules::text[], :rule_kinds::text[], :rule_capacities::int[], :rule_periods::float8[], :rule_bursts::int[], :rule_shared::boolean[])
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
     and (t.pattern, t.function_id) not in (select p, f from unnest(:patterns::text[], :trigger_functions::text[]) as x(p, f))
),
put as (
  insert into flowforge.function as f (function_id, app, version, retries, settings, source, builtin, controlled)
  select u.function_id, :app, u.version, u.retries, u.settings, u.source, u.builtin, u.settings::jsonb ? 'flow'
    from u, (select count(*) from held) as after
   order by u.function_id
      on conflict (function_id) do update
     set app = excluded.app, version = excluded.version, retries = excluded.retries, settings = excluded.settings,
         source = excluded.source, builtin = excluded.builtin, controlled = excluded.controlled, published_at = now()
)
insert into flowforge.trigger (pattern, function_id)
select p, f
  from unnest(:patterns::text[], :trigger_functions::text[]) as x(p, f), (select count(*) from held) as after
 order by p, f
    on conflict do nothing;

-- name: foreign_rules
-- Shared limits that another app has published with other values.
select r.rule, r.app, r.capacity
  from flowforge.limit_rule r
  join unnest(:rules::text[], :capacities::int[]) as u(rule, capacity) on u.rule = r.rule
 where r.shared and r.app <> :app and r.capacity <> u.capacity
 order by r.rule;

-- name: published_functions
-- What workers have published, and whether a living one still knows it.
select f.function_id, f.app, f.version, f.retries, f.settings, f.source, f.builtin, f.published_at,
       array(select t.pattern from flowforge.trigger t where t.function_id = f.function_id order by t.pattern) as triggers,
       exists (select from flowforge.worker w where w.alive and f.function_id = any(w.functions)) as live
  from flowforge.function f
 order by f.function_id;
