-- part: card_fields
       task.task_id,
       task.board_id,
       task.key,
       task.title,
       task.description,
       task.column_id,
       task.position,
       task.agent_id,
       task.person_id,
       task.assignment_id,
       task.waits,
       task.parked,
       task.priority,
       task.labels,
       task.due_at,
       task.owner_id,
       task.parent_id,
       task.checklist,
       task.archived_at,
       task.revision

-- name: create_card
insert into flowforge.task (
  tenant_id,
  task_id,
  board_id,
  number,
  key,
  title,
  description,
  column_id,
  position,
  agent_id,
  person_id,
  assignment_id,
  waits,
  parked,
  priority,
  labels,
  due_at,
  owner_id,
  parent_id,
  checklist,
  checklist_done,
  checklist_total,
  archived_at,
  external_id,
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
  :column_id,
  :position,
  :agent_id,
  :person_id,
  :assignment_id,
  :waits,
  :parked,
  :priority,
  :labels,
  :due_at,
  :owner_id,
  :parent_id,
  :checklist,
  :checklist_done,
  :checklist_total,
  :archived_at,
  :external_id,
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

-- name: find_card_by_external_id
select task_id,
       key
  from flowforge.task
 where tenant_id = :tenant_id
   and board_id = :board_id
   and external_id = :external_id

-- name: recent_keys
-- What a mistyped key may have meant.
select key
  from flowforge.task
 where tenant_id = :tenant_id
 order by task_id desc
 limit 200

-- name: keys_of
select task_id,
       key
  from flowforge.task
 where tenant_id = :tenant_id
   and task_id = any(:task_ids::uuid[])

-- name: lock_card
-- The card as it stands, locked until commit. Every change of a card begins here.
select
-- use: card_fields
  from flowforge.task
 where task.tenant_id = :tenant_id
   and task.task_id = :task_id
   for no key update

-- name: read_card
-- As it stands, not locked.
select
-- use: card_fields
  from flowforge.task
 where task.tenant_id = :tenant_id
   and task.task_id = :task_id

-- name: lock_cards
-- Several, in the order of their ids.
select
-- use: card_fields
  from flowforge.task
 where task.tenant_id = :tenant_id
   and task.task_id = any(:task_ids::uuid[])
 order by task.task_id
   for no key update

-- name: lock_dependents
-- The cards that wait for this one, in the order of their ids, whatever else they wait for.
select
-- use: card_fields
  from flowforge.task
 where task.tenant_id = :tenant_id
   and task.task_id in (select task_dependency.task_id
                          from flowforge.task_dependency
                         where task_dependency.tenant_id = :tenant_id
                           and task_dependency.on_id = :task_id)
 order by task.task_id
   for no key update

-- name: lock_waiting
-- Cards of a board whose agents wait for room, and for nothing else; the most urgent first, the oldest of these.
select
-- use: card_fields
  from flowforge.task
 where task.tenant_id = :tenant_id
   and task.board_id = :board_id
   and task.waits
   and not exists (select
                     from flowforge.task_dependency
                     join flowforge.task as blocker
                       on blocker.tenant_id = task_dependency.tenant_id
                      and blocker.task_id = task_dependency.on_id
                     join flowforge.board_column
                       on board_column.tenant_id = blocker.tenant_id
                      and board_column.board_id = blocker.board_id
                      and board_column.column_id = blocker.column_id
                    where task_dependency.tenant_id = task.tenant_id
                      and task_dependency.task_id = task.task_id
                      and board_column.category <> 'done')
 order by task.priority desc,
          task.number
 limit :limit
   for no key update of task

-- name: save_card
-- Only for the holder of the card's lock, which names every field. The revision counts each change of the card itself.
update flowforge.task
   set title = :title,
       description = :description,
       column_id = :column_id,
       position = :position,
       agent_id = :agent_id,
       person_id = :person_id,
       assignment_id = :assignment_id,
       waits = :waits,
       parked = :parked,
       priority = :priority,
       labels = :labels,
       due_at = :due_at,
       owner_id = :owner_id,
       parent_id = :parent_id,
       checklist = :checklist,
       checklist_done = :checklist_done,
       checklist_total = :checklist_total,
       archived_at = :archived_at,
       revision = revision + 1,
       updated_at = now()
 where tenant_id = :tenant_id
   and task_id = :task_id

-- name: open_blockers
-- The keys of the cards that this one waits for: those it depends on that do not stand in a column of category done.
select blocker.key
  from flowforge.task_dependency
  join flowforge.task as blocker
    on blocker.tenant_id = task_dependency.tenant_id
   and blocker.task_id = task_dependency.on_id
  join flowforge.board_column
    on board_column.tenant_id = blocker.tenant_id
   and board_column.board_id = blocker.board_id
   and board_column.column_id = blocker.column_id
 where task_dependency.tenant_id = :tenant_id
   and task_dependency.task_id = :task_id
   and board_column.category <> 'done'
 order by blocker.number,
          blocker.task_id

-- name: moment
select now()

-- name: lock_behind_column
-- Cards that wait for one that stands in this column, in the order of their ids.
select
-- use: card_fields
  from flowforge.task
 where task.tenant_id = :tenant_id
   and task.waits
   and task.task_id in (select task_dependency.task_id
                          from flowforge.task as blocker
                          join flowforge.task_dependency
                            on task_dependency.tenant_id = blocker.tenant_id
                           and task_dependency.on_id = blocker.task_id
                         where blocker.tenant_id = :tenant_id
                           and blocker.board_id = :board_id
                           and blocker.column_id = :column_id)
 order by task.task_id
   for no key update

-- name: taint_card
-- By what the words of a card come from outside, beside what is known of that.
update flowforge.task
   set tainted = array(select distinct source
                         from unnest(tainted || :sources::text[]) as source
                        order by source)
 where tenant_id = :tenant_id
   and task_id = :task_id

-- name: taint_of_card
select task.tainted
  from flowforge.task
 where task.tenant_id = :tenant_id
   and task.task_id = :task_id
