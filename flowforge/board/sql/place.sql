-- name: lock_columns
-- Columns of a board, locked until commit in the order of their ids: who comes in counts and ranks alone.
select column_id,
       wip_limit
  from flowforge.board_column
 where tenant_id = :tenant_id
   and board_id = :board_id
   and column_id = any(:column_ids::uuid[])
 order by column_id
   for no key update

-- name: count_in_column
-- Cards that stand in it, without the archived.
select count(*)
  from flowforge.task
 where tenant_id = :tenant_id
   and board_id = :board_id
   and column_id = :column_id
   and archived_at is null

-- name: last_rank
select position
  from flowforge.task
 where tenant_id = :tenant_id
   and board_id = :board_id
   and column_id = :column_id
   and task_id <> :moving
 order by position desc,
          task_id desc
 limit 1

-- name: rank_of
-- A card of this column.
select position,
       task_id
  from flowforge.task
 where tenant_id = :tenant_id
   and task_id = :task_id
   and board_id = :board_id
   and column_id = :column_id

-- name: rank_behind
select position
  from flowforge.task
 where tenant_id = :tenant_id
   and board_id = :board_id
   and column_id = :column_id
   and (position, task_id) > (:position, :task_id::uuid)
   and task_id <> :moving
 order by position,
          task_id
 limit 1

-- name: rank_before
select position
  from flowforge.task
 where tenant_id = :tenant_id
   and board_id = :board_id
   and column_id = :column_id
   and (position, task_id) < (:position, :task_id::uuid)
   and task_id <> :moving
 order by position desc,
          task_id desc
 limit 1

-- name: ranked
-- All cards of a column in their order, locked until commit, to be ranked anew.
select task_id
  from flowforge.task
 where tenant_id = :tenant_id
   and board_id = :board_id
   and column_id = :column_id
 order by position,
          task_id
   for no key update

-- name: rank_anew
-- An order is kept; no card changes by it.
update flowforge.task
   set position = ranks.position
  from unnest(:task_ids::uuid[], :positions::text[]) as ranks (task_id, position)
 where task.tenant_id = :tenant_id
   and task.task_id = ranks.task_id
