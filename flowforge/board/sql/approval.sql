-- name: read_answers
-- What is known of the approvals of these waits; :ord says whose it is. `requested` says whether the run's stream has told it.
select u.ord,
       approval.approval_id,
       approval.state,
       approval.tool,
       approval.arguments,
       approval.effect,
       approval.reversible,
       approval.reason,
       approval.expires_at,
       approval.decided_by,
       approval.decision,
       approval.state = 'pending' and approval.expires_at <= (select flowforge.now()) + interval '50 milliseconds' as is_due,
       agent.name as agent,
       task.key as task,
       exists (select 1
                 from flowforge.frame
                where frame.tenant_id = approval.tenant_id
                  and frame.stream_id = approval.run_id
                  and frame.name = 'approval.requested'
                  and frame.data like '%' || replace(approval.approval_id::text, '-', '') || '%') as requested
  from unnest(:tenant_ids::uuid[], :run_ids::uuid[], :step_keys::text[]) with ordinality as u (tenant_id, run_id, step_key, ord)
  join flowforge.approval
    on approval.tenant_id = u.tenant_id
   and approval.run_id = u.run_id
   and approval.step_key = u.step_key
  left join flowforge.agent
    on agent.tenant_id = approval.tenant_id
   and agent.agent_id = approval.agent_id
  left join flowforge.task
    on task.tenant_id = approval.tenant_id
   and task.task_id = approval.task_id

-- name: ask_approvals
-- One pending approval for each wait that has none yet, in key order; the answer holds only those made now.
insert into flowforge.approval (
  tenant_id,
  approval_id,
  run_id,
  step_key,
  tool,
  arguments,
  arguments_hash,
  schema,
  effect,
  reversible,
  reason,
  agent_id,
  task_id,
  cost_so_far,
  created_at,
  expires_at
)
select u.tenant_id,
       u.approval_id,
       u.run_id,
       u.step_key,
       u.tool,
       u.arguments,
       u.arguments_hash,
       u.schema,
       u.effect,
       u.reversible,
       u.reason,
       run.agent_id,
       run.task_id,
       (select
-- use: cost_of_calls
          from flowforge.usage
         where usage.tenant_id = u.tenant_id
           and usage.run_id = u.run_id),
       (select flowforge.now()),
       u.expires_at
  from unnest(
         :tenant_ids::uuid[],
         :approval_ids::uuid[],
         :run_ids::uuid[],
         :step_keys::text[],
         :tools::text[],
         :arguments::text[],
         :arguments_hashes::text[],
         :schemas::text[],
         :effects::text[],
         :reversibles::boolean[],
         :reasons::text[],
         :expires_ats::timestamptz[]
       ) as u (tenant_id, approval_id, run_id, step_key, tool, arguments, arguments_hash, schema, effect, reversible, reason, expires_at)
  join flowforge.run
    on run.tenant_id = u.tenant_id
   and run.run_id = u.run_id
 order by u.tenant_id, u.run_id, u.step_key
    on conflict (tenant_id, run_id, step_key) do nothing
returning tenant_id,
          approval_id,
          run_id,
          tool,
          arguments,
          arguments_hash,
          effect,
          reversible,
          reason,
          expires_at,
          (select run.function_id
             from flowforge.run
            where run.tenant_id = approval.tenant_id
              and run.run_id = approval.run_id) as function_id,
          agent_id,
          (select agent.name
             from flowforge.agent
            where agent.tenant_id = approval.tenant_id
              and agent.agent_id = approval.agent_id) as agent

-- name: approval_run
-- Which run an approval belongs to, so that its owner row can be locked before the approval.
select run_id
  from flowforge.approval
 where tenant_id = :tenant_id
   and approval_id = :approval_id

-- name: lock_run
-- The owner row of an open run, locked until commit; no row: the run is over.
select owner.cancel
  from flowforge.owner
 where owner.tenant_id = :tenant_id
   and owner.run_id = :run_id
   for no key update

-- name: lock_approval
-- Locked until commit; whoever holds it decides or finds it decided.
select approval.approval_id,
       approval.run_id,
       approval.state,
       approval.tool,
       approval.arguments,
       approval.schema,
       approval.agent_id,
       approval.task_id,
       approval.expires_at,
       approval.decided_at,
       approval.decided_by,
       approval.decision,
       approval.state = 'pending' and approval.expires_at <= (select flowforge.now()) + interval '50 milliseconds' as is_due
  from flowforge.approval
 where approval.tenant_id = :tenant_id
   and approval.approval_id = :approval_id
   for no key update

-- name: settle_approval
-- Only for the holder of its lock, and only from pending.
update flowforge.approval
   set state = :state,
       decided_at = (select flowforge.now()),
       decided_by = :decided_by,
       decision = :decision
 where tenant_id = :tenant_id
   and approval_id = :approval_id
   and state = 'pending'
returning approval_id

-- name: read_approvals
-- The review queue, oldest first. A pending one whose time is up, or whose run is over, shows as expired, whoever notes it later.
select approval.approval_id,
       case when approval.state <> 'pending' then approval.state
            when approval.expires_at <= (select flowforge.now()) or run.state is distinct from 'open' then 'expired'
            else 'pending' end as state,
       approval.tool,
       approval.arguments,
       approval.arguments_hash,
       approval.effect,
       approval.reversible,
       approval.reason,
       agent.name as agent,
       task.key as task,
       approval.run_id,
       approval.cost_so_far,
       approval.created_at,
       approval.expires_at,
       approval.decided_at,
       approval.decided_by,
       approval.decision
  from flowforge.approval
  left join flowforge.run
    on run.tenant_id = approval.tenant_id
   and run.run_id = approval.run_id
  left join flowforge.agent
    on agent.tenant_id = approval.tenant_id
   and agent.agent_id = approval.agent_id
  left join flowforge.task
    on task.tenant_id = approval.tenant_id
   and task.task_id = approval.task_id
 where approval.tenant_id = :tenant_id
   and approval.state = any(:stored_states::text[])
   and (:approval_id::uuid is null or approval.approval_id = :approval_id)
   and (:after::uuid is null or approval.approval_id > :after)
   and (:shown_state::text is null
        or :shown_state = case when approval.state <> 'pending' then approval.state
                               when approval.expires_at <= (select flowforge.now()) or run.state is distinct from 'open' then 'expired'
                               else 'pending' end)
 order by approval.approval_id
 limit :limit

-- name: approvals_by_ending
-- At most three approvals whose id ends in these hex digits, newest first, to know whether the ending is ambiguous.
select approval_id
  from flowforge.approval
 where tenant_id = :tenant_id
   and replace(approval_id::text, '-', '') like '%' || :ending
 order by approval_id desc
 limit 3
