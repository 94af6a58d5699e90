-- name: card_of_briefing
-- A card's checklist, and the cards that had to be done before it.
select task.checklist,
       array(select task_dependency.on_id
               from flowforge.task_dependency
               join flowforge.task as before
                 on before.tenant_id = task_dependency.tenant_id
                and before.task_id = task_dependency.on_id
              where task_dependency.tenant_id = task.tenant_id
                and task_dependency.task_id = task.task_id
              order by before.number
              limit :limit) as on_ids
  from flowforge.task
 where task.tenant_id = :tenant_id
   and task.task_id = :task_id
