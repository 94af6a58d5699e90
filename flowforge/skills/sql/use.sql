-- name: take_turn
-- The moment of the next free turn, which is the caller's from now on. The row is locked for the length of this statement.
insert into flowforge.tool_turn as t (tenant_id, tool, next_at)
values (:tenant_id, :tool, flowforge.now() + :interval::float8 * interval '1 second')
on conflict (tenant_id, tool) do update
   set next_at = greatest(t.next_at, flowforge.now()) + :interval::float8 * interval '1 second'
returning next_at - :interval::float8 * interval '1 second' as turn,
          flowforge.now() as now;

-- name: note_call
-- One call, counted in its day; of the failed ones the last is kept.
insert into flowforge.tool_use as u (tenant_id, tool, day, calls, failures, called_at, error, failed_at)
select :tenant_id,
       :tool,
       (t.now at time zone 'UTC')::date,
       1,
       case when :error::text is null then 0 else 1 end,
       t.now,
       :error,
       case when :error::text is null then null else t.now end
  from (select flowforge.now() as now) t
on conflict (tenant_id, tool) do update
   set day = excluded.day,
       calls = case when u.day = excluded.day then u.calls + 1 else 1 end,
       failures = case when u.day = excluded.day then u.failures + excluded.failures else excluded.failures end,
       called_at = excluded.called_at,
       error = coalesce(excluded.error, u.error),
       failed_at = coalesce(excluded.failed_at, u.failed_at);

-- name: uses_of
-- What is known of these tools' calls; yesterday's counts are not today's.
select u.tool,
       case when u.day = (flowforge.now() at time zone 'UTC')::date then u.calls else 0 end as calls_today,
       case when u.day = (flowforge.now() at time zone 'UTC')::date then u.failures else 0 end as failures_today,
       u.called_at,
       u.error,
       u.failed_at
  from flowforge.tool_use u
 where u.tenant_id = :tenant_id
   and u.tool = any (:tools::text[]);
