-- name: list_agents
-- Agents by name after :after, or the one with :agent_id, with what each does now and why. An agent's runs are sought among its 200 newest and
-- those that hold its lane, and its queue is counted up to a thousand: that bounds the look without an index that every end of a run
-- would have to maintain. Its current run is a leased one, else one that waits for something, else a paused one, else a queued one; of
-- the steps of that run alone is told which one it waits for or is at.
select agent.agent_id, agent.name, agent.revision, agent.app, agent.created_at, agent.updated_at,
       agent.paused_at, agent.paused_by, agent.pause_reason, agent.archived_at, agent.archived_by,
       agent.definition,
       flowforge.now() as now,
       current.run_id, current.owner_state, current.parked_for, current.reason as run_reason,
       current.created_at as run_created_at, current.started_at as run_started_at, current.due,
       task.key as task_key,
       queued.runs as queued,
       lane.capacity,
       steps.turns, steps.tool, steps.said_at,
       wait.kind as wait_kind, wait.name as wait_name, wait.input as wait_input, wait.started_at as wait_since,
       approval.tool as approval_tool, approval.created_at as approval_since,
       latest.state as latest_state, latest.error as latest_error, latest.ended_at as latest_ended_at,
       spent.cost as cost_today,
       budget.used as budget_used,
       coalesce(stream.last_seq, 0) as seq
  from (select page.*, revision.definition
          from flowforge.agent as page
          join flowforge.agent_revision as revision using (tenant_id, agent_id, revision)
         where page.tenant_id = :tenant_id
           and page.name > :after
           and (:agent_id::uuid is null or page.agent_id = :agent_id)
           and (:model::text is null or revision.definition::json ->> 'model' = :model)
           and (:skill::text is null
                or exists (select 1 from json_array_elements_text(revision.definition::json -> 'skills') as skill (name)
                            where skill.name = :skill or skill.name like :skill || '@%'))
           and (:archived::boolean is null or (page.archived_at is not null) = :archived)
         order by page.name
         limit :limit) as agent
  left join flowforge.flow_limit as lane on lane.limit_id = agent.lane
  left join lateral (
    select run.run_id, run.task_id, run.created_at, owner.started_at, owner.state::text as owner_state, owner.parked_for::text, owner.reason,
           owner.due
      from (select recent.run_id
              from (select run_id
                      from flowforge.run
                     where run.tenant_id = agent.tenant_id
                       and run.agent_id = agent.agent_id
                     order by run_id desc
                     limit 200) as recent
             union
            select held.run_id
              from (select run_id
                      from flowforge.slot
                     where slot.limit_id = agent.lane
                       and slot.tenant_id = agent.tenant_id
                     limit 200) as held) as found
      join flowforge.owner on owner.tenant_id = agent.tenant_id and owner.run_id = found.run_id
      join flowforge.run on run.tenant_id = agent.tenant_id and run.run_id = found.run_id
     order by case owner.state when 'l' then 0 when 'p' then case owner.parked_for when 'p' then 2 else 1 end else 3 end,
              run.run_id desc
     limit 1
  ) as current on true
  left join flowforge.task on task.tenant_id = agent.tenant_id and task.task_id = current.task_id
  left join lateral (
    select count(*)::integer as runs
      from (select 1
              from flowforge.owner
             where owner.state = 'g'
               and owner.gate = agent.lane
               and owner.tenant_id = agent.tenant_id
             limit 1000) as standing
  ) as queued on true
  left join lateral (
    select (count(*) filter (where step.kind = 'ai' and step.name = 'turn'))::integer as turns,
           (array_agg(step.name order by step.seq desc) filter (where step.kind = 'tool' and step.state = 0))[1] as tool,
           (array_agg(step.key order by step.seq) filter (where step.state = 1))[1] as wait_key,
           max(coalesce(step.ended_at, step.started_at)) as said_at
      from flowforge.step
     where step.tenant_id = agent.tenant_id
       and step.run_id = current.run_id
  ) as steps on true
  left join flowforge.step as wait on wait.tenant_id = agent.tenant_id and wait.run_id = current.run_id and wait.key = steps.wait_key
  left join flowforge.approval
    on approval.tenant_id = agent.tenant_id
   and approval.run_id = current.run_id
   and approval.step_key = steps.wait_key
  left join lateral (
    select run.state, run.error, run.ended_at
      from flowforge.run
     where run.tenant_id = agent.tenant_id
       and run.agent_id = agent.agent_id
     order by run.run_id desc
     limit 1
  ) as latest on true
  left join lateral (
    select
-- use: cost_of_calls
           as cost
      from flowforge.usage
     where usage.tenant_id = agent.tenant_id
       and usage.agent_id = agent.agent_id
       and usage.created_at >= date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'
  ) as spent on true
  left join lateral (
    select coalesce(sum(spend.used), 0) as used
      from flowforge.budget as b
     cross join (select flowforge.now() as now) as t
      left join flowforge.spend
        on spend.tenant_id = b.tenant_id
       and spend.budget_id = b.budget_id
       and spend.window_start =
-- use: budget_window
     where b.tenant_id = agent.tenant_id
       and b.budget_id = agent.budget_id
  ) as budget on true
  left join flowforge.stream on stream.tenant_id = agent.tenant_id and stream.stream_id = agent.agent_id
 order by agent.name
