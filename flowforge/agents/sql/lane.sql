-- name: set_lane
-- How many of an agent's runs may work at once; null: any number. Whoever stands there is looked at.
with lane as (
  insert into flowforge.flow_limit (limit_id, tenant_id, rule, capacity)
  values (:lane, :tenant_id, :rule, :capacity)
      on conflict (limit_id) do update set capacity = excluded.capacity
),
marked as (
  insert into flowforge.mark (gate, due) values (:lane, flowforge.now())
)
update flowforge.agent
   set lane = :lane
 where tenant_id = :tenant_id
   and agent_id = :agent_id

-- name: lock_runs_of_agent
-- The owner rows of an agent's open runs, in key order, locked until commit.
select owner.run_id,
       owner.state::text,
       owner.cancel,
       owner.pause,
       owner.parked_for::text,
       owner.reason
  from flowforge.owner
  join flowforge.run on run.tenant_id = owner.tenant_id and run.run_id = owner.run_id
 where owner.tenant_id = :tenant_id
   and run.agent_id = :agent_id
   and run.function_id like 'flowforge.agent%'
 order by owner.run_id
   for no key update of owner

-- name: put_on_lane
-- Open runs that were made before their agent had a lane count against it from their next lease on. Their owner rows are locked.
update flowforge.owner
   set limits = array[:lane::uuid] || limits
 where tenant_id = :tenant_id
   and run_id = any(:run_ids::uuid[])
   and :lane::uuid <> all(coalesce(limits, '{}'))

-- name: queue_of_agent
-- An agent's runs that wait for their turn, in the order in which they get it: by priority, then by age. Those at its lane and those that
-- no worker has looked at yet.
select owner.run_id,
       owner.priority,
       run.created_at,
       task.key as task,
       task.title
  from flowforge.owner
  join flowforge.run on run.tenant_id = owner.tenant_id and run.run_id = owner.run_id
  left join flowforge.task on task.tenant_id = run.tenant_id and task.task_id = run.task_id
 where owner.tenant_id = :tenant_id
   and owner.state in ('r', 'g')
   and run.agent_id = :agent_id
   and run.function_id like 'flowforge.agent%'
   and (not :after_there::boolean
        or (-owner.priority, owner.run_id) > (-:after_priority::smallint, :after_run::uuid))
 order by -owner.priority, owner.run_id
 limit :limit
