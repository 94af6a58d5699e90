-- part: is_done
-- Whether nothing is left to do on the card.
exists (select from flowforge.board_column
         where board_column.tenant_id = task.tenant_id
           and board_column.board_id = task.board_id
           and board_column.column_id = task.column_id
           and board_column.category = 'done')

-- name: dates_are_due
select exists (select from flowforge.task where due_at is not null)
       and coalesce((select looked_at from flowforge.inbox_watch), '-infinity') <= now() - :every::interval

-- name: make_inbox_watch
insert into flowforge.inbox_watch default values on conflict do nothing

-- name: take_inbox_watch
-- The one row that whoever looks holds until the commit; no answer while somebody else does, or when it was done just now.
select only_row
  from flowforge.inbox_watch
 where looked_at <= now() - :every::interval
   for update skip locked

-- name: leave_inbox_watch
update flowforge.inbox_watch
   set looked_at = now()

-- name: due_cards
-- Cards that are due soon or overdue, with the people who have not been told of it: not of this stage, and not of this date.
select due.tenant_id,
       due.task_id,
       due.key,
       due.title,
       due.due_at,
       due.overdue,
       due.stage,
       person.person_id
  from (select task.tenant_id,
               task.task_id,
               task.key,
               task.title,
               task.due_at,
               task.person_id,
               task.owner_id,
               t.now >= task.due_at as overdue,
               concat(case when t.now >= task.due_at then 'overdue ' else 'tomorrow ' end, to_char(task.due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) as stage
          from flowforge.task
         cross join (select flowforge.now() as now) as t
         where task.due_at <= t.now + :ahead::interval
           and task.archived_at is null
           and not
-- use: is_done
       ) as due
  join flowforge.person
    on person.tenant_id = due.tenant_id
   and person.person_id in (due.person_id, due.owner_id)
 where not exists (select 1
                     from flowforge.inbox_item
                    where inbox_item.tenant_id = due.tenant_id
                      and inbox_item.person_id = person.person_id
                      and inbox_item.item_id = md5(concat_ws(' ', person.person_id, 'due', 'tsk_' || replace(due.task_id::text, '-', '')))::uuid
                      and inbox_item.stage = due.stage)
 order by due.due_at, due.task_id
 limit :limit
