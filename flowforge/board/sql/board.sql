-- part: board_with_columns
-- A board with its columns, from left to right, each of their fields as an array. No limit is 0.
select board.board_id,
       board.name,
       board.prefix,
       board.created_at,
       board.archived_at,
       coalesce(columns.column_ids, '{}') as column_ids,
       coalesce(columns.names, '{}') as names,
       coalesce(columns.categories, '{}') as categories,
       coalesce(columns.limits, '{}') as limits,
       coalesce(columns.leaving, '{}') as leaving,
       coalesce(columns.starting, '{}') as starting
  from flowforge.board
  left join lateral (
         select array_agg(board_column.column_id order by board_column.position, board_column.name) as column_ids,
                array_agg(board_column.name order by board_column.position, board_column.name) as names,
                array_agg(board_column.category order by board_column.position, board_column.name) as categories,
                array_agg(coalesce(board_column.wip_limit, 0) order by board_column.position, board_column.name) as limits,
                array_agg(board_column.on_leave order by board_column.position, board_column.name) as leaving,
                array_agg(board_column.starts order by board_column.position, board_column.name) as starting
           from flowforge.board_column
          where board_column.tenant_id = board.tenant_id
            and board_column.board_id = board.board_id
       ) as columns
    on true

-- name: find_board
-- By id, by prefix, or by name; where a name is another board's prefix, the prefix counts.
-- use: board_with_columns
 where board.tenant_id = :tenant_id
   and (board.board_id = :board_id::uuid or board.prefix = :prefix::text or lower(board.name) = lower(:name::text))
 order by coalesce(board.board_id = :board_id, false) desc,
          coalesce(board.prefix = :prefix, false) desc,
          board.board_id
 limit 1

-- name: list_boards
-- In the order in which they were made.
-- use: board_with_columns
 where board.tenant_id = :tenant_id
   and (:archived::boolean or board.archived_at is null)
   and (:after::uuid is null or board.board_id > :after)
 order by board.board_id
 limit :limit

-- name: board_names
-- What a mistyped name or prefix may have meant.
select prefix,
       name
  from flowforge.board
 where tenant_id = :tenant_id
 order by board_id
 limit 1000

-- name: count_boards
select count(*)
  from flowforge.board
 where tenant_id = :tenant_id

-- name: create_board
-- Board and columns in one statement. A second caller waits for the first one's commit, then makes nothing.
with made as (
  insert into flowforge.board (tenant_id, board_id, name, prefix)
  values (:tenant_id, :board_id, :name, :prefix)
      on conflict do nothing
  returning tenant_id, board_id
)
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
select made.tenant_id,
       made.board_id,
       columns.column_id,
       columns.name,
       columns.position,
       columns.category,
       columns.wip_limit,
       columns.on_leave,
       columns.starts
  from made,
       unnest(:column_ids::uuid[], :names::text[], :categories::text[], :limits::integer[], :leaving::text[], :starting::boolean[])
         with ordinality as columns (column_id, name, category, wip_limit, on_leave, starts, position)
returning column_id

-- name: lock_board
-- The number that its next card gets; the row stays locked until commit.
select next_number
  from flowforge.board
 where tenant_id = :tenant_id
   and board_id = :board_id
   for no key update

-- name: update_board
update flowforge.board
   set name = :name,
       prefix = :prefix
 where tenant_id = :tenant_id
   and board_id = :board_id

-- name: archive_board
-- No row: it is as was asked for already.
update flowforge.board
   set archived_at = case when :archived::boolean then now() end
 where tenant_id = :tenant_id
   and board_id = :board_id
   and (archived_at is null) = :archived
returning board_id

-- name: take_number
-- The next number. The board's row is locked until commit, so a rolled back task leaves no gap and no number comes twice.
update flowforge.board
   set next_number = next_number + 1
 where tenant_id = :tenant_id
   and board_id = :board_id
returning next_number - 1

-- name: columns_of_board
select column_id,
       name
  from flowforge.board_column
 where tenant_id = :tenant_id
   and board_id = :board_id

-- name: count_change
-- The last thing that an act locks.
update flowforge.stream
   set last_seq = last_seq + 1
 where tenant_id = :tenant_id
   and stream_id = :board_id
