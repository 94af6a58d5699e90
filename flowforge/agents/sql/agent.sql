-- name: insert_agent
-- Returns the id, or nothing when the name is taken.
insert into flowforge.agent (tenant_id, agent_id, name, model, instructions, skills, tools, approval, done_column)
values (:tenant_id, :agent_id, :name, :model, :instructions, :skills, :tools, :approval, :done_column)
on conflict (tenant_id, name) do nothing
returning agent_id

-- name: update_agent
update flowforge.agent
   set name = :name,
       model = :model,
       instructions = :instructions,
       skills = :skills,
       tools = :tools,
       approval = :approval,
       done_column = :done_column,
       revision = :revision,
       updated_at = now()
 where tenant_id = :tenant_id
   and agent_id = :agent_id

-- name: insert_revision
insert into flowforge.agent_revision (tenant_id, agent_id, revision, definition)
values (:tenant_id, :agent_id, :revision, :definition)

-- name: lock_agent
select name,
       model,
       instructions,
       skills,
       tools,
       approval,
       done_column,
       revision
  from flowforge.agent
 where tenant_id = :tenant_id
   and agent_id = :agent_id
   for no key update

-- name: agent_by_name
select agent_id
  from flowforge.agent
 where tenant_id = :tenant_id
   and name = :name

-- name: agent_names
select name
  from flowforge.agent
 where tenant_id = :tenant_id
 order by name
 limit 1000

-- name: match_agent
-- The agent of that name and those whose id ends so; an empty ending matches none.
select agent_id,
       name
  from flowforge.agent
 where tenant_id = :tenant_id
   and (name = :name
        or (:ending::text <> '' and right(replace(agent_id::text, '-', ''), length(:ending)) = :ending))
 order by name
 limit 10

-- name: load_revision
-- The definition of the current revision.
select revision.revision,
       revision.definition
  from flowforge.agent
  join flowforge.agent_revision as revision using (tenant_id, agent_id, revision)
 where agent.tenant_id = :tenant_id
   and agent.agent_id = :agent_id

-- name: list_agents
-- Agents by name after :after, or the one with :agent_id. An agent's current run is a leased one, else its newest open one, sought among its 200 newest
-- runs: that bounds the look without an index that every end of a run would have to maintain.
select agent.agent_id, agent.name, agent.model, agent.instructions, agent.skills, agent.tools, agent.approval, agent.done_column,
       agent.revision, agent.created_at,
       current.run_id, current.owner_state, current.parked_for,
       task.key as task_key,
       latest.state as latest_state,
       spent.cost as cost_today,
       coalesce(stream.last_seq, 0) as seq
  from (select *
          from flowforge.agent as page
         where page.tenant_id = :tenant_id
           and page.name > :after
           and (:agent_id::uuid is null or page.agent_id = :agent_id)
         order by page.name
         limit :limit) as agent
  left join lateral (
    select run.run_id, run.task_id, owner.state::text as owner_state, owner.parked_for::text
      from (select recent.run_id, recent.task_id
              from flowforge.run as recent
             where recent.tenant_id = agent.tenant_id
               and recent.agent_id = agent.agent_id
             order by recent.run_id desc
             limit 200) as run
      join flowforge.owner on owner.tenant_id = agent.tenant_id and owner.run_id = run.run_id
     order by owner.state = 'l' desc, run.run_id desc
     limit 1
  ) as current on true
  left join flowforge.task on task.tenant_id = agent.tenant_id and task.task_id = current.task_id
  left join lateral (
    select run.state
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
  left join flowforge.stream on stream.tenant_id = agent.tenant_id and stream.stream_id = agent.agent_id
 order by agent.name
