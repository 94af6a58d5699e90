-- What rules look for. Each answers (subject, value, detail), the worst first, at most :limit rows, from an index.

-- name: failing_functions
-- Functions with at least :threshold runs that failed within the window.
select f.function_id as subject, count(*)::float8 as value, null::text as detail
  from (select function_id
          from flowforge.failure
         where tenant_id = :tenant_id
           and ended_at > flowforge.now() - :window::float8 * interval '1 second'
           and (:function_id::text is null or function_id = :function_id)
         limit 100000) f
 group by f.function_id
having count(*) >= :threshold::int
 order by 2 desc, 1
 limit :limit;

-- name: stalled_queue
-- The ready run that has waited longest for its first worker, when that is too long. Its id has the time of its making in front.
select coalesce(:function_id::text, 'queue') as subject, a.age as value, r.function_id as detail
  from (select o.tenant_id, o.run_id
          from flowforge.owner o
         where o.tenant_id = :tenant_id and o.state = 'r' and o.fence = 0
           and (:function_id::text is null or o.function_id = :function_id)
         order by o.run_id
         limit :limit) o
  join flowforge.run r on r.tenant_id = o.tenant_id and r.run_id = o.run_id
 cross join lateral (select extract(epoch from flowforge.now() - r.created_at)::float8 as age) a
 where a.age >= :seconds::float8
 order by a.age desc
 limit 1;

-- name: overdue_approvals
-- Approvals that nobody has decided for too long.
select 'apr_' || replace(a.approval_id::text, '-', '') as subject,
       extract(epoch from flowforge.now() - a.created_at)::float8 as value,
       a.tool as detail
  from flowforge.approval a
 where a.tenant_id = :tenant_id and a.state = 'pending'
   and a.created_at <= flowforge.now() - :seconds::float8 * interval '1 second'
 order by a.approval_id
 limit :limit;

-- name: undispatched_events_of
-- Stored events that have not been matched for too long: the age of the oldest, and how many.
select 'events' as subject, max(d.age) as value, count(*)::text as detail
  from (select extract(epoch from flowforge.now() - created_at)::float8 as age
          from flowforge.dispatch
         where tenant_id = :tenant_id and kind = 'e'
           and created_at <= flowforge.now() - :seconds::float8 * interval '1 second'
         limit :limit) d
having count(*) > 0;

-- name: used_budgets
-- Budgets that have come to their threshold in the window that is now, each with the subject that is nearest to its end.
select b.name as subject, max(x.share)::float8 as value, b.over as detail
  from flowforge.budget b
 cross join lateral (select flowforge.now() as now) t
  join flowforge.spend s
    on s.tenant_id = b.tenant_id and s.budget_id = b.budget_id
   and s.window_start =
-- use: budget_window
 cross join lateral (select (s.used + s.reserved) / (b.amount + s.raised) as share) x
 where b.tenant_id = :tenant_id and s.warned_by is not null and x.share >= b.warn_at
 group by b.name, b.over
 order by value desc
 limit :limit;
