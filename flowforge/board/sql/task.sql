-- part: blockers
                   from flowforge.task_dependency
                  cross join lateral (
                         select one.board_id, one.column_id, one.key, one.number, one.task_id, one.tenant_id
                           from flowforge.task as one
                          where one.tenant_id = task_dependency.tenant_id
                            and one.task_id = task_dependency.on_id
                          limit 1
                       ) as blocker
                   join flowforge.board_column as blocker_column
                     on blocker_column.tenant_id = blocker.tenant_id
                    and blocker_column.board_id = blocker.board_id
                    and blocker_column.column_id = blocker.column_id
                  where task_dependency.tenant_id = task.tenant_id
                    and task_dependency.task_id = task.task_id

-- part: open_blocker
-- use: blockers
                    and blocker_column.category <> 'done'

-- part: wanted_tasks
-- A null filter is no filter; :nobody asks for cards that are assigned to no one, :count = 0 for no words.
       task.tenant_id = :tenant_id
   and (:archived::boolean or task.archived_at is null)
   and (:board_id::uuid is null or task.board_id = :board_id)
   and (:column_ids::uuid[] is null or task.column_id = any(:column_ids))
   and (:agent_id::uuid is null or task.agent_id = :agent_id)
   and (:person_id::uuid is null or task.person_id = :person_id)
   and (not :nobody::boolean or (task.agent_id is null and task.person_id is null))
   and (:labels::text[] is null or task.labels @> :labels)
   and (:priorities::smallint[] is null or task.priority = any(:priorities))
   and (:due_before::timestamptz is null or task.due_at < :due_before)
   and (:due_after::timestamptz is null or task.due_at >= :due_after)
   and (:parent_id::uuid is null or task.parent_id = :parent_id)
   and (:updated_since::timestamptz is null or task.updated_at >= :updated_since)
   and (:blocked::boolean is null or :blocked = exists (
                 select
-- use: open_blocker
       ))
   and (:count::integer = 0 or task.task_id in (
         select task_word.task_id
           from unnest(:froms::text[], :tos::text[]) with ordinality as wanted (low, high, place)
           join flowforge.task_word
             on task_word.tenant_id = :tenant_id
            and task_word.word >= wanted.low
            and task_word.word < wanted.high
          group by task_word.task_id
         having bit_or(1 << (wanted.place - 1)::integer) = (1 << :count) - 1  -- each of them; distinct places would be sorted for it
       ))

-- name: list_by_number
-- Of all boards together by number, of equal ones the older first.
select task.task_id,
       task.number as rank
  from flowforge.task
 where
-- use: wanted_tasks
   and (:after_id::uuid is null or (task.number, task.task_id) > (:after_number::integer, :after_id))
 order by task.number,
          task.task_id
 limit :limit

-- name: list_by_update
-- The latest change first.
select task.task_id,
       task.updated_at as rank
  from flowforge.task
 where
-- use: wanted_tasks
   and (:after_id::uuid is null or (task.updated_at, task.task_id) < (:after_moment::timestamptz, :after_id))
 order by task.updated_at desc,
          task.task_id desc
 limit :limit

-- name: list_by_due
-- What is due first comes first, what is never due last.
select task.task_id,
       coalesce(task.due_at, 'infinity') as rank
  from flowforge.task
 where
-- use: wanted_tasks
   and (:after_id::uuid is null or (coalesce(task.due_at, 'infinity'), task.task_id) > (:after_moment::timestamptz, :after_id))
 order by coalesce(task.due_at, 'infinity'),
          task.task_id
 limit :limit

-- name: list_by_priority
-- The most urgent first, of equal ones the oldest.
select task.task_id,
       4 - task.priority as rank
  from flowforge.task
 where
-- use: wanted_tasks
   and (:after_id::uuid is null or (4 - task.priority, task.task_id) > (:after_number::integer, :after_id))
 order by 4 - task.priority,
          task.task_id
 limit :limit

-- name: list_by_position
-- As they stand on their board: column after column, in each from the top. The columns are gone through along their index.
select ranked.task_id,
       stands.position as place,
       ranked.position as rank
  from flowforge.board_column as stands
 cross join lateral (
         select task.task_id,
                task.position
           from flowforge.task
          where task.board_id = stands.board_id
            and task.column_id = stands.column_id
            and
-- use: wanted_tasks
            and (:after_id::uuid is null
                 or stands.position > :after_place::smallint
                 or (task.position, task.task_id) > (:after_rank::text, :after_id))
          order by task.position,
                   task.task_id
          limit :limit
       ) as ranked
 where stands.tenant_id = :tenant_id
   and stands.board_id = :board_id
   and (:after_id is null or stands.position >= :after_place)
 order by stands.position,
          ranked.position,
          ranked.task_id
 limit :limit

