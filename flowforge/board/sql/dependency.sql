-- name: lock_graph
-- Whoever changes the graph of dependencies and parents holds this row until commit.
insert into flowforge.task_graph (tenant_id, changes)
values (:tenant_id, 1)
    on conflict (tenant_id) do update
   set changes = task_graph.changes + 1

-- name: add_dependencies
insert into flowforge.task_dependency (tenant_id, task_id, on_id)
select :tenant_id,
       :task_id,
       blockers.on_id
  from unnest(:on_ids::uuid[]) as blockers (on_id)
    on conflict do nothing

-- name: remove_dependency
delete from flowforge.task_dependency
 where tenant_id = :tenant_id
   and task_id = :task_id
   and on_id = :on_id
returning on_id

-- name: dependencies_of
-- By prefix and number.
select task.key
  from flowforge.task_dependency
  join flowforge.task
    on task.tenant_id = task_dependency.tenant_id
   and task.task_id = task_dependency.on_id
 where task_dependency.tenant_id = :tenant_id
   and task_dependency.task_id = :task_id
 order by rtrim(task.key, '0123456789'),
          task.number

-- name: path_between
-- The shortest way along dependencies from one card to another; no row: there is none. Each card is gone to once.
with recursive reached (task_id, path) as (
  select :from_id::uuid,
         array[:from_id::uuid]
   union all
  select step.on_id,
         step.path
    from (select dependency.on_id,
                 reached.path || dependency.on_id as path,
                 row_number() over (partition by dependency.on_id) as place
            from reached
            join flowforge.task_dependency as dependency
              on dependency.tenant_id = :tenant_id
             and dependency.task_id = reached.task_id
           where reached.task_id <> :to_id::uuid
         ) as step
   where step.place = 1
)
select path
  from reached
 where task_id = :to_id
 limit 1

-- name: owner_of
-- The person who stays responsible for a card.
select person.person_id as id,
       person.name
  from flowforge.task
  join flowforge.person
    on person.tenant_id = task.tenant_id
   and person.person_id = task.owner_id
 where task.tenant_id = :tenant_id
   and task.task_id = :task_id

-- name: lineage
-- The ancestors of a card, itself first, with how far up each is. Bounded, whatever stands there.
with recursive up (task_id, parent_id, level) as (
  select task.task_id,
         task.parent_id,
         0
    from flowforge.task
   where task.tenant_id = :tenant_id
     and task.task_id = :task_id
   union all
  select task.task_id,
         task.parent_id,
         up.level + 1
    from up
    join flowforge.task
      on task.tenant_id = :tenant_id
     and task.task_id = up.parent_id
   where up.level < 20
)
select task_id,
       level
  from up
 order by level

-- name: height_below
-- How many levels of descendants a card has.
with recursive down (task_id, level) as (
  select :task_id::uuid,
         0
   union all
  select task.task_id,
         down.level + 1
    from down
    join flowforge.task
      on task.tenant_id = :tenant_id
     and task.parent_id = down.task_id
   where down.level < 20
)
select max(level)
  from down
