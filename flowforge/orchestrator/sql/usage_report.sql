-- name: usage_report
-- What model calls used and cost from :since to :until and in the period of the same length before it, by what :by names; first the sums
-- over all groups, then a page of them, the dearest first (days: the earliest), from behind (:after_cost, :after_key). Calls that were
-- never answered are counted, and enter no sum of money; those without a price are counted as unpriced. One look at the index over time.
with call as not materialized (
  select usage.created_at >= :since::timestamptz as present,
         usage.outcome, usage.cost, usage.saved_cost, usage.tokens_estimated, usage.input_tokens, usage.cached_tokens,
         usage.cache_written_tokens, usage.output_tokens, usage.reasoning_tokens,
         case :by::text
           when 'model' then usage.model
           when 'provider' then usage.provider
           when 'function' then usage.function_id
           when 'day' then to_char((usage.created_at + case when usage.created_at < :since then :until::timestamptz - :since else '0' end)
                                   at time zone 'UTC', 'YYYY-MM-DD')
         end as name,
         case :by when 'agent' then usage.agent_id when 'task' then usage.task_id when 'run' then usage.run_id
                  when 'tenant' then usage.tenant_id
         end as id
    from flowforge.usage
   where usage.tenant_id = :tenant_id
     and usage.created_at >= :since::timestamptz - (:until::timestamptz - :since::timestamptz)
     and usage.created_at < :until
     and (:model::text is null or usage.model = :model)
     and (:provider::text is null or usage.provider = :provider)
     and (:function::text is null or usage.function_id = :function)
     and (:agent_id::uuid is null or usage.agent_id = :agent_id)
     and (:task_id::uuid is null or usage.task_id = :task_id)
     and (:run_id::uuid is null or usage.run_id = :run_id)
),
summed as (
  select name, id, grouping(name, id) > 0 as total,
         count(*) filter (where present) as calls,
         count(*) filter (where present and outcome = 'cached') as cached_calls,
         count(*) filter (where present and outcome = 'unknown') as unknown,
         count(*) filter (where present and outcome <> 'unknown' and cost is null) as unpriced,
         count(*) filter (where present and tokens_estimated) as estimated,
         coalesce(sum(input_tokens) filter (where present), 0)::bigint as input_tokens,
         coalesce(sum(cached_tokens) filter (where present), 0)::bigint as cached_tokens,
         coalesce(sum(cache_written_tokens) filter (where present), 0)::bigint as cache_written_tokens,
         coalesce(sum(output_tokens) filter (where present), 0)::bigint as output_tokens,
         coalesce(sum(reasoning_tokens) filter (where present), 0)::bigint as reasoning_tokens,
         sum(cost) filter (where present and outcome <> 'unknown') as cost,
         coalesce(sum(saved_cost) filter (where present), 0) as saved,
         count(*) filter (where not present) as previous_calls,
         sum(cost) filter (where not present and outcome <> 'unknown') as previous_cost
    from call
   group by grouping sets ((name, id), ())
),
ranked as (
  select *, case when :by = 'day' then 0 when total then null when calls = 0 then 0 else coalesce(cost, -1) end as rank,
         coalesce(id::text, name, '') as key
    from summed
),
page as (
  (select * from ranked where total)
  union all
  (select *
     from ranked
    where not total
      and (:after_cost::numeric is null or rank < :after_cost or (rank = :after_cost and key > :after_key::text))
    order by rank desc, key
    limit :limit)
)
select page.*, coalesce(agent.name, task.key, tenant.name, page.name) as shown
  from page
  left join flowforge.agent on :by = 'agent' and agent.tenant_id = :tenant_id and agent.agent_id = page.id
  left join flowforge.task on :by = 'task' and task.tenant_id = :tenant_id and task.task_id = page.id
  left join flowforge.tenant on :by = 'tenant' and tenant.tenant_id = page.id
 order by page.total desc, page.rank desc, page.key;

-- name: time_of_report
select flowforge.now() as now;