-- part: wanted_card
-- One look by its id for each card: of tables that were filled a moment ago PostgreSQL knows no sizes, and would go through all of them
-- for every card of a board. The same below.
  cross join lateral (
         select one.*
           from flowforge.task as one
          where one.tenant_id = :tenant_id
            and one.task_id = wanted.task_id
          limit 1
       ) as task

-- part: parent_card
  left join lateral (
         select one.key
           from flowforge.task as one
          where one.tenant_id = task.tenant_id
            and one.task_id = task.parent_id
          limit 1
       ) as parent
    on true

-- part: who_has_it
  left join flowforge.agent
    on agent.tenant_id = task.tenant_id
   and agent.agent_id = task.agent_id
  left join flowforge.person
    on person.tenant_id = task.tenant_id
   and person.person_id = task.person_id

-- part: what_is_known
  left join lateral (
         select newest.run_id,
                newest.state
           from (select run.run_id,
                        run.state,
                        run.event_id
                   from flowforge.run
                  where run.tenant_id = task.tenant_id
                    and run.task_id = task.task_id
                    and run.parent_run_id is null
                  order by run.run_id desc
                  limit 50
                ) as newest
          order by coalesce(newest.event_id = task.assignment_id, false) desc,
                   newest.run_id desc
          limit 1
       ) as run
    on true
  left join lateral (
         select one.state,
                one.parked_for
           from flowforge.owner as one
          where one.tenant_id = task.tenant_id
            and one.run_id = run.run_id
          limit 1
       ) as owner
    on true
  left join lateral (
         select
-- use: cost_of_calls
                as cost
           from flowforge.usage
          where usage.tenant_id = task.tenant_id
            and usage.task_id = task.task_id
       ) as usage
    on true
  left join lateral (
         select array_agg(blocker.key order by blocker.number, blocker.task_id) as depends_on,
                array_agg(blocker.key order by blocker.number, blocker.task_id) filter (where blocker_column.category <> 'done') as blocked_by
-- use: blockers
       ) as blocked
    on true
  left join lateral (
         select count(*) filter (where child_column.category = 'done') as done,
                count(*) as total
           from flowforge.task as child
           join flowforge.board_column as child_column
             on child_column.tenant_id = child.tenant_id
            and child_column.board_id = child.board_id
            and child_column.column_id = child.column_id
          where child.tenant_id = task.tenant_id
            and child.parent_id = task.task_id
            and child.archived_at is null
       ) as children
    on true

-- name: plan_once
-- For the rest of the transaction: what reads cards by their ids is planned once in a connection's life. Planned anew for each card, as
-- PostgreSQL likes to for a single one, it takes ten times as long as it is executed.
set local plan_cache_mode = force_generic_plan

-- name: read_tasks
-- The given cards with what is known of their latest run and the last frame of their stream, all of one snapshot, in the given order. The
-- latest run is that of the present assignment, even where one of an earlier assignment was made late; children of runs do not count, nor
-- do more than the newest fifty.
select task.task_id,
       task.key,
       board.prefix as board,
       task.title,
       task.description,
       board_column.name as column_name,
       board_column.category,
       task.position,
       task.agent_id,
       agent.name as agent,
       task.person_id,
       person.name as person,
       task.waits,
       task.parked,
       task.priority,
       task.labels,
       task.due_at,
       owner_person.name as owner,
       parent.key as parent,
       task.checklist,
       task.checklist_done,
       task.checklist_total,
       task.external_id,
       task.archived_at,
       task.revision,
       task.created_by,
       task.created_at,
       task.updated_at,
       run.run_id,
       run.state,
       owner.state::text as owner_state,
       owner.parked_for::text as parked_for,
       usage.cost,
       coalesce(blocked.blocked_by, '{}') as blocked_by,
       coalesce(blocked.depends_on, '{}') as depends_on,
       children.done as children_done,
       children.total as children_total,
       coalesce(stream.last_seq, 0) as seq
  from unnest(:task_ids::uuid[]) with ordinality as wanted (task_id, place)
