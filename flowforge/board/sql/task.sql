-- name: create_card
insert into flowforge.task (
  tenant_id,
  task_id,
  board_id,
  number,
  key,
  title,
  description,
  column_name,
  agent_id,
  person_id,
  assignment_id,
  created_by
)
values (
  :tenant_id,
  :task_id,
  :board_id,
  :number,
  :key,
  :title,
  :description,
  :column_name,
  :agent_id,
  :person_id,
  :assignment_id,
  :created_by
)

-- name: find_card_by_key
select task_id
  from flowforge.task
 where tenant_id = :tenant_id
   and key = :key

-- name: find_card_by_id
select task_id
  from flowforge.task
 where tenant_id = :tenant_id
   and task_id = :task_id

-- name: recent_keys
-- What a mistyped key may have meant.
select key
  from flowforge.task
 where tenant_id = :tenant_id
 order by task_id desc
 limit 200

-- name: lock_card
-- The card as it stands, locked until commit. Every change of a card begins here.
select task_id,
       board_id,
       key,
       title,
       description,
       column_name,
       agent_id,
       person_id,
       assignment_id,
       revision
  from flowforge.task
 where tenant_id = :tenant_id
   and task_id = :task_id
   for no key update

-- name: save_card
-- Only for the holder of the card's lock, which names every field. The revision counts each change of the card itself.
update flowforge.task
   set title = :title,
       description = :description,
       column_name = :column_name,
       agent_id = :agent_id,
       person_id = :person_id,
       assignment_id = :assignment_id,
       revision = revision + 1,
       updated_at = now()
 where tenant_id = :tenant_id
   and task_id = :task_id

-- name: read_tasks
-- Cards with what is known of their latest run and the last frame of their stream, all of one snapshot, by number. A null
-- filter is no filter; :nobody asks for cards that are assigned to no one. The latest run is that of the present assignment,
-- even where one of an earlier assignment was made late; children of runs do not count.
select task.task_id,
       task.key,
       task.number,
       task.title,
       task.description,
       task.column_name,
       task.agent_id,
       agent.name as agent,
       task.person_id,
       person.name as person,
       task.revision,
       task.created_by,
       task.created_at,
       task.updated_at,
       run.run_id,
       run.state,
       owner.state::text as owner_state,
       owner.parked_for::text as parked_for,
       usage.cost,
       coalesce(stream.last_seq, 0) as seq
  from flowforge.task
  left join flowforge.agent
    on agent.tenant_id = task.tenant_id
   and agent.agent_id = task.agent_id
  left join flowforge.person
    on person.tenant_id = task.tenant_id
   and person.person_id = task.person_id
  left join flowforge.stream
    on stream.tenant_id = task.tenant_id
   and stream.stream_id = task.task_id
  left join lateral (
         select run.run_id,
                run.state
           from flowforge.run
          where run.tenant_id = task.tenant_id
            and run.task_id = task.task_id
            and run.parent_run_id is null
          order by coalesce(run.event_id = task.assignment_id, false) desc,
                   run.run_id desc
          limit 1
       ) as run
    on true
  left join flowforge.owner
    on owner.tenant_id = task.tenant_id
   and owner.run_id = run.run_id
  left join lateral (
         select
-- use: cost_of_calls
                as cost
           from flowforge.usage
          where usage.tenant_id = task.tenant_id
            and usage.task_id = task.task_id
       ) as usage
    on true
 where task.tenant_id = :tenant_id
   and (:task_id::uuid is null or task.task_id = :task_id)
   and (:column_name::text is null or task.column_name = :column_name)
   and (:agent_id::uuid is null or task.agent_id = :agent_id)
   and (:person_id::uuid is null or task.person_id = :person_id)
   and (not :nobody::boolean or (task.agent_id is null and task.person_id is null))
   and task.number > coalesce((select previous.number
                                 from flowforge.task as previous
                                where previous.tenant_id = :tenant_id
                                  and previous.task_id = :after), 0)
 order by task.number
 limit :limit
