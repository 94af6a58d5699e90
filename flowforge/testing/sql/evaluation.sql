-- name: used_by_tenants
-- What the model calls of these tenants used that were sent and answered, in one row.
select count(*)::int as calls,
       (count(*) - count(u.cost))::int as unpriced,
       sum(u.cost) as cost,
       coalesce(max(u.cost), 0) as dearest,
       coalesce(sum(u.input_tokens), 0)::bigint as input_tokens,
       coalesce(sum(u.output_tokens), 0)::bigint as output_tokens,
       coalesce(sum(u.latency_ms), 0)::bigint as latency_ms
  from flowforge.usage u
 where u.tenant_id = any(:tenant_ids::uuid[]) and u.outcome = 'answered';

-- name: waiting_steps
-- What open runs wait for: whether a failed step waits for its next attempt, and when the first sleep or time-out is due.
select coalesce(bool_or(s.failures is not null), false) as retrying,
       min(s.due) filter (where s.failures is null) as due
  from flowforge.owner o
  join flowforge.step s on s.tenant_id = o.tenant_id and s.run_id = o.run_id
 where s.state = 1;

-- name: open_runs
-- A tenant's runs that have not ended.
select run_id from flowforge.owner where tenant_id = :tenant_id;

-- name: keep_all
-- Nothing of this tenant is ever dropped for its age: where sleeps are skipped, a month passes in a moment.
insert into flowforge.retention (tenant_id, swept_at)
values (:tenant_id, 'infinity')
    on conflict (tenant_id) do update set swept_at = excluded.swept_at;