-- use: wanted_card
  join flowforge.board
    on board.tenant_id = task.tenant_id
   and board.board_id = task.board_id
  join flowforge.board_column
    on board_column.tenant_id = task.tenant_id
   and board_column.board_id = task.board_id
   and board_column.column_id = task.column_id
-- use: who_has_it
  left join flowforge.person as owner_person
    on owner_person.tenant_id = task.tenant_id
   and owner_person.person_id = task.owner_id
-- use: parent_card
  left join flowforge.stream
    on stream.tenant_id = task.tenant_id
   and stream.stream_id = task.task_id
-- use: what_is_known
 order by wanted.place

-- name: costs_below
-- What the runs of a card's descendants cost, for each of the given cards that has any; at most eight levels down.
with recursive below (root_id, task_id, level) as (
  select root.task_id,
         child.task_id,
         1
    from unnest(:task_ids::uuid[]) as root (task_id)
    join flowforge.task as child
      on child.tenant_id = :tenant_id
     and child.parent_id = root.task_id
   union all
  select below.root_id,
         child.task_id,
         below.level + 1
    from below
    join flowforge.task as child
      on child.tenant_id = :tenant_id
     and child.parent_id = below.task_id
   where below.level < 8
)
select below.root_id as task_id,
-- use: cost_of_calls
       as cost
  from below
  left join flowforge.usage
    on usage.tenant_id = :tenant_id
   and usage.task_id = below.task_id
 group by below.root_id

-- name: columns_named
-- Of any board.
select column_id,
       name
  from flowforge.board_column
 where tenant_id = :tenant_id
 order by name
 limit 5000

-- name: count_by_column
-- How many cards stand in each column of a board, without the archived.
select column_id,
       count(*) as count
  from flowforge.task
 where tenant_id = :tenant_id
   and board_id = :board_id
   and archived_at is null
 group by column_id

-- part: in_short
select task.task_id,
       task.key,
       task.title,
       board_column.name as column_name,
       board_column.position as place,
       task.position as rank,
       task.agent_id,
       agent.name as agent,
       task.person_id,
       person.name as person,
       task.waits,
       task.parked,
       task.priority,
       task.labels,
       task.due_at,
       parent.key as parent,
       task.checklist_done,
       task.checklist_total,
       task.revision,
       task.created_at,
       task.updated_at,
       run.run_id,
       run.state,
       owner.state::text as owner_state,
       owner.parked_for::text as parked_for,
       usage.cost,
       coalesce(blocked.blocked_by, '{}') as blocked_by,
       children.done as children_done,
       children.total as children_total

-- part: of_wanted
-- use: wanted_card
  join flowforge.board_column
    on board_column.tenant_id = task.tenant_id
   and board_column.board_id = task.board_id
   and board_column.column_id = task.column_id
-- use: who_has_it
-- use: parent_card
-- use: what_is_known

-- name: board_cards
-- The cards of a board for a look at all of it, in one statement and one snapshot: as they stand, column after column, in each from the top.
-- use: in_short
  from (
         select ranked.task_id
           from flowforge.board_column as stands
          cross join lateral (
                  select task.task_id,
                         task.position
                    from flowforge.task
                   where task.tenant_id = :tenant_id
                     and task.board_id = stands.board_id
                     and task.column_id = stands.column_id
                     and task.archived_at is null
                     and (:after_id::uuid is null
                          or stands.position > :after_place::smallint
                          or (task.position, task.task_id) > (:after_rank::text, :after_id))
                   order by task.position,
                            task.task_id
                   limit :limit
                ) as ranked
          where stands.tenant_id = :tenant_id
            and stands.board_id = :board_id
            and (:column_ids::uuid[] is null or stands.column_id = any(:column_ids))
            and (:after_id is null or stands.position >= :after_place)
          order by stands.position,
                   ranked.position,
                   ranked.task_id
          limit :limit
       ) as wanted
-- use: of_wanted
 order by board_column.position,
          task.position,
          task.task_id

-- name: cards_by_key
-- Some cards of a board, in the same way; those that are not on it, or are archived, are left out.
-- use: in_short
  from (
         select task.task_id
           from flowforge.task
          where task.tenant_id = :tenant_id
            and task.board_id = :board_id
            and task.key = any(:keys::text[])
            and task.archived_at is null
       ) as wanted
-- use: of_wanted
 order by board_column.position,
          task.position,
          task.task_id
