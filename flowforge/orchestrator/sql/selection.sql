-- Which runs are meant: by state, function, age, and what their error says. Ids begin with the time at which they were made, so
-- `:since` also bounds the ids that are looked at (with a day to spare for clocks that differ).

-- part: wanted
       r.tenant_id = :tenant_id
   and r.run_id < coalesce(:before::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
   and r.run_id >= coalesce((lpad(to_hex((greatest(0, extract(epoch from :since::timestamptz - (select skew from flowforge.clock)
                                                                        - interval '1 day')) * 1000)::bigint), 12, '0')
                             || '00000000000000000000')::uuid, '00000000-0000-0000-0000-000000000000')
   and (:since::timestamptz is null or r.created_at >= :since::timestamptz)
   and (:until::timestamptz is null or r.created_at <= :until::timestamptz)
   and (:function_id::text is null or r.function_id = :function_id)
   and (:error_start::text is null or starts_with(r.error, :error_start))
   and (:q::text is null or position(lower(:q) in lower(r.error)) > 0)
   and (:test::boolean is null or r.test = :test)
   and (:agent_id::uuid is null or r.agent_id = :agent_id::uuid)
   and (:dismissed::boolean is null or (x.dismissed_at is not null) = :dismissed)
   and (:state::text is null or :state = case
          when r.state <> 'open' then r.state
          when o.state = 'l' then 'running'
          when o.state = 'p' and o.parked_for = 's' then 'sleeping'
          when o.state = 'p' and o.parked_for = 'w' then 'waiting'
          when o.state = 'p' then 'paused'
          else 'queued' end)
   and case :only
         when 'open' then r.state = 'open'
         when 'ended' then r.state <> 'open'
         when 'failed' then r.state = 'failed'
         when 'paused' then o.parked_for = 'p' or o.pause
         else true end

-- name: runs_page
-- Newest first: the ids of some runs, from just before a place on.
select r.run_id
  from flowforge.run r
  left join flowforge.owner o on o.tenant_id = r.tenant_id and o.run_id = r.run_id
  left join flowforge.failure x on x.tenant_id = r.tenant_id and x.run_id = r.run_id
 where
-- use: wanted
 order by r.run_id desc
 limit :limit;

-- name: failed_runs_page
-- The same for failed runs, which are found without looking at the others: one by one in their order (hence the laterals), until
-- there are enough.
select r.run_id
  from flowforge.failure x
 cross join lateral (select * from flowforge.run r where r.tenant_id = x.tenant_id and r.run_id = x.run_id offset 0) r
  left join lateral (select * from flowforge.owner o where o.tenant_id = x.tenant_id and o.run_id = x.run_id offset 0) o on true
 where x.tenant_id = :tenant_id
   and x.run_id < coalesce(:before::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
   and
-- use: wanted
 order by x.run_id desc
 limit :limit;

-- name: count_runs
-- How many there are, up to a limit.
select count(*)
  from (select 1
          from flowforge.run r
          left join flowforge.owner o on o.tenant_id = r.tenant_id and o.run_id = r.run_id
          left join flowforge.failure x on x.tenant_id = r.tenant_id and x.run_id = r.run_id
         where
-- use: wanted
         limit :limit) n;

-- name: count_failed_runs
-- The same for failed runs.
select count(*)
  from (select 1
          from flowforge.failure x
          join flowforge.run r on r.tenant_id = x.tenant_id and r.run_id = x.run_id
          left join flowforge.owner o on o.tenant_id = r.tenant_id and o.run_id = r.run_id
         where x.tenant_id = :tenant_id
           and
-- use: wanted
         limit :limit) n;

-- name: dismiss_failure
-- Off the list of failures, or on it again (:by null). Answers whether the run has failed.
update flowforge.failure
   set dismissed_at = case when :by::text is not null then coalesce(dismissed_at, (select flowforge.now())) end,
       dismissed_by = case when :by::text is not null then coalesce(dismissed_by, :by) end
 where tenant_id = :tenant_id
   and run_id = :run_id
returning run_id;
