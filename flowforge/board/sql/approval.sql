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
       approval.proposal_hash,
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
-- One pending approval for each wait that has none yet, in key order; the answer holds only those made now. Who gave the work is whoever
-- assigned the card last, else whoever started the run, else whoever sent its event.
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
  expires_at,
  call_hash,
  proposal_hash,
  requirement,
  roles,
  rule,
  grantable,
  taint,
  said,
  consequence,
  shape,
  requester_kind,
  requester,
  supersedes,
  remind_at,
  escalate_at,
  escalate_to
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
       u.expires_at,
       u.call_hash,
       u.call_hash,
       u.requirement,
       array(select json_array_elements_text(u.requirement::json -> 'roles')),
       u.more::json ->> 'rule',
       (u.more::json ->> 'grantable')::boolean,
       u.more::json ->> 'taint',
       u.said,
       u.consequence,
       u.shape,
       coalesce(giver.kind, starter.kind, sender.kind),
       coalesce(giver.name, starter.name, sender.name),
       (u.more::json ->> 'supersedes')::uuid,
       (select flowforge.now()) + (u.requirement::json ->> 'remind_after')::float8 * interval '1 second',
       (select flowforge.now()) + (u.requirement::json ->> 'escalate_after')::float8 * interval '1 second',
       u.requirement::json ->> 'escalate_to'
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
         :expires_ats::timestamptz[],
         :call_hashes::text[],
         :requirements::text[],
         :mores::text[],
         :saids::text[],
         :consequences::text[],
         :shapes::text[]
       ) as u (tenant_id, approval_id, run_id, step_key, tool, arguments, arguments_hash, schema, effect, reversible, reason, expires_at,
               call_hash, requirement, more, said, consequence, shape)
  join flowforge.run
    on run.tenant_id = u.tenant_id
   and run.run_id = u.run_id
  left join lateral (
         select activity.actor_kind as kind,
                activity.actor as name
           from flowforge.activity
          where activity.tenant_id = run.tenant_id
            and activity.task_id = run.task_id
            and activity.action = 'assigned'
          order by activity.created_at desc
          limit 1
       ) giver on true
  left join lateral (
         select audit.principal_kind as kind,
                audit.principal as name
           from flowforge.audit
          where audit.tenant_id = run.tenant_id
            and audit.target = 'run_' || replace(run.run_id::text, '-', '')
            and audit.action in ('run.start', 'run.replay')
          order by audit.entry_id
          limit 1
       ) starter on true
  left join lateral (
         select audit.principal_kind as kind,
                audit.principal as name
           from flowforge.audit
          where audit.tenant_id = run.tenant_id
            and audit.target = 'evt_' || replace(run.event_id::text, '-', '')
            and audit.action = 'event.send'
          order by audit.entry_id
          limit 1
       ) sender on true
 order by u.tenant_id, u.run_id, u.step_key
    on conflict (tenant_id, run_id, step_key) do nothing
returning tenant_id,
          approval_id,
          run_id,
          tool,
          arguments,
          arguments_hash,
          call_hash,
          effect,
          reversible,
          reason,
          rule,
          requirement,
          roles,
          requester,
          supersedes,
          expires_at,
          task_id,
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
       approval.effect,
       approval.proposal,
       approval.proposal_hash,
       approval.requirement,
       approval.roles,
       approval.grantable,
       approval.taint,
       approval.requester_kind,
       approval.requester,
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
       decision = :decision,
       proposal_hash = coalesce(:hash, proposal_hash),
       remind_at = null,
       escalate_at = null
 where tenant_id = :tenant_id
   and approval_id = :approval_id
   and state = 'pending'
returning approval_id

-- part: shown_state
       case when approval.state <> 'pending' then approval.state
            when approval.expires_at <= (select flowforge.now()) or run.state is distinct from 'open' then 'expired'
            else 'pending' end

-- part: is_mine
       -- Pending, and the voter :voter (named :name, of :role) may decide it, has not yet, and did not give the work where that matters.
       approval.state = 'pending'
   and (approval.expires_at is null or approval.expires_at > (select flowforge.now()))
   and run.state = 'open'
   and (approval.roles = '{}'
        or :role::text = any(approval.roles)
        or (:role::text = 'admin' and 'approver' = any(approval.roles)))
   and (coalesce(json_array_length(approval.requirement::json -> 'people'), 0) = 0
        or exists (select
                     from json_array_elements_text(approval.requirement::json -> 'people') as person (name)
                    where person.name = :name
                       or person.name = any(:stands_in_for::text[])))
   and not (coalesce((approval.requirement::json ->> 'not_requester')::boolean, false)
            and approval.requester_kind || ':' || approval.requester = :voter)
   and not exists (select
                     from flowforge.approval_vote
                    where approval_vote.tenant_id = approval.tenant_id
                      and approval_vote.approval_id = approval.approval_id
                      and approval_vote.voided_at is null
                      and (approval_vote.voter = :voter or approval_vote.kind || ':' || approval_vote.name = :voter))

