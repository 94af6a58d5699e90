-- name: has_rules
-- Whether anything but the tool and the agent's own word can decide about a call: a policy, or a grant of its task for the tool.
select exists (select from flowforge.published_policy)
       or exists (select from flowforge.policy where tenant_id = :tenant_id)
       or exists (select
                    from flowforge.approval_grant
                   where tenant_id = :tenant_id
                     and task_id = :task_id
                     and tool = :tool
                     and revoked_at is null)

-- name: facts_of_call
-- What rules may look at beside the call itself, as it is now.
select (select flowforge.now()) as now,
       task.key as task,
       to_jsonb(task) -> 'labels' as labels,
       (select
-- use: cost_of_calls
          from flowforge.usage
         where usage.tenant_id = run.tenant_id
           and usage.run_id = run.run_id) as cost
  from flowforge.run
  left join flowforge.task
    on task.tenant_id = run.tenant_id
   and task.task_id = run.task_id
 where run.tenant_id = :tenant_id
   and run.run_id = :run_id
