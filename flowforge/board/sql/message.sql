-- name: working_runs
-- For each of these agents, the open run that works on the card, and whether one is about to be made.
select wanted.agent_id,
       (select run.run_id
          from flowforge.run
         where run.tenant_id = :tenant_id
           and run.task_id = :task_id
           and run.agent_id = wanted.agent_id
           and run.function_id = 'flowforge.agent'
           and run.state = 'open'
         order by run.run_id desc
         limit 1) as run_id,
       exists (select 1
                 from flowforge.task
                 join flowforge.dispatch
                   on dispatch.tenant_id = task.tenant_id
                  and dispatch.kind = 'e'
                  and dispatch.subject_id = task.assignment_id
                where task.tenant_id = :tenant_id
                  and task.task_id = :task_id
                  and task.agent_id = wanted.agent_id) as is_starting
  from unnest(:agent_ids::uuid[]) as wanted (agent_id)

-- name: leave_message
-- Nothing happens when a message of that id is there already.
insert into flowforge.agent_message (tenant_id, message_id, agent_id, task_id, kind, text, author_kind, author, created_at, run_id)
values (:tenant_id, :message_id, :agent_id, :task_id, :kind, :text, :author_kind, :author, (select flowforge.now()), :run_id)
    on conflict (tenant_id, message_id) do nothing

-- name: find_message
select run_id,
       taken_at
  from flowforge.agent_message
 where tenant_id = :tenant_id
   and message_id = :message_id

-- name: take_message
-- By this run, unless another one has: of two that want it, one gets it. By the run that has it, as often as it asks.
update flowforge.agent_message
   set run_id = :run_id,
       taken_at = coalesce(taken_at, (select flowforge.now()))
 where tenant_id = :tenant_id
   and message_id = :message_id
   and (taken_at is null or run_id = :run_id)
returning message_id
