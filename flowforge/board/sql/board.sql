-- name: find_board
select board.board_id,
       board.name,
       board.prefix,
       array(select board_column.name
               from flowforge.board_column
              where board_column.tenant_id = board.tenant_id
                and board_column.board_id = board.board_id
              order by board_column.position) as columns
  from flowforge.board
 where board.tenant_id = :tenant_id
   and board.prefix = :prefix

-- name: create_board
-- Board and columns in one statement. A second caller waits for the first one's commit, then makes nothing.
with made as (
  insert into flowforge.board (tenant_id, board_id, name, prefix)
  values (:tenant_id, :board_id, :name, :prefix)
      on conflict (tenant_id, prefix) do nothing
  returning tenant_id, board_id
)
insert into flowforge.board_column (tenant_id, board_id, name, position)
select made.tenant_id,
       made.board_id,
       columns.name,
       columns.position
  from made,
       unnest(:columns::text[]) with ordinality as columns (name, position)

-- name: take_number
-- The next number. The board's row is locked until commit, so a rolled back task leaves no gap and no number comes twice.
update flowforge.board
   set next_number = next_number + 1
 where tenant_id = :tenant_id
   and board_id = :board_id
returning next_number - 1
