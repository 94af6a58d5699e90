-- name: list_labels
select name,
       colour
  from flowforge.board_label
 where tenant_id = :tenant_id
   and board_id = :board_id
 order by name

-- name: set_label
-- No row: it has that colour already.
insert into flowforge.board_label (tenant_id, board_id, name, colour)
values (:tenant_id, :board_id, :name, :colour)
    on conflict (tenant_id, board_id, name) do update
   set colour = excluded.colour
 where board_label.colour <> excluded.colour
returning name

-- name: keep_labels
-- In the order of their names. One that is there already is locked until commit, so that it is not deleted under a card that gets it.
insert into flowforge.board_label (tenant_id, board_id, name, colour)
select :tenant_id,
       :board_id,
       names.name,
       'grey'
  from unnest(:names::text[]) as names (name)
 order by names.name
    on conflict (tenant_id, board_id, name) do update
   set colour = board_label.colour

-- name: lock_label
select name
  from flowforge.board_label
 where tenant_id = :tenant_id
   and board_id = :board_id
   and name = :name
   for update

-- name: count_labelled
-- Archived cards too.
select count(*)
  from flowforge.task
 where tenant_id = :tenant_id
   and board_id = :board_id
   and :name::text = any(labels)

-- name: delete_label
delete from flowforge.board_label
 where tenant_id = :tenant_id
   and board_id = :board_id
   and name = :name
