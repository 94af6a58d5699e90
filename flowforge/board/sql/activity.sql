-- name: add_activity
-- The time is taken under the card's lock, so that the history of a card reads in the order of its commits.
insert into flowforge.activity (
  tenant_id,
  task_id,
  activity_id,
  actor_kind,
  actor,
  action,
  detail,
  created_at
)
values (
  :tenant_id,
  :task_id,
  :activity_id,
  :actor_kind,
  :actor,
  :action,
  :detail,
  clock_timestamp()
)

-- name: read_activity
-- In the order in which it happened, from just after the entry :after.
select activity_id,
       actor_kind,
       actor,
       action,
       detail,
       created_at
  from flowforge.activity
 where tenant_id = :tenant_id
   and task_id = :task_id
   and (:after::uuid is null or (created_at, activity_id) > (
         select previous.created_at,
                previous.activity_id
           from flowforge.activity as previous
          where previous.tenant_id = :tenant_id
            and previous.task_id = :task_id
            and previous.activity_id = :after
       ))
 order by created_at, activity_id
 limit :limit

-- name: whole_activity
-- All of a card's history, in order.
select activity_id,
       actor_kind,
       actor,
       action,
       detail,
       created_at
  from flowforge.activity
 where tenant_id = :tenant_id
   and task_id = :task_id
 order by created_at,
          activity_id