-- name: read_approvals
-- The review queue, oldest first. A pending one whose time is up, or whose run is over, shows as expired, whoever notes it later.
select approval.approval_id,
-- use: shown_state
       as state,
       approval.tool,
       approval.arguments,
       approval.arguments_hash,
       approval.call_hash,
       approval.proposal,
       approval.proposal_hash,
       approval.schema,
       approval.effect,
       approval.reversible,
       approval.consequence,
       approval.reason,
       approval.rule,
       approval.requirement,
       approval.roles,
       approval.grantable,
       approval.taint,
       approval.said,
       approval.requester,
       approval.supersedes,
       approval.reminded_at,
       approval.escalated_at,
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
   and (:tool::text is null or approval.tool = :tool)
   and (:effect::text is null or approval.effect = :effect)
   and (:agent_id::uuid is null or approval.agent_id = :agent_id)
   and (:task_id::uuid is null or approval.task_id = :task_id)
   and (:run_id::uuid is null or approval.run_id = :run_id)
   and (:requester::text is null or approval.requester = :requester)
   and (:since::timestamptz is null or approval.created_at >= :since)
   and (:voter::text is null or (
-- use: is_mine
       ))
   and (:shown_state::text is null
        or :shown_state =
-- use: shown_state
       )
 order by approval.approval_id
 limit :limit

-- name: count_approvals
-- By state, as they are shown, and those that the voter may decide. Ended ones are counted from :since on.
select count(*) filter (where shown = 'pending') as pending,
       count(*) filter (where mine) as mine,
       count(*) filter (where shown = 'approved') as approved,
       count(*) filter (where shown = 'denied') as denied,
       count(*) filter (where shown = 'expired') as expired
  from (select
-- use: shown_state
               as shown,
-- use: is_mine
               as mine
          from flowforge.approval
          left join flowforge.run
            on run.tenant_id = approval.tenant_id
           and run.run_id = approval.run_id
         where approval.tenant_id = :tenant_id
           and (approval.state = 'pending' or approval.approval_id >= :first_id)
       ) counted

-- name: approvals_by_ending
-- At most three approvals whose id ends in these hex digits, newest first, to know whether the ending is ambiguous.
select approval_id
  from flowforge.approval
 where tenant_id = :tenant_id
   and replace(approval_id::text, '-', '') like '%' || :ending
 order by approval_id desc
 limit 3

-- name: propose_arguments
-- What the next votes are about. Only for the holder of its lock.
update flowforge.approval
   set proposal = :proposal,
       proposal_hash = :hash
 where tenant_id = :tenant_id
   and approval_id = :approval_id
   and state = 'pending'

-- name: alike_approvals
-- How calls like this one were decided since :first_id: those of the same agent, and those with arguments of the same shape.
select count(*) filter (where of_agent and other.state = 'approved') as agent_approved,
       count(*) filter (where of_agent and other.state = 'denied') as agent_denied,
       count(*) filter (where of_shape and other.state = 'approved') as shape_approved,
       count(*) filter (where of_shape and other.state = 'denied') as shape_denied
  from flowforge.approval as this
  join flowforge.approval as other
    on other.tenant_id = this.tenant_id
   and other.tool = this.tool
   and other.approval_id >= :first_id
   and other.approval_id <> this.approval_id
 cross join lateral (select other.agent_id is not distinct from this.agent_id as of_agent, other.shape = this.shape as of_shape) alike
 where this.tenant_id = :tenant_id
   and this.approval_id = :approval_id

-- name: approvals_now
select flowforge.now()

-- name: read_approvers
-- The people who may decide each of these approvals now, and what their inboxes say of it.
select approval.approval_id,
       approval.tool,
       approval.effect,
       approval.arguments,
       run.function_id,
       agent.name as agent,
       task.key as task,
       array(select person.person_id
               from flowforge.person
              where person.tenant_id = approval.tenant_id
                and person.disabled_at is null
                and (person.role = any(case when approval.roles = '{}' then '{approver}' else approval.roles end)
                     or (person.role = 'admin' and (approval.roles = '{}' or 'approver' = any(approval.roles))))
                and (json_array_length(asked.people) = 0
                     or exists (select
                                  from json_array_elements_text(asked.people) as named (name)
                                 where named.name = person.name
                                    or exists (select
                                                 from flowforge.approval_delegation
                                                where approval_delegation.tenant_id = approval.tenant_id
                                                  and approval_delegation.from_name = named.name
                                                  and approval_delegation.to_name = person.name
                                                  and approval_delegation.ended_at is null
                                                  and approval_delegation.expires_at > (select flowforge.now()))))
                and not (asked.not_requester and approval.requester_kind = 'person' and approval.requester = person.name)
              order by person.person_id) as person_ids
  from flowforge.approval
 cross join lateral (
         select coalesce(approval.requirement::json -> 'people', '[]'::json) as people,
                coalesce((approval.requirement::json ->> 'not_requester')::boolean, false) as not_requester
       ) as asked
  join flowforge.run
    on run.tenant_id = approval.tenant_id
   and run.run_id = approval.run_id
  left join flowforge.agent
    on agent.tenant_id = approval.tenant_id
   and agent.agent_id = approval.agent_id
  left join flowforge.task
    on task.tenant_id = approval.tenant_id
   and task.task_id = approval.task_id
 where approval.tenant_id = :tenant_id
   and approval.approval_id = any(:approval_ids::uuid[])
 order by approval.approval_id
