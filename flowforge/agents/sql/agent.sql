-- name: insert_agent
-- Returns the id, or nothing when the name is taken.
insert into flowforge.agent (tenant_id, agent_id, name, app)
values (:tenant_id, :agent_id, :name, :app)
on conflict (tenant_id, name) do nothing
returning agent_id

-- name: update_agent
-- Only for the holder of the agent's lock.
update flowforge.agent
   set name = :name,
       revision = :revision,
       app = :app,
       updated_at = now()
 where tenant_id = :tenant_id
   and agent_id = :agent_id

-- name: lock_agent
-- An agent with the definition of its current revision, locked until commit. Whoever gives it work may go on meanwhile.
select agent.agent_id,
       agent.name,
       agent.revision,
       agent.app,
       agent.lane,
       agent.budget_id,
       agent.paused_at,
       agent.paused_by,
       agent.pause_reason,
       agent.archived_at,
       revision.definition
  from flowforge.agent
  join flowforge.agent_revision as revision using (tenant_id, agent_id, revision)
 where agent.tenant_id = :tenant_id
   and agent.agent_id = :agent_id
   for no key update of agent

-- name: close_agent
-- The same lock against whoever gives it work too (see `takes_work` of the board): for an archive and a deletion.
select agent_id,
       name,
       archived_at,
       budget_id
  from flowforge.agent
 where tenant_id = :tenant_id
   and agent_id = :agent_id
   for update

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

-- name: pause_agent
update flowforge.agent
   set paused_at = coalesce(paused_at, flowforge.now()),
       paused_by = :by,
       pause_reason = :reason
 where tenant_id = :tenant_id
   and agent_id = :agent_id

-- name: resume_agent
update flowforge.agent
   set paused_at = null,
       paused_by = null,
       pause_reason = null
 where tenant_id = :tenant_id
   and agent_id = :agent_id

-- name: archive_agent
update flowforge.agent
   set archived_at = flowforge.now(),
       archived_by = :by
 where tenant_id = :tenant_id
   and agent_id = :agent_id

-- name: unarchive_agent
update flowforge.agent
   set archived_at = null,
       archived_by = null
 where tenant_id = :tenant_id
   and agent_id = :agent_id

-- name: traces_of_agent
-- What an agent has left behind that would lose its name with it.
select exists (select 1 from flowforge.run where tenant_id = :tenant_id and agent_id = :agent_id) as runs,
       exists (select 1 from flowforge.task where tenant_id = :tenant_id and agent_id = :agent_id) as tasks,
       exists (select 1 from flowforge.usage where tenant_id = :tenant_id and agent_id = :agent_id) as usage,
       exists (select 1 from flowforge.api_key where tenant_id = :tenant_id and agent_id = :agent_id) as keys

-- name: delete_agent
-- The agent, its revisions, its lane, its stream and what starts it; whoever stands at the lane goes back to the queue.
with gone as (
  delete from flowforge.agent where tenant_id = :tenant_id and agent_id = :agent_id returning lane
),
revisions as (
  delete from flowforge.agent_revision where tenant_id = :tenant_id and agent_id = :agent_id
),
stream as (
  delete from flowforge.stream where tenant_id = :tenant_id and stream_id = :agent_id
)
select lane from gone

-- name: open_work
-- What an agent has in hand: its cards whose assignment stands, and its runs without a card. At most :limit, the oldest first.
select task.key as task,
       null::uuid as run_id
  from flowforge.task
 where task.tenant_id = :tenant_id
   and task.agent_id = :agent_id
   and task.assignment_id is not null
 union all
select null,
       owner.run_id
  from flowforge.owner
  join flowforge.run on run.tenant_id = owner.tenant_id and run.run_id = owner.run_id
 where owner.tenant_id = :tenant_id
   and run.agent_id = :agent_id
   and run.task_id is null
   and run.function_id like 'flowforge.agent%'
 order by 2, 1
 limit :limit

-- name: set_budget
update flowforge.agent
   set budget_id = :budget_id
 where tenant_id = :tenant_id
   and agent_id = :agent_id

-- name: agents_of_app
-- Those that an app's code owned, without those that it still names.
select agent_id
  from flowforge.agent
 where tenant_id = :tenant_id
   and app = :app
   and name <> all(:names::text[])
 order by agent_id
