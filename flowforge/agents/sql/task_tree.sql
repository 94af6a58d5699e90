-- name: tree_cards
-- A card and all below it, level by level, each once: below the card that made it where a run did, else below its parent.
with recursive below (task_id, above_id, level) as (
  select :task_id::uuid,
         null::uuid,
         0
   union all
  select step.task_id,
         below.task_id,
         below.level + 1
    from below
   cross join lateral (
         select delegation.task_id
           from flowforge.delegation
          where delegation.tenant_id = :tenant_id
            and delegation.by_task_id = below.task_id
          union
         select part.task_id
           from flowforge.task as part
          where part.tenant_id = :tenant_id
            and part.parent_id = below.task_id
            and not exists (select
                              from flowforge.delegation
                             where delegation.tenant_id = :tenant_id
                               and delegation.task_id = part.task_id
                               and delegation.by_task_id is not null)
         ) as step
   where below.level < 20
),
once as (
  select distinct on (below.task_id)
         below.task_id,
         below.above_id,
         below.level
    from below
   order by below.task_id,
            below.level
)
select task.task_id,
       once.above_id,
       task.key,
       task.title,
       board_column.name as column_name,
       case when task.agent_id is not null then 'agent' else 'user' end as assignee_kind,
       coalesce(agent.name, person.name) as assignee,
       spent.cost
  from once
  join flowforge.task
    on task.tenant_id = :tenant_id
   and task.task_id = once.task_id
  join flowforge.board_column
    on board_column.tenant_id = task.tenant_id
   and board_column.board_id = task.board_id
   and board_column.column_id = task.column_id
  left join flowforge.agent
    on agent.tenant_id = task.tenant_id
   and agent.agent_id = task.agent_id
  left join flowforge.person
    on person.tenant_id = task.tenant_id
   and person.person_id = task.person_id
  left join lateral (
         select
-- use: cost_of_calls
                as cost
           from flowforge.usage
          where usage.tenant_id = task.tenant_id
            and usage.task_id = task.task_id
       ) as spent
    on true
 order by once.level,
          task.number,
          task.task_id
 limit :limit

-- name: tree_runs
-- The runs on these cards, each with what it cost and the cards that it has made; of each card the newest fifty.
select run.run_id,
       run.task_id,
       run.state,
       owner.state::text as owner_state,
       owner.parked_for::text as parked_for,
       agent.name as agent,
       spent.cost,
       coalesce((select array_agg(made.key order by made.number)
                   from flowforge.delegation
                   join flowforge.task as made
                     on made.tenant_id = delegation.tenant_id
                    and made.task_id = delegation.task_id
                  where delegation.tenant_id = run.tenant_id
                    and delegation.run_id = run.run_id), '{}') as made
  from unnest(:task_ids::uuid[]) as wanted (task_id)
 cross join lateral (
         select run.tenant_id,
                run.run_id,
                run.task_id,
                run.agent_id,
                run.state
           from flowforge.run
          where run.tenant_id = :tenant_id
            and run.task_id = wanted.task_id
            and run.parent_run_id is null
          order by run.run_id desc
          limit 50
       ) as run
  left join flowforge.owner
    on owner.tenant_id = run.tenant_id
   and owner.run_id = run.run_id
  left join flowforge.agent
    on agent.tenant_id = run.tenant_id
   and agent.agent_id = run.agent_id
  left join lateral (
         select
-- use: cost_of_calls
                as cost
           from flowforge.usage
          where usage.tenant_id = run.tenant_id
            and usage.run_id = run.run_id
       ) as spent
    on true
 order by run.run_id
