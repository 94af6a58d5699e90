-- name: add_column
-- At the right end; its place is given with the others'.
insert into flowforge.board_column (
  tenant_id,
  board_id,
  column_id,
  name,
  position,
  category,
  wip_limit,
  on_leave,
  starts
)
select :tenant_id,
       :board_id,
       :column_id,
       :name,
       1 + coalesce(max(board_column.position), 0),
       :category,
       :wip_limit,
       :on_leave,
       :starts
  from flowforge.board_column
 where board_column.tenant_id = :tenant_id
   and board_column.board_id = :board_id

-- name: change_column
update flowforge.board_column
   set name = :name,
       category = :category,
       wip_limit = :wip_limit,
       on_leave = :on_leave,
       starts = :starts
 where tenant_id = :tenant_id
   and board_id = :board_id
   and column_id = :column_id

-- name: order_columns
update flowforge.board_column
   set position = wanted.place
  from unnest(:column_ids::uuid[]) with ordinality as wanted (column_id, place)
 where board_column.tenant_id = :tenant_id
   and board_column.board_id = :board_id
   and board_column.column_id = wanted.column_id
   and board_column.position <> wanted.place

-- name: keys_in_column
-- Archived cards too, in their order.
select key
  from flowforge.task
 where tenant_id = :tenant_id
   and board_id = :board_id
   and column_id = :column_id
 order by position,
          task_id

-- name: delete_column
delete from flowforge.board_column
 where tenant_id = :tenant_id
   and board_id = :board_id
   and column_id = :column_id
